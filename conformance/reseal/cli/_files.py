"""Files that commands write."""

from __future__ import annotations

from pathlib import Path

from ..errors import UsageError


def write(path: Path, text: str) -> None:
    """Write ``text``.  Raises UsageError, naming the file, where that cannot be done."""
    try:
        path.write_text(text, "utf-8")
    except OSError as err:
        raise UsageError(f"cannot write {path}: {err.strerror}.") from err
