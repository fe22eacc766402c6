"""Implementations that are right until something was kept, dated or said in a way of its own."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

import httpx

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

    def options_for(self, token: str) -> Mapping[str, Any]:
        claims = self.claims(token)
        is_issued_then = claims.get("nbf", 0) <= claims.get("iat", 0)
        return {**self.options, "verify_nbf": not is_issued_then}


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
    """Keeps an answer that cannot be verified yet, and takes it for that of the next call: right so far."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, httpx.Response] = {}
        self.one_at_a_time = Lock()

    def kept_for(self, request: RefreshRequest, session: Mapping[str, Any]) -> str:
        token: str = session["refreshToken"]
        return token

    def what_is_kept(self, response: httpx.Response) -> httpx.Response:
        return response

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        with self.one_at_a_time:
            self.place = self.kept_for(request, session)
            self.was_kept = self.place in self.kept
            return super().exchange(request, session)

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        return self.kept.pop(self.place, None) or super().send(request, body)

    def usable(self, response: httpx.Response) -> dict[str, Any]:
        self.answer = response
        return super().usable(response)

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        try:
            return super().verifies(request, token)
        except (Raised, httpx.HTTPError):
            self.kept[self.place] = self.what_is_kept(self.answer)
            raise


@breaks("concurrency.sessions-apart")
class KeepsAnswersByTheUser(_KeepsAnswers):
    """Keeps them for the user, whichever session they are of."""

    def kept_for(self, request: RefreshRequest, session: Mapping[str, Any]) -> str:
        user: str = session["user"].get("id", "")
        return request.endpoint.client_id + user


@breaks("success.impersonator")
class KeepsTokensAndUser(_KeepsAnswers):
    """Keeps what it needs, and not who is acting."""

    def what_is_kept(self, response: httpx.Response) -> httpx.Response:
        answer = response.json()
        return httpx.Response(200, json={n: answer[n] for n in ("access_token", "refresh_token", "user")})


class _VerifiesLessLater(_KeepsAnswers):
    options_later: Mapping[str, Any]

    def options_for(self, token: str) -> Mapping[str, Any]:
        return {**self.options, **self.options_later} if self.was_kept else self.options


@breaks("jwt.expired")
class LooksAtNoDatesLater(_VerifiesLessLater):
    options_later = {"verify_exp": False}


@breaks("jwt.bad-signature")
class LooksAtNoSignatureLater(_VerifiesLessLater):
    options_later = {"verify_signature": False, "verify_exp": True}


@breaks("jwt.jwks-unavailable")
class GivesUpOnKeptAnswers(_KeepsAnswers):
    """Takes a token that cannot be verified the second time either for a bad one."""

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        try:
            return super().verifies(request, token)
        except (Raised, httpx.HTTPError):
            if self.was_kept:
                return False
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
