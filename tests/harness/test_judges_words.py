"""What a report says was expected, and why a requirement says nothing: the texts that users read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reseal.cases import Answer, Call, Case, Expect, Setup
from reseal.judges import OWN
from reseal.observation import Observation

from .support import (
    ABOUT,
    GOOD,
    PLAIN,
    REFUSED,
    expecting,
    failure,
    hanging,
    negative,
    observed,
    post,
    raising,
    ruling,
    seal,
    success,
)

NEGATIVE = negative("invalid_grant")
SWITCHED = replace(PLAIN, steps=(Call(organization_id="org_2"),))
ANSWERED = replace(PLAIN, setup=Setup(answers=(Answer(json={}),)))
DRIPPING_KEYS = replace(PLAIN, setup=Setup(key_set=(Answer(keys=["own"], delivery="dripped"),)))
TWICE = observed(
    success(seal=seal(fingerprint="a")),
    success(seal=seal(fingerprint="b"), cookie="another"),
    sent=[post(), post(call=1)],
)
NEW_TOKENS = "the new seal opens with the same password and holds the tokens that the endpoint gave"
USER = "the user of the answer, every field of it unaltered"

PASSES = [
    (
        "success.whole-user",
        PLAIN,
        GOOD,
        "the fields of the answer's user that the schema requires, metadata, nothing of the old user",
    ),
    ("seal.lasts", PLAIN, GOOD, "authenticated true with a sealed_session"),
    (
        "concurrency.sessions-apart",
        PLAIN,
        GOOD,
        "each session is refreshed, to the tokens and the user of its own",
    ),
    ("result.success-shape", PLAIN, GOOD, "authenticated is true and sealed_session a non-empty string"),
    ("result.failure-shape", NEGATIVE, REFUSED, "authenticated is false and reason a string"),
    ("result.reason-only-on-failure", PLAIN, GOOD, "no reason on success"),
    ("result.no-seal-on-failure", NEGATIVE, REFUSED, "no sealed_session on failure"),
    (
        "result.reason-vocabulary",
        NEGATIVE,
        REFUSED,
        "reason is one of the documented five, or one that the target declares; never a text",
    ),
    ("result.returned-not-raised", NEGATIVE, REFUSED, "reason 'invalid_grant' is returned"),
    ("request.single-post", PLAIN, GOOD, "one POST to /user_management/authenticate for one refresh"),
    (
        "request.grant",
        PLAIN,
        GOOD,
        "grant_type refresh_token, the refresh token that was in the cookie, and the client_id",
    ),
    ("request.client-authentication", PLAIN, GOOD, "the API key, as client_secret or as a bearer token"),
    ("request.well-formed", PLAIN, GOOD, "a request that the endpoint has nothing against"),
    ("request.organization", PLAIN, GOOD, "no organization_id but that of the session"),
    ("request.no-cookie-password", PLAIN, GOOD, "the cookie password is never sent"),
    ("request.no-seal", PLAIN, GOOD, "no seal is ever sent"),
    ("request.no-secret-in-url", PLAIN, GOOD, "no token or key in a URL"),
    (
        "request.no-cross-origin-redirect",
        PLAIN,
        GOOD,
        "no credential follows a redirect to another origin",
    ),
    ("success.new-tokens", PLAIN, GOOD, NEW_TOKENS),
    ("success.unknown-fields", PLAIN, GOOD, NEW_TOKENS),
    ("success.user", PLAIN, GOOD, USER),
    ("success.unicode", PLAIN, GOOD, USER),
    ("success.impersonator", PLAIN, GOOD, "the impersonator of the answer"),
    (
        "success.fresh-seal",
        PLAIN,
        TWICE,
        "no two seals are the same, nor begin alike: each has a salt or an iv of its own",
    ),
    ("success.cookie-safe", PLAIN, GOOD, "cookie octets only (RFC 6265, 4.1.1)"),
    (
        "success.cookie-size",
        PLAIN,
        GOOD,
        "at most 3,996 characters for a typical session, so that browsers keep the cookie",
    ),
    ("success.chain", PLAIN, TWICE, NEW_TOKENS),
    (
        "success.history",
        PLAIN,
        GOOD,
        "the newest seal refreshes after whatever happened, unless the session ended",
    ),
    ("seal.opened-by-others", PLAIN, GOOD, "the new seal opens in the format's other implementations"),
    (
        "seal.never-something-else",
        PLAIN,
        GOOD,
        "a changed seal is refused, and nothing is sent; or it is the same seal in another spelling",
    ),
    (
        "error.any-answer",
        ANSWERED,
        observed(raising()),
        "a documented result that the answer bears out, or an error that is raised",
    ),
    (
        "error.deadline",
        PLAIN,
        observed(raising(), sent=[post(said="200 dripped")]),
        "the call gives up while the answer still drips, at five times its time-out",
    ),
    (
        "error.bounded-answer",
        expecting(Expect("not-terminal")),
        observed(raising(), sent=[post(said="200 padded")]),
        "no success, and none of the five reasons",
    ),
    ("jwt.hostile-key-set", PLAIN, GOOD, "authenticated true with a sealed_session"),
    ("jwt.key-rotation", PLAIN, GOOD, "authenticated true with a sealed_session"),
    ("jwt.unknown-kid", PLAIN, GOOD, "authenticated true with a sealed_session"),
    ("cookie.truncated", PLAIN, GOOD, "authenticated true with a sealed_session"),
    ("jwt.jwks-unavailable", PLAIN, GOOD, "authenticated true with a sealed_session"),
    ("jwt.jwks-cached", PLAIN, GOOD, "at most 5 requests for the key set in 1 refreshes"),
    ("concurrency.single-use", PLAIN, GOOD, "one rotation at most, and every success holds the tokens of it"),
    (
        "secrecy.exceptions",
        NEGATIVE,
        REFUSED,
        "no password, token, key or cookie in an exception or a reason",
    ),
    ("secrecy.output", PLAIN, GOOD, "no password, token, key or cookie in stdout, stderr or logs"),
]


@pytest.mark.parametrize(("requirement", "case", "seen", "expected"), PASSES, ids=[row[0] for row in PASSES])
def test_what_is_expected(requirement: str, case: Case, seen: Observation, expected: str) -> None:
    """A ruling says what was expected, in words."""
    ruled = ruling(requirement, seen, case)

    assert (ruled.state, ruled.expected) == ("pass", expected)


def test_every_judge_has_words() -> None:
    """No judge is left out above."""
    assert {row[0] for row in PASSES} == set(OWN)


@pytest.mark.parametrize(
    ("requirement", "case", "seen", "why"),
    [
        ("result.success-shape", NEGATIVE, REFUSED, "no call claims success"),
        ("result.failure-shape", PLAIN, GOOD, "no call returned a failure"),
        ("result.reason-only-on-failure", NEGATIVE, REFUSED, "no call claims success"),
        ("result.no-seal-on-failure", PLAIN, GOOD, "no call returned a failure"),
        ("result.reason-vocabulary", PLAIN, observed(failure(None)), "no call returned a reason"),
        ("result.returned-not-raised", PLAIN, GOOD, "the case does not end in one of the five"),
        ("result.returned-not-raised", NEGATIVE, GOOD, "no reason was returned, nor anything raised"),
        ("request.no-seal", PLAIN, observed(raising()), "nothing was sent"),
        ("request.grant", PLAIN, observed(raising()), "nothing was sent to the authenticate path"),
        ("success.user", PLAIN, REFUSED, "no new seal came back, or none that opens"),
        ("secrecy.exceptions", PLAIN, GOOD, "nothing was raised, and no reason given"),
        ("secrecy.output", PLAIN, observed(hanging()), "no call came to an end"),
        ("error.deadline", PLAIN, observed(raising()), "the answer that matters was never asked for"),
        ("error.deadline", DRIPPING_KEYS, GOOD, "the implementation never asks for a key set"),
        ("error.bounded-answer", PLAIN, GOOD, "the answer that matters was never asked for"),
        ("error.bounded-answer", DRIPPING_KEYS, GOOD, "the implementation never asks for a key set"),
        ("jwt.hostile-key-set", PLAIN, observed(success()), "the implementation never asks for a key set"),
        ("jwt.key-rotation", PLAIN, observed(success()), "the implementation never asks for a key set"),
        ("jwt.jwks-cached", PLAIN, observed(success()), "the implementation never asks for a key set"),
    ],
)
def test_why_nothing_is_said(requirement: str, case: Case, seen: Observation, why: str) -> None:
    """A requirement that says nothing of an observation says why."""
    ruled = ruling(requirement, seen, case)

    assert ruled.state in ("not_applicable", "not_run")
    assert ruled.got == why


@pytest.mark.parametrize(
    ("requirement", "seen", "got"),
    [
        ("request.single-post", GOOD, "1 POST for one refresh"),
        ("request.grant", GOOD, "all three"),
        ("request.well-formed", GOOD, "a well-formed request"),
        ("request.no-seal", GOOD, "no such thing"),
        ("success.new-tokens", GOOD, "the new tokens are inside"),
        ("success.user", GOOD, "as expected"),
        ("success.fresh-seal", TWICE, "they differ"),
        ("seal.opened-by-others", GOOD, "it opens"),
        ("jwt.jwks-cached", GOOD, "1 requests"),
        ("secrecy.output", GOOD, "none"),
    ],
)
def test_what_was_got(requirement: str, seen: Observation, got: str) -> None:
    """A ruling that passes says what was got as well."""
    assert ruling(requirement, seen).got == got


def test_an_organization_that_is_asked_for() -> None:
    """What is expected of the organization depends on whether one is asked for."""
    asked = observed(success(organization_id="org_2"), sent=[post(fields={"organization_id": "org_2"})])

    assert ruling("request.organization", asked, SWITCHED).expected == "organization_id 'org_2' is sent"


def test_an_organization_that_a_try_lacks() -> None:
    """Of several tries, the one that was not the call's own request is told."""
    fields = {"organization_id": "org_2"}
    tries = [post(fields=fields), post(fields={}), post(fields=fields)]
    asked = observed(success(organization_id="org_2"), sent=tries)

    ruled = ruling("request.organization", asked, SWITCHED)

    assert (ruled.state, ruled.got) == ("fail", "organization_id None in try 2 of 3")


def test_a_format_without_others() -> None:
    """A format of its own is told as the reason why nobody else must open it."""
    ruled = ruling("seal.opened-by-others", GOOD, about=replace(ABOUT, seal="own"))

    assert ruled.got == "the format has no other implementation"
