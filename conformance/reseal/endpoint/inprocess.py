"""The endpoint inside the process, through respx: for implementations on httpx, and twice as fast.

respx answers in place of httpx's transport, so nothing is ever sent.  What it cannot see, it must
not be trusted with: other HTTP clients reach a closed port of this machine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import httpx
import respx

from .delivery import PAUSE_S, PIECE, delivered
from .wire import Fault, HttpReply, HttpRequest, Origin

BASE_URL = "http://127.0.0.1:9"  # the discard port; nobody listens
ELSEWHERE = "http://127.0.0.2:9"
_PIECE = 65_536
_SIZES = {"dripped": 1, "in-pieces": PIECE}  # of the pieces, in bytes

_ERRORS: Mapping[Fault, Callable[..., httpx.TransportError]] = {
    "reset": httpx.ReadError,
    "closed": httpx.RemoteProtocolError,
    "stalled": httpx.ReadTimeout,
    "stalled-body": httpx.ReadTimeout,
}


class InProcessTransport:
    """Serves ``handle`` to every httpx client of the process until it is closed.

    Whoever calls another address than ours is not answered, unless it ``is_everywhere``.
    """

    def __init__(self, handle: Callable[[HttpRequest], HttpReply], *, is_everywhere: bool = False) -> None:
        self._handle = handle
        self._is_everywhere = is_everywhere
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
        origin = _ORIGINS.get(_address(request.url), "endpoint" if self._is_everywhere else None)
        if not self._is_listening or origin is None:
            raise httpx.ConnectError("Connection refused", request=request)
        reply = self._handle(_received(request, origin))
        if reply.fault is not None and reply.fault in _ERRORS:
            raise _ERRORS[reply.fault](f"the endpoint's answer was {reply.fault}", request=request)
        headers = [*reply.headers, *delivered(reply).headers]
        return httpx.Response(reply.status, headers=headers, stream=_Body(reply))


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body as it would come from a socket: in pieces, and with a broken end where it has one."""

    def __init__(self, reply: HttpReply) -> None:
        self._reply = reply
        self._delivered = delivered(reply)
        self._drips = reply.delivery == "dripped"

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces():
            if self._drips:
                time.sleep(PAUSE_S)
            yield piece
        self._end()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces():
            if self._drips:
                await asyncio.sleep(PAUSE_S)
            yield piece
        self._end()

    def _pieces(self) -> Iterator[bytes]:
        body, size = self._delivered.body, _SIZES.get(self._reply.delivery or "", _PIECE)
        return (body[i : i + size] for i in range(0, len(body), size))

    def _end(self) -> None:
        if self._drips:
            self._reply.sat_out.set()
        if not self._delivered.is_whole:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


def _address(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


_ORIGINS: Mapping[tuple[str, str, int | None], Origin] = {
    _address(httpx.URL(BASE_URL)): "endpoint",
    _address(httpx.URL(ELSEWHERE)): "elsewhere",
}


def _received(request: httpx.Request, origin: Origin) -> HttpRequest:
    headers = tuple((key.lower(), value) for key, value in request.headers.multi_items())
    return HttpRequest(request.method, request.url.raw_path.decode(), headers, request.content, origin)
