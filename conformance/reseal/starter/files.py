"""The files that ``reseal init`` writes.  One that is there stays as it is."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .._data import configures_reseal
from ..errors import UsageError
from .project import Project

_CONFIGURATION = "reseal.toml"


@dataclass(frozen=True, slots=True)
class Written:
    """A file, and whether it was written; ``why`` it was not otherwise."""

    name: str
    is_new: bool
    why: str = ""


def write_missing(project: Project) -> tuple[Written, ...]:
    """Write the configuration and the adapter that ``project`` does not have.

    Raises UsageError, naming the file, where one cannot be written.
    """
    return tuple(_write(project.folder, name, text) for name, text in _files(project))


def _files(project: Project) -> Iterator[tuple[str, str]]:
    kind = "sdk" if project.sdk else "own"
    adapter = "reseal_adapter.py" if project.language == "python" else "reseal-adapter.mjs"
    yield _CONFIGURATION, _template(f"{project.language}-{kind}.toml")
    text = _template(f"{project.language}-{kind}{Path(adapter).suffix}")
    yield adapter, text.replace("    # FRAMEWORK\n", _HINTS.get(project.framework or "", ""))


_HINTS = {
    "django": (
        "    # Django needs its settings first: os.environ.setdefault('DJANGO_SETTINGS_MODULE', …) and\n"
        "    # django.setup() at the top of this file.\n"
    ),
    **dict.fromkeys(
        ("fastapi", "starlette", "litestar"),
        "    # Where yours is a coroutine function, write `async def refresh` and await it.\n",
    ),
}


def _template(name: str) -> str:
    # With a suffix of its own: these are texts, not modules of reseal.
    return (importlib.resources.files(__package__) / "templates" / f"{name}.txt").read_text("utf-8")


def _write(folder: Path, name: str, text: str) -> Written:
    if name == _CONFIGURATION and configures_reseal(folder / "pyproject.toml"):
        return Written(name, is_new=False, why="pyproject.toml has a table [tool.reseal]")
    try:
        with (folder / name).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return Written(name, is_new=False, why="it is there already")
    except OSError as err:
        raise UsageError(f"cannot write {folder / name}: {err.strerror}.") from err
    return Written(name, is_new=True)
