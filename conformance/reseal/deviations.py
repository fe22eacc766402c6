"""Known deviations: what a user has decided to live with, for now and with a reason.

A deviation turns ``fail`` into ``known``.  One that no longer happens turns into ``fixed``, which fails
the run until it is removed.  It excuses nonconformance only, never an error.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import cases, contract
from .errors import UsageError
from .verdict import Finding


@dataclass(frozen=True, slots=True)
class Deviation:
    """One ``[[deviation]]``: a requirement, or ``requirement:case``, with its reason and issue."""

    requirement: str
    case: str | None
    reason: str
    issue: str

    def covers(self, finding: Finding) -> bool:
        return finding.requirement == self.requirement and self.case in (None, finding.case)


def read(rows: Sequence[Mapping[str, Any]], name: str) -> tuple[Deviation, ...]:
    """The deviations of a configuration file.  Raises UsageError, naming ``name`` and the field."""
    return tuple(_deviation(row, f"{name}: deviation[{number}]") for number, row in enumerate(rows))


def apply(findings: Iterable[Finding], deviations: Sequence[Deviation]) -> tuple[Finding, ...]:
    """The findings of a whole run: ``known`` what is excused, ``fixed`` what needs no excuse any more."""
    findings = apply_known(findings, deviations)
    for deviation in deviations:
        covered = [finding for finding in findings if deviation.covers(finding)]
        if not any(finding.state == "known" for finding in covered):
            why = f"it passes now: remove the deviation ({deviation.reason}, {deviation.issue})"
            findings = tuple(
                replace(f, state="fixed", got=why) if f in covered and f.state == "pass" else f
                for f in findings
            )
    return findings


def apply_known(findings: Iterable[Finding], deviations: Sequence[Deviation]) -> tuple[Finding, ...]:
    """The findings with ``known`` for what is excused."""
    return tuple(_excused(finding, deviations) for finding in findings)


def _excused(finding: Finding, deviations: Sequence[Deviation]) -> Finding:
    deviation = next((d for d in deviations if d.covers(finding)), None)
    if deviation is None or finding.state != "fail":
        return finding
    return replace(
        finding, state="known", got=f"{finding.got} (known: {deviation.reason}, {deviation.issue})"
    )


def _deviation(row: Mapping[str, Any], where: str) -> Deviation:
    unknown = row.keys() - {"requirement", "reason", "issue"}
    if unknown:
        raise UsageError(f"{where}: unknown field {min(unknown)!r}. Known are requirement, reason, issue.")
    for name in ("requirement", "reason", "issue"):
        if not isinstance(row.get(name), str) or not row[name]:
            raise UsageError(
                f"{where}: {name} must be a text, got {row.get(name)!r}. Say why, and where it is tracked."
            )
    requirement, _, case = row["requirement"].partition(":")
    _known(requirement, [known.id for known in contract.load().requirements], f"{where}: requirement")
    if case:
        _known(case, cases.by_id(), f"{where}: case")
    return Deviation(requirement, case or None, row["reason"], row["issue"])


def _known(name: str, names: Iterable[str], where: str) -> None:
    names = list(names)
    if name not in names:
        near = difflib.get_close_matches(name, names, 1)
        hint = f" Did you mean {near[0]!r}?" if near else " `reseal contract` lists them."
        raise UsageError(f"{where} {name!r} does not exist.{hint}")
