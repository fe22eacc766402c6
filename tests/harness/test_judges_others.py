"""The outcome of a case, and the judges that look at more than that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reseal.cases import Answer, Call, Case, Expect, Setup
from reseal.judges import OWN, meets_outcome
from reseal.observation import CallSeen, ExchangeSeen, Observation
from reseal.protocol import REASONS

from . import test_judges_request, test_judges_result, test_judges_success
from .support import (
    ABOUT,
    GOOD,
    PLAIN,
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
        (Expect("not-terminal"), "neither success nor one of the five reasons"),
        (LENIENT.expect, "neither success nor one of the five reasons but 'organization_not_authorized'"),
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


# -- any answer


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
        (200, None, RAISED, "pass"),
        (500, "", RAISED, "pass"),
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


def giving(**altered: Any) -> Case:
    """The endpoint gives tokens, altered; what was sealed is refreshed in turn."""
    return replace(
        answered(200, None), setup=Setup(answers=(Answer(tokens=altered),)), steps=(Call(), Call())
    )


def twice(first: CallSeen, second: CallSeen) -> Observation:
    return observed(first, second, sent=[post(), post(call=1)])


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
    }

    assert tested == set(OWN)
