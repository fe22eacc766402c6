"""``vectors/cookies.json``: what arrives in place of a good cookie, and sessions that are not whole."""

from __future__ import annotations

from typing import Any

from .mutations import SealFormat, sealed
from .rows import PASSWORDS, Fault, access_token, fault_row, session, valid_row

_NONE = "no_session_cookie_provided"


def _text(slug: str, title: str, text: str | None, effect: str = "invalid_session_cookie") -> Fault:
    return Fault(f"text.{slug}", "text", title, {"op": "text", "text": text}, effect)


def _inside(slug: str, title: str, effect: str = "invalid_session_cookie", **alterations: Any) -> Fault:
    """A seal that opens, with a payload that differs in one way."""
    return Fault(f"payload.{slug}", "payload", title, {"op": "seal", **alterations}, effect, opens=True)


def _faults(name: SealFormat) -> tuple[Fault, ...]:
    other: SealFormat = "fernet" if name == "iron" else "iron"
    foreign = sealed(other, session(), PASSWORDS[other], 1).token
    return (
        _text("none", "No cookie", None, _NONE),
        _text("empty", "An empty cookie", "", _NONE),
        _text("word", "A word", "garbage"),
        _text("undefined", "What a missing value becomes as text", "undefined"),
        _text("json", "JSON that was never sealed", '{"refreshToken":"x"}'),
        _text("base64", "Base64 of nothing in particular", "dGhpcyBpcyBubyBzZWFsLCBidXQgaXQgaXMgYmFzZTY0IG9mIHRleHQ="),
        _text("access-token", "The access token in place of the session", access_token()),
        _text("other-format", "A seal of the other SDK's format", foreign),
        _inside("no-refresh-token", "No refresh token", omit=["refresh_token"]),
        _inside("null-refresh-token", "A refresh token that is null", set={"refresh_token": None}),
        _inside("empty-refresh-token", "An empty refresh token", set={"refresh_token": ""}),
        _inside("no-user", "No user", omit=["user"]),
        _inside("null-user", "A user that is null", set={"user": None}),
        _inside("empty-object", "An empty object", value={}),
        _inside("list", "A list", value=["session"]),
        _inside("string", "A string", value="session"),
        _inside("number", "A number", value=42),
        _inside("true", "true", value=True),
        _inside("null", "null", options={"plaintext": "null"}),
        _inside("stale-access-token", "An access token that has expired", "refreshes", set={"access_token": access_token(iat=1_700_000_000, exp=1_700_000_300)}),
        _inside("no-access-token", "No access token", "refreshes", omit=["access_token"]),
        _inside("odd-access-token", "An access token that is no JWT", "refreshes", set={"access_token": "not.a.jwt"}),
    )  # fmt: skip


def rows() -> list[dict[str, Any]]:
    """The cookies, for implementations of either format."""
    made = []
    for name in ("iron", "fernet"):
        form: SealFormat = "iron" if name == "iron" else "fernet"
        parent = sealed(form, session(), PASSWORDS[form], 1)
        made.append(valid_row(f"{form}.cookie", "A good cookie", parent))
        made += [fault_row(f"{form}.cookie", f"{form}.cookie", parent, fault) for fault in _faults(form)]
    return made
