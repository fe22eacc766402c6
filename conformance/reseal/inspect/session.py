"""What is inside an opened seal, shown without what could be used, and whether it would refresh."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from json import dumps, loads
from math import isfinite
from typing import Any

from ..formats.naming import camel
from ..redact import Secrets, fingerprint
from .values import Content, Finding, FormatName, note

_DEEPEST = 32
_SECRET_NAME = re.compile(r"token|secret|password|api_?key", re.IGNORECASE)
_WORD = re.compile(r"[\w.~+/=-]{20,}", re.ASCII)
_ID = re.compile(r"([a-z_]+_)?[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\d:.TZ+-]+")
"""An id of the API, a UUID, or a date: what is long and odd, and no secret."""


def content_of(name: FormatName, value: Any, now_s: float) -> tuple[Content, tuple[Finding, ...]]:
    """What is inside, and what keeps it from being refreshed."""
    findings = tuple(_obstacles(name, value))
    token = _access_token(value)
    claims = claims_of(token) if token else None
    would_refresh = not any(finding.is_cause for finding in findings)
    return Content(shown(value), claims and shown(claims), would_refresh), (
        *findings,
        *_token_notes(token, claims, now_s),
    )


def shown(value: Any, name: str = "", depth: int = 0) -> Any:
    """``value`` with each token replaced by its length and a short hash, and nothing nested too deeply.

    What stands in no field could be anything, and so could what looks like noise.
    """
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {key: shown(item, str(key), depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [shown(item, name, depth + 1) for item in value]
    if isinstance(value, float) and not isfinite(value):
        return str(value)  # Python reads NaN, but it is no JSON
    if not isinstance(value, str):
        return value
    if (inner := _encoded(value)) is not None:
        return dumps(shown(inner, name, depth + 1))
    is_secret = not name or _SECRET_NAME.search(name) or _is_noise(value)
    return fingerprint(value) if value and is_secret else Secrets().redacted(value)


def _encoded(text: str) -> Any:
    """The object or array that ``text`` is as JSON: sessions are encoded twice by mistake.  Else None."""
    if not text.startswith(("{", "[")):
        return None
    try:
        return loads(text)
    except (ValueError, RecursionError):
        return None


def _is_noise(text: str) -> bool:
    kinds = (str.isdigit, str.isupper, str.islower)
    is_mixed = sum(any(map(kind, text[1:])) for kind in kinds) > 1  # names begin with a capital
    return is_mixed and _WORD.fullmatch(text) is not None and _ID.fullmatch(text) is None


def claims_of(token: str) -> Mapping[str, Any] | None:
    """The claims of a JWT, not verified; None where it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def _spelled(name: FormatName, field: str) -> str:
    return camel(field) if name == "iron" else field


def _obstacles(name: FormatName, value: Any) -> list[Finding]:
    if name == "emulator":
        text = "It is the emulator's own seal, which no SDK opens."
        return [Finding("emulator-seal", text, "Let the SDK seal the session itself.")]
    if not isinstance(value, Mapping):
        kind = "null" if value is None else type(value).__name__
        return [Finding("not-an-object", f"It holds no session but a JSON value of type {kind}.")]
    token = _spelled(name, "refresh_token")
    if not (isinstance(value.get(token), str) and value[token]):
        return [_no_refresh_token(name, value, token)]
    if name == "dotnet":
        text = "The .NET SDK has no refresh: it opens its seals, and that is all."
        return [Finding("no-refresh-in-sdk", text, "Exchange the refresh token inside yourself.")]
    if not (isinstance(value.get("user"), Mapping) and value["user"]):
        advice = "Seal the user of the API's answer along with the tokens."
        return [Finding("no-user", "It holds no user, without which SDKs do not refresh.", advice)]
    return []


def _no_refresh_token(name: FormatName, value: Mapping[str, Any], token: str) -> Finding:
    other = "refresh_token" if name == "iron" else "refreshToken"
    if other in value:
        text = f"It has {other} where this format's SDKs read {token}."
        return Finding("field-names", text, f"Seal the field as {token}.")
    advice = "Seal the refresh token of the API's answer."
    return Finding("no-refresh-token", f"It holds no {token}, so there is nothing to exchange.", advice)


def _access_token(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return None
    token = value.get("accessToken", value.get("access_token"))
    return token if isinstance(token, str) and token else None


def _token_notes(token: str | None, claims: Mapping[str, Any] | None, now_s: float) -> list[Finding]:
    if token is None:
        return []
    if claims is None:
        text = "The access token inside is no JWT; some SDKs raise an error at that."
        return [note("odd-access-token", text)]
    expires = claims.get("exp")
    if isinstance(expires, int | float) and expires <= now_s:
        text = "The access token inside has expired; that is no obstacle, to refresh is the purpose."
        return [note("stale-access-token", text)]
    return []
