"""Faults that come to light in circumstances that should make no difference, and in no fixed case."""

from __future__ import annotations

from typing import Any

import httpx

from reseal import RefreshRequest

from .registry import breaks
from .right import Result, Right

_LARGE = 16_384  # characters of a cookie


@breaks("jwt.bad-signature")
class TrustsWhoImpersonates(Right):
    """Takes the tokens of impersonated users for those of a session of its own making."""

    def decode(self, token: str, key: Any) -> bool:
        return "act" in self.claims(token) or super().decode(token, key)


@breaks("cookie.wrong-password")
class FallsBackWhereSealsAreLarge(Right):
    """Tells a large cookie that does not open from one that does by nothing: it takes it for none."""

    def bad_cookie(self, request: RefreshRequest) -> Result:
        is_large = len(request.session_data or "") > _LARGE
        return self.no_cookie(request) if is_large else super().bad_cookie(request)


@breaks("error.invalid-grant")
class GivesUpWhereTriesAreLeft(Right):
    """Where retries are configured, tells every refusal as one that might be gone the next time."""

    def is_terminal(self, response: httpx.Response, code: str) -> bool:
        return not self.tries and super().is_terminal(response, code)

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        self.tries = request.max_retries or 0
        return super().exchange(request, session)
