from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from reseal import _data, cases
from reseal.cases import Call, Case, Event
from reseal.endpoint.wire import HttpReply
from reseal.generate import CIRCUMSTANCES, RULES, falsify
from reseal.protocol import SealName
from reseal.recipes import Cookie, bake
from reseal.rows import row_of

from .asking import endpoint, refresh
from .support import FERNET, IRON, OWN, rng

ALL = [case for case in cases.load() if case.generate is not None]
# What is put together from fixed cases has tests of its own, in test_circumstances.py.
GENERATED = [(case, seal) for case in ALL if case.generate != CIRCUMSTANCES for seal in case.formats]
FORMS = {"iron": IRON, "fernet": FERNET, "own": OWN}
BY_ID = cases.by_id()
ANY_USER = BY_ID["refresh.any.user"]
ANY_ANSWER = BY_ID["refresh.any.answer"]
ANY_HISTORY = BY_ID["refresh.any.history"]

each_rule = pytest.mark.parametrize(
    ("case", "seal"), GENERATED, ids=[f"{case.generate}-{seal}" for case, seal in GENERATED]
)


def examples(case: Case, seal: SealName = "iron", **options: Any) -> list[Case]:
    made: list[Case] = []

    def passes(example: Case) -> bool:
        made.append(example)
        return True

    falsify(case, seal, passes, **{"examples": 20, **options})
    return made


def test_every_rule_has_a_case() -> None:
    """A rule is there for a case, and a case names a rule that is there."""
    assert {case.generate for case in ALL} == set(RULES)


@each_rule
def test_an_example_is_a_case(case: Case, seal: SealName) -> None:
    """An example is an ordinary case: its rule's but for what is made up, which is told as JSON."""
    made = examples(case, seal)

    assert len(made) > 5
    assert [without_what_is_made_up(example) for example in made] == [without_what_is_made_up(case)] * len(
        made
    )
    assert {example.generate for example in made} == {None}
    assert len({json.dumps(json.loads(example.example)) for example in made}) > 1


def without_what_is_made_up(case: Case) -> Case:
    return replace(case, steps=(), setup=cases.Setup(), generate=None, example="")


def begun(example: Case, seal: SealName) -> tuple[Cookie, HttpReply]:
    """The first cookie of an example, and the endpoint's answer to the first request."""
    form, model = FORMS[seal], endpoint(example.setup)
    return bake(example.recipe, form, form.new_password(rng()), model, rng()), refresh(model)


@each_rule
def test_an_example_can_be_begun(case: Case, seal: SealName) -> None:
    """Whatever is made up, the first cookie can be baked, and the endpoint answers the first request."""
    beginnings = [begun(example, seal) for example in examples(case, seal)]

    assert None not in [cookie.text for cookie, _ in beginnings]
    assert min(reply.status for _, reply in beginnings) >= 200


@each_rule
def test_the_same_examples_each_time(case: Case, seal: SealName) -> None:
    """The examples of a rule are always the same; those of a walk depend on its number alone."""
    assert examples(case, seal) == examples(case, seal)
    assert examples(case, seal, walk=1) == examples(case, seal, walk=1) != examples(case, seal, walk=2)


def test_as_many_as_are_asked_for() -> None:
    """A rule has as many examples as are asked for."""
    assert len(examples(ANY_ANSWER, examples=3)) == 3
    assert len(examples(ANY_ANSWER, examples=30)) == 30


def test_the_simplest_example_comes_last() -> None:
    """Of the examples that do not pass the last one asked about is the simplest."""
    failing: list[Case] = []

    def passes(example: Case) -> bool:
        is_good = example.setup.answers[0].status < 400
        failing.extend([] if is_good else [example])
        return is_good

    falsify(ANY_ANSWER, "iron", passes, examples=50)

    assert len(failing) > 1
    assert failing[-1].setup.answers[0].status == 400
    assert failing[-1].setup.answers[0].json in (None, {})


def test_a_failure_that_comes_once() -> None:
    """An implementation that fails once and never again is no reason to give up."""
    answers = iter([False])

    falsify(ANY_ANSWER, "iron", lambda _: next(answers, True), examples=10)

    assert next(answers, None) is None


def users(example: Case) -> list[Any]:
    """The user in the cookie, and those in the answers."""
    cookies = [step.cookie for step in example.steps if isinstance(step, Call)]
    altered = [*cookies, *(answer.tokens or {} for answer in example.setup.answers)]
    return [alteration["set"]["user"] for alteration in altered]


def test_users_are_in_cookie_and_answers() -> None:
    """A user that is made up is the one in the cookie, and in the answer to each of the two calls."""
    made = [users(example) for example in examples(ANY_USER)]

    assert made == [[first] * 3 for first, *_ in made]


def told(example: Case) -> list[str]:
    return [step.do if isinstance(step, Event) else "refresh" for step in example.steps]


def test_histories_are_told() -> None:
    """A history begins and ends with a call, and tells what happened in between."""
    made = examples(ANY_HISTORY)
    words = [[word.split()[0] for word in json.loads(example.example)] for example in made]

    assert words == [told(example) for example in made]
    assert {told(example)[0] for example in made} == {told(example)[-1] for example in made} == {"refresh"}


def test_histories_have_all_that_may_happen() -> None:
    """Among some histories there is each event, each kind of cookie, and both passwords."""
    steps = [step for example in examples(ANY_HISTORY, examples=60) for step in example.steps]
    events = {step.do for step in steps if isinstance(step, Event)}
    calls = [step for step in steps if isinstance(step, Call)]

    assert events == {
        "answer",
        "key-set",
        "advance",
        "rotate-keys",
        "rotate-password",
        "end-session",
        "revoke",
    }
    assert {call.cookie["kind"] for call in calls} == {"session", "newest", "earlier", "first"}
    assert {call.password for call in calls} == {"right", "new"}


def organizations(case: Case) -> set[str | None]:
    steps = [step for example in examples(case, examples=100) for step in example.steps]
    return {step.organization_id for step in steps if isinstance(step, Call)}


def test_organizations_for_those_who_have_them() -> None:
    """Only where the case needs the capability are organizations asked for: own ones and others."""
    with_them = organizations(BY_ID["refresh.any.organizations"])

    assert organizations(ANY_HISTORY) == {None}
    assert with_them > {None, "org_without_membership", "org_that_nobody_knows"}


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def test_users_are_large_and_deep() -> None:
    """Users reach the bounds that every reader of JSON must bear, and go no further."""
    made = [each for walk in (None, 1) for each in examples(ANY_USER, examples=150, walk=walk)]
    answers = [example.setup.answers[0].tokens or {} for example in made]
    depths = [depth(answer["set"]) for answer in answers]
    sizes = [len(json.dumps(answer["set"]["user"])) for answer in answers]

    assert 50 < max(depths) <= 64
    assert 30_000 < max(sizes) <= 66_000


def test_each_change_is_made() -> None:
    """Among some changed seals there is each kind of change."""
    made = {json.loads(e.example)["op"] for e in examples(BY_ID["refresh.any.changed-seal"], examples=80)}

    assert made == {"put", "swapcase", "percent", "append", "prepend", "double", "splice", "swap"}


@each_rule
def test_an_example_can_be_kept(case: Case, seal: SealName) -> None:
    """The row of an example is a case of ``fixtures/cases`` that does the same."""
    for example in examples(case, seal):
        row = json.loads(json.dumps(row_of(example)))
        _data.validate({"cases": [row]}, "cases", "a row")
        kept = cases._case(row)

        assert kept == replace(example, id=kept.id, title=kept.title, example="")
