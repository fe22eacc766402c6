"""Implementations that are right until there is another user, another day, or a word in the wrong place."""

from __future__ import annotations

import json
import logging
import os
import random
import threading
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from reseal import RefreshRequest
from reseal.formats import format_of

from .registry import breaks
from .right import Raised, Result, Right

_A_MINUTE_MS = 60_000

# -- the user


@breaks("success.whole-user")
class MutilatesTheUser(Right):
    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        payload = super().payload(answer, session)
        user = {name: value for name, value in payload["user"].items() if name in ("id", "email")}
        return {**payload, "user": user}


@breaks("success.whole-user")
class MergesUsers(Right):
    """What the answer does not have, it takes from the cookie."""

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        payload = super().payload(answer, session)
        return {**payload, "user": {**session["user"], **payload["user"]}}


@breaks("success.impersonator")
class KeepsTheImpersonator(Right):
    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: session[name] for name in ("impersonator",) if session.get(name)}
        return {**kept, **super().payload(answer, session)}


# -- several sessions


@breaks("concurrency.sessions-apart")
class RemembersTheUser(Right):
    """Takes all sessions of an application for those of the user that it saw first."""

    def __init__(self) -> None:
        super().__init__()
        self.users: dict[str, Any] = {}

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        return super().exchange(request, {**session, "application": request.endpoint.client_id})

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        payload = super().payload(answer, session)
        return {**payload, "user": self.users.setdefault(session["application"], payload["user"])}


@dataclass(slots=True)
class Flight:
    """A refresh that is under way."""

    landed: threading.Event = field(default_factory=threading.Event)
    result: Result | None = None


@breaks("concurrency.sessions-apart")
class SharesTheRefreshUnderWay(Right):
    """Refreshes once for all calls at once, whose session ever."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()
        self.flights: dict[tuple[str | None, ...], Flight] = {}

    def flight_of(self, request: RefreshRequest, session: Mapping[str, Any]) -> tuple[str | None, ...]:
        return (request.endpoint.client_id, request.organization_id)

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        key = self.flight_of(request, session)
        with self.lock:
            is_first = key not in self.flights
            flight = self.flights.setdefault(key, Flight())
        if not is_first:
            flight.landed.wait()
            return flight.result or self.failed("invalid_grant")
        try:
            flight.result = super().exchange(request, session)
            return flight.result
        finally:
            with self.lock:
                del self.flights[key]
            flight.landed.set()


@breaks("concurrency.sessions-apart")
class SharesTheRefreshOfAUser(SharesTheRefreshUnderWay):
    """Tells users apart, and not the devices of one."""

    def flight_of(self, request: RefreshRequest, session: Mapping[str, Any]) -> tuple[str | None, ...]:
        return (*super().flight_of(request, session), session["user"]["id"])


@breaks("request.organization")
class CarriesTheOrganizationOn(Right):
    """Asks for the organization that anybody asked for last."""

    def __init__(self) -> None:
        super().__init__()
        self.organizations: dict[str, str] = {}

    def known_by(self, request: RefreshRequest, session: Mapping[str, Any]) -> str:
        return request.endpoint.client_id

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        place = self.known_by(request, session)
        if request.organization_id is not None:
            self.organizations[place] = request.organization_id
        carried_on = self.organizations.get(place)
        body = super().body(request, session)
        return body if carried_on is None else {**body, "organization_id": carried_on}


@breaks("request.organization")
class RemembersTheOrganization(CarriesTheOrganizationOn):
    """Asks for the organization that the refresh token was used with before."""

    def known_by(self, request: RefreshRequest, session: Mapping[str, Any]) -> str:
        token: str = session["refreshToken"]
        return token


# -- time


@breaks("seal.lasts")
class ExpiresItsSeals(Right):
    """Until the next refresh they are good, after a minute they are not."""

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        ends = str(round(time.time() * 1_000) + _A_MINUTE_MS)
        token = super().seal(payload, password)
        inside = format_of("iron").open(token, password)
        return format_of("iron").seal(inside, password, random.SystemRandom(), {"expiration": ends})


@breaks("jwt.expired")
class ToleratesTenMinutes(Right):
    leeway_s = 600


@breaks("jwt.expired")
class ToleratesTwoMinutes(Right):
    leeway_s = 120


@breaks("jwt.unknown-kid")
class KeepsRetiredKeys(Right):
    """Adds the keys that it fetches to those that it has."""

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        return {**self.keys.get(url, {}), **super().fetch(request, url)}


# -- reasons


@breaks("error.any-answer")
class ReadsReasonsInTexts(Right):
    def code(self, response: httpx.Response) -> str:
        if response.status_code == 400 and "invalid_grant" in response.text:
            return "invalid_grant"
        return super().code(response)


@breaks("error.step-up")
class Takes403ForTheOrganization(Right):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        if response.status_code == 403 and request.organization_id is not None:
            return self.failed("organization_not_authorized")
        return super().refused(request, response)


# -- secrets in disguise


@breaks("secrecy.output")
class LogsTheSessionInBase64(Right):
    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        logging.getLogger(__name__).info("sealed %s", b64encode(json.dumps(payload).encode()).decode())
        return super().seal(payload, password)


@breaks("secrecy.output")
class LogsBeginnings(Right):
    """Cuts what it logs, after more than is needed to tell tokens apart."""

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        logging.getLogger(__name__).info("refreshing %s…", session["refreshToken"][:24])
        return super().body(request, session)


@breaks("secrecy.exceptions")
class RaisesTheKeyInHex(Right):
    def unreachable(self, request: RefreshRequest, err: httpx.HTTPError) -> Result:
        raise Raised(f"not reached with {request.endpoint.api_key.encode().hex()}") from None


@breaks("secrecy.output")
class WritesPastTheStreams(Right):
    """As C code does, and programs that are started."""

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        os.write(2, f"refreshing {session['refreshToken']}\n".encode())
        return super().body(request, session)
