"""The JSON Schemas of the fixtures: valid, with examples that are."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from reseal._data import fixtures_root, read_json

_FOLDER = fixtures_root() / "schema"
_NAMES = sorted(file.name.removesuffix(".schema.json") for file in _FOLDER.iterdir())
_OF_FILES = sorted(
    {row["schema"] for row in read_json(fixtures_root() / "index.json")["files"] if "schema" in row}
)


@pytest.mark.parametrize("name", _NAMES)
def test_a_schema_is_one(name: str) -> None:
    """Every schema keeps to the schema of schemas."""
    Draft202012Validator.check_schema(read_json(_FOLDER / f"{name}.schema.json"))


@pytest.mark.parametrize("name", [*_OF_FILES, "bundle", "inspect"])
def test_examples_are_valid(name: str) -> None:
    """The schema of every file has an example, which it accepts; an empty object it refuses."""
    schema = read_json(_FOLDER / f"{name}.schema.json")
    validator = Draft202012Validator(schema)

    assert schema["examples"]
    assert [[]] * len(schema["examples"]) == [
        list(validator.iter_errors(each)) for each in schema["examples"]
    ]
    assert not validator.is_valid({})
