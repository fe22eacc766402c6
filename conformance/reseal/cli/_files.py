"""Files that commands write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..errors import UsageError


class _Writable(click.Path):
    """A file to write, in a folder that is there: that it is not must not be found after a long run."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(value)
        if not path.parent.is_dir():
            self.fail(
                f"there is no folder {str(path.parent)!r} to write {path.name} to. Make it first.", param, ctx
            )
        return super().convert(value, param, ctx)


WRITABLE = _Writable(dir_okay=False, writable=True, path_type=Path)


def write(path: Path, text: str) -> None:
    """Write ``text``.  Raises UsageError, naming the file, where that cannot be done."""
    try:
        path.write_text(text, "utf-8")
    except OSError as err:
        raise UsageError(f"cannot write {path}: {err.strerror}.") from err
