"""Implementations that are right until they remember something, or share it, and it is another's."""

from __future__ import annotations

import contextlib
import hmac
import json
import random
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import jwt

from reseal import RefreshRequest
from reseal.formats import format_of
from reseal.protocol import EndpointInfo
from reseal_reference import SealError

from .faults_sessions import SharesTheRefreshUnderWay
from .registry import breaks
from .right import Raised, Result, Right
from .variants import CarriesOrganizationOn, SealsFernet

# -- cookies


@breaks("cookie.password-missing")
class TakesAnEmptyPassword(Right):
    """Misses a password that is not there, and not one that is empty, as of a variable that nobody set."""

    def check_password(self, request: RefreshRequest) -> None:
        if request.cookie_password != "":
            super().check_password(request)

    def unseal(self, token: str, password: str) -> Any:
        return super().unseal(token, password) if password else None


@breaks("seal.opened-by-others")
class StampsMilliseconds(SealsFernet):
    """Dates its seals in the year 58000, which shows to readers with a ttl alone."""

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        body = bytearray(urlsafe_b64decode(super().seal(payload, password))[:-32])
        body[1:9] = round(time.time() * 1_000).to_bytes(8, "big")
        key = urlsafe_b64decode(self.key_of(password))[:16]
        return urlsafe_b64encode(bytes(body) + hmac.digest(key, bytes(body), "sha256")).decode()


@breaks("cookie.password-too-short")
class CutsLongKeys(SealsFernet):
    """Takes the first 32 bytes of a key that has more."""

    def check_password(self, request: RefreshRequest) -> None:
        if len(request.cookie_password or "") <= 44:
            super().check_password(request)

    def key_of(self, password: str) -> str:
        return urlsafe_b64encode(urlsafe_b64decode(super().key_of(password))[:32]).decode()


@breaks("seal.open-foreign")
class RefusesMoreFields(Right):
    """Wants a session to have the fields that its own have, and no more."""

    known = frozenset({"accessToken", "refreshToken", "user", "impersonator", "organizationId"})

    def is_complete(self, session: Any) -> bool:
        return super().is_complete(session) and session.keys() <= self.known


@breaks("cookie.wrong-password", "success.history")
class OpensOnceForAll(Right):
    """Remembers what it has opened by the cookie alone."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: dict[tuple[str, ...], Any] = {}

    def known_by(self, token: str, password: str) -> tuple[str, ...]:
        return (token,)

    def unseal(self, token: str, password: str) -> Any:
        place = self.known_by(token, password)
        if place not in self.opened:
            self.opened[place] = super().unseal(token, password)
        return self.opened[place]


@breaks("cookie.tampered")
class RemembersSealsByTheirMac(OpensOnceForAll):
    """Opens a seal whose MAC was right before as it was then."""

    def known_by(self, token: str, password: str) -> tuple[str, ...]:
        parts = token.removesuffix("~2").split("*")
        return (*parts[4:5], *parts[6:], password)


@breaks("success.history")
class RefusesOnceForAll(Right):
    """Remembers what it could not open, though the password is another the next time."""

    def __init__(self) -> None:
        super().__init__()
        self.refused_cookies: set[str] = set()

    def unseal(self, token: str, password: str) -> Any:
        if token in self.refused_cookies:
            raise SealError
        try:
            return super().unseal(token, password)
        except SealError:
            self.refused_cookies.add(token)
            raise


@breaks("success.new-tokens")
class SharesTheRefreshOfAToken(SharesTheRefreshUnderWay):
    """Refreshes once for all calls at once with one refresh token, and seals under one password."""

    def flight_of(self, request: RefreshRequest, session: Mapping[str, Any]) -> tuple[str | None, ...]:
        return (*super().flight_of(request, session), session["refreshToken"])


@breaks("error.transient")
class LeavesOthersAlone(SharesTheRefreshOfAToken):
    """Shares the refresh under way of a cookie, and has nothing to tell the others where it fails."""

    def flight_of(self, request: RefreshRequest, session: Mapping[str, Any]) -> tuple[str | None, ...]:
        return (*super().flight_of(request, session), request.session_data, request.cookie_password)


@breaks("error.invalid-grant", "result.returned-not-raised")
class TellsOthersOfErrorsAlone(LeavesOthersAlone):
    """Shares a success with the others, and raises in them where it ended otherwise."""

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        began = len(self.flights)
        result = super().exchange(request, session)
        if began and not result.get("authenticated"):
            raise Raised("the shared refresh failed")
        return result


@breaks("request.single-post")
class TriesAgainWhatWasRefused(Right):
    """A refusal may be a hiccup."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        response = super().send(request, body)
        return response if response.status_code != 400 else super().send(request, body)


@breaks("request.single-post")
class TriesAgainWhatDidNotVerify(Right):
    """Asks for another access token, for which it spends another refresh token."""

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        result = super().exchange(request, session)
        return result if result.get("reason") != "invalid_jwt" else super().exchange(request, session)


@breaks("error.invalid-grant")
class KeepsResults(Right):
    """Answers a second refresh of a token as it did the first."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: dict[str, httpx.Response] = {}

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        token = body["refresh_token"]
        if token in self.answered:
            return self.answered[token]
        response = super().send(request, body)
        if response.status_code == 200:
            self.answered[token] = response
        return response


@breaks("success.new-tokens")
class RemembersWhoLoggedOut(Right):
    """Takes the end of one session for the end of all that the user has."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: set[tuple[str, str]] = set()

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        who = (request.endpoint.client_id, session["user"].get("id", ""))
        if who in self.gone:
            return self.failed("invalid_grant")
        result = super().exchange(request, session)
        if result.get("reason") == "invalid_grant":
            self.gone.add(who)
        return result


@breaks("success.fresh-seal")
class EncryptsAlike(Right):
    """Derives iv and salt from the password, and draws the salt of the MAC alone."""

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        salts = {"mac_salt": secrets.token_hex(32), "plaintext": json.dumps(payload)}
        return format_of("iron").seal(None, password, random.Random(password), salts)  # noqa: S311


# -- applications


@breaks("request.client-authentication")
class KeepsTheApiKey(Right):
    """Remembers the API key of an application, which may be replaced."""

    def __init__(self) -> None:
        super().__init__()
        self.api_keys: dict[str, str] = {}

    def headers(self, request: RefreshRequest) -> dict[str, str]:
        api_key = self.api_keys.setdefault(request.endpoint.client_id, request.endpoint.api_key)
        return {"authorization": f"Bearer {api_key}"}


@breaks("concurrency.sessions-apart")
class KnowsOneApplication(Right):
    """Takes all that is at one address for the application that it saw there first."""

    transport = "loopback"

    def __init__(self) -> None:
        super().__init__()
        self.applications: dict[str, EndpointInfo] = {}

    def refresh(self, request: RefreshRequest) -> Result:
        known = self.applications.setdefault(request.endpoint.base_url, request.endpoint)
        return super().refresh(replace(request, endpoint=known))


@breaks("jwt.unknown-kid")
class KeepsKeysByAddress(Right):
    """Looks for a key among those of whichever application is at the address."""

    transport = "loopback"

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, Any], Any] = {}

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        at = (request.endpoint.base_url, kid)
        if at not in self.kept:
            self.kept[at] = super().key(request, kid)
        return self.kept[at] or super().key(request, kid)


@breaks("request.organization")
class LeavesOutItsOwnOrganization(Right):
    """Asks for an organization where the old access token does not name it already."""

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        body = super().body(request, session)
        with contextlib.suppress(jwt.PyJWTError):
            if self.claims(session.get("accessToken") or "").get("org_id") == body.get("organization_id"):
                body.pop("organization_id", None)
        return body


@breaks("request.organization")
class StaysInTheFirstOrganization(CarriesOrganizationOn):
    """Carries the organization on that the session was in when it was seen first."""

    def __init__(self) -> None:
        super().__init__()
        self.organizations: dict[str, str] = {}

    def carried(self, claims: Mapping[str, Any]) -> Any:
        current, sid = super().carried(claims), claims.get("sid")
        is_known = current is not None and isinstance(sid, str)
        return self.organizations.setdefault(sid, current) if is_known else None
