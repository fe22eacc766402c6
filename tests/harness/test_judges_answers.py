"""``error.any-answer``: what the endpoint said, held against what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reseal.cases import Answer, Call, Case, Event, Expect, Setup
from reseal.observation import CallSeen, Observation

from .support import (
    ABOUT,
    GOOD,
    PLAIN,
    REFUSED,
    failure,
    hanging,
    observed,
    post,
    raising,
    refusal,
    ruling,
    seal,
    success,
)


def answered(status: int, body: Any) -> Case:
    answer = Answer(status=status, json=body, times=0)
    return replace(PLAIN, setup=Setup(answers=(answer,)), steps=(Call(),), expect=Expect("any"))


TOKENS = {"access_token": "a", "refresh_token": "r"}
UNOPENED = observed(success(seal=seal(problem="it is odd")))


@pytest.mark.parametrize(
    ("status", "body", "seen", "state"),
    [
        (200, TOKENS, GOOD, "pass"),
        (201, TOKENS, GOOD, "pass"),
        (400, TOKENS, GOOD, "fail"),
        (200, {"access_token": "a"}, GOOD, "fail"),
        (200, {**TOKENS, "access_token": ""}, GOOD, "fail"),
        (200, {**TOKENS, "refresh_token": 7}, GOOD, "fail"),
        (200, [], GOOD, "fail"),
        (200, TOKENS, UNOPENED, "fail"),
        (200, TOKENS, observed(success(seal=None)), "fail"),
        (200, TOKENS, observed(hanging()), "fail"),
        (200, None, observed(raising()), "pass"),
        (500, "", observed(raising()), "pass"),
        (500, {}, observed(failure("a text")), "fail"),
        (500, {}, observed(failure(None)), "fail"),
        (200, TOKENS, observed(failure("invalid_jwt")), "pass"),
        (400, {"error": "invalid_jwt"}, observed(failure("invalid_jwt")), "fail"),
        (400, {"error": "invalid_grant"}, REFUSED, "pass"),
        (403, {"code": "invalid_grant"}, REFUSED, "pass"),
        (400, {"error": "invalid_request"}, REFUSED, "fail"),
        (500, {"error": "invalid_grant"}, REFUSED, "fail"),
        (200, {"error": "invalid_grant"}, REFUSED, "fail"),
        (400, {"error": ["invalid_grant"]}, REFUSED, "fail"),
        (
            403,
            {"code": "organization_not_authorized"},
            observed(failure("organization_not_authorized")),
            "pass",
        ),
        (
            400,
            {"error": "organization_membership_not_found"},
            observed(failure("organization_not_authorized")),
            "pass",
        ),
        (400, {"error": "invalid_grant"}, observed(failure("organization_not_authorized")), "fail"),
        (400, {"error": "invalid_grant"}, observed(failure("invalid_session_cookie")), "fail"),
        (400, {"error": "invalid_grant"}, observed(failure("no_session_cookie_provided")), "fail"),
    ],
)
def test_any_answer(status: int, body: object, seen: Observation, state: str) -> None:
    """A result must follow from the answer: tokens for a success, its own code for a reason."""
    assert ruling("error.any-answer", seen, answered(status, body)).state == state


@pytest.mark.parametrize(
    ("setup", "seen", "state"),
    [
        (Setup(answers=(Answer(tokens={}),)), GOOD, "pass"),
        (Setup(answers=(Answer(tokens={}),)), observed(success(), sent=[refusal()]), "fail"),
        (Setup(answers=(Answer(tokens={}),)), observed(success(seal=None), sent=[post()]), "fail"),
        (Setup(answers=(Answer(tokens={}),)), observed(failure("invalid_jwt")), "fail"),
        (
            Setup(answers=(Answer(tokens={"claims": {"omit": ["sub"]}}),)),
            observed(failure("invalid_jwt")),
            "pass",
        ),
        (Setup(answers=(Answer(tokens={"again": "damaged"}),)), observed(failure("invalid_jwt")), "pass"),
        (Setup(answers=(Answer(tokens={"in": "data"}),)), observed(success(), sent=[post()]), "pass"),
        (Setup(answers=(Answer(tokens={"fault": "expired"}),)), observed(failure("invalid_jwt")), "pass"),
        (Setup(key_set=(Answer(keys=["own"]),)), GOOD, "pass"),
        (Setup(key_set=(Answer(keys=["own"]),)), observed(failure("invalid_jwt")), "pass"),
        (Setup(key_set=(Answer(keys=["own"]),)), REFUSED, "fail"),
        (Setup(answers=(Answer(400, text='{"error": "x", "error": "invalid_grant"}'),)), REFUSED, "pass"),
        (Setup(answers=(Answer(400, text='{"error": "invalid_grant", "error": "x"}'),)), REFUSED, "pass"),
        (Setup(answers=(Answer(400, text='{"error":', repeat=100_000),)), REFUSED, "fail"),
        (Setup(answers=(Answer(400, text="invalid_grant"),)), REFUSED, "fail"),
        (Setup(answers=(Answer(400, text='["error", "invalid_grant"]'),)), REFUSED, "fail"),
        (Setup(answers=(Answer(308, redirect="same"),)), observed(success()), "fail"),
        (Setup(answers=(Answer(308, redirect="same"),)), observed(raising()), "pass"),
    ],
)
def test_any_other_answer(setup: Setup, seen: Observation, state: str) -> None:
    """Tokens of the endpoint, key sets, texts and redirects are held against the result likewise."""
    assert ruling("error.any-answer", seen, replace(PLAIN, setup=setup)).state == state


def giving(**altered: Any) -> Case:
    """The endpoint gives tokens, altered; what was sealed is refreshed in turn."""
    steps = (Call(), Event("answer"), Call())
    return replace(answered(200, None), setup=Setup(answers=(Answer(tokens=altered),)), steps=steps)


def twice(first: CallSeen, second: CallSeen) -> Observation:
    return observed(first, replace(second, step=2), sent=[post(), post(call=1)])


@pytest.mark.parametrize(
    ("altered", "seen", "state"),
    [
        ({"set": {"user": None}}, twice(success(), success()), "pass"),
        ({"set": {"user": None}}, twice(success(), failure("invalid_session_cookie")), "fail"),
        ({"set": {"user": None}}, twice(success(), raising()), "fail"),
        ({"set": {"user": None}}, twice(raising(), failure()), "pass"),
        ({"set": {"user": None}}, twice(failure("invalid_jwt"), failure()), "fail"),
        ({"set": {"access_token": "x"}}, twice(failure("invalid_jwt"), failure()), "pass"),
        ({"set": {"refresh_token": None}}, twice(success(), success()), "fail"),
        ({"omit": ["refresh_token"]}, twice(success(), success()), "fail"),
        ({"omit": ["user"]}, twice(success(seal=seal(refresh_token="old")), success()), "fail"),
        ({"omit": ["user"]}, twice(success(seal=seal(access_token="old-access")), success()), "fail"),
        ({"omit": ["user"]}, observed(success(), success()), "fail"),
    ],
)
def test_any_answer_with_tokens(altered: dict[str, Any], seen: Observation, state: str) -> None:
    """A success holds the tokens that were given, and is refreshed in turn: it is no poisoned cookie."""
    assert ruling("error.any-answer", seen, giving(**altered)).state == state


@pytest.mark.parametrize(
    ("calls", "got"),
    [
        ([raising(), raising(), success()], None),
        ([raising(), failure(), success()], "call 2, answered 410: returned"),
        ([raising(), success(), success()], "call 2, answered 410: returned"),
        ([raising(), hanging(), success()], "call 2, answered 410: no answer"),
        ([raising(), raising(), failure()], None),
        ([failure(), failure(), success()], "returned"),
    ],
)
def test_any_answer_to_every_call(calls: list[CallSeen], got: str | None) -> None:
    """Every call that was given a scripted answer is looked at, and one that was not is not."""
    script, usual = Event("answer", answers=(Answer(410, text="", times=0),)), Event("answer")
    case = replace(answered(402, ""), steps=(Call(), script, Call(), usual, Call()))
    seen = observed(*(replace(call, step=2 * i) for i, call in enumerate(calls)))

    found = ruling("error.any-answer", seen, case)

    assert found.state == ("pass" if got is None else "fail")
    assert found.got.startswith(got or "raised")


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ('{"access_token": "a", "refresh_token": "r", "refresh_token": "s"}', "pass"),
        ('{"access_token": "a", "refresh_token": null}', "fail"),
        ("[]", "fail"),
        ("no JSON", "fail"),
    ],
)
def test_any_answer_as_text(text: str, state: str) -> None:
    """A body that is written out is read as any reader reads it."""
    case = replace(answered(200, None), setup=Setup(answers=(Answer(text=text),)))

    assert ruling("error.any-answer", GOOD, case).state == state


def test_any_answer_and_declared_reasons() -> None:
    """A reason that the target declares may stand for any answer."""
    about = replace(ABOUT, extra_reasons=("server_error",))
    seen = observed(failure("server_error"))

    assert ruling("error.any-answer", seen, answered(500, {})).state == "fail"
    assert ruling("error.any-answer", seen, answered(500, {}), about).state == "pass"
