"""Implementations that are right but for one fault in what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx

from reseal import RefreshRequest

from .registry import breaks
from .right import Result, Right
from .variants import TriesAsOftenAsToldTo

# -- the request


@breaks("request.single-post")
class PostsTwice(Right):
    """Asks again to be sure; within the grace it gets the same tokens, so nobody notices."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        super().send(request, body)
        return super().send(request, body)


@breaks("request.grant")
class SendsWrongClientID(Right):
    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().body(request, session), "client_id": "client_of_somebody_else"}


@breaks("request.grant")
class SendsAccessToken(Right):
    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().body(request, session), "refresh_token": session.get("accessToken") or "none"}


@breaks("request.client-authentication")
class SendsNoKey(Right):
    def headers(self, request: RefreshRequest) -> dict[str, str]:
        return {}


@breaks("request.well-formed")
class SendsTextPlain(Right):
    def headers(self, request: RefreshRequest) -> dict[str, str]:
        return {**super().headers(request), "content-type": "text/plain"}


@breaks("request.organization")
class ForgetsOrganization(Right):
    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        body = super().body(request, session)
        body.pop("organization_id", None)
        return body


@breaks("request.no-cookie-password")
class SendsCookiePassword(Right):
    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        seal = {"seal_session": True, "cookie_password": request.cookie_password}
        return {**super().body(request, session), "session": seal}


@breaks("request.no-seal")
class ForwardsTheCookie(Right):
    def headers(self, request: RefreshRequest) -> dict[str, str]:
        cookie = (request.session_data or "").encode("ascii", "replace").decode()
        return {**super().headers(request), "cookie": f"wos-session={cookie}"}


@breaks("request.no-secret-in-url")
class PutsTokenInURL(Right):
    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        url = f"{request.endpoint.base_url}/user_management/authenticate"
        query = {"refresh_token": body["refresh_token"]}
        headers = self.headers(request)
        return self.http.post(url, params=query, json=body, headers=headers, timeout=request.timeout_s)


@breaks("request.no-cross-origin-redirect")
class FollowsRedirects(Right):
    """Repeats the body wherever it is told to, as fetch does on 307 and 308."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        response = super().send(request, body)
        if response.is_redirect:
            return self.http.post(response.headers["location"], json=body, timeout=request.timeout_s)
        return response


@breaks("request.single-post")
class TriesUnasked(TriesAsOftenAsToldTo):
    """Takes 0 further tries for a number that was left out."""

    def refresh(self, request: RefreshRequest) -> Result:
        return super().refresh(replace(request, max_retries=request.max_retries or 2))


@breaks("request.single-post")
class SendsAgainWhatWasNotAnswered(Right):
    """Sends a request once more whose connection was closed, as some clients do without a word."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        try:
            return super().send(request, body)
        except httpx.RemoteProtocolError:
            return super().send(request, body)
