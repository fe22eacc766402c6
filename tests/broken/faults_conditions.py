"""Implementations that are right until two things come together: a retry and a race, size and encoding."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx

from reseal import RefreshRequest
from reseal_reference import iron

from . import clock
from .faults_sessions import SharesTheRefreshUnderWay
from .registry import breaks
from .right import BoundedClient, Raised, Result, Right

# -- what comes in


class _DecodesPieces(BoundedClient):
    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        with closing(httpx.Client.send(self, request, **{**options, "stream": True})) as response:
            text = "".join(piece.decode("utf-8", "replace") for piece in response.iter_bytes())
            return httpx.Response(response.status_code, text=text, request=request)


@breaks("success.unicode")
class DecodesPieceByPiece(Right):
    """Makes a text of each piece of an answer, though characters go on in the next."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        with _DecodesPieces(max_bytes=self.max_bytes, has_deadline=True, verify=False) as self.http:
            return super().send(request, body)

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        with self.client(verify=False) as self.http:
            return super().fetch(request, url)


@breaks("success.unicode")
class LimitsTheCookie(Right):
    """Opens no cookie of more than 64 KiB, though it makes such."""

    def unseal(self, token: str, password: str) -> Any:
        return super().unseal(token, password) if len(token) <= 64 * 1024 else None


@breaks("error.invalid-grant")
class WantsABareContentType(Right):
    """Reads a refusal as JSON where its content type is this and nothing else."""

    def code(self, response: httpx.Response) -> str:
        is_json = response.headers.get("content-type") == "application/json"
        return super().code(response) if is_json else ""


@breaks("success.new-tokens")
class WantsNoCharset(Right):
    def usable(self, response: httpx.Response) -> dict[str, Any]:
        if "charset" in response.headers.get("content-type", ""):
            raise Raised("no JSON")
        return super().usable(response)


@breaks("error.transient")
class OverlooksTheStatus(Right):
    """Takes tokens from whatever has some."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        response = super().send(request, body)
        if b'"access_token"' in response.content and response.status_code >= 500:
            response.status_code = 200
        return response


@breaks("jwt.dates")
class ConvertsDates(Right):
    """Leaves dates to PyJWT, which makes numbers of texts."""

    def has_dates(self, token: str) -> bool:
        return True


@breaks("jwt.not-yet-valid")
class ToleratesTwoMinutesBefore(Right):
    """Minds that a token has expired, and not that it is early, by two minutes."""

    leeway_s = 120

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        return super().verifies(request, token) and self.claims(token)["exp"] > time.time()


@breaks("cookie.expired-seal")
class ToleratesAnHour(Right):
    """Opens a seal for an hour after it has expired."""

    def unseal(self, token: str, password: str) -> Any:
        return iron.unseal(token, password, now=lambda: time.time() - 3_600)


@breaks("jwt.jwks-unavailable")
class WaitsForTheKeySet(Right):
    """Has a time-out for the endpoint, and none for the key set."""

    transport = "loopback"
    slack_s = 1.0

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        return super().fetch(replace(request, timeout_s=3_600.0), url)


# -- what goes out


@breaks("request.grant", "success.new-tokens")
class FormWithoutEscapes(Right):
    """Puts a form together by itself, and forgets that & and + have a meaning there."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        url = f"{request.endpoint.base_url}/user_management/authenticate"
        form = "&".join(f"{name}={value}" for name, value in body.items())
        headers = {**self.headers(request), "content-type": "application/x-www-form-urlencoded"}
        return self.http.post(url, content=form.encode(), headers=headers, timeout=request.timeout_s)


@breaks("request.no-cross-origin-redirect")
class FollowsLookalikes(Right):
    """Follows a redirect where its address begins as the endpoint's does."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        response = super().send(request, body)
        location = response.headers.get("location", "")
        if response.status_code not in (307, 308) or not location.startswith(request.endpoint.base_url):
            return response
        if urlsplit(location).username is None:
            return response  # that it follows a redirect at all is another matter
        return self.http.post(location, json=body, timeout=request.timeout_s)


# -- the user


@breaks("success.whole-user")
class MergesMetadata(Right):
    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        payload = super().payload(answer, session)
        old, new = session["user"].get("metadata"), payload["user"].get("metadata")
        if old and new:
            payload["user"]["metadata"] = {**old, **new}
        return payload


@breaks("success.whole-user")
class LeavesEmptyValuesOut(Right):
    """Keeps cookies small, and takes an empty text for no value."""

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        payload = super().payload(answer, session)
        user = {name: value for name, value in payload["user"].items() if value not in ("", None)}
        return {**payload, "user": user}


@breaks("success.whole-user")
class CompactsMetadata(Right):
    """Leaves entries out of the metadata that have no value."""

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        payload = super().payload(answer, session)
        metadata = payload["user"].get("metadata") or {}
        kept = {name: value for name, value in metadata.items() if value}
        return {**payload, "user": {**payload["user"], "metadata": kept}}


# -- retries and races


class Retries(Right):
    """Tries once more, where it is left to it, after 429, 503 and an answer that was lost."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        if request.max_retries is not None:
            return super().send(request, body)
        try:
            response = super().send(request, body)
        except httpx.RemoteProtocolError:
            return super().send(request, self.body_again(body))
        if response.status_code not in (429, 503):
            return response
        return super().send(request, self.body_again(body))

    def body_again(self, body: dict[str, Any]) -> dict[str, Any]:
        return body


@breaks("secrecy.output")
class LogsWhatItTriesAgain(Retries):
    def body_again(self, body: dict[str, Any]) -> dict[str, Any]:
        logging.getLogger(__name__).debug("again: %s", body)
        return body


@breaks("concurrency.sessions-apart")
class RetriesTheLastBody(Retries):
    """Keeps what it sends in one place for all calls, and takes it from there for the second try."""

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        self.last = super().body(request, session)
        return self.last

    def body_again(self, body: dict[str, Any]) -> dict[str, Any]:
        return self.last


@breaks("concurrency.after-failure")
class StaysInTheQueue(Right):
    """Gives up waiting, and not the request, which later calls with the cookie join."""

    def __init__(self) -> None:
        super().__init__()
        self.hanging: set[str | None] = set()

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        if request.session_data in self.hanging:
            raise Raised("not reached: ReadTimeout")
        return super().exchange(request, session)

    def unreachable(self, request: RefreshRequest, err: httpx.HTTPError) -> Result:
        if isinstance(err, httpx.TimeoutException):
            self.hanging.add(request.session_data)
        return super().unreachable(request, err)


@breaks("request.organization")
class SharesTheRefreshOfACookie(SharesTheRefreshUnderWay):
    """Refreshes once for all calls at once with one cookie, whatever organization they ask for."""

    def flight_of(self, request: RefreshRequest, session: Mapping[str, Any]) -> tuple[str | None, ...]:
        return (request.endpoint.client_id, session["refreshToken"])


# -- keys


@breaks("jwt.key-rotation")
class BeginsTheWaitAnew(Right):
    """Waits for 10 s before it looks for an unknown key again, and begins anew with each try."""

    def __init__(self) -> None:
        super().__init__()
        self.looked: dict[str, float] = {}

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        url = self.keys_url(request)
        if kid in self.keys.get(url, {}):
            return self.keys[url][kid]
        before, self.looked[url] = self.looked.get(url), clock.now()
        if before is not None and self.looked[url] - before < 10:
            return None
        return super().key(request, kid)
