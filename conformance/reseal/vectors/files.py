"""The files of a folder of fixtures, and copies of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from importlib.resources.abc import Traversable
from pathlib import Path

from .. import _data
from ..errors import UsageError


def files_of(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    """Every file below ``folder`` with its path inside, in the order of names."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from files_of(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry


def listed(folder: Traversable) -> list[dict[str, str]]:
    """What the index of ``folder`` says of its files; raises UsageError where it is none of fixtures."""
    table = _data.read_json(folder / "index.json")
    _data.validate(table, "index", "index.json")
    rows: list[dict[str, str]] = table["files"]
    return rows


def row_of(path: str, rows: Iterable[dict[str, str]]) -> dict[str, str] | None:
    """The first of ``rows`` whose path fits."""
    return next((row for row in rows if fnmatchcase(path, row["path"])), None)


def export(root: Traversable, folder: Path) -> int:
    """Copy all fixtures into ``folder``; how many files.  Raises UsageError where one stands in the way."""
    files = dict(files_of(root))
    _refuse_others(folder)
    try:
        for path, file in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(file.read_bytes())
    except OSError as err:
        raise UsageError(f"cannot write into {folder}: {err.strerror}.") from err
    return len(files)


def _refuse_others(folder: Path) -> None:
    """A folder that holds anything else is somebody's: only an older export may be replaced."""
    if folder.is_file():
        raise UsageError(f"FOLDER: {folder} is a file. Name a folder.")
    if not folder.is_dir():
        return
    try:
        older = listed(folder)
    except UsageError:
        older = []
    other = next((path for path, _ in files_of(folder) if row_of(path, older) is None), None)
    if other is not None:
        raise UsageError(
            f"FOLDER: {folder} has files that are no fixtures, such as {other}. Name a new or empty folder."
        )
