"""What the page shows, as one JSON value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import cases as cases_module
from .. import contract as contract_module
from ..contract import ORIGINS, Requirement
from ..matrix.values import Cell, Matrix
from ..report.as_text import repeat_command
from ..target import About
from ..verdict import STATES, State, within
from .pool import Pool

SCHEMA = 1

# One letter for each verdict: a column's verdicts are a string, with a space where it has none.
LETTERS: dict[State, str] = {
    "pass": "p",
    "fail": "f",
    "known": "k",
    "fixed": "x",
    "not_applicable": "n",
    "not_run": "r",
    "error": "e",
}
_UNTROUBLED = ("pass", "not_applicable")
_SHOWN = ("id", "verdict", "expected", "got")


def page_data(matrix: Matrix) -> dict[str, Any]:
    """The data of the page.  Columns that belong together stand side by side."""
    rows = _rows(matrix.cells)
    pool = Pool()
    columns = [_column(cell, rows, pool) for cell in _grouped(matrix.cells)]
    return {
        "schema": SCHEMA,
        "contract": matrix.contract,
        "reseal": matrix.reseal,
        "seed": matrix.seed,
        "started": matrix.started,
        "letters": {LETTERS[state]: state for state in STATES},
        "origins": list(ORIGINS),
        "requirements": list(rows.values()),
        "titles": {case.id: case.title for case in cases_module.load()},
        "columns": columns,
        "pool": pool.entries,
        "shapes": pool.shapes,
    }


def _grouped(cells: Iterable[Cell]) -> list[Cell]:
    """Cells by package and operation; groups, and the cells of each, in the order in which they came."""
    groups: dict[tuple[str, str | None], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.package, cell.operation), []).append(cell)
    return [cell for group in groups.values() for cell in group]


def _rows(cells: Iterable[Cell]) -> dict[str, dict[str, Any]]:
    """The requirements that any report speaks of: those of this contract in its order, then others.

    A stored report may be of another edition; ids are never reused, so that its words still hold.
    """
    contract = contract_module.load()
    seen = {row["id"]: row for cell in cells if cell.report for row in cell.report["requirements"]}
    known = [row.id for row in contract.requirements if row.id in seen]
    others = [requirement for requirement in seen if requirement not in contract]
    return {
        requirement: {
            "id": requirement,
            "origin": seen[requirement]["origin"],
            "level": seen[requirement]["level"],
            **(_words(contract[requirement]) if requirement in contract else {}),
        }
        for requirement in [*known, *others]
    }


def _words(row: Requirement) -> dict[str, str]:
    return {"title": row.title, "quote": row.quote, "source": row.source, "checked": row.checked}


def _column(cell: Cell, rows: Iterable[str], pool: Pool) -> dict[str, Any]:
    column = {
        "spec": cell.spec,
        "package": cell.package,
        "version": cell.version,
        "operation": cell.operation,
        "seconds": round(cell.seconds, 1),
        "verdicts": "",
        "failed": cell.failed,
    }
    if cell.report is None:
        return column
    verdicts = {row["id"]: LETTERS[row["verdict"]] for row in cell.report["requirements"]}
    return {
        **column,
        "verdicts": "".join(verdicts.get(row, " ") for row in rows),
        "conformant": cell.report["conformant"],
        "unmet": _unmet(cell.report),
        "report": pool.add(_report(cell.report)),
    }


def _unmet(report: Mapping[str, Any]) -> dict[str, int]:
    """How many requirements of each origin are not met; what did not run is among them."""
    return {
        origin: sum(counts[state] for state in ("fail", "fixed", "not_run", "error"))
        for origin, counts in report["summary"].items()
    }


def _report(report: Mapping[str, Any]) -> dict[str, Any]:
    """What a reader may want to see of a report; an observation only where something is wrong."""
    rows = [case for row in report["requirements"] for case in row["cases"]]
    troubled = {case["id"] for case in rows if case["verdict"] not in _UNTROUBLED}
    return {
        "level": report["level"],
        "target": report["target"],
        "transport": report["transport"],
        "conclusion": report.get("conclusion", ""),
        "summary": report["summary"],
        "repeat": _repeat(report),
        "requirements": {
            row["id"]: [{name: case[name] for name in _SHOWN} for case in row["cases"]]
            for row in report["requirements"]
        },
        "observations": {
            case["id"]: _brief(case["observation"])
            for case in rows
            if "observation" in case and case["id"] in troubled
        },
    }


def _repeat(report: Mapping[str, Any]) -> dict[str, list[str]]:
    """The command that repeats a case, by the origin of the requirement, as what stands around its id."""
    target = report["target"]
    about = About(**{name: target[name] for name in ("spec", "name", "version", "language", "seal")})
    mark = "-k "
    commands: dict[str, list[str]] = {}
    for origin in ORIGINS:
        level = report["level"] if within(origin, report["level"]) else origin
        command = repeat_command(about, "ID", level=level, transport=report["transport"], seed=report["seed"])
        before, _, after = command.rpartition(f"{mark}ID")
        commands[origin] = [before + mark, after]
    return commands


def _brief(value: Any) -> Any:
    """An observation without what is null or empty, and without how long a call took.

    That stays where it was the whole answer: in a call that did not end in time.
    """
    if isinstance(value, list | tuple):
        return [_brief(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    is_timed = value.get("kind") == "silent"
    return {
        key: _brief(item)
        for key, item in value.items()
        if item is not None and item not in ("", [], {}, ()) and (key != "seconds" or is_timed)
    }
