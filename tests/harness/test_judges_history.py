"""``success.history``: whatever happened before, the newest seal refreshes unless the session ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from reseal.cases import Call, Case, Event, Step
from reseal.judges import Ruling
from reseal.observation import CallSeen, ExchangeSeen, Observation
from reseal.protocol import REASONS

from .support import PLAIN, failure, hanging, key_set, observed, post, raising, refusal, ruling, seal, success

HISTORY = replace(PLAIN, steps=(Call(), Event("answer"), Call(), Event("advance", seconds=31), Call()))
ENDED = replace(PLAIN, steps=(Call(), Event("end-session"), Call()))
AWAY = refusal("503", status=503)
GIVEN_UP = "call 2 met a transient failure, and gave the session up: returned authenticated False"
SUCCESS = success(seal=seal(refresh_token="t3"))
TOKENS = post(refresh_token="t3")
Row = tuple[CallSeen, list[ExchangeSeen]]


def at(
    case: Case, number: int, call: CallSeen, *answers: ExchangeSeen
) -> tuple[CallSeen, list[ExchangeSeen]]:
    """The call of a case with that number, and what the endpoint said to it: with the token ``t<number>``."""
    step = [i for i, step in enumerate(case.steps) if isinstance(step, Call)][number]
    token = f"t{number + 1}" if call.cookie_refresh_token == "old" else call.cookie_refresh_token
    sent = [replace(a, call=number, sent_refresh_token=a.fields.get("sent", token)) for a in answers]
    return replace(call, step=step, cookie_refresh_token=token), sent


def lived(case: Case, *rows: Row) -> Observation:
    """A first refresh that turned ``t1`` into ``t2``, and what came then."""
    first = at(case, 0, success(seal=seal(refresh_token="t2")), post(refresh_token="t2"))
    lives = [first, *(at(case, number, call, *sent) for number, (call, sent) in enumerate(rows, 1))]
    return observed(*[call for call, _ in lives], sent=[exchange for _, sent in lives for exchange in sent])


def happened(call: CallSeen, *answers: ExchangeSeen) -> Observation:
    """A call with what the endpoint said to it, between two that succeeded."""
    last = (success(seal=seal(refresh_token="t4")), [post(refresh_token="t4")])
    return lived(HISTORY, (call, list(answers)), last)


def ended(call: CallSeen, *answers: ExchangeSeen, case: Case = ENDED) -> Observation:
    return lived(case, (call, list(answers)))


def after(event: str, call: CallSeen, *answers: ExchangeSeen, **options: Any) -> Ruling:
    """The ruling on a call after an event, ``options`` being those of the call."""
    case = replace(PLAIN, steps=(Call(), Event(cast("Any", event)), Call(**options)))
    return ruling("success.history", ended(call, *answers, case=case), case)


@pytest.mark.parametrize(
    ("call", "answers"),
    [
        (SUCCESS, [TOKENS]),
        (SUCCESS, [AWAY, TOKENS]),
        (raising(), [AWAY]),
        (raising(), [AWAY, AWAY]),
        (hanging(), [AWAY]),
        (failure("server_error"), [AWAY]),
        (raising(), [refusal("reset", status=200)]),
        (raising(), [refusal("403 sso_required", status=403)]),
        (failure("organization_not_authorized"), [refusal("400 organization_membership_not_found")]),
        (raising(), [refusal("400 organization_not_found")]),
    ],
)
def test_calls_as_they_must_be(call: CallSeen, answers: list[ExchangeSeen]) -> None:
    """A call succeeds where tokens were given in the end, and fails without a verdict where they were not."""
    ruled = ruling("success.history", happened(call, *answers), HISTORY)

    assert (ruled.state, ruled.got) == ("pass", "3 calls, each as it must be")


@pytest.mark.parametrize(
    ("call", "answers", "got"),
    [
        (
            success(),
            [],
            "call 2 asked the endpoint nothing, and has tokens that are not its own: returned",
        ),
        (raising(), [key_set(call=1)], "call 2 asked the endpoint nothing with its seal: raised SomeError"),
        (raising(), [TOKENS], "call 2 was given tokens, and failed: raised SomeError"),
        (hanging(), [TOKENS], "call 2 was given tokens, and failed: no answer within"),
        (failure("invalid_jwt"), [TOKENS], "call 2 was given tokens, and failed: returned"),
        (success(), [TOKENS], "call 2 returned a seal that does not hold the tokens it was given: returned"),
        (success(seal=None), [TOKENS], "call 2 returned a seal that does not hold the tokens it was given"),
        (
            success(seal=seal(access_token="old-access", refresh_token="t3")),
            [TOKENS],
            "call 2 returned a seal that does not hold the tokens it was given",
        ),
        (
            SUCCESS,
            [replace(TOKENS, fields={"sent": "t1"})],
            "call 2 sent a refresh token that is not in its seal: returned authenticated True",
        ),
        (success(), [AWAY], "call 2 was given no tokens, and succeeded: returned authenticated True"),
        (success(), [TOKENS, AWAY], "call 2 was given no tokens, and succeeded: returned authenticated True"),
        (failure(), [refusal()], "call 2 lost a session that goes on: returned authenticated False"),
        (raising(), [refusal()], "call 2 lost a session that goes on: raised SomeError"),
        (failure(), [refusal("reset", status=200)], GIVEN_UP),
        *[(failure(reason), [AWAY], GIVEN_UP) for reason in REASONS],
        (
            failure("invalid_grant"),
            [refusal("400 organization_membership_not_found")],
            "call 2 was refused an organization, and gave the session up: returned authenticated False",
        ),
    ],
)
def test_one_call_wrong(call: CallSeen, answers: list[ExchangeSeen], got: str) -> None:
    """One call that does not end as the endpoint answered it fails the history, and is told by its number."""
    assert ruling("success.history", happened(raising(), AWAY), HISTORY).state == "pass"

    ruled = ruling("success.history", happened(call, *answers), HISTORY)

    assert ruled.state == "fail"
    assert got in ruled.got


KEYS_AWAY = replace(PLAIN, steps=(Call(), Event("key-set"), Call(), Call()))
T3 = success(seal=seal(refresh_token="t3"), cookie_refresh_token="t2")


@pytest.mark.parametrize(
    ("second", "third", "state"),
    [
        # What the second call was given, and could not verify, the third seals without asking again.
        (raising(), T3, "pass"),
        (raising(), replace(T3, seal=seal(refresh_token="t9")), "fail"),
        (raising(), replace(T3, seal=seal(access_token="other", refresh_token="t3")), "fail"),
        (T3, T3, "fail"),
    ],
)
def test_tokens_that_were_kept(second: CallSeen, third: CallSeen, state: str) -> None:
    """Who could not verify the tokens may keep them for the next call, and hand them out once."""
    seen = lived(KEYS_AWAY, (second, [post(refresh_token="t3")]), (third, []))

    assert ruling("success.history", seen, KEYS_AWAY).state == state


KEYS_NEW = replace(PLAIN, steps=(Call(), Event("rotate-keys"), Call(), Call()))


@pytest.mark.parametrize(
    ("case", "third", "state"),
    [
        (KEYS_NEW, failure("invalid_jwt", cookie_refresh_token="t2"), "pass"),
        (KEYS_NEW, raising(cookie_refresh_token="t2"), "pass"),
        (KEYS_NEW, failure("invalid_grant", cookie_refresh_token="t2"), "fail"),
        # Of a key that is not new, an error alone will do; of another session, nothing was kept.
        (KEYS_AWAY, failure("invalid_jwt", cookie_refresh_token="t2"), "fail"),
        (KEYS_NEW, failure("invalid_jwt", cookie_refresh_token="t9"), "fail"),
    ],
)
def test_tokens_that_wait_for_their_key(case: Case, third: CallSeen, state: str) -> None:
    """Who keeps tokens, and waits before the next look at the key set, asks for nothing meanwhile."""
    seen = lived(case, (raising(), [post(refresh_token="t3")]), (third, []))

    assert ruling("success.history", seen, case).state == state


@pytest.mark.parametrize("event", ["end-session", "revoke"])
@pytest.mark.parametrize(("call", "state"), [(failure(), "pass"), (raising(), "pass"), (success(), "fail")])
def test_after_the_end(call: CallSeen, state: str, event: str) -> None:
    """A session that has ended is refused, and only then."""
    assert after(event, call, refusal()).state == state


def test_an_end_is_for_good() -> None:
    """Whatever happens after the end, the session stays ended."""
    steps: tuple[Step, ...] = (Call(), Event("end-session"), Event("answer"), Call())
    case = replace(PLAIN, steps=steps)

    assert ruling("success.history", ended(failure(), refusal(), case=case), case).state == "pass"


@pytest.mark.parametrize(("reason", "state"), [("invalid_grant", "pass"), ("invalid_jwt", "fail")])
def test_an_end_may_be_remembered(reason: str, state: str) -> None:
    """Who was told that a refresh token is not accepted need not ask again, and says the same."""
    case = replace(PLAIN, steps=(Call(), Event("end-session"), Call(), Call()))
    again = failure(reason, cookie_refresh_token="t2")

    assert ruling("success.history", lived(case, (failure(), [refusal()]), (again, [])), case).state == state


def test_an_end_is_no_excuse_for_what_came_before() -> None:
    """What was lost before the session ended was lost."""
    case = replace(PLAIN, steps=(Call(), Call(), Event("end-session")))

    assert ruling("success.history", ended(failure(), refusal(), case=case), case).state == "fail"


@pytest.mark.parametrize(("token", "state"), [("t1", "pass"), ("t2", "fail")])
def test_a_token_that_was_used_is_refused(token: str, state: str) -> None:
    """After the grace a used token is refused, and rightly; one that was not used never is."""
    call = failure("invalid_grant", cookie_refresh_token=token)

    assert after("advance", call, refusal()).state == state


@pytest.mark.parametrize(
    ("event", "call", "answers", "state"),
    [
        ("rotate-keys", failure("invalid_jwt"), [TOKENS], "pass"),
        ("rotate-keys", raising(), [TOKENS], "pass"),
        ("rotate-keys", raising(), [key_set(call=1)], "pass"),
        ("rotate-keys", failure("invalid_grant"), [TOKENS], "fail"),
        ("rotate-keys", raising(), [], "fail"),
        ("key-set", raising(), [TOKENS], "pass"),
        ("key-set", raising(), [key_set(call=1)], "pass"),
        ("key-set", failure("invalid_jwt"), [TOKENS], "fail"),
        ("key-set", failure("invalid_grant"), [key_set(call=1)], "fail"),
        ("advance", raising(), [TOKENS], "fail"),
    ],
)
def test_keys_that_are_not_to_be_had(
    event: str, call: CallSeen, answers: list[ExchangeSeen], state: str
) -> None:
    """Who cannot get at the key may fail, and say that the token does not verify where the key is new."""
    assert after(event, call, *answers).state == state


@pytest.mark.parametrize(
    ("call", "answers", "state"),
    [
        (failure("invalid_session_cookie"), [], "pass"),
        (raising(), [], "fail"),
        (failure("invalid_grant"), [], "fail"),
        (SUCCESS, [TOKENS], "fail"),
    ],
)
def test_an_old_cookie_under_a_new_password(call: CallSeen, answers: list[ExchangeSeen], state: str) -> None:
    """A cookie that was sealed under the old password is no session any more, and nothing is sent."""
    options: dict[str, Any] = {"cookie": {"kind": "first"}, "password": "new"}

    assert after("rotate-password", call, *answers, **options).state == state


def test_the_newest_cookie_under_a_new_password() -> None:
    """The session that was sealed anew goes on."""
    options: dict[str, Any] = {"cookie": {"kind": "newest"}}

    assert after("rotate-password", SUCCESS, TOKENS, **options).state == "pass"
    assert after("rotate-password", failure("invalid_session_cookie"), **options).state == "fail"
