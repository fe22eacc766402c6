"""Asking the model of the endpoint, without a network."""

from __future__ import annotations

import json
from typing import Any

from reseal.cases import Setup
from reseal.endpoint import Model
from reseal.endpoint.wire import HttpReply, HttpRequest
from reseal.protocol import EndpointInfo

from .support import rng

AUTHENTICATE = "/user_management/authenticate"
JSON = ("content-type", "application/json")
NOW_S = 1_800_000_000.0
INFO = EndpointInfo("http://127.0.0.1:9", "client_1", "sk_test_1")
ELSEWHERE = "http://127.0.0.2:9"
Fields = dict[str, Any]


class Clock:
    """A clock that stands still until it is set."""

    now_s = NOW_S

    def __call__(self) -> float:
        return self.now_s


def endpoint(setup: Setup | None = None, clock: Clock | None = None) -> Model:
    return Model(setup or Setup(), rng(), INFO, lambda: ELSEWHERE, clock or Clock())


def fields(model: Model, **changes: Any) -> Fields:
    """What a well-formed refresh sends; a change to None leaves the field out."""
    sent = {
        "client_id": INFO.client_id,
        "client_secret": INFO.api_key,
        "grant_type": "refresh_token",
        "refresh_token": model.session.live,
        **changes,
    }
    return {name: value for name, value in sent.items() if value is not None}


def send(
    model: Model,
    body: bytes | Fields,
    *headers: tuple[str, str],
    method: str = "POST",
    path: str = AUTHENTICATE,
) -> HttpReply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return model.handle(HttpRequest(method, path, headers or (JSON,), content))


def refresh(model: Model, **changes: Any) -> HttpReply:
    return send(model, fields(model, **changes))


def get_key_set(model: Model, client_id: str = INFO.client_id) -> HttpReply:
    return send(model, b"", method="GET", path=f"/sso/jwks/{client_id}")


def said(reply: HttpReply) -> tuple[int, Any]:
    return reply.status, json.loads(reply.body)


def refused(code: str, description: str) -> tuple[int, Fields]:
    return 400, {"error": code, "error_description": description}
