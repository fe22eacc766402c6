"""The outcome of a case, and the judges that look at more than that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reseal.cases import Call, Case, Event, Expect
from reseal.judges import OWN, meets_outcome
from reseal.observation import CallSeen, ExchangeSeen, Observation, SealSeen
from reseal.protocol import REASONS

from . import test_judges_request, test_judges_result, test_judges_success
from .support import (
    ABOUT,
    GOOD,
    REFUSED,
    expecting,
    failure,
    hanging,
    key_set,
    negative,
    observed,
    post,
    raising,
    refusal,
    ruling,
    seal,
    success,
)

# -- the outcome

OUTCOME = "cookie.none"  # any requirement without a judge of its own
NOT_TERMINAL = expecting(Expect("not-terminal"))
LENIENT = expecting(Expect("not-terminal", or_terminal=("organization_not_authorized",)))
QUIET = negative("invalid_session_cookie", sends=False)
BAD_COOKIE = observed(failure("invalid_session_cookie"))
RAISED = observed(raising())

OUTCOMES = [
    (expecting(Expect("success")), GOOD, REFUSED, "reason 'invalid_grant'"),
    (expecting(Expect("success")), GOOD, observed(success(seal=None), sent=[post()]), "an empty or odd str"),
    (expecting(Expect("success")), GOOD, observed(success()), "but the endpoint gave no tokens for it"),
    (expecting(Expect("success")), GOOD, observed(success(), sent=[post(call=1)]), "gave no tokens for it"),
    (expecting(Expect("success")), GOOD, observed(hanging()), "no answer within 25.0 s"),
    (expecting(Expect("success")), GOOD, observed(success(authenticated=False), sent=[post()]), "False"),
    (negative("invalid_grant"), REFUSED, observed(failure("invalid_jwt")), "reason 'invalid_jwt'"),
    (negative("invalid_grant"), REFUSED, observed(failure(authenticated=None)), "authenticated None"),
    (
        negative("invalid_grant"),
        REFUSED,
        observed(raising("invalid_grant")),
        "raised SomeError: invalid_grant",
    ),
    (negative("invalid_grant"), REFUSED, GOOD, "returned authenticated True"),
    (QUIET, BAD_COOKIE, replace(BAD_COOKIE, exchanges=(refusal(),)), "and sent POST /user_management"),
    (QUIET, BAD_COOKIE, replace(BAD_COOKIE, exchanges=(key_set(),)), "and sent GET /sso/jwks/client_1"),
    (expecting(Expect("raised")), RAISED, REFUSED, "reason 'invalid_grant'"),
    (expecting(Expect("raised")), RAISED, observed(hanging()), "no answer within"),
    (expecting(Expect("raised")), RAISED, GOOD, "returned authenticated True"),
    (NOT_TERMINAL, RAISED, REFUSED, "reason 'invalid_grant'"),
    (NOT_TERMINAL, RAISED, GOOD, "returned authenticated True"),
    (NOT_TERMINAL, observed(failure("server_error")), observed(hanging()), "no answer within"),
    (LENIENT, observed(failure("organization_not_authorized")), REFUSED, "reason 'invalid_grant'"),
    (expecting(Expect("not-success")), REFUSED, GOOD, "returned authenticated True"),
    (expecting(Expect("not-success")), RAISED, observed(hanging()), "no answer within"),
    (expecting(Expect("any")), GOOD, observed(hanging()), "no answer within"),
    (expecting(Expect("any")), RAISED, observed(hanging(), hanging()), "no answer within"),
]


@pytest.mark.parametrize(
    ("case", "good", "wrong", "got"), OUTCOMES, ids=[f"{row[0].expect.outcome}: {row[3]}" for row in OUTCOMES]
)
def test_outcomes(case: Case, good: Observation, wrong: Observation, got: str) -> None:
    """An outcome is met by what the case expects, and by nothing that differs from it in one thing."""
    assert ruling(OUTCOME, good, case).state == "pass"
    assert meets_outcome(case, good, ABOUT).state == "pass"

    ruled = ruling(OUTCOME, wrong, case)

    assert ruled.state == "fail"
    assert got in ruled.got


@pytest.mark.parametrize("reason", REASONS)
def test_a_terminal_reason_is_terminal(reason: str) -> None:
    """None of the five is given where the session must go on."""
    assert ruling(OUTCOME, observed(failure(reason)), NOT_TERMINAL).state == "fail"
    assert ruling(OUTCOME, observed(failure(reason)), expecting(Expect("not-success"))).state == "pass"


@pytest.mark.parametrize(("first", "second", "state"), [(1, 1, "fail"), (0, 1, "pass")])
def test_the_last_step_counts(first: int, second: int, state: str) -> None:
    """Every call of the last step must come out right; those of earlier steps need not."""
    seen = observed(raising(step=first), success(step=second), sent=[post(call=1)])

    assert ruling(OUTCOME, seen).state == state


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        (Expect("success"), "authenticated true with a sealed_session"),
        (Expect("reason", "invalid_jwt"), "returned, authenticated false, reason 'invalid_jwt'"),
        (Expect("raised", sends=False), "an error is raised, and nothing is sent"),
        (Expect("not-terminal"), "no success, and none of the five reasons"),
        (LENIENT.expect, "no success, and none of the five reasons but 'organization_not_authorized'"),
        (Expect("not-success"), "no success"),
        (Expect("any"), "an answer"),
    ],
)
def test_expectations_in_words(expect: Expect, words: str) -> None:
    """A ruling says what was expected as a reader wants it."""
    assert ruling(OUTCOME, RAISED, expecting(expect)).expected == words


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (raising("two\n  lines"), "raised SomeError: two lines"),
        (raising(""), "raised SomeError"),
        (hanging(), "no answer within 25.0 s"),
        (failure(None, returned="int"), "returned a int without the documented fields"),
        (failure("x"), "returned authenticated False, reason 'x'"),
        (success(), "returned authenticated True, sealed_session <900 chars #new>"),
        (success(seal=None), "returned authenticated True, sealed_session an empty or odd str"),
        (success(seal=None, sealed_session="NoneType"), "returned authenticated True"),
    ],
)
def test_calls_in_words(call: CallSeen, words: str) -> None:
    """A ruling says what was got in one line."""
    assert ruling(OUTCOME, observed(call), negative("invalid_jwt")).got == words


# -- keys


def test_key_rotation() -> None:
    """A new key is picked up, by those who verify at all."""
    assert ruling("jwt.key-rotation", GOOD).state == "pass"

    assert ruling("jwt.key-rotation", replace(GOOD, calls=(failure("invalid_jwt"),))).state == "fail"
    unverified = replace(GOOD, exchanges=(post(),))
    assert ruling("jwt.key-rotation", unverified).state == "not_applicable"


@pytest.mark.parametrize(("fetches", "state"), [(0, "not_applicable"), (1, "pass"), (5, "pass"), (6, "fail")])
def test_cached_key_sets(fetches: int, state: str) -> None:
    """A few looks at the key set are enough; none at all says nothing about keeping it."""
    assert ruling("jwt.jwks-cached", observed(success(), sent=[key_set()] * fetches)).state == state


def test_failures_say_nothing_about_keeping_key_sets() -> None:
    """Who fails midway has not shown how often it looks."""
    assert ruling("jwt.jwks-cached", observed(success(), raising(), sent=[key_set()])).state == "not_run"


# -- races

RACE = observed(success(), failure(), raising(), sent=[post(), refusal()])
OTHER_TOKENS = post(access_token="a", refresh_token="b")


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        (replace(RACE, exchanges=(post(), OTHER_TOKENS)), "2 rotations"),
        (replace(RACE, calls=(success(), hanging())), "no answer within"),
        (replace(RACE, calls=(success(), success(seal=None))), "does not hold the new refresh token"),
        (replace(RACE, calls=(success(seal=seal(refresh_token="old")),)), "does not hold the new refresh"),
        (replace(RACE, calls=(failure(), raising())), "0 of 2 succeeded"),
        (replace(RACE, exchanges=()), "does not hold the new refresh token"),
    ],
)
def test_races(wrong: Observation, got: str) -> None:
    """Of calls at once some may fail; there is one rotation, a winner, and no success without its tokens."""
    assert ruling("concurrency.single-use", RACE).state == "pass"

    ruled = ruling("concurrency.single-use", wrong)

    assert ruled.state == "fail"
    assert got in ruled.got


@pytest.mark.parametrize("winners", [1, 3])
def test_any_number_of_winners(winners: int) -> None:
    """Within a grace the same tokens may be given more than once."""
    seen = observed(*[success()] * winners, failure(), sent=[post()] * winners)

    assert ruling("concurrency.single-use", seen).got == f"{winners} of {winners + 1} succeeded"
    assert ruling("concurrency.single-use", seen).state == "pass"


# -- seals that were changed

CHANGED = failure("invalid_session_cookie", cookie_is_sound=False)


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        (observed(success(cookie_is_sound=False), sent=[post()]), "it was opened, and returned"),
        (observed(success(cookie_is_sound=False)), "it was opened, and returned"),
        (observed(CHANGED, sent=[refusal()]), "it was opened, and returned"),
        (observed(hanging(cookie_is_sound=False)), "no answer within"),
        (observed(hanging()), "no answer within"),
    ],
)
def test_changed_seals(wrong: Observation, got: str) -> None:
    """A seal that was changed is not opened; who opens it sends what is inside, or says that it did."""
    assert ruling("seal.never-something-else", observed(CHANGED)).state == "pass"

    ruled = ruling("seal.never-something-else", wrong)

    assert ruled.state == "fail"
    assert got in ruled.got


@pytest.mark.parametrize("seen", [GOOD, REFUSED, RAISED, observed(raising(cookie_is_sound=False))])
def test_the_same_seal_may_be_opened(seen: Observation) -> None:
    """A seal in another spelling may be opened or refused, and a changed one be refused in any way."""
    assert ruling("seal.never-something-else", seen).state == "pass"


# -- deliveries


@pytest.mark.parametrize(
    ("said", "state"),
    [("200 dripped", "pass"), ("200 dripped to the end", "fail"), ("200 tokens", "not_run")],
)
@pytest.mark.parametrize("kind", [post, key_set])
def test_deadline(kind: Callable[..., ExchangeSeen], said: str, state: str) -> None:
    """Who is still there when a drip ends has waited too long, for whatever it was."""
    seen = observed(raising(), sent=[key_set(), kind(said=said)])

    assert ruling("error.deadline", seen).state == state


@pytest.mark.parametrize("said", ["200 padded", "200 gzip-bomb"])
@pytest.mark.parametrize(("call", "state"), [(raising(), "pass"), (success(), "fail")])
def test_bounded_answer(said: str, call: CallSeen, state: str) -> None:
    """Who succeeds with an answer of many megabytes has read it to its end."""
    seen = observed(call, sent=[key_set(), post(said=said)])

    assert ruling("error.bounded-answer", seen, NOT_TERMINAL).state == state


@pytest.mark.parametrize(("call", "state"), [(raising(), "pass"), (success(), "fail")])
def test_hostile_key_set(call: CallSeen, state: str) -> None:
    """Who looks at a key set must not be talked into a success by it."""
    seen = observed(call, sent=[key_set(), post()])

    assert ruling("jwt.hostile-key-set", seen, NOT_TERMINAL).state == state


RETIRED = replace(
    negative("invalid_jwt"), steps=(Call(), Event("rotate-keys"), Call(), Event("answer"), Call())
)
AFTER_A_ROTATION = (success(), success(step=1))
_BOTH_SETS = [key_set(), post(), post(call=1), key_set(call=1), post(call=2)]


@pytest.mark.parametrize(
    ("calls", "sent", "state"),
    [
        ((*AFTER_A_ROTATION, failure("invalid_jwt", step=2)), _BOTH_SETS, "pass"),
        ((*AFTER_A_ROTATION, success(step=2)), _BOTH_SETS, "fail"),
        # Who has not had the key set without the key cannot know that it was retired.
        ((*AFTER_A_ROTATION, success(step=2)), [key_set(), post(call=2)], "not_applicable"),
        ((success(), failure("invalid_jwt", step=1), success(step=2)), _BOTH_SETS, "fail"),
        ((success(), raising(step=1), success(step=2)), _BOTH_SETS, "not_applicable"),
        ((raising(), success(step=1), success(step=2)), _BOTH_SETS, "not_run"),
        ((success(), failure("invalid_jwt", step=1), raising(step=2)), [key_set(), post()], "not_applicable"),
    ],
)
def test_retired_key(calls: tuple[CallSeen, ...], sent: list[ExchangeSeen], state: str) -> None:
    """A key that has left the key set verifies nothing any more."""
    assert ruling("jwt.unknown-kid", observed(*calls, sent=sent), RETIRED).state == state


@pytest.mark.parametrize(("call", "state"), [(failure("invalid_jwt"), "pass"), (success(), "fail")])
def test_unknown_key(call: CallSeen, state: str) -> None:
    """A key that was never in the key set needs no story."""
    assert ruling("jwt.unknown-kid", observed(call, sent=[post()]), negative("invalid_jwt")).state == state


@pytest.mark.parametrize(
    ("calls", "sent", "state"),
    [
        ((raising(),), [post(), key_set()], "pass"),
        ((failure("invalid_jwt"),), [post(), key_set()], "fail"),
        ((success(),), [post()], "fail"),
        ((success(), raising(step=1)), [key_set(), post(call=1), key_set(call=1)], "pass"),
        ((success(), failure("invalid_jwt", step=1)), [key_set(), post(call=1), key_set(call=1)], "fail"),
        # Who waits before the next look cannot tell a new key from a forged one.
        ((success(), failure("invalid_jwt", step=1)), [key_set(), post(call=1)], "not_applicable"),
        ((success(), success(step=1)), [key_set(), post(call=1)], "fail"),
        # Who never had one takes no other for it.
        ((raising(), failure("invalid_jwt", step=1)), [key_set(), post(call=1)], "fail"),
        ((raising(), raising(step=1)), [key_set(), post(call=1)], "pass"),
    ],
)
def test_key_set_out_of_reach(calls: tuple[CallSeen, ...], sent: list[ExchangeSeen], state: str) -> None:
    """What could not be verified is an error that can be retried."""
    assert ruling("jwt.jwks-unavailable", observed(*calls, sent=sent), NOT_TERMINAL).state == state


@pytest.mark.parametrize(
    ("call", "state"),
    [
        (failure("invalid_session_cookie", cookie_is_sound=False), "pass"),
        (success(cookie_is_sound=False), "fail"),
        (failure("invalid_session_cookie"), "pass"),
        # Padding is gone, and what was sealed is whole.
        (success(), "not_applicable"),
        (raising(), "fail"),
    ],
)
def test_what_was_cut_off(call: CallSeen, state: str) -> None:
    """A seal that lost more than its padding is refused."""
    seen = observed(call, sent=[post()] if call.authenticated else [])

    assert ruling("cookie.truncated", seen, negative("invalid_session_cookie")).state == state


KEPT = seal(access_token="new-access", refresh_token="new")


@pytest.mark.parametrize(
    ("first", "inside", "state"),
    [
        (raising(), KEPT, "pass"),
        (raising(), replace(KEPT, refresh_token="made-up"), "fail"),
        (success(), KEPT, "fail"),
    ],
    ids=["kept", "made-up", "sealed-before"],
)
def test_tokens_that_were_kept(first: CallSeen, inside: SealSeen, state: str) -> None:
    """Who could not verify the tokens that it was given may seal them the next time, and nothing else."""
    case = expecting(Expect("success"), Call(), Call())
    seen = observed(first, success(step=1, seal=inside), sent=[post()])

    assert ruling("concurrency.after-failure", seen, case).state == state


def test_every_judge_is_tested() -> None:
    """Every judge of its own has an observation that passes it and one that does not."""
    tested = {row[0] for row in test_judges_result.WRONG + test_judges_request.WRONG}
    tested |= {row[0] for row in test_judges_success.WRONG} | {row[0] for row in test_judges_request.LEAKS}
    tested |= {"jwt.key-rotation", "jwt.hostile-key-set", "jwt.jwks-cached", "concurrency.single-use"}
    tested |= {
        "seal.never-something-else",
        "error.any-answer",
        "error.deadline",
        "error.bounded-answer",
        "success.history",
        "success.whole-user",
        "concurrency.sessions-apart",
        "seal.lasts",
        "jwt.unknown-kid",
        "jwt.jwks-unavailable",
        "cookie.truncated",
    }

    assert tested == set(OWN)
