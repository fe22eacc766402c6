"""Files that commands write."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from ..errors import UsageError


class _Writable(click.Path):
    """A file that can be written: that it cannot must not be found after a long run."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(value)
        if not str(value):
            self.fail("the name of the file is empty.", param, ctx)
        if not path.parent.is_dir():
            self.fail(
                f"there is no folder {str(path.parent)!r} to write {path.name} to. Make it first.", param, ctx
            )
        if not path.exists() and not os.access(path.parent, os.W_OK | os.X_OK):
            self.fail(f"nothing can be written to the folder {str(path.parent)!r}.", param, ctx)
        return super().convert(value, param, ctx)


WRITABLE = _Writable(dir_okay=False, writable=True, path_type=Path)
WRITABLE_OR_STDOUT = _Writable(dir_okay=False, writable=True, allow_dash=True, path_type=Path)
"""Likewise, or - for stdout."""


def write(path: Path, text: str) -> None:
    """Write ``text``.  Raises UsageError, naming the file, where that cannot be done."""
    try:
        path.write_text(text, "utf-8")
    except OSError as err:
        raise UsageError(f"cannot write {path}: {err.strerror}.") from err
