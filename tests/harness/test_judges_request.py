"""``request.*`` and ``secrecy.*``: what the endpoint may see, and what nobody may."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reseal.cases import Case, Setup
from reseal.observation import Leak, Observation

from .support import (
    GOOD,
    PLAIN,
    REFUSED,
    failure,
    hanging,
    key_set,
    observed,
    post,
    raising,
    refusal,
    ruling,
    success,
)

KEPT = replace(PLAIN, setup=Setup(organization="org_1"))


def asked(**fields: Any) -> Observation:
    """A success that was asked for org_2, and whose request has these fields besides."""
    return observed(success(organization_id="org_2"), sent=[post(fields={**post().fields, **fields})])


def sent(**fields: Any) -> Observation:
    """A success whose request has these fields besides; None leaves one out."""
    merged = {**post().fields, **fields}
    return observed(
        success(), sent=[post(fields={name: value for name, value in merged.items() if value is not None})]
    )


WRONG = [
    (
        "request.single-post",
        PLAIN,
        GOOD,
        observed(success(), sent=[post(), post()]),
        "2 POST for one refresh",
    ),
    (
        "request.single-post",
        PLAIN,
        observed(success(), success(), sent=[post(), post(call=1)]),
        observed(success(), success(), sent=[post()]),
        "0 POST for one refresh",
    ),
    ("request.grant", PLAIN, GOOD, sent(grant_type="password"), "grant_type 'password'"),
    ("request.grant", PLAIN, GOOD, sent(grant_type=None), "grant_type None"),
    (
        "request.grant",
        PLAIN,
        GOOD,
        observed(success(), sent=[post(sent_refresh_token="x")]),
        "refresh_token ",
    ),
    (
        "request.grant",
        PLAIN,
        GOOD,
        observed(success(), sent=[post(sent_refresh_token=None)]),
        "refresh_token ",
    ),
    ("request.grant", PLAIN, GOOD, sent(client_id=None), "client_id None"),
    ("request.grant", PLAIN, GOOD, sent(client_id=""), "client_id ''"),
    (
        "request.grant",
        PLAIN,
        observed(failure(), sent=[refusal()]),
        observed(failure(), sent=[refusal("400 invalid_client")]),
        "client_id 'client_1'",
    ),
    (
        "request.client-authentication",
        PLAIN,
        GOOD,
        observed(success(), sent=[post(credentials=(), fields={"grant_type": "refresh_token"})]),
        "neither",
    ),
    (
        "request.client-authentication",
        PLAIN,
        observed(failure(), sent=[refusal()]),
        observed(failure(), sent=[refusal("401", status=401)]),
        "client_secret and bearer",
    ),
    (
        "request.client-authentication",
        PLAIN,
        GOOD,
        observed(success(), sent=[post(credentials=("bearer",))]),
        "another client_secret",
    ),
    (
        "request.well-formed",
        PLAIN,
        GOOD,
        observed(success(), sent=[post(problems=("a is missing", "b is int"))]),
        "a is missing; b is int",
    ),
    ("request.organization", PLAIN, asked(organization_id="org_2"), asked(), "organization_id None"),
    (
        "request.organization",
        PLAIN,
        asked(organization_id="org_2"),
        asked(organization_id="org_1"),
        "organization_id 'org_1'",
    ),
    ("request.organization", PLAIN, GOOD, sent(organization_id="org_1"), "organization_id 'org_1'"),
    (
        "request.organization",
        KEPT,
        sent(organization_id="org_1"),
        sent(organization_id="org_2"),
        "organization_id 'org_2'",
    ),
]


@pytest.mark.parametrize(
    ("requirement", "case", "good", "wrong", "got"), WRONG, ids=[f"{row[0]}: {row[4]}" for row in WRONG]
)
def test_one_thing_wrong(
    requirement: str, case: Case, good: Observation, wrong: Observation, got: str
) -> None:
    """What is right passes; one thing wrong fails, and the ruling says what was got."""
    assert ruling(requirement, good, case).state == "pass"

    ruled = ruling(requirement, wrong, case)

    assert ruled.state == "fail"
    assert got in ruled.got


@pytest.mark.parametrize(
    "requirement",
    [
        "request.single-post",
        "request.grant",
        "request.client-authentication",
        "request.well-formed",
        "request.organization",
    ],
)
@pytest.mark.parametrize("seen", [observed(success()), observed(raising(), sent=[key_set()])])
def test_nothing_sent(requirement: str, seen: Observation) -> None:
    """Of requests that were not made nothing is known: that is no pass."""
    ruled = ruling(requirement, seen)

    assert (ruled.state, ruled.got) == ("not_run", "nothing was sent to the authenticate path")


def test_the_organization_of_the_session_may_be_carried_on() -> None:
    """Who is asked for no organization may send that of the session, or none."""
    assert ruling("request.organization", GOOD, KEPT).state == "pass"


def test_a_wrong_secret_is_not_a_wrong_client_id() -> None:
    """An invalid client is one thing wrong: the secret where another was sent, the client id otherwise."""
    wrong_secret = observed(failure(), sent=[refusal("400 invalid_client", credentials=())])

    assert ruling("request.grant", wrong_secret).state == "pass"
    assert ruling("request.client-authentication", wrong_secret).state == "fail"


@pytest.mark.parametrize("credentials", [("client_secret",), ("client_secret", "bearer")])
def test_the_key_may_come_either_way(credentials: tuple[str, ...]) -> None:
    """The API key travels in the body, in a header, or in both."""
    seen = observed(success(), sent=[post(credentials=credentials)])

    assert ruling("request.client-authentication", seen).got == " and ".join(credentials)
    assert ruling("request.client-authentication", seen).state == "pass"


# -- leaks

LEAKS = [
    ("request.no-cookie-password", Leak("cookie password", "body")),
    ("request.no-cookie-password", Leak("cookie password", "URL")),
    ("request.no-cookie-password", Leak("cookie password", "header x-debug")),
    ("request.no-seal", Leak("cookie", "body")),
    ("request.no-seal", Leak("new cookie", "header cookie")),
    ("request.no-secret-in-url", Leak("refresh token", "URL")),
    ("request.no-secret-in-url", Leak("API key", "URL")),
    ("request.no-cross-origin-redirect", Leak("API key", "request to another origin")),
    ("secrecy.exceptions", Leak("new access token", "exception")),
    ("secrecy.exceptions", Leak("cookie", "reason")),
    ("secrecy.output", Leak("refresh token", "output")),
]
HARMLESS = [
    ("request.no-cookie-password", Leak("refresh token", "URL")),
    ("request.no-cookie-password", Leak("cookie password", "exception")),
    ("request.no-seal", Leak("cookie password", "body")),
    ("request.no-seal", Leak("cookie", "output")),
    ("request.no-secret-in-url", Leak("cookie password", "body")),
    ("request.no-cross-origin-redirect", Leak("refresh token", "URL")),
    ("secrecy.exceptions", Leak("refresh token", "output")),
    ("secrecy.output", Leak("refresh token", "exception")),
]


@pytest.mark.parametrize(("requirement", "leak"), LEAKS)
def test_a_leak(requirement: str, leak: Leak) -> None:
    """A secret where it must not be fails the requirement on that place, and is named, not shown."""
    assert ruling(requirement, REFUSED).state == "pass"

    ruled = ruling(requirement, replace(REFUSED, leaks=(leak,)))

    assert (ruled.state, ruled.got) == ("fail", f"the {leak.secret} in the {leak.where}")


@pytest.mark.parametrize(("requirement", "leak"), HARMLESS)
def test_the_leak_of_another_requirement(requirement: str, leak: Leak) -> None:
    """A secret in another place, or another secret, is for another requirement."""
    assert ruling(requirement, replace(REFUSED, leaks=(leak,))).state == "pass"


def test_every_leak_is_told() -> None:
    """Where two secrets leaked, both are named."""
    leaks = (Leak("API key", "URL"), Leak("refresh token", "URL"))

    ruled = ruling("request.no-secret-in-url", replace(REFUSED, leaks=leaks))

    assert ruled.got == "the API key in the URL; the refresh token in the URL"


@pytest.mark.parametrize("requirement", sorted({name for name, _ in HARMLESS if name.startswith("request.")}))
def test_nothing_sent_cannot_leak(requirement: str) -> None:
    """Where nothing was sent, nothing can be said of it."""
    assert ruling(requirement, observed(raising())).state == "not_applicable"
    assert ruling(requirement, observed(raising(), sent=[key_set()])).state == "pass"


def test_no_exception_cannot_leak() -> None:
    """Where nothing was raised and no reason given, there is no text to look at."""
    assert ruling("secrecy.exceptions", GOOD).state == "not_applicable"
    assert ruling("secrecy.exceptions", observed(raising())).state == "pass"
    assert ruling("secrecy.exceptions", observed(failure(None))).state == "not_applicable"


def test_what_never_ended_is_not_silent() -> None:
    """Where no call came to an end, its output is not known."""
    assert ruling("secrecy.output", observed(hanging())).state == "not_applicable"
    assert ruling("secrecy.output", observed(hanging(), success())).state == "pass"
