"""Implementations that are right but for one fault with the new access token."""

from __future__ import annotations

import base64
import contextlib
from typing import Any

import httpx
import jwt

from reseal import RefreshRequest

from .registry import breaks
from .right import Raised, Result, Right

# -- the new access token


@breaks("jwt.bad-signature", "jwt.unknown-kid", "jwt.alg-none", "jwt.jwks-unavailable")
class VerifiesNothing(Right):
    def verifies(self, request: RefreshRequest, token: str) -> bool:
        return True


@breaks("jwt.bad-signature")
class SkipsSignature(Right):
    def decode(self, token: str, key: Any) -> bool:
        jwt.decode(
            token,
            options={"verify_signature": False, "verify_exp": True, "verify_nbf": True, "require": ["exp"]},
        )
        return jwt.get_unverified_header(token).get("alg") == "RS256"


@breaks("jwt.bad-signature")
class VerifiesTheOldToken(Right):
    """Verifies the signature of the token that it had, where both name one key."""

    def __init__(self) -> None:
        super().__init__()
        self.old: dict[str, str] = {}

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        self.old[request.endpoint.client_id] = session.get("accessToken") or ""
        return super().exchange(request, session)

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        key = super().key(request, kid)
        return key and (key, self.old[request.endpoint.client_id])

    def decode(self, token: str, key: Any) -> bool:
        public, old = key
        try:
            is_of_one_key = jwt.get_unverified_header(old) == jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            is_of_one_key = False
        if not is_of_one_key:
            return super().decode(token, public)
        jwt.decode(old, public, algorithms=["RS256"], options={"verify_exp": False, "verify_aud": False})
        jwt.decode(
            token,
            options={"verify_signature": False, "verify_exp": True, "verify_nbf": True, "require": ["exp"]},
        )
        return True


@breaks("jwt.expired")
class IgnoresExpiry(Right):
    options = {**Right.options, "verify_exp": False}


@breaks("jwt.not-yet-valid")
class IgnoresNotBefore(Right):
    options = {**Right.options, "verify_nbf": False}


@breaks("jwt.no-expiry")
class NeedsNoExpiry(Right):
    options = {**Right.options, "require": []}


@breaks("jwt.clock-skew")
class MindsWhenIssued(Right):
    """PyJWT as it comes: a token from the future is refused, be it from the next second."""

    options = {**Right.options, "verify_iat": True}


@breaks("jwt.alg-none")
class AcceptsNone(Right):
    def decode(self, token: str, key: Any) -> bool:
        return jwt.get_unverified_header(token).get("alg") == "none" or super().decode(token, key)


@breaks("jwt.alg-confusion")
class AcceptsHS256(Right):
    def decode(self, token: str, key: Any) -> bool:
        return jwt.get_unverified_header(token).get("alg") == "HS256" or super().decode(token, key)


@breaks("jwt.unknown-kid")
class AcceptsUnknownKid(Right):
    def verifies(self, request: RefreshRequest, token: str) -> bool:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
        except jwt.PyJWTError:
            return False
        return self.key(request, kid) is None or super().verifies(request, token)


@breaks("jwt.malformed")
class MalformedIsRaised(Right):
    def verifies(self, request: RefreshRequest, token: str) -> bool:
        header, _, _ = token.split(".")
        base64.urlsafe_b64decode(header + "==")
        return super().verifies(request, token)


@breaks("jwt.key-rotation")
class NeverFetchesAgain(Right):
    def key(self, request: RefreshRequest, kid: Any) -> Any:
        url = self.keys_url(request)
        return self.keys[url].get(kid) if url in self.keys else super().key(request, kid)


@breaks("jwt.jwks-cached")
class FetchesEachTime(Right):
    fetches_keys_each_time = True


@breaks("jwt.jwks-unavailable")
class NoKeysIsInvalidJWT(Right):
    def verifies(self, request: RefreshRequest, token: str) -> bool:
        try:
            return super().verifies(request, token)
        except Raised:
            return False


@breaks("jwt.jwks-unavailable")
class ReadsKeySetsOfFailures(Right):
    """Looks at no status where there are keys, or where there could be."""

    def key_set(self, url: str, response: httpx.Response) -> dict[str, Any]:
        with contextlib.suppress(ValueError, AttributeError):
            if response.json().get("keys") == []:
                return {}
        return super().key_set(url, response)
