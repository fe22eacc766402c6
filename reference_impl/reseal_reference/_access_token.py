"""Verifying the new access token against the key set of the client.

Source: RFC 7517, RFC 8725 and AuthKit's page on session tokens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeGuard

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ._http import Request, Steps
from .errors import TransientError

Keys = dict[str, jwt.PyJWK]

_MAX_AGE_S = 300.0  # a key that was withdrawn is trusted for no longer


@dataclass(slots=True)
class KeyCache:
    """Key sets by URL.  Calls that are given the same cache share it; threads may."""

    _sets: dict[str, tuple[float, Keys]] = field(default_factory=dict, repr=False)

    def keys(self, url: str, now_s: float, *, refetch: bool = False) -> Steps[Keys]:
        """The keys of ``url`` by their ids.  Raises TransientError where they are not to be had."""
        fetched_at, keys = self._sets.get(url, (0.0, {}))
        if refetch or not keys or not 0 <= now_s - fetched_at < _MAX_AGE_S:
            reply = yield Request("GET", url)
            if reply.status != 200:
                raise TransientError(f"the key set was answered with {reply.status}. Try again later.")
            keys = _read(reply.body)
            self._sets[url] = (now_s, keys)
        return keys


def _read(body: bytes) -> Keys:
    try:
        found = jwt.PyJWKSet.from_json(body.decode())
        # Keys of other kinds may stand beside ours (RFC 7517, 5); a private one would be a secret told.
        keys = {key.key_id: key for key in found if key.key_id and _is_for_signatures(key)}
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, RecursionError):
        keys = {}
    if not keys:
        raise TransientError("the key set could not be read. Try again later.")
    return keys


def _is_for_signatures(key: jwt.PyJWK) -> bool:
    """Whether ``key`` is a public one for RS256: each is for one algorithm (RFC 8725, 3.1)."""
    is_ours = key.public_key_use in (None, "sig") and key.algorithm_name == "RS256"
    return is_ours and isinstance(key.key, RSAPublicKey)


def verify(
    token: str, cache: KeyCache, url: str, now_s: float, leeway_s: float
) -> Steps[dict[str, Any] | None]:
    """The claims of ``token``, or None where it does not verify.

    RS256 only, whatever the token says.  A key id that the cache does not have makes for one fresh
    look at the key set, since keys are rotated without notice.
    """
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        keys = yield from cache.keys(url, now_s)
        if kid not in keys:
            keys = yield from cache.keys(url, now_s, refetch=True)
        # PyJWT reads the system's clock; ours is an argument, so the dates are compared below.
        off = dict.fromkeys(("verify_aud", "verify_exp", "verify_nbf", "verify_iat"), False)
        claims: dict[str, Any] = jwt.decode(token, keys[kid].key, algorithms=["RS256"], options=off)  # type: ignore[arg-type,index]
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, RecursionError):
        return None
    return claims if _is_current(claims, now_s, leeway_s) else None


def _is_current(claims: dict[str, Any], now_s: float, leeway_s: float) -> bool:
    expires, not_before = claims.get("exp"), claims.get("nbf", 0)
    if not (_is_number(expires) and _is_number(not_before)):
        return False
    return not_before <= now_s + leeway_s and now_s - leeway_s < expires


def _is_number(date: Any) -> TypeGuard[float]:
    return isinstance(date, int | float) and not isinstance(date, bool)  # true is an int in Python
