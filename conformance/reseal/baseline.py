"""A baseline: the deviations of an implementation as it is, written down to start from.

Each row names its cases, so that what fails besides is news, and what is mended is too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .deviations import Deviation, in_force
from .run import Run
from .verdict import Finding
from .wrapping import cut

_LONGEST = 160  # characters of a reason that quotes what was got


def rows(run: Run, kept: Sequence[Deviation], *, issue: str) -> list[dict[str, Any]]:
    """The ``[[deviation]]`` tables for what fails in ``run``, in the order of the contract.

    What one of ``kept`` covers keeps its words; the rest is given what was got as its reason, and
    ``issue``.  Those of other releases stay as they are, at the end.  ``run`` is one to which no
    deviations were applied.
    """
    found: list[dict[str, Any]] = []
    ours = in_force(kept, run.about.name, run.about.version)
    for requirement, findings in run.by_requirement().items():
        failed = [finding for finding in findings if finding.state == "fail"]
        for deviation in (row for row in ours if row.requirement == requirement):
            covered = [finding for finding in failed if deviation.covers(finding)]
            failed = [finding for finding in failed if finding not in covered]
            if covered:
                found.append(_kept(deviation, [finding.case for finding in covered]))
        if failed:
            found.append(_new(requirement, failed, issue))
    return found + [_kept(deviation, deviation.cases) for deviation in kept if deviation not in ours]


def to_toml(table_rows: Sequence[dict[str, Any]]) -> str:
    import tomli_w

    return tomli_w.dumps({"deviation": list(table_rows)}, multiline_strings=False)


def _new(requirement: str, failed: Sequence[Finding], issue: str) -> dict[str, Any]:
    got = failed[0].got
    reason = cut(got, _LONGEST)
    cases = [finding.case for finding in failed]
    return {"requirement": requirement, "cases": cases, "reason": reason, "issue": issue}


def _kept(deviation: Deviation, cases: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"requirement": deviation.requirement}
    if deviation.cases:
        row["cases"] = list(cases)
    row |= {"reason": deviation.reason, "issue": deviation.issue}
    if deviation.versions is not None:
        row["versions"] = str(deviation.versions)
    if deviation.until is not None:
        row["until"] = deviation.until
    return row
