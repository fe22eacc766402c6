"""Bodies that go out broken in one way, as a client sees them through either transport."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any, get_args

import httpx
import pytest

from reseal.cases import Delivery
from reseal.endpoint.delivery import delivered
from reseal.endpoint.inprocess import InProcessTransport
from reseal.endpoint.loopback import LoopbackServer
from reseal.endpoint.wire import HttpReply

VALUE = {"access_token": "y" * 30, "refresh_token": "x" * 300}
BODY = json.dumps(VALUE).encode()
HALF = BODY[: len(BODY) // 2]
MIB = 1024 * 1024

Get = Callable[[HttpReply], tuple[bytes, str | None]]


def reply(delivery: Delivery | None) -> HttpReply:
    return HttpReply(200, (("content-type", "application/json"),), BODY, delivery=delivery)


def serve(transport: str, given: HttpReply, stack: ExitStack) -> str:
    if transport == "loopback":
        server = stack.enter_context(closing(LoopbackServer(lambda _: given)))
        return server.listen()
    return stack.enter_context(closing(InProcessTransport(lambda _: given))).listen()


def read(response: httpx.Response, *, up_to: int | None) -> tuple[bytes, str | None]:
    """The bytes before any decoding, and the error that they end in."""
    data = b""
    try:
        for piece in response.iter_raw():
            data += piece
            if up_to is not None and len(data) >= up_to:
                return data, None
    except httpx.TransportError as err:
        return data, type(err).__name__
    return data, None


async def read_async(url: str) -> tuple[bytes, str | None]:
    data = b""
    async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", url) as response:
        try:
            async for piece in response.aiter_raw():
                data += piece
        except httpx.TransportError as err:
            return data, type(err).__name__
    return data, None


@pytest.fixture(params=["loopback", "respx", "respx-async"])
def get(request: pytest.FixtureRequest) -> Iterator[Get]:
    """Asks for a reply, through sockets or in process; the three see the same."""
    with ExitStack() as stack:

        def ask(given: HttpReply) -> tuple[bytes, str | None]:
            url = serve(request.param, given, stack)
            if request.param == "respx-async":
                return asyncio.run(read_async(url))
            with httpx.Client(trust_env=False) as client, client.stream("GET", url) as response:
                return read(response, up_to=None)

        yield ask


def test_as_it_should(get: Get) -> None:
    """Without a fault the body comes whole."""
    assert get(reply(None)) == (BODY, None)


@pytest.mark.parametrize(
    ("delivery", "body", "error"),
    [
        ("length-too-short", HALF, None),
        ("broken-chunks", HALF, "RemoteProtocolError"),
        ("unended-chunks", HALF, "RemoteProtocolError"),
    ],
)
def test_broken(get: Get, delivery: Delivery, body: bytes, error: str | None) -> None:
    """What a client gets of a body that is framed or coded wrongly, and how that ends."""
    assert get(reply(delivery)) == (body, error)


def test_dripped(get: Get) -> None:
    """Who stays to the end of a drip gets 50 bytes and an error, and the endpoint knows."""
    given = reply("dripped")

    assert get(given) == (BODY[:50], "RemoteProtocolError")
    assert given.sat_out.is_set()


@pytest.mark.parametrize("transport", ["loopback", "respx"])
def test_a_drip_that_is_left(transport: str) -> None:
    """The end of a drip is not noted where the client has gone before."""
    given = reply("dripped")

    with ExitStack() as stack:
        url = serve(transport, given, stack)
        with httpx.Client(trust_env=False) as client, client.stream("GET", url) as response:
            began = read(response, up_to=2)

    assert began[0] == BODY[:2]
    assert not given.sat_out.is_set()


@pytest.mark.parametrize(("delivery", "room"), [("padded", 10 * MIB), ("gzip-bomb", 16 * MIB)])
def test_large(get: Get, delivery: Delivery, room: int) -> None:
    """A body that is far too long is still the JSON that it was; a bomb is small on its way."""
    body, error = get(reply(delivery))
    plain = gzip.decompress(body) if delivery == "gzip-bomb" else body

    assert error is None
    assert len(plain) == len(BODY) + room
    assert json.loads(plain) == VALUE
    assert delivery == "padded" or len(body) < 200_000


def test_false_gzip(get: Get) -> None:
    """It begins as gzip does, cannot be unpacked, and is no JSON as it is."""
    body, error = get(reply("false-gzip"))

    assert error is None
    with pytest.raises(zlib.error, match="invalid block type"):
        gzip.decompress(body)
    with pytest.raises(ValueError, match="utf-8"):
        json.loads(body)


def test_in_pieces(get: Get) -> None:
    """The body is the JSON that it was, without escapes, in chunks that end within characters."""
    value = {"name": "é中🔑" * 9}
    given = HttpReply(200, (), json.dumps(value).encode(), delivery="in-pieces")

    assert get(given) == (json.dumps(value, ensure_ascii=False).encode(), None)
    chunks = delivered(given).sent.split(b"\r\n")[1::2]
    assert len(max(chunks)) == 5
    assert any("\ufffd" in chunk.decode("utf-8", "replace") for chunk in chunks)


def test_not_utf_8(get: Get) -> None:
    """Apart from one byte, the body is the JSON that it was, and a field more."""
    body, error = get(reply("not-utf-8"))

    assert error is None
    with pytest.raises(UnicodeDecodeError):
        body.decode()
    assert json.loads(body.decode("utf-8", "replace")) == {"note": "\ufffd", **VALUE}


ENCODED: list[Any] = ["false-gzip", "gzip-bomb"]
CHUNKED: list[Any] = ["broken-chunks", "unended-chunks", "in-pieces"]


@pytest.mark.parametrize("delivery", get_args(Delivery))
def test_headers(delivery: Delivery) -> None:
    """A body has a length or is in chunks, never both; and says that it is packed where it claims to be."""
    headers = dict(delivered(reply(delivery)).headers)

    assert ("transfer-encoding" in headers) == (delivery in CHUNKED)
    assert ("content-length" in headers) == (delivery not in CHUNKED)
    assert headers.get("content-encoding") == ("gzip" if delivery in ENCODED else None)
