"""The heading and the conclusions of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..matrix.values import Cell, Matrix


def title(matrix: Matrix) -> str:
    """What the page is about."""
    if len(matrix.cells) == 1:
        return matrix.cells[0].spec
    packages = ", ".join(dict.fromkeys(cell.package for cell in matrix.cells)) or "Nothing"
    return f"{packages}: {_many(len(matrix.cells), 'release')}"


def conclusions(matrix: Matrix) -> list[str]:
    """How many releases conform, at each level that they were checked at."""
    if len(matrix.cells) == 1:
        return [_one(matrix.cells[0])]
    checked = [cell for cell in matrix.cells if cell.report is not None]
    failed = len(matrix.cells) - len(checked)
    lines = [
        f"{_share(cells)} at level {level}."
        for level in dict.fromkeys(_level(cell) for cell in checked)
        if (cells := [cell for cell in checked if _level(cell) == level])
    ]
    return [*lines, *([f"{_many(failed, 'release')} could not be checked."] if failed else [])]


def groups(matrix: Matrix) -> list[str]:
    """A line for each package and operation, where there are several columns."""
    found: dict[str, list[Cell]] = {}
    for cell in matrix.cells:
        name = cell.package if cell.operation is None else f"{cell.package} ({cell.operation})"
        found.setdefault(name, []).append(cell)
    if len(matrix.cells) == 1:
        return []
    return [f"{name}: {_group(cells)}" for name, cells in found.items()]


def _group(cells: Sequence[Cell]) -> str:
    last = cells[-1]
    return f"{_share([cell for cell in cells if cell.report is not None])}. {last.version}: {_one(last)}"


def _share(checked: Sequence[Cell]) -> str:
    conforming = sum(bool(cell.report and cell.report["conformant"]) for cell in checked)
    return f"{conforming} of {_many(len(checked), 'release')} that {_were(checked)} checked conform"


def _one(cell: Cell) -> str:
    if cell.report is None:
        return "It could not be checked."
    verdict = "Conforms" if cell.report["conformant"] else "Does not conform"
    return str(cell.report.get("conclusion") or f"{verdict} at level {cell.report['level']}.")


def _level(cell: Cell) -> str:
    return str(cell.report["level"]) if cell.report else ""


def _were(cells: Iterable[Cell]) -> str:
    return "was" if len(list(cells)) == 1 else "were"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
