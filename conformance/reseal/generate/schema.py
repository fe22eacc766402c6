"""Strategies from the published schema of the endpoint's answers (``fixtures/schema/wire.schema.json``).

For the words of JSON Schema that this schema uses; a word that is not known here is an error, so that
none is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .. import _data
from ..errors import HarnessError

_KNOWN = {
    "$ref", "additionalProperties", "const", "enum", "format", "items", "maxLength", "maxProperties",
    "minLength", "pattern", "properties", "required", "type",
}  # fmt: skip
_TEXT = st.text(max_size=20)
_MOMENTS = st.datetimes().map(lambda moment: moment.isoformat(timespec="milliseconds") + "Z")


def answers_of(definition: str) -> SearchStrategy[Any]:
    """Values that conform to ``definition``."""
    return _values(definitions()[definition])


def definitions() -> Mapping[str, Any]:
    path = _data.fixtures_root() / "schema" / "wire.schema.json"
    found: Mapping[str, Any] = _data.read_json(path)["$defs"]
    return found


def resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    target: Mapping[str, Any] = definitions()[schema["$ref"].removeprefix("#/$defs/")]
    return target


def _values(schema: Mapping[str, Any]) -> SearchStrategy[Any]:
    schema = resolved(schema)
    unknown = schema.keys() - _KNOWN
    if unknown:
        raise HarnessError(f"wire.schema.json: no strategy is known for {', '.join(sorted(unknown))}.")
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of([_of_type(kind, schema) for kind in kinds])


def _of_type(kind: str, schema: Mapping[str, Any]) -> SearchStrategy[Any]:
    match kind:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(0, 2**31 - 1)
        case "string":
            return _strings(schema)
        case "array":
            return st.lists(_values(schema["items"]), max_size=3)
        case "object":
            return _objects(schema)
    raise HarnessError(f"wire.schema.json: no strategy is known for the type {kind!r}.")


def _strings(schema: Mapping[str, Any]) -> SearchStrategy[str]:
    if schema.get("format") == "date-time":
        return _MOMENTS
    if schema.get("format") == "email":
        return st.from_regex(r"[a-z]{1,8}\.[a-z]{1,8}@example\.com", fullmatch=True)
    if "pattern" in schema:
        return st.from_regex(schema["pattern"]).filter(lambda text: "\n" not in text)
    return st.text(min_size=schema.get("minLength", 0), max_size=20)


def _objects(schema: Mapping[str, Any]) -> SearchStrategy[dict[str, Any]]:
    required = schema.get("required", ())
    fields = {name: _values(value) for name, value in schema.get("properties", {}).items()}
    if not fields:
        return st.dictionaries(
            _TEXT.filter(lambda name: name != "__proto__"),
            _values(schema["additionalProperties"]),
            max_size=4,
        )
    return st.fixed_dictionaries(
        {name: value for name, value in fields.items() if name in required},
        optional={name: value for name, value in fields.items() if name not in required},
    )
