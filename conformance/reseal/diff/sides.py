"""One side of a diff: what a report says, whether it was saved or made just now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .. import _data
from ..contract import Origin
from ..observation import Observation, from_json
from ..verdict import State, combined

# A deviation says what someone knows of a failure.  The implementation behaves the same without it.
_WITHOUT_DEVIATIONS: Mapping[State, State] = {"known": "fail", "fixed": "pass"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A case as a requirement judged it."""

    state: State
    got: str


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement, and its verdict on one side."""

    id: str
    origin: Origin
    level: str
    state: State
    cases: Mapping[str, Judged]


@dataclass(frozen=True, slots=True)
class Side:
    """What is known of one implementation.

    Attributes:
        target: As the report has it: ``spec``, ``name``, ``version``, ``language``, ``seal``.
        edition: The edition of the contract.
        saved: The file that it was read from; None for a run made now.
    """

    target: Mapping[str, Any]
    edition: str
    rows: Mapping[str, Row]
    observations: Mapping[str, Observation]
    saved: str | None = None

    @property
    def label(self) -> str:
        return str(self.target["spec"])

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.target["name"], self.target["version"]) if part)


def of_report(report: Any, *, only: Collection[str] | None = None, saved: str | None = None) -> Side:
    """The side that ``report`` describes, in full or of the cases ``only``.

    Raises UsageError, naming ``saved``, where it is not a report.
    """
    _data.validate(report, "report", saved or "the report")
    rows = [_row(row, only) for row in report["requirements"]]
    observations = {
        case["id"]: from_json(case["observation"])
        for row in report["requirements"]
        for case in row["cases"]
        if "observation" in case and (only is None or case["id"] in only)
    }
    return Side(
        report["target"],
        report["contract"],
        {row.id: row for row in rows if only is None or row.cases},
        observations,
        saved,
    )


def _row(row: Mapping[str, Any], only: Collection[str] | None) -> Row:
    cases = {
        case["id"]: Judged(_plain(case["verdict"]), case["got"])
        for case in row["cases"]
        if only is None or case["id"] in only
    }
    state = combined(judged.state for judged in cases.values())
    return Row(row["id"], row["origin"], row["level"], state, cases)


def _plain(state: State) -> State:
    return _WITHOUT_DEVIATIONS.get(state, state)
