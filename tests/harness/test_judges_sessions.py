"""``success.whole-user``, ``concurrency.sessions-apart`` and ``seal.lasts``: one thing wrong at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reseal import _data, cases
from reseal.cases import Call, Expect
from reseal.judges.success import KEPT
from reseal.observation import Observation

from .support import USER, expecting, failure, observed, post, raising, ruling, seal, success

PLAN = {"plan": "enterprise"}
OLD = expecting(
    Expect("success"), Call(cookie={"kind": "session", "set": {"user": {**USER, "metadata": PLAN}}})
)
TWO = expecting(Expect("success"), Call(), Call(cookie={"kind": "another"}))


def sealing(inside: dict[str, Any], given: dict[str, Any]) -> Observation:
    """A success with the user ``inside``, where the answer had ``given``."""
    return observed(success(seal=seal(user=inside)), sent=[post(user=given)])


def test_the_kept_fields_are_those_of_the_schema() -> None:
    """What must be sealed is what the published schema requires, and metadata."""
    schema = _data.read_json(_data.fixtures_root() / "schema" / "wire.schema.json")

    assert set(KEPT) == {*schema["$defs"]["user"]["required"], "metadata"}


@pytest.mark.parametrize(
    ("inside", "given"),
    [
        (USER, {**USER, "locale": "en-GB", "name": "Grace Hopper"}),
        ({"id": USER["id"], "email": USER["email"]}, USER),
        (USER, {**USER, "metadata": {}}),
        ({**USER, "metadata": {}}, USER),
        ({**USER, "metadata": PLAN}, {**USER, "metadata": PLAN}),
        ({"id": "user_1", "email": USER["email"], "firstName": "Grace"}, {**USER, "first_name": "Grace"}),
    ],
    ids=["newer-fields", "null-left-out", "empty-left-out", "default", "kept", "spelled-otherwise"],
)
def test_a_whole_user(inside: dict[str, Any], given: dict[str, Any]) -> None:
    """Newer fields, nulls and empty metadata may be left out, and a default filled in."""
    assert ruling("success.whole-user", sealing(inside, given), OLD).state == "pass"


@pytest.mark.parametrize(
    ("inside", "given", "got"),
    [
        (USER, {**USER, "metadata": PLAN, "external_id": "7"}, "a user without external_id, metadata"),
        (
            {**USER, "metadata": PLAN},
            USER,
            "metadata of the old user, which the answer does not have",
        ),
        (
            {**USER, "metadata": {"plan": "free"}},
            {**USER, "metadata": PLAN},
            "user field metadata['plan'] is 'free', the answer had 'enterprise'",
        ),
        (
            {**USER, "metadata": {"seats": {"used": 1}}},
            {**USER, "metadata": {"seats": {"used": 1, "free": 2}}},
            "user field metadata['seats']['free'] is missing, the answer had 2",
        ),
        (
            {**USER, "metadata": {**PLAN, "é\n": "x" * 99}},
            {**USER, "metadata": PLAN},
            f"user field metadata['é\\n'] is '{'x' * 59}…, the answer did not have it",
        ),
    ],
    ids=["lost", "left-over", "altered", "lost-within", "added-within"],
)
def test_a_user_who_is_not_whole(inside: dict[str, Any], given: dict[str, Any], got: str) -> None:
    """A field that is lost, left over or altered fails, and the ruling names it."""
    ruled = ruling("success.whole-user", sealing(inside, given), OLD)

    assert (ruled.state, ruled.got) == ("fail", got)


def apart(**changes: Any) -> Observation:
    """Two sessions that are refreshed rightly, but for the seal of the second."""
    hers = {**USER, "id": "user_2"}
    second = seal(access_token="her-access", refresh_token="hers", user=hers)
    return observed(
        success(),
        success(step=1, cookie_refresh_token="her-old", seal=replace(second, **changes)),
        sent=[
            post(),
            post(
                call=1,
                sent_refresh_token="her-old",
                access_token="her-access",
                refresh_token="hers",
                user=hers,
            ),
        ],
    )


def test_sessions_apart() -> None:
    """Each with its own tokens and user is right."""
    assert ruling("concurrency.sessions-apart", apart(), TWO).state == "pass"


@pytest.mark.parametrize(
    ("seen", "got"),
    [
        (
            apart(access_token="new-access", refresh_token="new", user=USER),
            "call 2: a success with the tokens of another session",
        ),
        (apart(access_token="odd", refresh_token="odd"), "call 2: a success with the tokens of nobody"),
        (apart(user=USER), "call 2: a success with another user"),
        (apart(user=None), "call 2: a success with another user"),
        (
            observed(success(), failure(step=1), sent=[post(), post(call=1)]),
            "call 2: returned authenticated False, reason 'invalid_grant'",
        ),
        (
            apart(problem="the MAC is wrong", access_token=None, refresh_token=None),
            "call 2: a success whose seal does not open: the MAC is wrong",
        ),
    ],
    ids=[
        "tokens-of-another",
        "tokens-of-nobody",
        "user-of-another",
        "no-user",
        "refused",
        "sealed-otherwise",
    ],
)
def test_sessions_that_are_not_apart(seen: Observation, got: str) -> None:
    """Whatever a session gets that is not its own fails it, and so does a refusal."""
    ruled = ruling("concurrency.sessions-apart", seen, TWO)

    assert (ruled.state, ruled.got) == ("fail", got)


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (apart(), "pass"),
        (apart(user=USER), "fail"),
        (observed(success(), raising(step=1), sent=[post(), post(call=1)]), "not_applicable"),
        (observed(success(), failure(step=1), sent=[post(), post(call=1)]), "fail"),
    ],
    ids=["apart", "mixed-up", "one-alone", "ended"],
)
def test_where_a_session_need_not_be_refreshed(seen: Observation, state: str) -> None:
    """Nothing is said of sessions apart where only one was refreshed, but what ended the other is told."""
    unwell = cases.by_id()["refresh.sessions.at-once-unwell"]

    assert ruling("concurrency.sessions-apart", seen, unwell).state == state


def test_one_session_twice() -> None:
    """Of two calls with one session, either may hold what the other one was given."""
    shared = observed(success(together=2), success(together=2), sent=[post()])

    assert ruling("concurrency.sessions-apart", shared, TWO).state == "pass"


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (observed(success(), success(step=1), sent=[post(), post(call=1)]), "pass"),
        (observed(success(), failure("invalid_session_cookie", step=1), sent=[post()]), "fail"),
        (observed(failure(), success(step=1), sent=[post(call=1)]), "not_run"),
    ],
    ids=["lasts", "expires", "no-new-seal"],
)
def test_a_seal_lasts(seen: Observation, state: str) -> None:
    """Only a new seal that was laid aside tells whether new seals last."""
    assert ruling("seal.lasts", seen, TWO).state == state
