"""Implementations that are right until something was kept, dated or said in a way of its own."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

import httpx
import jwt

from reseal import RefreshRequest

from .registry import breaks
from .right import Raised, Result, Right


@breaks("success.new-tokens")
class SealsNothingWhereNothingWasRotated(Right):
    """Keeps the cookie where the refresh token in the answer is the one that it has."""

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        result = super().exchange(request, session)
        if result.get("authenticated") and self.answered == session["refreshToken"]:
            return self.succeeded(request.session_data or "")
        return result

    def usable(self, response: httpx.Response) -> dict[str, Any]:
        answer = super().usable(response)
        self.answered = answer["refresh_token"]
        return answer


@breaks("jwt.not-yet-valid")
class BelievesTheClockOfTheIssuer(Right):
    """Holds the not-before date against the date of issue, where that is later than its own clock."""

    def decode(self, token: str, key: Any) -> bool:
        claims = self.claims(token)
        is_issued_then = claims.get("nbf", 0) <= claims.get("iat", 0)
        options: Any = {**self.options, "verify_nbf": not is_issued_then}
        jwt.decode(token, key, algorithms=["RS256"], options=options)
        return True


@breaks("seal.lasts")
class DatesWhatItSeals(Right):
    """Writes into the session until when it is good: a week from now."""

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().payload(answer, session), "expiresAt": round(time.time() + 7 * 86_400)}

    def is_complete(self, session: Any) -> bool:
        return super().is_complete(session) and session.get("expiresAt", time.time()) >= time.time() - 1


@breaks("cookie.not-an-object")
class UnwrapsTexts(Right):
    """Reads a session that was made JSON twice."""

    def unseal(self, token: str, password: str) -> Any:
        session = super().unseal(token, password)
        try:
            return json.loads(session) if isinstance(session, str) else session
        except ValueError:
            return session


@breaks("cookie.huge")
class DecodesPercentSignsFirst(Right):
    """Has no bound for a cookie that seems to be percent-encoded, and a reason of its own."""

    def bad_cookie(self, request: RefreshRequest) -> Result:
        is_encoded = "%3D" in (request.session_data or "")
        return self.no_cookie(request) if is_encoded else super().bad_cookie(request)


@breaks("request.no-cookie-password")
class AuthenticatesWithTheWrongPassword(Right):
    """Sends a name and a password along when it fetches keys: the wrong one."""

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        pair = f"{request.endpoint.client_id}:{request.cookie_password}".encode()
        headers = {"authorization": f"Basic {base64.b64encode(pair).decode()}"}
        return self.key_set(url, self.http.get(url, headers=headers, timeout=request.timeout_s))


class _KeepsAnswers(Right):
    """Keeps an answer that cannot be verified yet, and verifies less of it later."""

    options_later: Mapping[str, Any]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, dict[str, Any]] = {}

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        answer = self.kept.pop(session["refreshToken"], None)
        if answer is None:
            return self.first_exchange(request, session)
        key = self.key(request, jwt.get_unverified_header(answer["access_token"])["kid"])
        options: Any = {**self.options, **self.options_later}
        try:
            jwt.decode(answer["access_token"], key, algorithms=["RS256"], options=options)
        except jwt.PyJWTError:
            return self.failed("invalid_jwt")
        return self.succeeded(self.seal(self.payload(answer, session), request.cookie_password or ""))

    def first_exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        try:
            return super().exchange(request, session)
        except (Raised, httpx.HTTPError):
            if self.answer is not None:
                self.kept[session["refreshToken"]] = self.answer
            raise
        finally:
            self.answer = None

    answer: dict[str, Any] | None = None

    def usable(self, response: httpx.Response) -> dict[str, Any]:
        self.answer = super().usable(response)
        return self.answer


@breaks("jwt.expired")
class LooksAtNoDatesLater(_KeepsAnswers):
    options_later = {"verify_exp": False}


@breaks("jwt.bad-signature")
class LooksAtNoSignatureLater(_KeepsAnswers):
    options_later = {"verify_signature": False, "verify_exp": True}


@breaks("jwt.jwks-unavailable")
class GivesUpOnKeptAnswers(_KeepsAnswers):
    """Takes a token that cannot be verified the second time either for a bad one."""

    options_later: Mapping[str, Any] = {}

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        is_kept = session["refreshToken"] in self.kept
        try:
            return super().exchange(request, session)
        except (Raised, httpx.HTTPError):
            if is_kept:
                return self.failed("invalid_jwt")
            raise


@breaks("error.malformed-success")
class KeepsTheRefreshTokenToSwitch(Right):
    """Takes the refresh token to be as before where an answer to a switch brings none (RFC 6749, 6)."""

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        self.old = session["refreshToken"] if request.organization_id else None
        return super().exchange(request, session)

    def usable(self, response: httpx.Response) -> dict[str, Any]:
        answer = response.json()
        if self.old and isinstance(answer, dict) and "refresh_token" not in answer:
            response = httpx.Response(200, json={**answer, "refresh_token": self.old})
        return super().usable(response)


@breaks("success.new-tokens")
class TrimsPasswordsToSeal(Right):
    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        return super().seal(payload, password.strip())
