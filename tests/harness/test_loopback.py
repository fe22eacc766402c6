"""The endpoint on a socket, as a client sees it that knows nothing but bytes."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from reseal.endpoint.loopback import LoopbackServer
from reseal.endpoint.wire import HttpReply, HttpRequest

GET = b"GET /path?query HTTP/1.1\r\nHost: x\r\nX-Name: v\xc3\xa4lue\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
PATIENCE_S = 5.0


class Handler:
    """Keeps what came, and answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        self.reply = HttpReply(200, (("x-header", "1"),), b"hello")

    def __call__(self, request: HttpRequest) -> HttpReply:
        self.requests.append(request)
        return self.reply


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def server(handler: Handler) -> Iterator[LoopbackServer]:
    with closing(LoopbackServer(handler)) as server:
        server.listen()
        yield server


def address(server: LoopbackServer) -> tuple[str, int]:
    host, _, port = server.base_url.removeprefix("http://").partition(":")
    return host, int(port)


def connect(server: LoopbackServer, timeout_s: float = PATIENCE_S) -> socket.socket:
    return socket.create_connection(address(server), timeout_s)


def exchanged(server: LoopbackServer, *sent: bytes) -> bytes:
    """Everything that comes back until the server ends the connection."""
    with connect(server) as client:
        for part in sent:
            client.sendall(part)
        return b"".join(iter(lambda: client.recv(65_536), b""))


def received(client: socket.socket, ending: bytes) -> bytes:
    data = b""
    while not data.endswith(ending):
        more = client.recv(65_536)
        assert more, f"the connection ended after {data!r}"
        data += more
    return data


def drained(client: socket.socket) -> bytes | None:
    """What comes until the end of the connection; None where it is reset."""
    try:
        return b"".join(iter(lambda: client.recv(65_536), b""))
    except ConnectionResetError:
        return None


# -- requests and replies


def test_a_request_arrives_as_it_was_sent(server: LoopbackServer, handler: Handler) -> None:
    """A request keeps method, target, headers and origin; its reply keeps status, headers and body."""
    reply = exchanged(server, GET, LAST)

    assert handler.requests[0] == HttpRequest(
        "GET", "/path?query", (("host", "x"), ("x-name", "v\xc3\xa4lue")), b"", "endpoint"
    )
    head, _, rest = reply.partition(b"\r\n\r\n")
    assert head.splitlines() == [b"HTTP/1.1 200 OK", b"x-header: 1", b"content-length: 5"]
    assert rest.startswith(b"hello")


@pytest.mark.parametrize(
    ("status", "line"), [(404, b"404 Not Found"), (520, b"520 "), (599, b"599 "), (418, b"418 I'm a Teapot")]
)
def test_any_status(server: LoopbackServer, handler: Handler, status: int, line: bytes) -> None:
    """A status is sent as it is, also one that only proxies know."""
    handler.reply = HttpReply(status)

    assert exchanged(server, LAST).startswith(b"HTTP/1.1 " + line + b"\r\n")


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body(server: LoopbackServer, handler: Handler, status: int) -> None:
    """A reply that has no body ends after its head."""
    handler.reply = HttpReply(status)

    assert exchanged(server, LAST).endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "request_",
    [
        b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n{"a":1}',
        b'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n',
    ],
    ids=["length", "chunked"],
)
def test_bodies(server: LoopbackServer, handler: Handler, request_: bytes) -> None:
    """A body arrives whole, whether its length is known before or not."""
    exchanged(server, request_, LAST)

    assert handler.requests[0].body == b'{"a":1}'


def test_a_body_in_pieces(server: LoopbackServer, handler: Handler) -> None:
    """A body may come in any number of pieces."""
    exchanged(server, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Le", b"ngth: 4\r\n\r\na", b"bc", b"d" + LAST)

    assert [request.body for request in handler.requests] == [b"abcd", b""]


def test_100_continue(server: LoopbackServer, handler: Handler) -> None:
    """A client that waits for leave to send its body gets it, and the body is read."""
    with connect(server) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        leave = received(client, b"\r\n\r\n")
        client.sendall(b"hi")
        reply = received(client, b"hello")

    assert leave.startswith(b"HTTP/1.1 100 ")
    assert reply.startswith(b"HTTP/1.1 200 OK\r\n")
    assert handler.requests[0].body == b"hi"


def test_head(server: LoopbackServer, handler: Handler) -> None:
    """The reply to HEAD has the length of a body, and no body."""
    reply = exchanged(server, b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert b"content-length: 5\r\n" in reply
    assert reply.endswith(b"\r\n\r\n")
    assert handler.requests[0].method == "HEAD"


def test_keep_alive(server: LoopbackServer, handler: Handler) -> None:
    """One connection carries one request after the other."""
    with connect(server) as client:
        client.sendall(GET)
        first = received(client, b"hello")
        client.sendall(GET)
        second = received(client, b"hello")

    assert first == second
    assert len(handler.requests) == 2


def test_pipelining(server: LoopbackServer, handler: Handler) -> None:
    """Requests that do not wait for each other are answered in order."""
    assert exchanged(server, GET + GET + LAST).count(b"hello") == 3
    assert [request.path for request in handler.requests] == ["/path", "/path", "/"]


def test_http_1_0(server: LoopbackServer) -> None:
    """A client of old is answered, and the connection ended."""
    assert exchanged(server, b"GET / HTTP/1.0\r\n\r\n").endswith(b"hello")


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: " + b"x" * 300_000,
    ],
    ids=["TLS", "a word", "no host", "a huge header"],
)
def test_what_is_no_request(server: LoopbackServer, handler: Handler, nonsense: bytes) -> None:
    """What is no HTTP gets the connection ended, is not in the journal, and harms nobody else."""
    with connect(server) as client:
        client.sendall(nonsense)
        reply = drained(client)

    assert not reply
    assert handler.requests == []
    assert exchanged(server, LAST).endswith(b"hello")


def test_a_body_without_end(server: LoopbackServer, handler: Handler) -> None:
    """A body of more than 16 MiB is not read to its end."""
    with connect(server) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            client.sendall(bytes(20 * 1024 * 1024))
        reply = drained(client)

    assert not reply
    assert handler.requests == []


def test_the_other_origin_says_so(handler: Handler) -> None:
    """A server can stand for another origin."""
    with closing(LoopbackServer(handler, origin="elsewhere")) as server:
        server.listen()
        exchanged(server, LAST)

    assert handler.requests[0].origin == "elsewhere"


# -- faults


def test_reset(server: LoopbackServer, handler: Handler) -> None:
    """A connection that is reset ends in an error of the operating system, not in an end of file."""
    handler.reply = HttpReply(fault="reset")

    with connect(server) as client:
        client.sendall(GET)
        with pytest.raises(ConnectionResetError) as caught:
            client.recv(1)

    assert caught.value.errno == errno.ECONNRESET
    assert len(handler.requests) == 1


def test_closed(server: LoopbackServer, handler: Handler) -> None:
    """A connection that is closed ends without a byte."""
    handler.reply = HttpReply(fault="closed")

    assert exchanged(server, GET) == b""
    assert len(handler.requests) == 1


def test_truncated(server: LoopbackServer, handler: Handler) -> None:
    """A truncated reply promises more than it sends."""
    handler.reply = HttpReply(200, (), b'{"user"', "truncated")

    head, _, body = exchanged(server, GET).partition(b"\r\n\r\n")

    assert b"content-length: 107" in head
    assert body == b'{"user"'


def test_stalled(server: LoopbackServer, handler: Handler) -> None:
    """A stalled reply does not come, until closing the server ends the wait."""
    handler.reply = HttpReply(fault="stalled")

    with connect(server, 0.1) as client:
        client.sendall(GET)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.settimeout(PATIENCE_S)
        server.close()

        assert client.recv(1) == b""


def test_stalled_body(server: LoopbackServer, handler: Handler) -> None:
    """The body of such a reply begins, and does not end until closing the server ends the wait."""
    handler.reply = HttpReply(200, (), b'{"user"', "stalled-body")

    with connect(server, 0.1) as client:
        client.sendall(GET)
        begun = client.recv(1_000)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.settimeout(PATIENCE_S)
        server.close()

        assert begun.endswith(b'content-length: 107\r\nconnection: close\r\n\r\n{"user"')
        assert client.recv(1) == b""


@pytest.mark.parametrize("fault", ["reset", "closed", "truncated"])
def test_a_fault_is_of_one_connection(server: LoopbackServer, handler: Handler, fault: Any) -> None:
    """After a fault the next connection is served."""
    sound, handler.reply = handler.reply, HttpReply(200, (), b"{", fault)
    with connect(server) as client:
        client.sendall(GET)
        drained(client)

    handler.reply = sound

    assert exchanged(server, LAST).endswith(b"hello")


# -- listening and closing


def test_refused_until_it_listens(handler: Handler) -> None:
    """A server has its port from the beginning, refuses connections, and takes them once it listens."""
    with closing(LoopbackServer(handler)) as server:
        with pytest.raises(ConnectionRefusedError):
            connect(server)

        server.listen()

        assert exchanged(server, LAST).endswith(b"hello")


def test_refused_after_closing(server: LoopbackServer) -> None:
    """A server that was closed ends its connections and takes no more."""
    with connect(server) as client:
        client.sendall(GET)
        received(client, b"hello")

        server.close()

        assert client.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        connect(server)


@pytest.mark.parametrize("times", [1, 2])
def test_closing_what_never_listened(handler: Handler, times: int) -> None:
    """A server can be closed at any time, and again."""
    server = LoopbackServer(handler)

    ends = [server.close() for _ in range(times)]

    assert ends == [None] * times


def test_each_has_a_port_of_its_own(handler: Handler) -> None:
    """Two servers at once are two origins of this machine."""
    with closing(LoopbackServer(handler)) as first, closing(LoopbackServer(handler)) as second:
        assert first.base_url != second.base_url
        assert {address(first)[0], address(second)[0]} == {"127.0.0.1"}
