"""The mocked API: one model, two transports."""

from __future__ import annotations

import random
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..cases import Event, Setup
from ..protocol import EndpointInfo
from . import sessions
from .applications import new_api_key
from .loopback import LoopbackServer
from .model import Model
from .tls import self_signed_context, server_context
from .wire import Exchange

if TYPE_CHECKING:
    from .inprocess import InProcessTransport

__all__ = ["Endpoint", "Exchange", "Model", "Transport", "open_endpoint"]

Transport = Literal["loopback", "respx"]


@dataclass(slots=True)
class Endpoint:
    """A running endpoint: what it is, and the means to reach it."""

    model: Model
    transport: LoopbackServer | InProcessTransport

    def happen(self, event: Event) -> None:
        """Let ``event`` happen at the endpoint."""
        match event.do:
            case "rotate-keys":
                self.model.rotate_keys()
            case "rotate-api-key":
                self.model.rotate_api_key()
            case "end-session":
                self.model.end_session()
            case "revoke":
                self.model.revoke()
            case "advance":
                self.model.advance(event.seconds)
            case "listen":
                self.transport.listen()
            case "answer":
                self.model.script(event.answers)
            case "key-set":
                self.model.script_key_set(event.answers)


@contextmanager
def open_endpoint(setup: Setup, rng: random.Random, transport: Transport = "loopback") -> Iterator[Endpoint]:
    """Run an endpoint as ``setup`` says.

    Each has a client id and a port of its own: SDKs keep key sets by URL for the life of a process.
    TLS is for sockets alone: where httpx's transport is replaced, nobody looks at a certificate.
    """
    client_id, api_key = sessions.new_id("client", rng), new_api_key(rng)
    if transport == "respx" and setup.tls is None:
        from .inprocess import BASE_URL, ELSEWHERE, InProcessTransport  # respx takes 0.2 s

        model = Model(setup, rng, EndpointInfo(BASE_URL, client_id, api_key), lambda: ELSEWHERE)
        inprocess = InProcessTransport(model.handle)
        servers: tuple[LoopbackServer | InProcessTransport, ...] = (inprocess,)
    else:
        main, other = LoopbackServer(tls=_tls(setup)), LoopbackServer(origin="elsewhere")
        model = Model(setup, rng, EndpointInfo(main.base_url, client_id, api_key), other.listen)
        main.handle = other.handle = model.handle
        servers = (main, other)
    try:
        if setup.listening:
            servers[0].listen()
        yield Endpoint(model, servers[0])
    finally:
        for server in servers:
            server.close()


def _tls(setup: Setup) -> ssl.SSLContext | None:
    match setup.tls:
        case "unknown-authority":
            return server_context("127.0.0.1")[0]
        case "self-signed":
            return self_signed_context("127.0.0.1")
    return None
