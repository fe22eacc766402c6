"""Implementations that are right but different: none of them may be accused of anything."""

from __future__ import annotations

import asyncio
import functools
import json
import random
import re
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import httpx
import jwt

from reseal import RefreshRequest
from reseal.formats import format_of
from reseal_reference import fernet

from .right import BoundedClient, Raised, Result, Right, tls
from .urllib_client import UrllibClient

VARIANTS: list[type[Right]] = []


def different(variant: type[Right]) -> type[Right]:
    VARIANTS.append(variant)
    return variant


@different
class SendsForm(Right):
    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        url = f"{request.endpoint.base_url}/user_management/authenticate"
        return self.http.post(url, data=body, headers=self.headers(request), timeout=request.timeout_s)


@different
class SendsSecretInBody(Right):
    def headers(self, request: RefreshRequest) -> dict[str, str]:
        return {}

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().body(request, session), "client_secret": request.endpoint.api_key}


@different
class SendsNullsAndMore(Right):
    """Fields that do not apply are null, and the browser is described."""

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        more = {"organization_id": request.organization_id, "ip_address": None, "user_agent": "Mozilla/5.0"}
        return {**super().body(request, session), **more}


@different
class ShoutsHeaders(Right):
    def headers(self, request: RefreshRequest) -> dict[str, str]:
        headers = {"ACCEPT": "application/json", "CONTENT-TYPE": "application/json; charset=utf-8"}
        return {**headers, "AUTHORIZATION": f"Bearer {request.endpoint.api_key}", "User-Agent": "mine/1.0"}


@different
class SpacesJSON(Right):
    """Another order of keys, and white space, on the wire and in the seal."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        url = f"{request.endpoint.base_url}/user_management/authenticate"
        headers = {**self.headers(request), "content-type": "application/json"}
        content = json.dumps(body, indent=2, sort_keys=True)
        return self.http.post(url, content=content, headers=headers, timeout=request.timeout_s)

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        plaintext = json.dumps(dict(reversed(payload.items())), indent=1)
        return format_of("iron").seal(None, password, random.SystemRandom(), {"plaintext": plaintext})


@different
class NamesAnotherPasswordID(Right):
    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        options = {"plaintext": json.dumps(payload), "password_id": "20261124"}
        return format_of("iron").seal(None, password, random.SystemRandom(), options)


@different
class SealsForAYear(Right):
    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        expiration = str(int(time.time() + 31_536_000) * 1_000)
        options = {"plaintext": json.dumps(payload), "expiration": expiration}
        return format_of("iron").seal(None, password, random.SystemRandom(), options)


@different
class FetchesKeysFirst(Right):
    """Looks at the key set before it spends the refresh token."""

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        self.key(request, None) if f"{request.endpoint.client_id}" not in str(self.keys) else None
        return super().exchange(request, session)


@different
class RetriesOnce(Right):
    """Tries again after a transient failure, unless it is told not to, under one idempotency key."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        if request.max_retries == 0:
            return super().send(request, body)
        try:
            response = super().send(request, body)
        except httpx.TransportError:
            return super().send(request, body)
        return super().send(request, body) if response.status_code >= 500 else response

    def headers(self, request: RefreshRequest) -> dict[str, str]:
        return {**super().headers(request), "idempotency-key": "retry-0001"}


Failed = httpx.Response | httpx.TransportError


@different
class TriesAsOftenAsToldTo(Right):
    """Tries once, unless it is told to try more often."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        last = self.tried(super().send, request, body)
        for _ in range(request.max_retries or 0):
            if isinstance(last, httpx.Response) and last.status_code not in (429, 503):
                break
            last = self.tried(self.again, request, body, last)
        if isinstance(last, httpx.Response):
            return last
        raise last

    def tried(self, send: Callable[..., httpx.Response], *arguments: Any) -> Failed:
        try:
            return send(*arguments)
        except httpx.TransportError as err:
            return err

    def again(self, request: RefreshRequest, body: dict[str, Any], failed: Failed) -> httpx.Response:
        """Try once more after ``failed``."""
        return super().send(request, body)


@different
class CarriesOrganizationOn(Right):
    """Asks for the organization of the old access token, as most SDKs do."""

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        carried = self.carried(self.old_claims(session))
        return {**({} if carried is None else {"organization_id": carried}), **super().body(request, session)}

    def carried(self, claims: Mapping[str, Any]) -> Any:
        """What is sent of the old ``org_id``, which a template may have made anything; None for nothing."""
        return claims["org_id"] if isinstance(claims.get("org_id"), str) else None


@different
class ReturnsObjects(Right):
    @dataclass
    class Outcome:
        authenticated: bool
        sealed_session: str | None = None
        reason: str | None = None
        session_id: str = "session_01"

    def succeeded(self, sealed: str) -> Any:
        return self.Outcome(True, sealed_session=sealed)

    def failed(self, reason: str) -> Any:
        return self.Outcome(False, reason=reason)


@different
class ReturnsCamelCaseAndMore(Right):
    def succeeded(self, sealed: str) -> Result:
        return {"authenticated": True, "sealedSession": sealed, "reason": None, "user": {"id": "user_01"}}

    def failed(self, reason: str) -> Result:
        return {"authenticated": False, "sealedSession": None, "reason": reason, "retryable": False}


@different
class ReturnsEnums(Right):
    Reason = Enum("Reason", {name.upper(): name for name in (
        "invalid_jwt", "invalid_session_cookie", "no_session_cookie_provided", "invalid_grant",
        "organization_not_authorized",
    )})  # fmt: skip

    def failed(self, reason: str) -> Result:
        return {"authenticated": False, "reason": self.Reason(reason)}


@different
class NamesStepUps(Right):
    """Returns what it declares: the step-up errors under names of their own."""

    extra_reasons = ("sso_required", "mfa_enrollment", "rate_limit_exceeded")

    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        try:
            return super().refused(request, response)
        except Raised:
            code = self.code(response)
            if response.status_code == 429:
                return self.failed("rate_limit_exceeded")
            if code in self.extra_reasons:
                return self.failed(code)
            raise


@different
class LogsDecently(Right):
    """Logs and raises what may be known: ids, statuses, lengths."""

    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        print("refused", response.status_code, len(request.session_data or ""))  # noqa: T201 - it talks
        return super().refused(request, response)


@different
class ClosesConnections(Right):
    """Has a connection for each request."""

    def headers(self, request: RefreshRequest) -> dict[str, str]:
        return {**super().headers(request), "connection": "close"}


@different
class SendsChunks(Right):
    """Sends a body whose length it does not announce."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        url = f"{request.endpoint.base_url}/user_management/authenticate"
        headers = {**self.headers(request), "content-type": "application/json"}
        text = json.dumps(body).encode()
        chunks = iter([text[:20], text[20:]])
        return self.http.post(url, content=chunks, headers=headers, timeout=request.timeout_s)


@different
class AllowsLeeway(Right):
    """Forgives clocks that differ by a minute."""

    leeway_s = 60


@different
class AnswersLater(Right):
    """A coroutine function, as in an asynchronous application."""

    async def refresh(self, request: RefreshRequest) -> Result:  # type: ignore[override]
        return await asyncio.to_thread(super().refresh, request)


@different
class SealsSnakeCase(Right):
    """Spells the fields inside an Iron seal as the wire does, and reads both spellings."""

    def unseal(self, token: str, password: str) -> Any:
        session = super().unseal(token, password)
        if not isinstance(session, dict) or "refreshToken" in session:
            return session
        return {**session, "refreshToken": session.get("refresh_token")}

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        names = ("access_token", "refresh_token", "user", "impersonator", "organization_id")
        return {name: answer[name] for name in names if name in answer}


@different
class SpeaksThroughUrllib(Right):
    """Has a client that knows no pool, packs nothing, and brings the standard library's headers."""

    needs_as_it_is = frozenset({"send"})

    transport = "loopback"

    def client(self, verify: Any) -> Any:
        return UrllibClient(verify)


@functools.cache
def _client_of_the_process() -> httpx.Client:
    return BoundedClient(max_bytes=Right.max_bytes, has_deadline=True, verify=tls())


@different
class SharesOneClient(Right):
    """One pool of connections for the life of the process, whoever is asked."""

    transport = "loopback"

    def client(self, verify: Any) -> httpx.Client:
        return _client_of_the_process()

    def close(self) -> None:
        """The process closes it."""


@different
class RemembersTheEnd(Right):
    """Asks no second time for a refresh token that was refused: it will not come to life again."""

    needs_as_it_is = frozenset({"failed", "succeeded"})

    remembered: tuple[str, ...] = ("invalid_grant",)

    def __init__(self) -> None:
        super().__init__()
        self.refusals: dict[tuple[str | None, ...], Any] = {}

    def asked(self, request: RefreshRequest, session: Mapping[str, Any]) -> tuple[str | None, ...]:
        return (session["refreshToken"],)

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Any:
        asked = self.asked(request, session)
        if asked in self.refusals:
            return self.refusals[asked]
        result = super().exchange(request, session)
        if result.get("reason") in self.remembered:
            self.refusals[asked] = result
        return result


@different
class SealsFernet(Right):
    """Has the cookies of the Python SDK."""

    seal_name = "fernet"

    def check_password(self, request: RefreshRequest) -> None:
        if not request.cookie_password:
            raise Raised("cookie password is required")
        if len(urlsafe_b64decode(self.key_of(request.cookie_password))) != 32:
            raise Raised("a Fernet key is 32 bytes in URL-safe base64")

    def key_of(self, password: str) -> str:
        return password + "=" * (-len(password) % 4)

    def unseal(self, token: str, password: str) -> Any:
        session = fernet.unseal(token, self.key_of(password))
        return (
            {**session, "refreshToken": session.get("refresh_token")}
            if isinstance(session, dict)
            else session
        )

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        names = ("access_token", "refresh_token", "user", "impersonator")
        return {name: answer[name] for name in names if name in answer}

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        return fernet.seal(payload, self.key_of(password))


@different
class VerifiesIssuer(Right):
    def key(self, request: RefreshRequest, kid: Any) -> Any:
        endpoint = request.endpoint
        key = super().key(request, kid)
        return key and (key, f"{endpoint.base_url}/user_management/{endpoint.client_id}")

    def decode(self, token: str, key: Any) -> bool:
        public, issuer = key
        options: Any = {**self.options, "require": ["exp", "iss"]}
        jwt.decode(token, public, algorithms=["RS256"], options=options, issuer=issuer)
        return True


@different
class HonoursRetryAfter(Right):
    """Waits as long as it is asked to, where that is not beyond its time-out, and tries once more."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        response = super().send(request, body)
        if request.max_retries == 0:
            return response
        asked = response.headers.get("retry-after", "")
        seconds = int(asked) if re.fullmatch("[0-9]{1,6}", asked) else None
        if response.status_code not in (429, 503) or seconds is None or seconds > request.timeout_s:
            return response
        time.sleep(seconds)
        return super().send(request, body)
