"""The mocked API: one model, two transports."""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..cases import Event, Setup
from ..errors import place_of
from ..protocol import EndpointInfo
from . import sessions
from .applications import new_api_key
from .loopback import LoopbackServer
from .model import Model
from .tls import self_signed_context, server_context
from .wire import Exchange, HttpReply, HttpRequest

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
    with ExitStack() as until_the_end:
        if transport == "respx" and setup.tls is None:
            from .inprocess import BASE_URL, ELSEWHERE, InProcessTransport  # respx takes 0.2 s

            model = Model(setup, rng, EndpointInfo(BASE_URL, client_id, api_key), lambda: ELSEWHERE)
            main: LoopbackServer | InProcessTransport = InProcessTransport(_guarded(model))
            until_the_end.callback(main.close)
        else:
            server, other = LoopbackServer(tls=_tls(setup)), LoopbackServer(origin="elsewhere")
            until_the_end.callback(server.close)
            until_the_end.callback(other.close)
            model = Model(setup, rng, EndpointInfo(server.base_url, client_id, api_key), other.listen)
            server.handle = other.handle = _guarded(model)
            main = server
        if setup.listening:
            main.listen()
        yield Endpoint(model, main)


def _guarded(model: Model) -> Callable[[HttpRequest], HttpReply]:
    """What answers by ``model``; where that fails, it is noted, so that the implementation is not blamed."""

    def handle(request: HttpRequest) -> HttpReply:
        try:
            return model.handle(request)
        except Exception as err:  # noqa: BLE001 - whatever it is, it is ours
            model.breaches.append(f"the endpoint itself failed: {place_of(err)}. Please report it")
            return HttpReply(fault="closed")

    return handle


def _tls(setup: Setup) -> ssl.SSLContext | None:
    match setup.tls:
        case "unknown-authority":
            return server_context("127.0.0.1")[0]
        case "self-signed":
            return self_signed_context("127.0.0.1")
    return None
