"""``result.*``: each judge passes what is right, and fails what differs from it in one thing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reseal.cases import Case
from reseal.observation import Observation
from reseal.protocol import REASONS

from .support import (
    ABOUT,
    GOOD,
    PLAIN,
    REFUSED,
    failure,
    hanging,
    negative,
    observed,
    raising,
    ruling,
    seal,
    success,
)

NEGATIVE = negative("invalid_grant")
NOTHING = observed(failure(None, authenticated=None, returned="int"))

WRONG = [
    ("result.success-shape", PLAIN, GOOD, observed(success(authenticated="yes")), "authenticated 'yes'"),
    ("result.success-shape", PLAIN, GOOD, observed(success(authenticated=1)), "authenticated 1"),
    ("result.success-shape", PLAIN, GOOD, observed(success(seal=None)), "sealed_session an empty or odd str"),
    (
        "result.success-shape",
        PLAIN,
        GOOD,
        observed(success(seal=None, sealed_session="bytes")),
        "sealed_session an empty or odd bytes",
    ),
    (
        "result.success-shape",
        PLAIN,
        GOOD,
        observed(success(seal=None, sealed_session="missing")),
        "returned authenticated True",
    ),
    ("result.success-shape", PLAIN, GOOD, observed(success(), success(seal=None)), "an empty or odd str"),
    ("result.failure-shape", NEGATIVE, REFUSED, observed(failure(authenticated=None)), "authenticated None"),
    ("result.failure-shape", NEGATIVE, REFUSED, observed(failure(authenticated=0)), "authenticated 0"),
    ("result.failure-shape", NEGATIVE, REFUSED, observed(failure(None)), "returned authenticated False"),
    ("result.failure-shape", NEGATIVE, REFUSED, observed(failure("")), "reason ''"),
    ("result.failure-shape", NEGATIVE, REFUSED, observed(failure(7)), "reason 7"),
    ("result.failure-shape", NEGATIVE, REFUSED, NOTHING, "returned a int without the documented fields"),
    ("result.reason-only-on-failure", PLAIN, GOOD, observed(success(reason="ok")), "reason 'ok'"),
    ("result.reason-only-on-failure", PLAIN, GOOD, observed(success(reason=False)), "reason False"),
    (
        "result.no-seal-on-failure",
        NEGATIVE,
        REFUSED,
        observed(failure(seal=seal(), sealed_session="str")),
        "sealed_session <900 chars #new>",
    ),
    (
        "result.no-seal-on-failure",
        NEGATIVE,
        REFUSED,
        observed(failure(sealed_session="bytes")),
        "sealed_session an empty or odd bytes",
    ),
    (
        "result.no-seal-on-failure",
        NEGATIVE,
        REFUSED,
        observed(failure(None, seal=seal())),
        "<900 chars #new>",
    ),
    (
        "result.no-seal-on-failure",
        NEGATIVE,
        REFUSED,
        observed(failure(authenticated=None, seal=seal())),
        "reason 'invalid_grant', sealed_session <900 chars #new>",
    ),
    ("result.reason-vocabulary", NEGATIVE, REFUSED, observed(failure("expired")), "reason 'expired'"),
    ("result.reason-vocabulary", NEGATIVE, REFUSED, observed(failure("Invalid_Grant")), "'Invalid_Grant'"),
    ("result.reason-vocabulary", NEGATIVE, REFUSED, observed(failure("")), "reason ''"),
    ("result.reason-vocabulary", NEGATIVE, REFUSED, observed(failure(1)), "reason 1"),
    ("result.reason-vocabulary", NEGATIVE, REFUSED, observed(failure(), failure("a text")), "'a text'"),
    ("result.returned-not-raised", NEGATIVE, REFUSED, observed(raising()), "raised SomeError: no luck"),
    ("result.returned-not-raised", NEGATIVE, REFUSED, observed(hanging()), "no answer within 25.0 s"),
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
    ("requirement", "case", "seen"),
    [
        ("result.success-shape", NEGATIVE, REFUSED),
        ("result.success-shape", PLAIN, observed(raising())),
        ("result.success-shape", PLAIN, observed(hanging())),
        ("result.failure-shape", PLAIN, GOOD),
        ("result.failure-shape", NEGATIVE, observed(raising())),
        ("result.reason-only-on-failure", NEGATIVE, REFUSED),
        ("result.no-seal-on-failure", PLAIN, GOOD),
        ("result.no-seal-on-failure", NEGATIVE, observed(raising())),
        ("result.no-seal-on-failure", NEGATIVE, NOTHING),
        ("result.reason-vocabulary", PLAIN, GOOD),
        ("result.reason-vocabulary", NEGATIVE, observed(failure(None))),
        ("result.returned-not-raised", PLAIN, observed(raising())),
        ("result.returned-not-raised", NEGATIVE, GOOD),
        ("result.returned-not-raised", NEGATIVE, observed(failure(None))),
    ],
)
def test_not_applicable(requirement: str, case: Case, seen: Observation) -> None:
    """A requirement on one kind of answer says nothing of another, nor of one that failed in another way."""
    assert ruling(requirement, seen, case).state == "not_applicable"


@pytest.mark.parametrize("reason", REASONS)
def test_the_five_reasons(reason: str) -> None:
    """Each of the five may be given."""
    assert ruling("result.reason-vocabulary", observed(failure(reason)), NEGATIVE).state == "pass"


@pytest.mark.parametrize(
    ("reason", "state"),
    [("sso_required", "pass"), ("mfa2", "pass"), ("A text.", "fail"), ("2mfa", "fail"), ("x" * 65, "fail")],
)
def test_declared_reasons(reason: str, state: str) -> None:
    """A reason beyond the five may be given where it is declared, and is a name."""
    about = replace(ABOUT, extra_reasons=(reason,))

    assert ruling("result.reason-vocabulary", observed(failure(reason)), NEGATIVE).state == "fail"
    assert ruling("result.reason-vocabulary", observed(failure(reason)), NEGATIVE, about).state == state


@pytest.mark.parametrize("sealed_session", ["missing", "NoneType", "str"])
def test_ways_to_say_that_there_is_no_seal(sealed_session: str) -> None:
    """No seal is a field that is missing, null, or empty where a language has no null."""
    seen = observed(failure(sealed_session=sealed_session))

    assert ruling("result.no-seal-on-failure", seen, NEGATIVE).state == "pass"


@pytest.mark.parametrize("reason", [None, ""])
def test_ways_to_say_that_there_is_no_reason(reason: Any) -> None:
    """No reason is null, or empty where a language has no null."""
    assert ruling("result.reason-only-on-failure", observed(success(reason=reason))).state == "pass"
