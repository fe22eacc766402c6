"""``vectors/access-tokens.json``: access tokens with their key set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..endpoint import signing
from .rows import ORGANIZATION, claims

_BEYOND_S = 4_070_908_800  # 1 January 2099

# What is wrong for a moment cannot lie in a file.
LASTING = tuple(
    fault
    for fault in signing.FAULTS
    if fault not in ("valid-in-90-s", "issued-in-5-s", "issued-in-an-hour", "expires-in-40-s")
)

# Libraries differ about a token without a key id where the key set has one key only.
_EITHER = ("no-kid",)


def token(fault: str | None, of: Mapping[str, Any]) -> str:
    """An access token with the claims ``of``, wrong in ``fault``, now and for decades."""
    key = signing.signing_keys()[0]
    if fault is None:
        return signing.sign(of, key)
    if fault == "not-yet-valid":  # the endpoint's own is wrong for an hour only
        return signing.sign({**of, "nbf": _BEYOND_S}, key)
    return signing.forge(fault, of, key)


_VALID = {
    "session": ("A session without an organization", claims()),
    "organization": (
        "A session in an organization",
        claims(org_id=ORGANIZATION, role="member", roles=["member"], permissions=["posts:read"]),
    ),
    "impersonated": ("An impersonated session", claims(act={"sub": "admin@example.com"})),
}


def table() -> dict[str, Any]:
    """Key set and tokens."""
    valid = [
        {
            "id": f"jwt.valid.{slug}",
            "title": title,
            "class": "valid",
            "claims": of,
            "token": token(None, of),
            "verdict": "accepted",
            "effect": "success",
        }
        for slug, (title, of) in _VALID.items()
    ]
    return {
        "key_set": {"keys": [signing.signing_keys()[0].public]},
        "tokens": valid + [_fault_row(fault) for fault in LASTING],
    }


def _fault_row(fault: str) -> dict[str, Any]:
    is_open = fault in _EITHER
    return {
        "id": f"jwt.{fault}",
        "title": fault.replace("-", " "),
        "class": "jwt",
        "parent": "jwt.valid.session",
        "mutation": {"fault": fault},
        "token": token(fault, claims()),
        "verdict": "either" if is_open else "refused",
        "effect": "either" if is_open else "invalid_jwt",
    }
