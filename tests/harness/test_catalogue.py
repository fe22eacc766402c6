"""The cases as shipped: each is sound, differs from its parent in one way, and none is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

import pytest

from reseal import _data, cases, contract
from reseal.cases import Answer, Call, Case, Event, Step
from reseal.endpoint.signing import FAULTS
from reseal.formats import format_of
from reseal.protocol import REASONS, SealName
from reseal.recipes import bake

from .asking import endpoint
from .support import OWN, rng

CASES = cases.load()
BY_ID = cases.by_id()
FIXED = [case for case in CASES if case.generate is None]
CHILDREN = [case for case in CASES if case.parent is not None]
USERS = _data.read_json(_data.fixtures_root() / "users.json")
VECTORS = {
    row["id"]: row
    for row in _data.read_json(_data.fixtures_root() / "vectors" / "sealed-sessions.json")["vectors"]
}


def answers_of(case: Case) -> tuple[Answer, ...]:
    later = [step.answers for step in case.steps if isinstance(step, Event)]
    return sum(later, case.setup.answers + case.setup.key_set)


def recipes_of(case: Case) -> list[Mapping[str, Any]]:
    return [step.cookie for step in case.steps if isinstance(step, Call)]


ANSWERS = [(case.id, answer) for case in CASES for answer in answers_of(case)]
REFUSALS = [(name, answer) for name, answer in ANSWERS if answer.json is not None and answer.status >= 400]
RECIPES = [(case, recipe) for case in CASES for recipe in recipes_of(case)]
VECTOR_RECIPES = [(case, recipe["vector"]) for case, recipe in RECIPES if recipe["kind"] == "vector"]
BAKED = [(case, seal) for case in CASES for seal in case.formats]

each_case = pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
each_child = pytest.mark.parametrize("case", CHILDREN, ids=[case.id for case in CHILDREN])


def test_ids_are_unique() -> None:
    """No two cases share an id."""
    assert len(BY_ID) == len(CASES)


@each_case
def test_ids_are_words_and_dots(case: Case) -> None:
    """An id is `refresh`, a group and what is special about the case."""
    assert re.fullmatch(r"refresh(\.[a-z0-9]+(-[a-z0-9.]+)*)+", case.id)
    assert case.id.count(".") >= 2


@each_case
def test_requirements_are_known(case: Case) -> None:
    """A case is evidence for requirements of the contract."""
    assert set(case.requirements) <= {row.id for row in contract.load().requirements}


@each_case
def test_the_user_is_known(case: Case) -> None:
    """A case names a user of users.json."""
    assert case.setup.user in USERS


@pytest.mark.parametrize("user", sorted(USERS))
def test_every_user_signs_in_somewhere(user: str) -> None:
    """A user is there for a case, and is as the published description has users."""
    assert user in {case.setup.user for case in CASES}
    assert _data.first_error(USERS[user], "wire", "user") is None


@pytest.mark.parametrize(("case", "vector"), VECTOR_RECIPES, ids=[name for _, name in VECTOR_RECIPES])
def test_vectors_are_of_the_format_of_their_case(case: Case, vector: str) -> None:
    """A cookie of a released library is tried on implementations of its format, and on no other."""
    assert (VECTORS[vector]["format"],) == case.formats


def test_every_vector_is_tried() -> None:
    """There is a case for every cookie of a released library."""
    assert set(VECTORS) == {vector for _, vector in VECTOR_RECIPES}


@pytest.mark.parametrize(("name", "answer"), ANSWERS, ids=[name for name, _ in ANSWERS])
def test_faults_of_tokens_are_known(name: str, answer: Answer) -> None:
    """A token is wrong in a way that the endpoint knows."""
    assert (answer.tokens or {}).get("fault") in {None, *FAULTS}


@pytest.mark.parametrize(("name", "answer"), REFUSALS, ids=[name for name, _ in REFUSALS])
def test_scripted_refusals_have_a_published_shape(name: str, answer: Answer) -> None:
    """A scripted refusal has the shape that its fields announce, as the description has it."""
    shapes = {"error": "oauth_error", "code": "code_error", "message": "message"}
    shape = next(shape for field, shape in shapes.items() if field in answer.json)

    assert _data.first_error(answer.json, "wire", shape) is None


@pytest.mark.parametrize(("case", "seal"), BAKED, ids=[f"{case.id}-{seal}" for case, seal in BAKED])
def test_cookies_can_be_made(case: Case, seal: SealName) -> None:
    """The first cookie of a case can be made in each of its formats."""
    recipe = recipes_of(case)[0]
    form = OWN if seal == "own" else format_of(seal)

    cookie = bake(recipe, form, form.new_password(rng()), endpoint(case.setup), rng())

    assert cookie.password
    assert (cookie.text is None) == (recipe["kind"] == "none")


# -- parents


@each_child
def test_a_parent_applies_wherever_its_child_does(case: Case) -> None:
    """The positive control of a case says something about every target that the case is run on."""
    parent = BY_ID[case.parent or ""]

    assert parent.expect.outcome == "success"
    assert set(case.formats) <= set(parent.formats)
    assert set(parent.needs) <= set(case.needs)


# Told together, because they make one fact: whose session it is, and who is behind it.
_ONE_FACT = {"memberships": "organization", "authentication_method": "impersonator"}
_NO_FAULT = {"max_retries", "timeout_s"}  # how patient the implementation is

# What two differences make one mutation.
TWO_PLACES = {
    "refresh.success.chain": {"repeat", "grace_s"},  # within a grace, a chain could begin again
    "refresh.concurrency.single-use": {"together", "grace_s"},  # within a grace, no use is the last
    "refresh.jwt.key-rotation": {"steps", "grace_s"},  # the wait for libraries is longer than the grace
    "refresh.jwt.key-rotation.published-late": {"steps", "grace_s"},  # likewise
    "refresh.jwt.key-rotation.the-same-again": {"steps", "grace_s"},  # likewise
    "refresh.any.user": {"users", "repeat"},  # the second refresh reads what the first has written
    "refresh.any.near-miss": {"near-misses", "steps"},  # what was sealed is refreshed in turn
    "refresh.any.organizations": {"histories", "organization"},  # to switch between
    "refresh.found.user-null": {"answers", "steps"},  # what was sealed is refreshed in turn
    "refresh.found.user-missing": {"answers", "steps"},
    "refresh.found.user-empty": {"answers", "steps"},
    "refresh.answers.odd-refresh-token": {"answers", "steps"},
    "refresh.answers.spaced-refresh-token": {"answers", "steps"},
    "refresh.concurrency.after-failure.refused": {"listening", "steps"},  # away, and back
    "refresh.concurrency.after-failure.jwks": {"key_set", "steps"},  # away, and back
}


def differences(case: Case, parent: Case) -> set[str | None]:
    """The fields of setup and calls that differ; `steps` where there are more of them."""
    setup: set[str | None] = {_ONE_FACT.get(name, name) for name in unequal(case.setup, parent.setup)}
    setup |= {case.generate} - {None}
    if len(case.steps) != len(parent.steps):
        return setup | {"steps"}
    calls = [unequal(*pair) for pair in zip(case.steps, parent.steps, strict=True)]
    return setup | set().union(*calls)


def unequal(mine: Any, its: Any) -> set[str]:
    named = {field.name for field in fields(mine)} - _NO_FAULT
    return {name for name in named if getattr(mine, name) != getattr(its, name)}


def patient(steps: tuple[Step, ...]) -> Iterator[Step]:
    return (
        replace(step, max_retries=None, timeout_s=5.0) if isinstance(step, Call) else step for step in steps
    )


@each_child
def test_one_fault_at_a_time(case: Case) -> None:
    """A case differs from its parent in one place, or in two that make one fault together."""
    found = differences(case, BY_ID[case.parent or ""])

    assert found == TWO_PLACES.get(case.id, found)
    assert len(found) == 1 + (case.id in TWO_PLACES)


@each_child
def test_steps_are_only_added(case: Case) -> None:
    """Where a case has more steps than its parent, those of the parent are all there, in their order."""
    parent = BY_ID[case.parent or ""]
    steps = patient(case.steps)
    is_longer = len(case.steps) > len(parent.steps)

    assert len(case.steps) >= len(parent.steps)
    assert not is_longer or all(step in steps for step in patient(parent.steps))


# -- the five reasons, each in every documented way

WAYS = [
    ("no_session_cookie_provided", "cookie.none"),
    ("no_session_cookie_provided", "cookie.empty"),
    ("invalid_session_cookie", "cookie.garbage"),
    ("invalid_session_cookie", "cookie.truncated"),
    ("invalid_session_cookie", "cookie.tampered"),
    ("invalid_session_cookie", "cookie.wrong-password"),
    ("invalid_session_cookie", "cookie.foreign-format"),
    ("invalid_session_cookie", "cookie.expired-seal"),
    ("invalid_session_cookie", "cookie.no-refresh-token"),
    ("invalid_session_cookie", "cookie.not-an-object"),
    ("invalid_session_cookie", "cookie.no-user"),
    ("invalid_session_cookie", "cookie.huge"),
    ("invalid_jwt", "jwt.bad-signature"),
    ("invalid_jwt", "jwt.expired"),
    ("invalid_jwt", "jwt.alg-none"),
    ("invalid_jwt", "jwt.alg-confusion"),
    ("invalid_jwt", "jwt.unknown-kid"),
    ("invalid_jwt", "jwt.malformed"),
    ("invalid_jwt", "jwt.not-yet-valid"),
    ("invalid_jwt", "jwt.no-expiry"),
    ("invalid_jwt", "jwt.dates"),
    ("invalid_grant", "error.invalid-grant"),
    ("organization_not_authorized", "error.organization-not-authorized"),
]


@pytest.mark.parametrize(("reason", "requirement"), WAYS)
def test_every_way_to_a_reason_has_a_case(reason: str, requirement: str) -> None:
    """Whatever leads to one of the five reasons is tried, and leads to that reason alone."""
    expected = {case.expect.reason for case in CASES if requirement in case.requirements}

    assert {reason} == expected


def test_the_ways_are_complete() -> None:
    """Every one of the five has a way, and every case that expects one of them is on the list."""
    expecting = [case for case in CASES if case.expect.reason is not None]

    assert set(REASONS) == {reason for reason, _ in WAYS}
    assert {(case.expect.reason, name) for case in expecting for name in case.requirements} == set(WAYS)


@pytest.mark.parametrize("seal", ["iron", "fernet", "own"])
@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_can_be_met_in_every_format(reason: str, seal: SealName) -> None:
    """Whatever the format of a target, each of the five is tried on it."""
    assert [case for case in CASES if case.expect.reason == reason and seal in case.formats]


@pytest.mark.parametrize("shape", ["error", "code"])
def test_organization_not_authorized_comes_in_both_shapes(shape: str) -> None:
    """The endpoint has two shapes of errors; an implementation must read this one in either."""
    named = [case for case in FIXED if "error.organization-not-authorized" in case.requirements]

    assert [case for case in named if shape in case.setup.answers[0].json]


@pytest.mark.parametrize(
    "way", ["session-ended", "revoked", "replayed", "exchanged", "expired", "no-description"]
)
def test_invalid_grant_comes_from_the_model_and_from_scripts(way: str) -> None:
    """Sessions end, tokens are revoked and used twice; and the answer is known by its code alone."""
    assert f"refresh.reason.invalid-grant.{way}" in BY_ID
