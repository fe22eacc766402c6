"""Circumstances that make no difference, and what is learned where one does."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from reseal import RefreshRequest, _data, cases
from reseal.cases import Answer as Scripted
from reseal.cases import Call, Case, Event, Setup
from reseal.engine import CaseRun, Engine
from reseal.formats.naming import OpenError
from reseal.generate import falsify
from reseal.generate.circumstances import ALL, Circumstance
from reseal.observe import observe
from reseal.protocol import SealName
from reseal.rows import row_of
from reseal.target import Answer, Returned

from .support import PLAIN, FakeTarget, observed, post, refreshed, success

BY_ID = cases.by_id()
ROWS = [case for case in cases.load() if case.generate == "circumstances"]
GARBAGE = BY_ID["refresh.circumstances.cookie.garbage"]
NAMED = {each.words: each for each in ALL}
CAPABLE = ("organization_id", "concurrent")

each_row = pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
each_circumstance = pytest.mark.parametrize("each", ALL, ids=list(NAMED))


def made(row: Case, walk: int | None = None, capabilities: Sequence[str] = CAPABLE) -> list[Case]:
    found: list[Case] = []

    def passes(example: Case) -> bool:
        found.append(example)
        return True

    falsify(row, "iron", passes, examples=10, walk=walk, capabilities=capabilities)
    return found


def told(row: Case, walk: int | None = None) -> set[str]:
    return {words for example in made(row, walk) for words in json.loads(example.example)["circumstances"]}


@each_row
def test_a_requirement_is_met_in_many_circumstances(row: Case) -> None:
    """What a requirement's cases show is tried in several circumstances, and in more by a walk."""
    assert len(told(row)) >= 5
    assert len(told(row, walk=1)) >= 5
    assert told(row) | told(row, walk=1) <= set(NAMED)


@each_circumstance
def test_a_circumstance_is_met_by_many_requirements(each: Circumstance) -> None:
    """None of the circumstances is there for a case or two."""
    assert len([row for row in ROWS if each.words in told(row)]) >= 5


@each_circumstance
def test_a_circumstance_changes_a_case_once(each: Circumstance) -> None:
    """A case in a circumstance is another case, and judged by the same outcome."""
    changed = each.change(PLAIN)

    assert changed is not None
    assert (changed.setup, changed.steps) != (PLAIN.setup, PLAIN.steps)
    assert (changed.id, changed.expect, changed.requirements) == (PLAIN.id, PLAIN.expect, PLAIN.requirements)


@pytest.mark.parametrize(
    ("words", "case"),
    [
        ("the session is in an organization", "refresh.success.organization-switched"),
        ("another organization is asked for", "refresh.success.organization-switched"),
        ("the user is impersonated", "refresh.success.impersonator"),
        ("the access token in the cookie expired a day ago", "refresh.cookie.none"),
        ("the seal has lain for three days", "refresh.cookie.none"),
        ("another session was refreshed before", "refresh.jwt.key-rotation"),
        ("two retries are configured", "refresh.concurrency.after-failure.503"),
        ("the key set has keys of other kinds before its own", "refresh.jwt.key-rotation"),
    ],
)
def test_where_it_would_make_a_difference(words: str, case: str) -> None:
    """A circumstance that a case has, or that would alter what it is about, is left out."""
    assert NAMED[words].change(BY_ID[case]) is None


def test_the_fault_bears_what_its_parent_does() -> None:
    """A faulty case and its parent are put into the same circumstances, and told by the same text."""
    for example in made(GARBAGE):
        base, parent = example.like
        assert base == BY_ID[json.loads(example.example)["case"]]
        assert (parent.id, parent.example) == (base.parent, example.example)
        assert (parent.setup, len(parent.steps)) == (example.setup, len(example.steps))
        assert example.expect == base.expect


def test_without_the_capability() -> None:
    """A target that cannot switch organizations is asked for none."""
    calls = [step for example in made(GARBAGE, 3, ()) for step in example.steps if isinstance(step, Call)]

    assert {call.organization_id for call in calls} == {None}


@each_row
def test_an_example_can_be_kept(row: Case) -> None:
    """The row of an example is a case of ``fixtures/cases`` that does the same."""
    for example in made(row, walk=1):
        kept_row = json.loads(json.dumps(row_of(example)))
        _data.validate({"cases": [kept_row]}, "cases", "a row")
        kept = cases._case(kept_row)

        assert kept == replace(example, id=kept.id, title=kept.title, example="", like=())


@pytest.mark.parametrize("seal", ["iron", "fernet", "own"])
@each_row
def test_a_row_applies_where_its_cases_do(row: Case, seal: SealName) -> None:
    """A format, or a target without capabilities, that a requirement has no case for, is not tried."""
    found: list[Case] = []

    falsify(row, seal, lambda example: not found.append(example), examples=10, capabilities=row.needs)  # type: ignore[func-returns-value]

    assert bool(found) == (seal in row.formats)


def test_seals_of_an_own_format_do_not_age() -> None:
    """Nobody but the target could date such a seal back."""
    found: list[Case] = []
    for row in ROWS:
        for walk in (None, 1):
            falsify(row, "own", lambda example: not found.append(example), examples=10, walk=walk)  # type: ignore[func-returns-value]

    assert not [
        step for example in found for step in example.steps if isinstance(step, Event) and step.do == "age"
    ]


# -- what is learned


def refused(reason: str) -> Answer:
    return Returned({"authenticated": False, "reason": reason})


def sensible(request: RefreshRequest) -> Answer:
    """Refuses what does not open."""
    try:
        return refreshed(request)
    except OpenError:
        return refused("invalid_session_cookie")


def run(answer: Callable[[RefreshRequest], Answer], row: Case = GARBAGE) -> CaseRun:
    return Engine(FakeTarget(answer), transport="respx").run(row)


def named(found: CaseRun) -> list[str]:
    return [finding.state for finding in found.findings if finding.requirement in found.case.requirements]


def test_one_that_is_right_passes() -> None:
    """An implementation that does the same in all circumstances passes."""
    assert named(run(sensible)) == ["pass"]


def test_the_circumstance_is_named() -> None:
    """Of those that an example has, only the circumstances are told without which it passes."""

    def impatient(request: RefreshRequest) -> Answer:
        answer = sensible(request)
        is_refused = answer == refused("invalid_session_cookie")
        return refused("invalid_jwt") if is_refused and request.timeout_s > 5 else answer

    found = run(impatient)

    assert named(found) == ["fail"]
    assert found.example is not None
    assert json.loads(found.example.example)["circumstances"] == ["15 s are allowed for the call"]


def test_what_fails_without_them_says_nothing_of_them() -> None:
    """Where the fixed case fails as well, it is that case which tells."""

    def mistaken(request: RefreshRequest) -> Answer:
        answer = sensible(request)
        return refused("invalid_jwt") if answer == refused("invalid_session_cookie") else answer

    assert named(run(mistaken)) == ["not_applicable"]


def test_where_nothing_works_it_is_no_fault_of_the_requirement() -> None:
    """Where the valid case fails in the same circumstances, the failure of the faulty one shows nothing."""

    def impatient(request: RefreshRequest) -> Answer:
        return refused("invalid_grant") if request.timeout_s > 5 else sensible(request)

    assert named(run(impatient)) == ["pass"]


def test_what_is_judged_everywhere_is_judged_of_every_example() -> None:
    """A free-text reason beside the one that the case is about is found in whichever example it comes."""

    def talkative(request: RefreshRequest) -> Answer:
        answer = sensible(request)
        is_long = answer == refused("invalid_session_cookie") and request.timeout_s > 5
        return Returned({**answer.fields, "sealed_session": "old"}) if is_long else answer

    found = run(talkative)

    assert {f.requirement for f in found.findings if f.state == "fail"} == {"result.no-seal-on-failure"}


def test_where_no_example_can_be_made() -> None:
    """A requirement that has no case for the format of the target does not apply to it."""
    without_cases = replace(GARBAGE, requirements=("jwt.jwks-cached",))

    assert named(run(sensible, without_cases)) == ["not_applicable"]


# -- calls that only make the circumstances


def test_nothing_is_judged_of_calls_aside() -> None:
    """An observation without a step has neither its calls nor what was sent in them."""
    seen = observed(
        success(step=0), success(step=1), success(step=2), sent=[post(call=0), post(call=1), post(call=2)]
    )

    kept = seen.without([1])

    assert [call.step for call in kept.calls] == [0, 2]
    assert [exchange.call for exchange in kept.exchanges] == [0, 1]


def test_what_came_of_another_session_is_forgotten() -> None:
    """After a call aside of another session, the newest seal is that of the first session."""
    aside = Call(cookie={"kind": "another"}, aside=True)
    newest = Call(cookie={"kind": "newest"})
    case = replace(PLAIN, steps=(aside, Call(), aside, newest))

    seen = observe(case, FakeTarget(refreshed), transport="respx")

    _, first, _, second = seen.calls
    assert first.seal is not None
    assert second.cookie == first.seal.fingerprint


def test_what_the_endpoint_answers_then_it_answers_to_the_case() -> None:
    """What a case has the endpoint answer is kept for its own calls."""
    scripted = (Scripted(status=400, json={"error": "invalid_grant"}),)
    case = replace(PLAIN, setup=Setup(answers=scripted))

    changed = NAMED["another session was refreshed before"].change(case)

    assert changed is not None
    assert changed.setup.answers == ()
    assert changed.steps[1] == Event("answer", answers=scripted)


def test_the_same_examples_each_time() -> None:
    """What is put together depends on the requirement, and on the number of a walk."""
    assert made(GARBAGE) == made(GARBAGE)
    assert made(GARBAGE, 1) == made(GARBAGE, 1) != made(GARBAGE, 2)
