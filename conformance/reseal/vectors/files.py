"""The files of a folder of fixtures, and copies of them."""

from __future__ import annotations

from collections.abc import Iterator
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


def _listed(index: Path) -> list[str]:
    """The paths that an older export lists; none where ``index`` is no index of fixtures."""
    try:
        value = _data.read_json(index)
    except UsageError:
        return []
    return [] if _data.first_error(value, "index") else [row["path"] for row in value["files"]]


def _refuse_others(folder: Path) -> None:
    """A folder that holds anything else is somebody's: only an older export may be replaced."""
    if folder.is_file():
        raise UsageError(f"FOLDER: {folder} is a file. Name a folder.")
    if not folder.is_dir():
        return
    older = _listed(folder / "index.json")
    held = (path for path, _ in files_of(folder))
    other = next((path for path in held if not any(fnmatchcase(path, each) for each in older)), None)
    if other is not None:
        raise UsageError(
            f"FOLDER: {folder} has files that are no fixtures, such as {other}. Name a new or empty folder."
        )
