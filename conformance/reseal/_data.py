"""The fixtures as they are installed: found, read and validated."""

from __future__ import annotations

import functools
import importlib.resources
import json
import tomllib
from collections.abc import Callable, Iterable
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from .errors import UsageError


@functools.cache
def fixtures_root() -> Traversable:
    """The folder ``fixtures``: inside the installed package, or beside it in a checkout."""
    packaged = _packaged()
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "fixtures"


def _packaged() -> Traversable:
    return importlib.resources.files("reseal") / "fixtures"


def read_json(path: Traversable) -> Any:
    """The JSON value of a file.  Raises UsageError, naming the file, where it has none."""
    return _parsed(path, json.loads, "JSON")


def read_toml(path: Traversable) -> dict[str, Any]:
    """The table of a TOML file.  Raises UsageError, naming the file, where it has none."""
    table: dict[str, Any] = _parsed(path, tomllib.loads, "TOML")
    return table


def configures_reseal(pyproject: Path) -> bool:
    """Whether a ``pyproject.toml`` has a table ``tool.reseal``; what cannot be read has none."""
    try:
        tool = tomllib.loads(pyproject.read_text("utf-8")).get("tool")
    except (OSError, ValueError, RecursionError):
        return False  # not ours to complain about
    return isinstance(tool, dict) and "reseal" in tool


def _parsed(path: Traversable, parse: Callable[[str], Any], language: str) -> Any:
    try:
        return parse(path.read_text("utf-8"))
    except OSError as err:
        raise UsageError(f"{path.name}: cannot be read: {err.strerror}.") from err
    except ValueError as err:
        raise UsageError(f"{path.name}: cannot be read as {language}: {err}") from err
    except RecursionError:
        raise UsageError(f"{path.name}: cannot be read as {language}: it is nested too deep.") from None


def validate(value: object, schema: str, name: str) -> None:
    """Check ``value`` against ``fixtures/schema/<schema>.schema.json``.

    Raises UsageError that names ``name``, the first wrong field, what it has and what it needs.
    """
    error = first_error(value, schema)
    if error is not None:
        raise UsageError(f"{name}: {error}")


def validate_own(value: object, schema: str, name: str) -> None:
    """Like `validate`, for a file of the fixtures; those of a package were valid when it was built."""
    if fixtures_root() != _packaged():
        validate(value, schema, name)


def first_error(value: object, schema: str, definition: str | None = None) -> str | None:
    """What is wrong with ``value``, as "field: message"; None where it is valid."""
    from jsonschema.exceptions import best_match

    found = best_match(_validator(schema, definition).iter_errors(value))
    if found is None:
        return None
    return f"{_path(found.absolute_path) or 'the whole'}: {found.message}"


@functools.cache
def _validator(schema: str, definition: str | None) -> Any:
    from jsonschema import Draft202012Validator

    document = read_json(fixtures_root() / "schema" / f"{schema}.schema.json")
    if definition is not None:
        # Not the rest of it, which may ask for other fields.
        document = {"$defs": document["$defs"], "$ref": f"#/$defs/{definition}"}
    return Draft202012Validator(document)


def _path(parts: Iterable[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")
