"""Cookies as cases describe them.

A recipe is the ``cookie`` of a call in ``fixtures/cases``:

* ``{"kind": "none"}``, ``{"kind": "empty"}``, ``{"kind": "text", "text": …, "times": …}``
* ``{"kind": "session"}``: the session of the endpoint, sealed; ``access_token``, ``omit``, ``set`` and
  ``value`` alter what is inside, ``seal`` how it is sealed, ``sealed_with`` by which password, and
  ``change`` what becomes of it afterwards.
* ``{"kind": "newest"}``: what the implementation returned last; ``{"kind": "first"}``: the first one again.
  Neither is made here, and neither can be the first of a case.
* ``{"kind": "foreign", "format": …}``: a cookie of another SDK.
* ``{"kind": "vector", "vector": …}``: one that a released library made.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

from . import _data
from .endpoint import Model
from .errors import HarnessError
from .formats import Format, format_of
from .formats.naming import OpenError

_BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_ODD_TOKENS: Mapping[str, str] = {"malformed": "not.a.jwt", "empty": ""}
_STALE_S = 86_400.0
_FRESH_S = 60.0


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie, its password, and the tokens inside where it holds a session.

    Attributes:
        is_sound: Whether it is what was sealed, in whatever spelling; False after a change.
    """

    text: str | None = field(repr=False)
    password: str = field(repr=False)
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    is_sound: bool = True


NO_COOKIE = Cookie(None, "")


def bake(
    recipe: Mapping[str, Any], sealing: Format, password: str, model: Model, rng: random.Random
) -> Cookie:
    """Make the cookie of ``recipe``."""
    match recipe["kind"]:
        case "none":
            return Cookie(None, password)
        case "empty":
            return Cookie("", password)
        case "text":
            return Cookie(recipe["text"] * recipe.get("times", 1), password)
        case "foreign":
            return Cookie(_foreign(recipe["format"], model, rng), password)
        case "vector":
            return _vector(recipe["vector"], model)
        case "session":
            return _session(recipe, sealing, password, model, rng)
    raise HarnessError(f"no cookie of the kind {recipe['kind']!r} can be made")


def _session(
    recipe: Mapping[str, Any], sealing: Format, password: str, model: Model, rng: random.Random
) -> Cookie:
    access_token = _access_token(recipe.get("access_token", "fresh"), model)
    payload: Any = {**model.answer_body(), "access_token": access_token, "refresh_token": model.session.live}
    payload |= recipe.get("set", {})
    payload = {name: value for name, value in payload.items() if name not in recipe.get("omit", ())}
    if "value" in recipe:
        payload = recipe["value"]
    sealed_with = sealing.new_password(rng) if recipe.get("sealed_with") == "another password" else password
    sealed = sealing.seal(payload, sealed_with, rng, recipe.get("seal", {}))
    text = changed(sealed, recipe["change"], sealing) if "change" in recipe else sealed
    is_sound = sealing.is_same(text, sealed)
    return Cookie(text, password, access_token, model.session.live, is_sound)


def _access_token(kind: str, model: Model) -> str:
    if kind in _ODD_TOKENS:
        return _ODD_TOKENS[kind]
    return model.access_token(age_s=_STALE_S if kind == "stale" else _FRESH_S)


def changed(text: str, change: Mapping[str, Any], sealing: Format) -> str:
    """``text`` after ``change``: flip, replace, keep, drop, append or put."""
    added: str = change.get("text", "")
    match change["op"]:
        case "flip":
            start, end = sealing.span(text, change.get("part", "whole"))
            # The middle of a part: the last character of base64 may hold bits that nobody reads.
            at = (start + end) // 2
            return text[:at] + _other(text[at]) + text[at + 1 :]
        case "replace":
            start, end = sealing.span(text, change["part"])
            return text[:start] + added + text[end:]
        case "keep":
            return text[: int(len(text) * change["fraction"])]
        case "drop":
            return text[: -change["characters"]]
        case "append":
            return text + added
        case "put":
            start, end = sealing.span(text, change["part"])
            at = start + int((end - start) * change["fraction"])
            return text[:at] + added + text[at + change["characters"] :]
    raise HarnessError(f"no change {change['op']!r} is known")


def _other(character: str) -> str:
    """A character that decodes to something else, in base64url and in hex alike."""
    if character not in _BASE64URL:
        return "A"
    return _BASE64URL[(_BASE64URL.index(character) + 1) % 64] if character not in "f9" else "0"


def _foreign(name: str, model: Model, rng: random.Random) -> str:
    payload = {**model.answer_body(), "refresh_token": model.session.live}
    if name in ("iron", "fernet"):
        other = format_of("iron" if name == "iron" else "fernet")
        return other.seal(payload, other.new_password(rng), rng, {})
    if name == "aes-gcm":
        # The layout of the Go SDK: base64 of nonce, ciphertext and tag; nothing in it can be told from noise.
        return base64.b64encode(rng.randbytes(12 + 900 + 16)).decode()
    if name == "access-token":
        return model.access_token()
    raise HarnessError(f"no foreign format {name!r} is known")


def _vector(vector_id: str, model: Model) -> Cookie:
    path = _data.fixtures_root() / "vectors" / "sealed-sessions.json"
    row = next((row for row in _data.read_json(path)["vectors"] if row["id"] == vector_id), None)
    if row is None:
        raise HarnessError(f"{path.name} has no vector {vector_id!r}")
    try:
        payload = format_of(row["format"]).open(row["cookie"], row["password"])
    except OpenError as err:
        raise HarnessError(f"{path.name}: vector {vector_id!r} does not open: {err}") from err
    # The session in the cookie becomes the endpoint's.
    organization = _organization(payload["access_token"])
    model.session.live = payload["refresh_token"]
    model.session.organization = organization
    model.session.memberships = (organization,) if organization else ()
    return Cookie(row["cookie"], row["password"], payload["access_token"], payload["refresh_token"])


def _organization(access_token: str) -> str | None:
    try:
        claims = jwt.decode(access_token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return None
    organization = claims.get("org_id")
    return organization if isinstance(organization, str) else None
