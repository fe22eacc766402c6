"""Implementations that are right but for one fault with what comes over the connection."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import jwt

from .registry import breaks
from .right import Right


@breaks("request.tls-verified")
class TrustsAnyCertificate(Right):
    """As after an error on a developer's machine, made go away."""

    def __init__(self) -> None:
        super().__init__()
        self.http.close()
        self.http = self.client(verify=False)


@breaks("error.deadline")
class BeginsTheTimeoutAnew(Right):
    """Leaves time-outs to httpx, which counts from the last byte."""

    has_deadline = False


@breaks("error.bounded-answer")
class ReadsWhateverComes(Right):
    max_bytes = math.inf


# -- claims and keys


@breaks("jwt.dates")
class SkipsOddDates(Right):
    """Compares a date where it is a number; of NaN it is false that it lies in the past."""

    def options_for(self, token: str) -> Mapping[str, Any]:
        claims = self.claims(token)
        if all(isinstance(claims.get(name, 0), int | float) for name in ("exp", "nbf")):
            return self.options
        return {**self.options, "verify_exp": False, "verify_nbf": False}

    def has_dates(self, token: str) -> bool:
        return True


@breaks("jwt.template-claims")
class MindsTheAudience(Right):
    """PyJWT as it comes: a token with an audience is refused where none is named."""

    options = {**Right.options, "verify_aud": True}


@breaks("jwt.hostile-key-set")
class TrustsWhatItCannotVerify(Right):
    """Finds the key, of whatever kind, cannot use it, and lets the token pass."""

    def is_for_signatures(self, key: jwt.PyJWK) -> bool:
        return True

    def decode(self, token: str, key: Any) -> bool:
        try:
            return super().decode(token, key)
        except (TypeError, jwt.InvalidKeyError):
            return True
