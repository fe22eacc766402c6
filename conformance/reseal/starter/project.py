"""What a project is written in, and what it depends on, as its own files say."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..errors import UsageError

Language = Literal["python", "node"]
LANGUAGES: tuple[Language, ...] = ("python", "node")
_SDKS: Mapping[Language, str] = {"python": "workos", "node": "@workos-inc/node"}
_BRINGS_THE_SDK = "@workos-inc/authkit-"  # authkit-nextjs and its kin install the Node SDK
_FRAMEWORKS: Mapping[Language, tuple[str, ...]] = {
    "python": ("fastapi", "django", "flask", "starlette", "litestar"),
    "node": ("next", "express", "fastify", "hono", "koa", "@remix-run/node", "@sveltejs/kit"),
}


@dataclass(frozen=True, slots=True)
class Project:
    """A project.

    Attributes:
        sdk: The official SDK, where the project depends on it.
        framework: The first known one that it depends on.
    """

    folder: Path
    language: Language
    sdk: str | None = None
    framework: str | None = None


def look_at(folder: Path, language: Language | None = None) -> Project:
    """The project in ``folder``, in ``language`` where it could be either.

    Of two languages the one with the SDK is taken, and Python where that does not tell.

    Raises UsageError, naming the file, where one cannot be read.
    """
    found: dict[Language, frozenset[str] | None] = {"python": _python(folder), "node": _node(folder)}
    names = [language] if language else sorted(LANGUAGES, key=lambda name: _rank(name, found[name]))
    chosen = names[0]
    dependencies = found[chosen] or frozenset()
    framework = next((name for name in _FRAMEWORKS[chosen] if name in dependencies), None)
    return Project(folder, chosen, _SDKS[chosen] if _has_sdk(chosen, dependencies) else None, framework)


def _rank(language: Language, dependencies: frozenset[str] | None) -> tuple[bool, bool]:
    return not _has_sdk(language, dependencies or frozenset()), dependencies is None


def _has_sdk(language: Language, dependencies: Iterable[str]) -> bool:
    return any(
        name == _SDKS[language] or (language == "node" and name.startswith(_BRINGS_THE_SDK))
        for name in dependencies
    )


def _python(folder: Path) -> frozenset[str] | None:
    """The names of all packages that a Python project asks for; None where there is no such project."""
    lines: list[str] = []
    files = sorted(folder.glob("requirements*.txt"))
    for file in files:
        lines += _text(file).splitlines()
    pyproject = folder / "pyproject.toml"
    if pyproject.is_file():
        lines += _of_pyproject(pyproject)
    if not files and not pyproject.is_file():
        return None
    names = (re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", line) for line in lines)
    return frozenset(re.sub(r"[-_.]+", "-", found[1]).lower() for found in names if found)


def _of_pyproject(file: Path) -> list[str]:
    try:
        table = tomllib.loads(_text(file))
    except ValueError as err:
        raise UsageError(f"{file.name}: cannot be read as TOML: {err}") from err
    project = _table(table.get("project"))
    groups = [project.get("dependencies")]
    groups += _table(project.get("optional-dependencies")).values()
    groups += _table(table.get("dependency-groups")).values()
    groups.append(list(_table(_table(_table(table.get("tool")).get("poetry")).get("dependencies"))))
    lists = [group for group in groups if isinstance(group, list)]
    return [line for group in lists for line in group if isinstance(line, str)]


def _table(value: Any) -> Mapping[str, Any]:
    """What stands where a table is expected; an odd manifest says nothing, and is not ours to judge."""
    return value if isinstance(value, Mapping) else {}


def _node(folder: Path) -> frozenset[str] | None:
    file = folder / "package.json"
    if not file.is_file():
        return None
    try:
        manifest: Any = json.loads(_text(file))
    except (ValueError, RecursionError) as err:
        raise UsageError(f"{file.name}: cannot be read as JSON: {err}") from err
    kinds = ("dependencies", "devDependencies", "peerDependencies")
    return frozenset(name for kind in kinds for name in _table(_table(manifest).get(kind)))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise UsageError(f"{file.name}: cannot be read: {err}") from err
