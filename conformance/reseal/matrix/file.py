"""The file of a matrix: begun, taken up again, added to, and read as values."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..errors import UsageError
from ..target.packages import KINDS
from ..target.releases import age
from .lines import FACTS, FORMAT, Lines, read_lines, rows_of
from .packing import pack
from .values import Cell, Matrix


def read(path: Path) -> Matrix:
    """The matrix in ``path``, finished or not.

    Raises UsageError, naming file and line, where it is malformed in any other way than a run that was
    interrupted leaves it.
    """
    lines = read_lines(path)
    return to_matrix(lines.header, lines.cells)


def to_matrix(header: Mapping[str, Any], cells: Mapping[str, Mapping[str, Any]]) -> Matrix:
    """Values from the rows of a file: packages as they were named, then releases by age."""
    packages = list(dict.fromkeys([*header["packages"], *(cell["package"] for cell in cells.values())]))
    rows = sorted(
        rows_of(cells),
        key=lambda row: (packages.index(row["package"]), age(row["version"]), _place(row)),
    )
    return Matrix(
        contract=header["contract"],
        reseal=header["reseal"],
        seed=header["seed"],
        started=header["started"],
        cells=tuple(Cell(**{name: value for name, value in row.items() if name != "absent"}) for row in rows),
    )


def _place(row: Mapping[str, Any]) -> int:
    kind = KINDS.get(row["package"].partition(":")[0])
    return kind.operations.index(row["operation"]) if kind and row["operation"] in kind.operations else -1


class Writer:
    """Appends cells to a file, each as soon as it is there.

    Attributes:
        kept: The cells that the file has from an earlier run, and that need not be run again.
    """

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        """Begin ``path``, or take it up again.

        Raises UsageError where it cannot be written, or is of a matrix with other facts.
        """
        self._path = path
        before = _earlier(path, header)
        self.header: Mapping[str, Any] = before.header if before else header
        self.cells: dict[str, Mapping[str, Any]] = dict(before.cells) if before else {}
        # What failed to install may succeed today; what is absent stays so.
        self.kept = {spec for spec, cell in self.cells.items() if "report" in cell or "absent" in cell}
        self._known: set[str] = set(before.values) if before else set()
        self._is_finished = before is not None and before.is_finished
        try:
            self._file = path.open("ab")
            if before is None:
                self._append({"kind": "header", **header})
            else:
                os.truncate(path, before.length)
        except OSError as err:
            raise UsageError(f"cannot write {path}: {err.strerror}.") from err

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, cell: Mapping[str, Any]) -> None:
        """Append ``cell``, as `run_cell` returned it."""
        rows: list[Mapping[str, Any]] = []

        def emit(name: str, value: Any) -> None:
            if name not in self._known:
                self._known.add(name)
                rows.append({"kind": "value", "id": name, "value": value})

        packed = {**cell, "report": pack(cell["report"], emit)} if "report" in cell else cell
        self._append(*rows, {"kind": "cell", **packed})
        self.cells[cell["spec"]] = cell
        self._is_finished = False

    def finish(self) -> None:
        """Append the footer: the run came to its end."""
        if not self._is_finished:
            self._append({"kind": "footer", "cells": len(self.cells)})
            self._is_finished = True

    def _append(self, *rows: Mapping[str, Any]) -> None:
        text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
        self._file.write(text.encode())
        self._file.flush()


def header_of(
    facts: Mapping[str, Any], started: str, packages: Sequence[str], shard: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The first line of a file."""
    header = {"format": FORMAT, **facts, "started": started, "packages": list(packages)}
    return header if shard is None else {**header, "shard": dict(shard)}


def _earlier(path: Path, header: Mapping[str, Any]) -> Lines | None:
    """What ``path`` has from an earlier run of the same matrix; None where there is nothing."""
    if not path.exists() or path.stat().st_size == 0:
        return None
    found = read_lines(path)
    for name in (*FACTS, "shard"):
        if found.header.get(name) != header.get(name):
            raise UsageError(
                f"{path.name}: {name} of its cells is {found.header.get(name)!r}, that of this run is "
                f"{header.get(name)!r}. Name another file, or delete this one."
            )
    return found
