"""HTTPS on this machine: who trusts its authority is served, everybody else is not."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import pytest

from reseal.endpoint.loopback import LoopbackServer
from reseal.endpoint.tls import self_signed_context, server_context
from reseal.endpoint.wire import HttpReply, HttpRequest


@pytest.fixture
def requests() -> list[HttpRequest]:
    return []


@contextmanager
def serving(requests: list[HttpRequest], tls: ssl.SSLContext) -> Iterator[LoopbackServer]:
    def handle(request: HttpRequest) -> HttpReply:
        requests.append(request)
        return HttpReply(200, (), b"hello")

    with closing(LoopbackServer(handle, tls=tls)) as server:
        server.listen()
        yield server


@pytest.fixture
def server(requests: list[HttpRequest]) -> Iterator[LoopbackServer]:
    with serving(requests, server_context("127.0.0.1")[0]) as server:
        yield server


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cadata=server_context("127.0.0.1")[1].decode())


def get(url: str, verify: ssl.SSLContext | bool) -> httpx.Response:
    with httpx.Client(verify=verify, trust_env=False) as client:
        return client.get(url)


def test_who_trusts_the_authority_is_served(server: LoopbackServer, requests: list[HttpRequest]) -> None:
    """The certificate is good for the address of the server, by the authority that comes with it."""
    assert server.base_url.startswith("https://127.0.0.1:")
    assert get(server.base_url, trusting()).text == "hello"
    assert len(requests) == 1


def test_nobody_else_is(server: LoopbackServer, requests: list[HttpRequest]) -> None:
    """Nobody trusts the authority unasked: not a byte of a request arrives."""
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        get(server.base_url, httpx.create_ssl_context())

    assert requests == []
    assert get(server.base_url, trusting()).text == "hello"


def test_plain_http_is_not_answered(server: LoopbackServer, requests: list[HttpRequest]) -> None:
    """A request without TLS is none, and the server lives on."""
    with pytest.raises(httpx.TransportError):
        get(server.base_url.replace("https:", "http:"), verify=True)

    assert requests == []
    assert get(server.base_url, trusting()).text == "hello"


def test_one_authority_for_the_same_hosts() -> None:
    """Certificates are made once in a process: one is as good as another."""
    assert server_context("127.0.0.1") is server_context("127.0.0.1")
    assert server_context("localhost")[1] != server_context("127.0.0.1")[1]


def test_a_certificate_that_vouches_for_itself(requests: list[HttpRequest]) -> None:
    """It is refused for that, and for nothing else: who does not look is served."""
    with serving(requests, self_signed_context("127.0.0.1")) as server:
        with pytest.raises(httpx.ConnectError, match="self-signed certificate"):
            get(server.base_url, httpx.create_ssl_context())
        assert requests == []
        assert get(server.base_url, verify=False).text == "hello"
