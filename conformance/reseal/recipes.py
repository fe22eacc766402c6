"""Cookies as cases describe them.

A recipe is the ``cookie`` of a call in ``fixtures/cases``:

* ``{"kind": "none"}``, ``{"kind": "empty"}``, ``{"kind": "text", "text": …, "times": …}``
* ``{"kind": "session"}``: the session of the endpoint, sealed; ``access_token``, ``omit``, ``set``,
  ``value``, ``stringified`` and ``filled_with`` alter what is inside (the last by as many bytes of
  metadata, or by what ``filled_with`` of an answer stands for), ``seal`` how it is sealed, now if nothing
  says how many seconds ago, ``sealed_with`` by which password, and ``change`` what becomes of it
  afterwards (`reseal.changes`), under a MAC that holds for it where it is ``resigned``.
* ``{"kind": "newest"}``: what the implementation returned last; ``{"kind": "first"}``: the first one again;
  ``{"kind": "earlier", "age": n}``: the one that was the newest ``n`` cookies ago; ``{"kind": "again",
  "number": n}``: the ``n``-th of those that were made for ``another``.
  None of them is made here, and none can be the first of a case.  The first may have a ``change``.
* ``{"kind": "unsealed", "spelling": …}``: the session as it is, for whoever takes it without a seal.
* ``{"kind": "another"}``: the session of a user who was not there before, sealed; calls that are made at
  once have one each.  ``access_token``, ``set`` and ``omit`` alter what is inside as well.  With
  ``"user": "the same"``, another session of the first user; with ``"application": "another"``, a session
  of another application at the same address.  It cannot be the first of a case either.
* ``{"kind": "foreign", "format": …}``: a cookie of another SDK.
* ``{"kind": "vector", "vector": …}``: one that a released library made.
"""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote

import jwt

from . import _data
from .changes import changed
from .endpoint import Model
from .endpoint.applications import Application
from .endpoint.sessions import Session, filled
from .errors import HarnessError
from .formats import Format, format_of
from .formats.naming import OpenError

_ODD_TOKENS: Mapping[str, str] = {"malformed": "not.a.jwt", "empty": ""}
_SHORT_PASSWORD = 31  # one less than Iron takes; a Fernet key has 44
_WIDE = "\N{CYRILLIC SMALL LETTER PE}"  # a character to JavaScript, and two bytes of UTF-8
_SEALED = ("access_token", "refresh_token", "user", "impersonator")
_STALE_S = 300 * 86_400.0  # of a user who was away for long
_FRESH_S = 60.0
_ALTERED: Mapping[str, Mapping[str, Any]] = {
    "without-sid": {"omit": ["sid"]},
    "without-organization": {"omit": ["org_id", "role", "roles"]},
    "odd-organization": {"set": {"org_id": 42}},
}
_AROUND_S = 400 * 86_400.0  # the longest that browsers keep a cookie


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie, its password, and the tokens inside where it holds a session.

    Attributes:
        is_sound: Whether it is what was sealed, in whatever spelling; False after a change.
        application: Whose it is, where not that of the endpoint's first.
    """

    text: str | None = field(repr=False)
    password: str = field(repr=False)
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    is_sound: bool = True
    application: Application | None = None

    def password_as(self, kind: str) -> str | None:
        """The password as an application passes it that has none, or a wrong one: see `reseal.cases.Call`."""
        match kind:
            case "missing":
                return None
            case "empty":
                return ""
            case "short":
                return self.password[:_SHORT_PASSWORD]
            case "short-wide":
                return _WIDE * _SHORT_PASSWORD
            case "long":
                key = base64.urlsafe_b64decode(self.password)
                return base64.urlsafe_b64encode(key + key[:16]).decode()
        return self.password


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
        case "unsealed":
            return _unsealed(recipe["spelling"], password, model)
        case "another":
            return _another(recipe, sealing, password, model, rng)
    raise HarnessError(f"no cookie of the kind {recipe['kind']!r} can be made")


def _session(
    recipe: Mapping[str, Any], sealing: Format, password: str, model: Model, rng: random.Random
) -> Cookie:
    access_token, payload = _inside(recipe, model, model.session)
    if "value" in recipe:
        payload = recipe["value"]
    if recipe.get("stringified"):
        payload = json.dumps(_in_both_manners(payload))
    sealed_with = sealing.new_password(rng) if recipe.get("sealed_with") == "another password" else password
    # By the clock of the endpoint, as the tokens inside: with that standing still, a recipe bakes the same.
    options = {"sealed_at": int(model.now()), **_made(recipe.get("seal", {}))}
    sealed = sealing.seal(payload, sealed_with, rng, options)
    if "change" not in recipe:
        return Cookie(sealed, password, access_token, model.session.live)
    other = sealing.seal(payload, sealed_with, rng, options)
    text = changed(sealed, recipe["change"], sealing, other)
    if recipe["change"].get("resigned"):
        text = sealing.resigned(text, sealed_with)
    is_sound = any(_is_spelling(text, whole, sealed_with, sealing) for whole in (sealed, other))
    return Cookie(text, password, access_token, model.session.live, is_sound)


def _inside(recipe: Mapping[str, Any], model: Model, session: Session) -> tuple[str, Any]:
    """The access token and the payload that ``recipe`` makes of ``session``."""
    access_token = _access_token(recipe.get("access_token", "fresh"), model, session)
    payload = _payload(access_token, session)
    if "filled_with" in recipe:
        filler = recipe["filled_with"]
        if isinstance(filler, Mapping):
            payload["user"] = filled(payload["user"], filler)
        else:
            payload["user"] = {**payload["user"], "metadata": {"filler": "x" * filler}}
    payload |= recipe.get("set", {})
    return access_token, {
        name: value for name, value in payload.items() if name not in recipe.get("omit", ())
    }


def altered(cookie: Cookie, change: Mapping[str, Any], sealing: Format) -> Cookie:
    """``cookie`` after ``change``."""
    whole = cookie.text or ""
    text = changed(whole, change, sealing)
    return replace(cookie, text=text, is_sound=_is_spelling(text, whole, cookie.password, sealing))


def dated_back(payload: Any, seconds: float) -> Any:
    """A session in which the application's own dates are ``seconds`` earlier: in seconds or milliseconds.

    Only what stands beside tokens and user can be such a date, and only around the present.
    """
    if not isinstance(payload, Mapping):
        return payload
    now = time.time()

    def earlier(value: Any) -> Any:
        for unit in (1, 1_000):
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if is_number and abs(value / unit - now) < _AROUND_S:
                return value - round(seconds * unit)
        return value

    return {name: value if name in _SEALED else earlier(value) for name, value in payload.items()}


def _unsealed(spelling: str, password: str, model: Model) -> Cookie:
    access_token = model.access_token(age_s=_FRESH_S)
    payload = _payload(access_token, model.session)
    text = json.dumps(_in_both_manners(payload), separators=(",", ":"))
    if spelling == "base64url":
        text = base64.urlsafe_b64encode(text.encode()).decode()
    elif spelling == "percent":
        text = quote(text)
    return Cookie(text, password, access_token, model.session.live, is_sound=False)


def _in_both_manners(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The tokens named as in either format, for whoever reads what is no seal."""
    tokens = {"accessToken": payload["access_token"], "refreshToken": payload["refresh_token"]}
    return {**payload, **tokens}


def _another(
    recipe: Mapping[str, Any], sealing: Format, password: str, model: Model, rng: random.Random
) -> Cookie:
    session = model.sign_in_another(is_same_user="user" in recipe, is_elsewhere="application" in recipe)
    access_token, payload = _inside(recipe, model, session)
    sealed = sealing.seal(payload, password, rng, {})
    return Cookie(sealed, password, access_token, session.live, application=session.application)


def _payload(access_token: str, session: Session) -> dict[str, Any]:
    """What every SDK seals of ``session``; some have more, of which a case of its own speaks."""
    body = session.body(access_token, session.live)
    return {name: body[name] for name in _SEALED if name in body}


def _is_spelling(text: str, sealed: str, password: str, sealing: Format) -> bool:
    """Whether ``text`` is ``sealed`` to a reader who is lenient about the spelling."""
    spellings = (text, text.strip(), text.strip('"'), unquote(text))
    if any(sealing.is_same(spelling, sealed) for spelling in spellings):
        return True
    return sealing.name == "own" and _opens_as(text, sealed, password, sealing)


def _opens_as(text: str, sealed: str, password: str, sealing: Format) -> bool:
    # How an own format may be spelled is known to its reader alone.
    try:
        return bool(sealing.open(text, password) == sealing.open(sealed, password))
    except OpenError:
        return False


def _made(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options of a seal where a recipe gives a rule in their place."""
    if "repeat" in options:
        return {**options, "plaintext": options["plaintext"] * options["repeat"]}
    if "expired_s" in options:
        return {"expiration": str(round((time.time() - options["expired_s"]) * 1_000))}
    if "age_s" in options:
        return {"sealed_at": int(time.time() - options["age_s"])}
    return options


def _access_token(kind: str, model: Model, session: Session) -> str:
    if kind in _ODD_TOKENS:
        return _ODD_TOKENS[kind]
    age_s = _STALE_S if kind == "stale" else _FRESH_S
    return model.access_token(age_s=age_s, altered=_ALTERED.get(kind), session=session)


def _foreign(name: str, model: Model, rng: random.Random) -> str:
    payload = model.session.body(model.access_token(), model.session.live)
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
