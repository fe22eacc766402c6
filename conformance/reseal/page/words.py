"""The heading and the conclusions of the page."""

from __future__ import annotations

from collections.abc import Sequence

from ..matrix.values import Cell, Matrix


def title(matrix: Matrix) -> str:
    """What the page is about."""
    if len(matrix.cells) == 1:
        return matrix.cells[0].spec
    packages = ", ".join(dict.fromkeys(cell.package for cell in matrix.cells)) or "Nothing"
    return f"{packages}: {_releases(len(matrix.cells))}"


def conclusions(matrix: Matrix) -> list[str]:
    """How many releases conform, at each level that they were checked at."""
    if len(matrix.cells) == 1:
        return [_one(matrix.cells[0])]
    by_level: dict[str, list[Cell]] = {}
    failed = 0
    for cell in matrix.cells:
        if cell.report is None:
            failed += 1
        else:
            by_level.setdefault(cell.report["level"], []).append(cell)
    lines = [f"{_share(cells)} at level {level}." for level, cells in by_level.items()]
    return [*lines, f"{_releases(failed)} could not be checked."] if failed else lines


def groups(matrix: Matrix) -> list[str]:
    """A line for each package and operation, where there are several columns."""
    found: dict[str, list[Cell]] = {}
    for cell in matrix.cells:
        name = cell.package if cell.operation is None else f"{cell.package} ({cell.operation})"
        found.setdefault(name, []).append(cell)
    if len(matrix.cells) == 1:
        return []
    return [
        f"{name}: {_share(cells)}. {cells[-1].version}: {_one(cells[-1])}" for name, cells in found.items()
    ]


def _share(cells: Sequence[Cell]) -> str:
    reports = [cell.report for cell in cells if cell.report is not None]
    conforming = sum(report["conformant"] for report in reports)
    verbs = "was checked conforms" if len(reports) == 1 else "were checked conform"
    return f"{conforming} of {_releases(len(reports))} that {verbs}"


def _one(cell: Cell) -> str:
    if cell.report is None:
        return "It could not be checked."
    verdict = "Conforms" if cell.report["conformant"] else "Does not conform"
    said = cell.report.get("conclusion") or f"{verdict} at level {cell.report['level']}"
    return f"{said}."


def _releases(number: int) -> str:
    return f"{number} release" if number == 1 else f"{number} releases"
