"""HTTP as values: what came to the endpoint, and what went back."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..cases import Delivery

Fault = Literal["reset", "truncated", "closed", "stalled", "stalled-body"]
Origin = Literal["endpoint", "elsewhere"]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it arrived; header names in lower case, ``target`` with its query."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    origin: Origin = "endpoint"

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def header(self, name: str) -> str:
        """The first value of the header, or an empty text."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An answer, or a way of not giving one.

    Attributes:
        delivery: How the body goes out, where not as it should.
        sat_out: Set where a client stayed to the end of a body that was dripped.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    fault: Fault | None = None
    delivery: Delivery | None = None
    sat_out: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)

    @classmethod
    def of_json(
        cls, status: int, value: Any, headers: Mapping[str, str] | None = None, *, escapes: bool = True
    ) -> HttpReply:
        """``value`` as JSON; without ``escapes``, what is beyond ASCII stands there as it is."""
        named = {"content-type": "application/json", **(headers or {})}
        return cls(status, tuple(named.items()), json.dumps(value, ensure_ascii=escapes).encode())


@dataclass(frozen=True, slots=True)
class Issued:
    """What a successful exchange gave away; ``others`` are tokens of a provider, which it passed on."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)
    others: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One entry of the journal.

    Attributes:
        kind: What the path asks for.
        fields: The body of an authenticate request, where it could be read.
        problems: What the endpoint found wrong with the request.
        issued: What it gave for it.
        call: The number of the call of the implementation during which it came.
        credentials: How the API key came: ``client_secret``, ``bearer``.
    """

    request: HttpRequest
    reply: HttpReply
    kind: Literal["authenticate", "key-set", "other"]
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    problems: tuple[str, ...] = ()
    issued: Issued | None = field(default=None, repr=False)
    call: int = 0
    credentials: tuple[str, ...] = ()
