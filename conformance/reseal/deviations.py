"""Known deviations: what a user has decided to live with, for now and with a reason.

A deviation turns ``fail`` into ``known``.  It is strict both ways: one that no longer happens turns into
``fixed``, which fails the run until it is removed, and one that has expired excuses nothing.  It
excuses nonconformance only, never an error.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from . import cases, contract
from .errors import UsageError
from .verdict import Finding, State

_TEXTS = ("requirement", "reason", "issue")
_FIELDS = (*_TEXTS, "cases", "versions", "until")
_NO_LONGER: tuple[State, ...] = ("pass", "not_applicable")


@dataclass(frozen=True, slots=True)
class Deviation:
    """One ``[[deviation]]``.

    Attributes:
        cases: The cases, in each of which it happens; where none is named, some case of the requirement.
        versions: The releases that it speaks of; None for all.
        until: The last day on which it excuses anything; None for no end.
        implementation: What it calls itself; None for whatever is checked.
    """

    requirement: str
    cases: tuple[str, ...]
    reason: str
    issue: str
    versions: SpecifierSet | None = None
    until: dt.date | None = None
    implementation: str | None = None

    def covers(self, finding: Finding) -> bool:
        return finding.requirement == self.requirement and (not self.cases or finding.case in self.cases)

    def speaks_of(self, name: str, version: str) -> bool:
        """Whether it is about the release ``version`` of the implementation ``name``.

        Raises UsageError where it names versions and ``version`` is none.
        """
        if self.implementation not in (None, name):
            return False
        if self.versions is None:
            return True
        try:
            return self.versions.contains(Version(version), prereleases=True)
        except InvalidVersion as err:
            raise UsageError(
                f"the deviation of {self.requirement} is about versions {self.versions}, but the target says "
                f"that its version is {version!r}. Remove versions, or let the target say what it is."
            ) from err


def today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def read(rows: Sequence[Mapping[str, Any]], name: str) -> tuple[Deviation, ...]:
    """The deviations of a configuration file.  Raises UsageError, naming ``name`` and the field."""
    return tuple(_deviation(row, f"{name}: deviation[{number}]") for number, row in enumerate(rows))


def in_force(deviations: Iterable[Deviation], name: str, version: str) -> tuple[Deviation, ...]:
    """Those that speak of the release ``version`` of ``name``.

    Raises UsageError where that cannot be said.
    """
    return tuple(deviation for deviation in deviations if deviation.speaks_of(name, version))


def apply(
    findings: Iterable[Finding], deviations: Sequence[Deviation], *, on: dt.date, is_whole: bool
) -> tuple[Finding, ...]:
    """The findings with ``known`` for what is excused, and ``fixed`` for what needs no excuse any more.

    ``deviations`` are those in force.  Unless ``is_whole``, the findings are not all that there are:
    whether a deviation of a whole requirement still happens cannot be said then.
    """
    found = tuple(_excused(finding, deviations, on) for finding in findings)
    judged = [deviation for deviation in deviations if deviation.cases or is_whole]
    return tuple(_overdue(finding, found, judged) for finding in found)


def _excused(finding: Finding, deviations: Sequence[Deviation], on: dt.date) -> Finding:
    covering = [deviation for deviation in deviations if deviation.covers(finding)]
    if finding.state != "fail" or not covering:
        return finding
    for deviation in covering:
        if deviation.until is None or on <= deviation.until:
            why = f"known: {deviation.reason}, {deviation.issue}"
            return replace(finding, state="known", got=f"{finding.got} ({why})")
    expired = covering[0]
    why = f"the deviation expired on {expired.until}: {expired.reason}, {expired.issue}"
    return replace(finding, got=f"{finding.got} ({why})")


def _overdue(finding: Finding, findings: Sequence[Finding], deviations: Sequence[Deviation]) -> Finding:
    # A made-up case that passes is no sign of a repair: its examples are a few out of many.
    if finding.state not in _NO_LONGER or finding.case in cases.made_up():
        return finding
    for deviation in deviations:
        if deviation.covers(finding) and (deviation.cases or not _happens(deviation, findings)):
            why = "it passes now" if finding.state == "pass" else "it does not apply"
            told = f"{why}: remove the deviation ({deviation.reason}, {deviation.issue})"
            return replace(finding, state="fixed", got=told)
    return finding


def _happens(deviation: Deviation, findings: Sequence[Finding]) -> bool:
    return any(finding.state in ("fail", "known") for finding in findings if deviation.covers(finding))


def _deviation(row: Mapping[str, Any], where: str) -> Deviation:
    unknown = row.keys() - set(_FIELDS)
    if unknown:
        raise UsageError(f"{where}: unknown field {min(unknown)!r}. Known are {', '.join(_FIELDS)}.")
    for name in _TEXTS:
        if not isinstance(row.get(name), str) or not row[name]:
            raise UsageError(
                f"{where}: {name} must be a text, got {row.get(name)!r}. Say why, and where it is tracked."
            )
    requirement, _, case = row["requirement"].partition(":")
    _known(requirement, [known.id for known in contract.load().requirements], f"{where}: requirement")
    named = _cases(row, case, where)
    for name in named:
        _known(name, cases.by_id(), f"{where}: case")
    return Deviation(
        requirement, named, row["reason"], row["issue"], _versions(row, where), _until(row, where)
    )


def _cases(row: Mapping[str, Any], case: str, where: str) -> tuple[str, ...]:
    """The cases that are named: one behind the requirement, or a list."""
    listed = row.get("cases", [case] if case else [])
    if case and "cases" in row:
        raise UsageError(f"{where}: a case stands in requirement and in cases. Name it in one of them.")
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise UsageError(f"{where}: cases must be a list of case ids, got {listed!r}.")
    if "cases" in row and not listed:
        raise UsageError(f"{where}: cases is empty. Name some, or leave it out for the whole requirement.")
    return tuple(listed)


def _versions(row: Mapping[str, Any], where: str) -> SpecifierSet | None:
    if "versions" not in row:
        return None
    try:
        return SpecifierSet(row["versions"])
    except (InvalidSpecifier, AttributeError, TypeError) as err:
        raise UsageError(
            f"{where}: versions must be a range such as '>=8.0,<8.2', got {row['versions']!r}."
        ) from err


def _until(row: Mapping[str, Any], where: str) -> dt.date | None:
    until = row.get("until")
    # A date with a time is a date to Python; the day it ends on would depend on where the run is.
    if until is None or type(until) is dt.date:
        return until
    raise UsageError(f"{where}: until must be a date such as 2027-01-31, without quotes, got {until!r}.")


def _known(name: str, names: Iterable[str], where: str) -> None:
    names = list(names)
    if name not in names:
        near = difflib.get_close_matches(name, names, 1)
        hint = f" Did you mean {near[0]!r}?" if near else " `reseal contract` lists them."
        raise UsageError(f"{where} {name!r} does not exist.{hint}")
