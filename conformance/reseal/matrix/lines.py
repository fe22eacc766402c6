"""The lines of a matrix file, read and checked (``fixtures/schema/matrix.schema.json``).

A run that was interrupted leaves a file without a footer, and perhaps half a line at its end: that
much is forgiven, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import _data
from ..errors import UsageError
from .packing import identity, unpack

FORMAT = 1
_KINDS = ("header", "value", "cell", "footer")
FACTS = ("reseal", "contract", "seed", "level", "cases")
"""What the cells of one matrix have in common."""


@dataclass(slots=True)
class Lines:
    """What a file holds.

    Attributes:
        cells: By target string, reports unpacked.
        values: The unpacked parts, by id.
        is_finished: Whether the last line is a footer.
        length: How many bytes are whole lines.
    """

    path: Path
    header: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, dict[str, Any]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    is_finished: bool = False
    length: int = 0


def read_lines(path: Path) -> Lines:
    """Read a matrix file.  Raises UsageError, naming file and line, where it is malformed."""
    lines = Lines(path)
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    break  # half a line: the run was interrupted while it wrote
                _take(lines, _parsed(line, f"{path.name}, line {number}"), f"{path.name}, line {number}")
                lines.length += len(line)
    except OSError as err:
        raise UsageError(f"cannot read {path}: {err.strerror}.") from err
    if not lines.header:
        raise UsageError(f"{path.name}: it has no header. Name a file that `reseal matrix --json` wrote.")
    return lines


def _parsed(line: bytes, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as err:
        raise UsageError(f"{where}: this is no JSON: {err}.") from err
    kind = row.get("kind") if isinstance(row, dict) else None
    if kind not in _KINDS:
        raise UsageError(f"{where}: kind is {kind!r}. It must be one of {', '.join(_KINDS)}.")
    if error := _data.first_error(row, "matrix", kind):
        raise UsageError(f"{where}: {error}")
    return dict(row)


def _take(lines: Lines, row: dict[str, Any], where: str) -> None:
    kind = row.pop("kind")
    if (kind == "header") != (not lines.header):
        raise UsageError(f"{where}: the header must be the first line, and there must be one.")
    lines.is_finished = kind == "footer"
    try:
        if kind == "header":
            lines.header = row
        elif kind == "value":
            _take_value(lines, row, where)
        elif kind == "cell":
            _take_cell(lines, row, where)
        elif row["cells"] != len(lines.cells):
            raise UsageError(
                f"{where}: the footer counts {row['cells']} cells, there are {len(lines.cells)}."
            )
    except KeyError as err:
        raise UsageError(f"{where}: the value {err} does not stand before it.") from err


def _take_value(lines: Lines, row: Mapping[str, Any], where: str) -> None:
    if row["id"] != identity(row["value"]):
        raise UsageError(
            f"{where}: the value is not what its id {row['id']} stands for. The file was changed."
        )
    lines.values[row["id"]] = unpack(row["value"], lines.values)


def _take_cell(lines: Lines, row: dict[str, Any], where: str) -> None:
    earlier = lines.cells.get(row["spec"])
    if earlier is not None and "report" in earlier:
        raise UsageError(f"{where}: {row['spec']} stands there twice.")
    if "report" in row:
        row["report"] = unpack(row["report"], lines.values)
        if error := _data.first_error(row["report"], "report"):
            raise UsageError(f"{where}: report: {error}")
    lines.cells[row["spec"]] = row


def rows_of(cells: Mapping[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The cells that say something, one for each operation that a release has.

    An operation that a release does not have is left out; a release without any is one cell.
    """
    releases: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for cell in cells.values():
        releases.setdefault((cell["package"], cell["version"]), []).append(cell)
    for found in releases.values():
        there = [cell for cell in found if "absent" not in cell]
        if there:
            yield from there
        else:
            spec = found[0]["spec"].partition("#")[0]
            yield {**found[0], "spec": spec, "operation": None, "seconds": sum(c["seconds"] for c in found)}
