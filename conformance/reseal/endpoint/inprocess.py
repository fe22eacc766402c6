"""The endpoint inside the process, through respx: for implementations on httpx, and twice as fast.

respx answers in place of httpx's transport, so nothing is ever sent.  What it cannot see, it must
not be trusted with: other HTTP clients reach a closed port of this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx
import respx

from .wire import Fault, HttpReply, HttpRequest, Origin

BASE_URL = "http://127.0.0.1:9"  # the discard port; nobody listens
ELSEWHERE = "http://127.0.0.2:9"

_ERRORS: Mapping[Fault, Callable[..., httpx.TransportError]] = {
    "reset": httpx.ReadError,
    "truncated": httpx.RemoteProtocolError,
    "closed": httpx.RemoteProtocolError,
    "stalled": httpx.ReadTimeout,
    "stalled-body": httpx.ReadTimeout,
}


class InProcessTransport:
    """Serves ``handle`` to every httpx client of the process until it is closed."""

    def __init__(self, handle: Callable[[HttpRequest], HttpReply]) -> None:
        self._handle = handle
        self._is_listening = False
        self._router = respx.mock(assert_all_called=False, using="httpx")
        self._router.route().mock(side_effect=self._answer)
        self._router.start()

    def listen(self) -> str:
        """Let connections through from now on; returns the base URL."""
        self._is_listening = True
        return BASE_URL

    def close(self) -> None:
        self._router.stop()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if not self._is_listening:
            raise httpx.ConnectError("Connection refused", request=request)
        reply = self._handle(_received(request))
        if reply.fault is not None:
            raise _ERRORS[reply.fault](f"the endpoint's answer was {reply.fault}", request=request)
        headers = [*reply.headers, ("content-length", str(len(reply.body)))]
        return httpx.Response(reply.status, headers=headers, content=reply.body)


def _received(request: httpx.Request) -> HttpRequest:
    origin: Origin = "elsewhere" if str(request.url).startswith(ELSEWHERE) else "endpoint"
    headers = tuple((key.lower(), value) for key, value in request.headers.multi_items())
    return HttpRequest(request.method, request.url.raw_path.decode(), headers, request.content, origin)
