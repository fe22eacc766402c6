"""``reseal.toml``, or ``[tool.reseal]`` in ``pyproject.toml``: what to check, and how strictly."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from . import _data, deviations
from .contract import ORIGINS
from .deviations import Deviation
from .endpoint import Transport
from .errors import UsageError
from .protocol import SEALS
from .target.open import Declared
from .verdict import Level

_FIELDS = (
    "target",
    "level",
    "seal",
    "capabilities",
    "extra_reasons",
    "transport",
    "seed",
    "deviation",
    "deviations",
)


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration, checked.

    Attributes:
        seed: None for a fresh one in each run.
    """

    target: str | None = None
    level: Level = "documented"
    declared: Declared = field(default_factory=Declared)
    transport: Transport = "loopback"
    seed: int | None = None
    deviations: tuple[Deviation, ...] = ()


def find(folder: Path) -> Config:
    """The configuration of ``folder``; an empty one where there is none."""
    paths = (folder / "reseal.toml", folder / "pyproject.toml")
    return next((load(path) for path in paths if path.is_file()), Config())


def load(path: Path) -> Config:
    """The configuration in the file ``path``: all of it, or ``[tool.reseal]`` of a ``pyproject.toml``.

    Raises UsageError that names file and field, says what was got and what is possible.
    """
    table = _data.read_toml(path)
    if path.name == "pyproject.toml":
        return _config(_own_table(table), "pyproject.toml: tool.reseal", path.parent)
    return _config(table, path.name, path.parent)


def load_deviations(path: Path) -> tuple[Deviation, ...]:
    """The deviations in the file ``path``, which holds nothing else."""
    table = _data.read_toml(path)
    for found in table:
        if found != "deviation":
            raise UsageError(f"{path.name}: unknown field {found!r}. The file has [[deviation]] tables only.")
    return deviations.read(_rows(table, path.name), path.name)


def new_seed() -> int:
    """A seed for a run that was given none; short enough to be typed."""
    return secrets.randbelow(1_000_000)


def _own_table(table: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in ("tool", "reseal"):
        table = table.get(name, {})
        if not isinstance(table, dict):
            raise UsageError(f"pyproject.toml: {name} must be a table, got {table!r}. Write [tool.reseal].")
    return table


def _config(table: Mapping[str, Any], name: str, folder: Path) -> Config:
    for found in table:
        if found not in _FIELDS:
            raise UsageError(f"{name}: unknown field {found!r}. Known are {', '.join(_FIELDS)}.")
    elsewhere = _text(table, name, "deviations")
    if elsewhere and not (folder / elsewhere).is_file():
        raise UsageError(f"{name}: deviations: there is no file {elsewhere!r} in {folder}.")
    more = load_deviations(folder / elsewhere) if elsewhere else ()
    return Config(
        target=_text(table, name, "target"),
        level=_one_of(table, name, "level", ORIGINS) or "documented",
        declared=Declared(
            seal=_one_of(table, name, "seal", SEALS),
            capabilities=_texts(table, name, "capabilities"),
            extra_reasons=_texts(table, name, "extra_reasons"),
        ),
        transport=_one_of(table, name, "transport", get_args(Transport)) or "loopback",
        seed=_number(table, name, "seed"),
        deviations=deviations.read(_rows(table, name), name) + more,
    )


def _text(table: Mapping[str, Any], name: str, field: str) -> str | None:
    value = table.get(field)
    if value is not None and (not isinstance(value, str) or not value):
        raise UsageError(f"{name}: {field} must be a text, got {value!r}.")
    return value


def _texts(table: Mapping[str, Any], name: str, field: str) -> tuple[str, ...] | None:
    value = table.get(field)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{name}: {field} must be a list of texts, got {value!r}.")
    return tuple(value)


def _one_of(table: Mapping[str, Any], name: str, field: str, allowed: tuple[Any, ...]) -> Any:
    value = table.get(field)
    if value is not None and value not in allowed:
        raise UsageError(f"{name}: {field} must be one of {', '.join(allowed)}, got {value!r}.")
    return value


def _number(table: Mapping[str, Any], name: str, field: str) -> int | None:
    value = table.get(field)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise UsageError(f"{name}: {field} must be a whole number from 0, got {value!r}.")
    return value


def _rows(table: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = table.get("deviation", [])
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise UsageError(f"{name}: deviation must be written as [[deviation]] tables.")
    return value
