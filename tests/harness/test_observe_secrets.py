"""What leaks is seen by its name and its place; what is kept of it shows none of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from reseal import RefreshRequest
from reseal.cases import Answer as Scripted
from reseal.cases import Setup
from reseal.observation import ExchangeSeen, Leak, Observation
from reseal.observe import observe
from reseal.redact import Secrets
from reseal.target import Answer, Raised, Returned

from .support import IRON, PLAIN, FakeTarget, refreshed, rng

AUTHENTICATE = "/user_management/authenticate"
FAILED = Returned({"authenticated": False, "reason": "invalid_grant"})
Tell = Callable[[RefreshRequest], str]


def password(request: RefreshRequest) -> str:
    return request.cookie_password or ""


def cookie(request: RefreshRequest) -> str:
    return request.session_data or ""


def api_key(request: RefreshRequest) -> str:
    return request.endpoint.api_key


def refresh_token(request: RefreshRequest) -> str:
    return str(IRON.open(cookie(request), password(request))["refresh_token"])


def access_token(request: RefreshRequest) -> str:
    return str(IRON.open(cookie(request), password(request))["access_token"])


SECRETS: list[tuple[Tell, str]] = [
    (password, "cookie password"),
    (cookie, "cookie"),
    (api_key, "API key"),
    (refresh_token, "refresh token"),
    (access_token, "access token"),
]
each_secret = pytest.mark.parametrize(("tell", "name"), SECRETS, ids=[name for _, name in SECRETS])


def everything(request: RefreshRequest) -> str:
    return " ".join(tell(request) for tell, _ in SECRETS)


def body(request: RefreshRequest, **changes: object) -> dict[str, Any]:
    fields = {
        "client_id": request.endpoint.client_id,
        "grant_type": "refresh_token",
        "refresh_token": refresh_token(request),
    }
    return {**fields, **changes}


def send(request: RefreshRequest, path: str = AUTHENTICATE, **options: Any) -> httpx.Response:
    with httpx.Client(verify=False, trust_env=False) as client:  # noqa: S501 - plain HTTP
        return client.post(f"{request.endpoint.base_url}{path}", **options)


def seen(answer: Callable[[RefreshRequest], Answer], setup: Setup | None = None) -> Observation:
    case = replace(PLAIN, setup=setup or Setup())
    return observe(case, FakeTarget(answer), transport="respx")


def sending(**options: Callable[[RefreshRequest], Any]) -> Observation:
    """What is seen of an implementation that sends this."""

    def answer(request: RefreshRequest) -> Answer:
        send(request, **{name: make(request) for name, make in options.items()})
        return FAILED

    return seen(answer)


# -- where secrets are found


@each_secret
@pytest.mark.parametrize(
    "told",
    [
        lambda secret: Raised("SomeError", f"no luck with {secret}"),
        lambda secret: Raised("SomeError", "no luck", f"Traceback: {secret}"),
        lambda secret: Raised(f"Error_{secret}", "no luck"),
    ],
    ids=["message", "traceback", "type"],
)
def test_exceptions(tell: Tell, name: str, told: Callable[[str], Answer]) -> None:
    """A secret in anything that an exception shows is a leak."""
    assert seen(lambda _: told("nothing")).leaks == ()

    assert Leak(name, "exception") in seen(lambda request: told(tell(request))).leaks


@each_secret
def test_reasons(tell: Tell, name: str) -> None:
    """A secret in a reason is a leak."""
    observation = seen(lambda request: Returned({"authenticated": False, "reason": f"no {tell(request)}"}))

    assert Leak(name, "reason") in observation.leaks
    assert observation.calls[0].reason == f"no <{name}>"


@each_secret
def test_output(tell: Tell, name: str) -> None:
    """A secret that is printed or logged is a leak."""

    def prints(request: RefreshRequest) -> Answer:
        target.printed = f"[debug] {tell(request)}\n"
        return refreshed(request)

    target = FakeTarget(prints)

    observation = observe(PLAIN, target, transport="respx")

    assert observation.leaks == (Leak(name, "output"),)
    assert observation.output == f"[debug] <{name}>\n"


@each_secret
@pytest.mark.parametrize("is_during_the_next", [False, True])
def test_output_that_comes_late(tell: Tell, name: str, is_during_the_next: bool) -> None:
    """A secret that is printed when the case is over is a leak, and told as that of an earlier case."""
    told: list[str] = []

    def prints(request: RefreshRequest) -> Answer:
        if told and is_during_the_next:
            target.printed = told[0]
        told.append(tell(request))
        return refreshed(request)

    target, earlier = FakeTarget(prints), list[Secrets]()

    first = observe(PLAIN, target, transport="respx", seed=1, earlier=earlier)
    target.printed = "" if is_during_the_next else told[0]
    second = observe(PLAIN, target, transport="respx", seed=2, earlier=earlier)
    third = observe(PLAIN, target, transport="respx", seed=3, earlier=earlier[2:])

    assert first.leaks == third.leaks == ()
    assert second.leaks == (Leak(f"{name} of an earlier case", "output"),)
    assert bool(second.output) == is_during_the_next
    assert told[0] not in second.output


@each_secret
@pytest.mark.parametrize("spell", [str, lambda text: quote(text, safe="")], ids=["plain", "percent"])
def test_urls(tell: Tell, name: str, spell: Callable[[str], str]) -> None:
    """A secret in a URL is a leak, however it is spelled there."""
    observation = sending(path=lambda request: f"{AUTHENTICATE}?x={spell(tell(request))}", json=body)

    assert Leak(name, "URL") in observation.leaks
    assert f"<{name}>" in observation.exchanges[0].path


@each_secret
def test_headers(tell: Tell, name: str) -> None:
    """A secret in a header is a leak, with the name of the header."""
    observation = sending(json=body, headers=lambda request: {"X-Debug": tell(request)})

    assert observation.leaks == (Leak(name, "header x-debug"),)


@pytest.mark.parametrize(
    ("tell", "leaks"),
    [
        (password, (Leak("cookie password", "body"),)),
        (cookie, (Leak("cookie", "body"),)),
        (api_key, ()),
        (refresh_token, ()),
        (access_token, ()),
    ],
)
def test_bodies(tell: Tell, leaks: tuple[Leak, ...]) -> None:
    """A body is the place for key and tokens, and for no other secret."""
    assert sending(json=lambda request: body(request, session={"x": tell(request)})).leaks == leaks


def test_the_header_for_keys() -> None:
    """The key in the header for keys is no leak."""
    observation = sending(json=body, headers=lambda request: {"Authorization": f"Bearer {api_key(request)}"})

    assert observation.leaks == ()


@each_secret
def test_another_origin(tell: Tell, name: str) -> None:
    """Any secret that follows a redirect to another origin is a leak."""
    setup = Setup(answers=(Scripted(307, redirect="elsewhere"),))

    def follows(request: RefreshRequest) -> Answer:
        location = send(request, json=body(request)).headers["location"]
        send(
            replace(request, endpoint=replace(request.endpoint, base_url=location)), "", content=tell(request)
        )
        return FAILED

    observation = seen(follows, setup)

    assert Leak(name, "request to another origin") in observation.leaks
    assert [exchange.origin for exchange in observation.exchanges] == ["endpoint", "elsewhere"]


@pytest.mark.parametrize("field", ["access_token", "refresh_token"])
def test_new_tokens_are_secrets_too(field: str) -> None:
    """What the endpoint gives is secret from then on."""

    def tells(request: RefreshRequest) -> Answer:
        raise RuntimeError(send(request, json=body(request)).json()[field])

    name = f"new {field.replace('_', ' ')}"
    observation = seen(tells)

    assert observation.leaks == (Leak(name, "exception"),)
    assert observation.calls[0].message == f"<{name}>"


def test_a_new_cookie_is_a_secret_too() -> None:
    """What an implementation seals is secret from then on."""

    def prints(request: RefreshRequest) -> Answer:
        answer = refreshed(request)
        assert isinstance(answer, Returned)
        target.printed = f"set-cookie: {answer.fields['sealed_session']}"
        return answer

    target = FakeTarget(prints)

    observation = observe(PLAIN, target, transport="respx")

    assert observation.leaks == (Leak("new cookie", "output"),)
    assert observation.output == "set-cookie: <new cookie>"


# -- what is kept


def test_nothing_secret_is_kept() -> None:
    """Of an implementation that tells everything everywhere, an observation keeps no secret."""
    told: list[str] = []

    def gossips(request: RefreshRequest) -> Answer:
        target.printed = everything(request)
        fields = body(request, more={"x": everything(request)}, **{everything(request): 1})
        given = send(request, f"{AUTHENTICATE}?{quote(everything(request))}", json=fields).json()
        told.extend([*(tell(request) for tell, _ in SECRETS), given["access_token"], given["refresh_token"]])
        payload = {**given, "user": {**given["user"], "first_name": everything(request), "x": [told[0]]}}
        sealed = IRON.seal(payload, password(request), rng(), {})
        told.append(sealed)
        return Returned({"authenticated": True, "sealed_session": sealed, "reason": everything(request)})

    target = FakeTarget(gossips)

    kept = json.dumps(asdict(observe(PLAIN, target, transport="respx")), ensure_ascii=False)

    assert len(told) == 8
    assert [secret for secret in told if secret in kept or quote(secret, safe="") in kept] == []


# -- what the endpoint received


@pytest.mark.parametrize(
    ("fields", "headers", "credentials"),
    [
        ({}, {}, ()),
        ({"client_secret": api_key}, {}, ("client_secret",)),
        ({}, {"Authorization": lambda request: f"Bearer {api_key(request)}"}, ("bearer",)),
        (
            {"client_secret": api_key},
            {"Authorization": lambda request: f"Bearer {api_key(request)}"},
            ("client_secret", "bearer"),
        ),
        ({"client_secret": lambda _: "sk_wrong"}, {}, ()),
        ({}, {"Authorization": lambda _: "Bearer sk_wrong"}, ()),
    ],
)
def test_credentials(fields: dict[str, Tell], headers: dict[str, Tell], credentials: tuple[str, ...]) -> None:
    """A credential is the API key, in the body or in its header; another key is none."""
    observation = sending(
        json=lambda request: body(request, **{name: tell(request) for name, tell in fields.items()}),
        headers=lambda request: {name: tell(request) for name, tell in headers.items()},
    )

    assert observation.exchanges[0].credentials == credentials


def exchange(setup: Setup | None = None, **fields: object) -> ExchangeSeen:
    def answer(request: RefreshRequest) -> Answer:
        send(request, json=body(request, **fields))
        return FAILED

    return seen(answer, setup).exchanges[0]


def test_fields_are_kept() -> None:
    """The fields of a request are seen: scalars as they are, secrets by name, lists by their type."""
    kept = exchange(organization_id="org_1", number=7, nested={"list": [1], "none": None}).fields

    assert kept["grant_type"] == "refresh_token"
    assert kept["refresh_token"] == "<refresh token>"
    assert (kept["organization_id"], kept["number"]) == ("org_1", 7)
    assert kept["nested"] == {"list": "<list>", "none": None}


@pytest.mark.parametrize(
    ("scripted", "said"),
    [
        (Scripted(429, json={"error": "too_many_requests"}), "429 too_many_requests"),
        (Scripted(403, json={"code": "mfa_enrollment", "message": "m"}), "403 mfa_enrollment"),
        (Scripted(404, json={"message": "error"}), "404"),
        (Scripted(502, text="<html>"), "502"),
        (Scripted(tokens={}), "200 tokens"),
        (Scripted(tokens={"omit": ["refresh_token"]}), "200 without a usable refresh_token"),
        (
            Scripted(tokens={"set": {"access_token": 1, "refresh_token": ""}}),
            "200 without a usable access_token and refresh_token",
        ),
        (Scripted(fault="reset"), "reset"),
    ],
)
def test_answers_in_short(scripted: Scripted, said: str) -> None:
    """An answer of the endpoint is told by its status and code."""
    assert exchange(Setup(answers=(scripted,))).said == said


def test_problems_are_kept() -> None:
    """What the endpoint found wrong is seen."""
    kept = exchange(grant_type=None)

    assert (kept.status, kept.problems) == (400, ("grant_type is missing",))
    assert (kept.refresh_token, kept.user) == (None, None)


@pytest.mark.parametrize(
    ("altered", "told"),
    [
        (lambda token: token, "<refresh token>"),
        (lambda token: token[:-1], r"<\d+ chars #\w+>, at character \d+ of <refresh token> the end for '\w'"),
        (lambda token: f"{token}=", r"<\d+ chars #\w+>, at character \d+ of <refresh token> '=' for the end"),
        (lambda token: f"{token[:9]} {token[10:]}", r"<\d+ chars #\w+>, at character 10 of .* ' ' for '\w'"),
        (lambda _: "bxkQ7Wc0n4VtYz", r"<14 chars #\w+>"),
        (lambda _: "", ""),
    ],
)
def test_a_refresh_token_that_is_nobodys(altered: Callable[[str], str], told: str) -> None:
    """One that arrives as another is told by where it comes apart, and not shown."""

    def refreshes(request: RefreshRequest) -> Answer:
        send(request, json=body(request, refresh_token=altered(refresh_token(request))))
        return FAILED

    (exchange,) = seen(refreshes).exchanges

    assert re.fullmatch(told, exchange.fields["refresh_token"])
