"""Implementations that are right until something has happened to the session before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from reseal import RefreshRequest
from reseal_reference import SealError

from .registry import breaks
from .right import Raised, Result, Right


@breaks("success.history")
class RemembersPasswords(Right):
    """Opens a cookie with any password that it has been given before."""

    def __init__(self) -> None:
        super().__init__()
        self.passwords: dict[str, list[str]] = {}

    def open(self, request: RefreshRequest) -> dict[str, Any] | None:
        known = self.passwords.setdefault(request.endpoint.client_id, [])
        known.append(request.cookie_password or "")
        for password in reversed(known):
            session = self.unseal_or_none(request.session_data or "", password)
            if session is not None and self.is_complete(session):
                return dict(session)
        return None

    def unseal_or_none(self, token: str, password: str) -> Any:
        try:
            return self.unseal(token, password)
        except SealError:
            return None


@breaks("success.history")
class RemembersAnswers(Right):
    """Gives for a cookie what it gave the time before, without asking."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str | None, Result] = {}

    def refresh(self, request: RefreshRequest) -> Result:
        if request.session_data in self.answers:
            return self.answers[request.session_data]
        result = super().refresh(request)
        if result.get("authenticated"):
            self.answers[request.session_data] = result
        return result


@breaks("success.history")
class SealsTheOldTokenAfterReplay(Right):
    """Takes tokens that it has seen before for stale, and seals the refresh token that it had."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        payload = super().payload(answer, session)
        if answer["refresh_token"] in self.seen:
            payload["refreshToken"] = session["refreshToken"]
        self.seen.add(answer["refresh_token"])
        return payload


@breaks("success.history")
class EndsWithTheOrganization(Right):
    """Takes a refused organization for the end of the session once it has been in another."""

    def __init__(self) -> None:
        super().__init__()
        self.switched: set[str] = set()

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        body = super().body(request, session)
        if request.organization_id:
            self.switched.add(request.endpoint.client_id)
        return body

    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        code = self.code(response)
        if code.startswith("organization_") and request.endpoint.client_id in self.switched:
            return self.failed("invalid_grant")
        return super().refused(request, response)


@breaks("success.history")
class GivesUpOnNewKeys(Right):
    """Takes a second look at the key set for a sign that the session is over."""

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        url = self.keys_url(request)
        if url in self.keys and kid not in self.keys[url]:
            raise Raised("the session is over")
        return super().key(request, kid)

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        try:
            return super().exchange(request, session)
        except Raised as err:
            if "over" in str(err):
                return self.failed("invalid_grant")
            raise


@breaks("error.any-answer")
class SealsWithoutUser(Right):
    """Seals a session without a user where the answer has none, and refuses it the next time."""

    def names_user(self, answer: Mapping[str, Any]) -> bool:
        return True

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        if isinstance(answer.get("user"), Mapping):
            return super().payload(answer, session)
        return {**super().payload({**answer, "user": {}}, session), "user": None}
