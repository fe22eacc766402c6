"""``success.history``: whatever happened before, the newest seal refreshes unless the session ended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reseal.cases import Call, Event, Step
from reseal.observation import CallSeen, ExchangeSeen, Observation
from reseal.protocol import REASONS

from .support import PLAIN, failure, hanging, key_set, observed, post, raising, refusal, ruling, success

HISTORY = replace(PLAIN, steps=(Call(), Event("answer"), Call(), Event("advance", seconds=31), Call()))
ENDED = replace(PLAIN, steps=(Call(), Event("end-session"), Call()))
AWAY = refusal("503", status=503)
GIVEN_UP = "call 2 met a transient failure, and gave the session up: returned authenticated False"


def happened(call: CallSeen, *answers: ExchangeSeen) -> Observation:
    """A call with what the endpoint said to it, between two that succeeded."""
    middle = [replace(answer, call=1) for answer in answers]
    return observed(success(), call, success(), sent=[post(), *middle, post(call=2)])


def ended(call: CallSeen, answer: ExchangeSeen) -> Observation:
    return observed(success(), call, sent=[post(), replace(answer, call=1)])


@pytest.mark.parametrize(
    ("call", "answers"),
    [
        (success(), [post()]),
        (success(), [AWAY, post()]),
        (raising(), [AWAY]),
        (raising(), [AWAY, AWAY]),
        (hanging(), [AWAY]),
        (failure("server_error"), [AWAY]),
        (raising(), [refusal("reset", status=200)]),
        (raising(), [refusal("403 sso_required", status=403)]),
    ],
)
def test_calls_as_they_must_be(call: CallSeen, answers: list[ExchangeSeen]) -> None:
    """A call succeeds where tokens were given in the end, and fails without a verdict where they were not."""
    ruled = ruling("success.history", happened(call, *answers), HISTORY)

    assert (ruled.state, ruled.got) == ("pass", "3 calls, each as it must be")


@pytest.mark.parametrize(
    ("call", "answers", "got"),
    [
        (success(), [], "call 2 did not use the newest seal: returned authenticated True"),
        (raising(), [key_set()], "call 2 did not use the newest seal: raised SomeError"),
        (raising(), [post()], "call 2 was given tokens, and failed: raised SomeError"),
        (hanging(), [post()], "call 2 was given tokens, and failed: no answer within"),
        (success(), [AWAY], "call 2 was given no tokens, and succeeded: returned authenticated True"),
        (success(), [post(), AWAY], "call 2 was given no tokens, and succeeded: returned authenticated True"),
        (failure(), [refusal()], "call 2 lost a session that goes on: returned authenticated False"),
        (raising(), [refusal()], "call 2 lost a session that goes on: raised SomeError"),
        (failure(), [refusal("reset", status=200)], GIVEN_UP),
        *[(failure(reason), [AWAY], GIVEN_UP) for reason in REASONS],
    ],
)
def test_one_call_wrong(call: CallSeen, answers: list[ExchangeSeen], got: str) -> None:
    """One call that does not end as the endpoint answered it fails the history, and is told by its number."""
    assert ruling("success.history", happened(raising(), AWAY), HISTORY).state == "pass"

    ruled = ruling("success.history", happened(call, *answers), HISTORY)

    assert ruled.state == "fail"
    assert got in ruled.got


@pytest.mark.parametrize(("call", "state"), [(failure(), "pass"), (raising(), "pass"), (success(), "fail")])
def test_after_the_end(call: CallSeen, state: str) -> None:
    """A session that has ended is refused, and only then."""
    assert ruling("success.history", ended(call, refusal()), ENDED).state == state


def test_an_end_is_for_good() -> None:
    """Whatever happens after the end, the session stays ended."""
    steps: tuple[Step, ...] = (Call(), Event("end-session"), Event("answer"), Call())

    assert ruling("success.history", ended(failure(), refusal()), replace(PLAIN, steps=steps)).state == "pass"


def test_an_end_is_no_excuse_for_what_came_before() -> None:
    """What was lost before the session ended was lost."""
    steps: tuple[Step, ...] = (Call(), Call(), Event("end-session"))

    assert ruling("success.history", ended(failure(), refusal()), replace(PLAIN, steps=steps)).state == "fail"
