"""Whether a folder of fixtures is what it says: shapes, verdicts, and one difference each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

import jwt

from .. import _data
from ..errors import UsageError
from ..formats import OpenError, format_of
from ..formats.naming import renamed, snake
from . import tokens
from .files import files_of, listed, row_of
from .rows import read_seal

Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one file, or with one vector in it."""

    path: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.where}: {self.text}" if self.where else f"{self.path}: {self.text}"


def verify(root: Traversable) -> list[Problem]:
    """All problems of the fixtures in ``root``; none where they are whole.

    Raises UsageError where ``root`` holds no fixtures.
    """
    if not (root / "index.json").is_file():
        raise UsageError("FOLDER: it has no index.json. Name a folder that `reseal fixtures export` wrote.")
    return list(_problems(root, listed(root)))


def _problems(root: Traversable, rows: list[dict[str, str]]) -> Iterator[Problem]:
    seen = set()
    for path, file in files_of(root):
        row = row_of(path, rows)
        if row is None:
            yield Problem(path, "", "it is not in index.json.")
            continue
        seen.add(row["path"])
        if "schema" in row:
            yield from _file(path, file, row["schema"])
    for row in rows:
        if row["path"] not in seen:
            yield Problem(row["path"], "", "it is in index.json, but missing.")


def _file(path: str, file: Traversable, schema: str) -> Iterator[Problem]:
    try:
        value = _data.read_toml(file) if path.endswith(".toml") else _data.read_json(file)
    except UsageError as err:
        yield Problem(path, "", f"{err}.")
        return
    error = _data.first_error(value, schema)
    if error is not None:
        yield Problem(path, "", f"it breaks {schema}.schema.json: {error}.")
    elif schema == "seals":
        yield from _seals(path, value["vectors"])
    elif schema == "sealed-sessions":
        yield from _sealed_sessions(path, value["vectors"])
    elif schema == "access-tokens":
        yield from _tokens(path, value)


def _by_id(path: str, rows: list[dict[str, Any]]) -> Iterator[Problem]:
    ids = [row["id"] for row in rows]
    for slug in sorted({slug for slug in ids if ids.count(slug) > 1}):
        yield Problem(path, slug, "it stands twice.")
    for row in rows:
        if row.get("parent", ids[0]) not in ids:
            yield Problem(path, row["id"], f"its parent {row['parent']} is missing.")


def _seals(path: str, rows: list[dict[str, Any]]) -> Iterator[Problem]:
    found = list(_by_id(path, rows))
    yield from found
    if found:
        return
    by_id = {row["id"]: row for row in rows}
    for row in rows:
        for text in (*_origin(row, by_id), *_verdicts(row)):
            yield Problem(path, row["id"], text)


def _origin(row: Mapping[str, Any], by_id: Rows) -> Iterator[str]:
    """Whether the vector is its parent after the mutation, and nothing else."""
    try:
        made = read_seal(row, by_id)
    except (KeyError, ValueError, RecursionError) as err:
        yield f"it cannot be made again: {type(err).__name__}."
        return
    if (made.token, made.password, made.format) != (row["token"], row["password"], row["format"]):
        yield "made again from its parent and mutation, or from its seed, it is another one."
    parent = by_id.get(row.get("parent", ""))
    if parent is not None and parent["verdict"] != "opens":
        yield "its parent does not open, so it proves nothing."
    if parent is not None and (parent["token"], parent["password"]) == (row["token"], row["password"]):
        yield "it does not differ from its parent."


def _verdicts(row: Mapping[str, Any]) -> Iterator[str]:
    """Whether the reference and the harness's own codec agree with the verdict."""
    readers = {"the reference": _reference(row), "the harness's codec": _harness(row)}
    for reader, opened in readers.items():
        if opened is not None and opened != (row["verdict"] == "opens"):
            yield f"{reader} {'opens' if opened else 'refuses'} it, but its verdict is {row['verdict']}."


def _reference(row: Mapping[str, Any]) -> bool | None:
    from reseal_reference import ConfigurationError, SealError, fernet, iron

    if not row["token"]:
        return False
    try:
        value = (iron if row["format"] == "iron" else fernet).unseal(row["token"], row["password"])
    except SealError:
        return False
    except ConfigurationError:
        return bool(row["effect"] != "configuration-error")  # a wrong blame is a wrong verdict
    wire = renamed(value, snake)
    return row["effect"] != "configuration-error" and bool(row.get("payload", wire) == wire)


def _harness(row: Mapping[str, Any]) -> bool | None:
    # It has no clock, and takes any password as it is: others say what is wrong with those.
    if row["class"] == "expiration" or row["effect"] == "configuration-error" or not row["token"]:
        return None
    try:
        value = format_of(row["format"]).open(row["token"], row["password"])
    except OpenError:
        return False
    return bool(row.get("payload", value) == value)


def _sealed_sessions(path: str, rows: list[dict[str, Any]]) -> Iterator[Problem]:
    yield from _by_id(path, rows)
    for row in rows:
        held = {**row, "class": "released", "effect": "refreshes", "verdict": "opens", "token": row["cookie"]}
        for text in _verdicts(held):
            yield Problem(path, row["id"], text)


def _tokens(path: str, table: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _by_id(path, table["tokens"])
    by_id = {row["id"]: row for row in table["tokens"]}
    key_set = {key["kid"]: jwt.PyJWK(key).key for key in table["key_set"]["keys"]}
    for row in table["tokens"]:
        fault = row["mutation"]["fault"] if "parent" in row else None
        claims = by_id[row["parent"]]["claims"] if "parent" in row else row["claims"]
        if tokens.token(fault, claims) != row["token"]:
            yield Problem(path, row["id"], "made again from claims and fault, it is another one.")
        accepted = _is_accepted(row["token"], key_set)
        if row["verdict"] != "either" and accepted != (row["verdict"] == "accepted"):
            yield Problem(path, row["id"], f"its verdict is {row['verdict']}, which PyJWT denies.")


def _is_accepted(token: str, key_set: Mapping[str, Any]) -> bool:
    try:
        key = key_set[jwt.get_unverified_header(token)["kid"]]
        jwt.decode(token, key, algorithms=["RS256"], options={"require": ["exp"], "verify_aud": False})
    except (jwt.PyJWTError, KeyError, ValueError):
        return False
    return True
