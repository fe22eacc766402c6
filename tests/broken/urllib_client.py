"""As much of a client on ``urllib`` as an implementation needs; its answers are httpx's, like its errors."""

from __future__ import annotations

import http.client
import json as json_module
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from time import monotonic
from typing import Any

import httpx

_MAX_BYTES = 100_000


class _StaysPut(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class UrllibClient:
    """Sends each request on a connection of its own."""

    def __init__(self, verify: ssl.SSLContext) -> None:
        # The environment's proxies have no part in a loopback endpoint.
        self._opener = urllib.request.build_opener(
            _StaysPut, urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=verify)
        )

    def get(self, url: str, *, timeout: float) -> httpx.Response:
        return self._answered(urllib.request.Request(url), timeout)

    def post(self, url: str, *, json: Any, headers: Mapping[str, str], timeout: float) -> httpx.Response:
        body = json_module.dumps(json).encode()
        headers = {**headers, "content-type": "application/json"}
        return self._answered(urllib.request.Request(url, body, headers), timeout)

    def close(self) -> None:
        self._opener.close()

    def _answered(self, request: urllib.request.Request, timeout_s: float) -> httpx.Response:
        ends = monotonic() + timeout_s
        try:
            with closing(self._opened(request, timeout_s)) as answer:
                # What is packed, unasked, stays so: to urllib a coding is a header like any other.
                return httpx.Response(answer.status, content=_read(answer, ends))
        except (OSError, http.client.HTTPException) as err:
            raise httpx.TransportError(type(err).__name__) from None

    def _opened(self, request: urllib.request.Request, timeout_s: float) -> Any:
        try:
            return self._opener.open(request, timeout=timeout_s)
        except urllib.error.HTTPError as answer:
            return answer


def _read(answer: Any, ends: float) -> bytes:
    body = b""
    while piece := answer.read1(65_536):
        body += piece
        if len(body) > _MAX_BYTES or monotonic() > ends:
            raise httpx.ReadError("an answer without an end")
    if answer.length:
        raise httpx.ReadError("half an answer")
    return body
