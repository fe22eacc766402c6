"""Circumstances that make no difference: what a fixed case shows must be the same in each of them.

A rule of another kind than its neighbours: an example is not drawn but put together, from a fixed case of
the same requirement and some of the circumstances below.  Nothing but the circumstances is new in it, so
where an implementation does right in the fixed case, and wrong in the example, they are why.  What must
hold before such a failure says anything goes with the example, as its ``like``.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .. import cases as cases_module
from ..cases import Answer, Call, Case, Event, Step
from ..protocol import SealName

_HOME, _OTHER = "org_01RESEAL0000000000000000A", "org_01RESEAL0000000000000000B"
_IMPERSONATOR = {"email": "support@example.com", "reason": "Looks into a ticket"}
# For good, so that who tries again fails as well.
_AWAY = Answer(status=503, json={"message": "Service Unavailable"}, times=0)
_OVER = Answer(status=400, json={"error": "invalid_grant", "error_description": "The session has ended."})
_ASIDE = Call(cookie={"kind": "another"}, aside=True, max_retries=0)
_ELSEWHERE = replace(_ASIDE, cookie={"kind": "another", "application": "another"})
_OWN = Call(aside=True, max_retries=0)
_NEWEST = replace(_OWN, cookie={"kind": "newest"})
_TRIES_AGAIN = {408, 429, *range(500, 600)}  # what a client may answer with another try
_MORE = {"x_more": {"of": ["whatever", 1, None]}}
_ODD_KEYS = ["unknown-kind", "ec", "own-for-encryption", "own"]  # as JSON has it
_DAYS_S = 3 * 86_400.0
_FEW = 3  # of what happened before, each of which takes a call or more

Change = Callable[[Case], Case | None]


@dataclass(frozen=True, slots=True)
class Circumstance:
    """What may be otherwise, in words, and the case in which it is; None where it would make a difference."""

    words: str
    change: Change


def falsify(
    case: Case,
    seal: SealName,
    passes: Callable[[Case], bool],
    *,
    examples: int,
    walk: int | None,
    capabilities: Collection[str],
) -> None:
    """Look for a fixed case of ``case``'s requirement that does not pass in circumstances, then for fewer.

    The examples of a ``walk``, more than the usual two, depend on its number.
    """
    fixed = [each for each in _fixed_cases(case, seal) if set(each.needs) <= set(capabilities)]
    known = [each for each in ALL if _is_known(each, seal, capabilities)]
    if not fixed:
        return
    if walk is None:
        chosen = _in_turn(fixed, known, random.Random(zlib.crc32(case.id.encode())))  # noqa: S311 - repeatable
    else:
        chosen = _at_random(fixed, known, random.Random(walk), examples)  # noqa: S311 - repeatable
    for placed in chosen:
        if placed.told and not passes(placed.example_of(case)):
            needed = placed.told
            for each in placed.told:
                fewer = _Placed.of(placed.base).in_all([other for other in needed if other is not each])
                if fewer.told and not passes(fewer.example_of(case)):
                    needed = fewer.told
            return


def _is_known(each: Circumstance, seal: SealName, capabilities: Collection[str]) -> bool:
    """Whether it can be had of the target: nobody else can date a seal of its own format."""
    if each.words == _ASKING:
        return "organization_id" in capabilities
    return each.words != _OLD or seal != "own"


def _in_turn(fixed: Sequence[Case], known: Sequence[Circumstance], rng: random.Random) -> Iterable[_Placed]:
    """A case in all that costs no call of its own, and another after a few of the things that do."""
    at_once = [each for each in known if each not in BEFORE and (each.words != _ASKING or rng.random() < 0.5)]
    lived = [each for each in known if each in BEFORE]
    before = sorted(rng.sample(lived, _FEW), key=lived.index)
    for base, some in zip(rng.sample([*fixed, *fixed], 2), (at_once, before), strict=True):
        yield _Placed.of(base).in_all(some)


def _at_random(
    fixed: Sequence[Case], known: Sequence[Circumstance], rng: random.Random, examples: int
) -> Iterable[_Placed]:
    for _ in range(examples):
        some = set(rng.sample(range(len(known)), rng.randint(1, len(known))))
        yield _Placed.of(rng.choice(fixed)).in_all([each for i, each in enumerate(known) if i in some])


@dataclass(frozen=True, slots=True)
class _Placed:
    """A fixed case in circumstances.

    Attributes:
        family: The case in them, and its parent, which must bear what its faulty child does.
        told: Those that make no difference to either.
    """

    base: Case
    family: tuple[Case, ...]
    told: tuple[Circumstance, ...] = ()

    @classmethod
    def of(cls, base: Case) -> _Placed:
        return cls(base, (base, *(cases_module.by_id()[name] for name in [base.parent] if name is not None)))

    def in_all(self, circumstances: Iterable[Circumstance]) -> _Placed:
        """In ``circumstances`` besides, which come in the order of `ALL`, where they make no difference."""
        family, told = self.family, self.told
        for each in circumstances:
            changed = [each.change(member) for member in family]
            if None not in changed:
                family = tuple(member for member in changed if member is not None)
                told = (*told, each)
        return replace(self, family=family, told=told)

    def example_of(self, case: Case) -> Case:
        """The example of ``case`` that it is."""
        words = [each.words for each in self.told]
        made_up = json.dumps({"case": self.base.id, "circumstances": words}, ensure_ascii=False)
        example, *parents = self.family
        return replace(
            case,
            setup=example.setup,
            steps=example.steps,
            expect=example.expect,
            needs=example.needs,
            generate=None,
            example=made_up,
            like=(self.base, *(replace(parent, example=made_up) for parent in parents)),
        )


def _fixed_cases(case: Case, seal: SealName) -> list[Case]:
    """Those of the requirement that take no time, and do not race."""
    wanted = set(case.requirements)
    return [
        each
        for each in cases_module.load()
        if wanted & set(each.requirements)
        and each.generate is None
        and seal in each.formats
        and _is_quick(each)
    ]


def _is_quick(case: Case) -> bool:
    setup = case.setup
    if not setup.listening or setup.tls is not None or any(a.delivery or a.fault for a in _answers(case)):
        return False
    calls = _calls(case)
    return "wait" not in _events(case) and all(call.repeat * call.together <= 2 for call in calls)


def _calls(case: Case) -> list[Call]:
    return [step for step in case.steps if isinstance(step, Call)]


def _events(case: Case) -> set[str]:
    return {step.do for step in case.steps if isinstance(step, Event)}


def _answers(case: Case) -> tuple[Answer, ...]:
    later = (step.answers for step in case.steps if isinstance(step, Event))
    return sum(later, case.setup.answers + case.setup.key_set)


def _is_plain(case: Case) -> bool:
    """Whether it begins with the session as it is, and goes on with the newest seal."""
    calls = _calls(case)
    kinds = {recipe["kind"] for call in calls[1:] for recipe in (call.cookie, *call.cookies)}
    return case.recipe == {"kind": "session"} and not calls[0].cookies and kinds <= {"newest", "another"}


def _with_recipe(case: Case, **recipe: object) -> Case | None:
    """``case`` with something else in the session, where what is inside is not written down."""
    written = {"set", "value", "seal", *recipe} & case.recipe.keys()
    if case.recipe["kind"] != "session" or written:
        return None
    return _with_cookie(case, lambda call: call.cookie == case.recipe, {**case.recipe, **recipe})


def _from_the_newest(case: Case) -> Case:
    """``case``, which begins with whatever seal is the newest by then."""
    return _with_cookie(case, lambda call: not call.aside, {"kind": "newest"})


def _with_cookie(case: Case, is_meant: Callable[[Call], bool], recipe: Mapping[str, Any]) -> Case:
    steps = list(case.steps)
    first, call = next((i, step) for i, step in enumerate(steps) if isinstance(step, Call) and is_meant(step))
    steps[first] = replace(call, cookie=recipe)
    return replace(case, steps=tuple(steps))


# -- who is signed in


def _in_an_organization(case: Case) -> Case | None:
    setup = case.setup
    is_free = setup.organization is None and not setup.memberships and case.recipe["kind"] != "vector"
    if not is_free or _asks(case):
        return None
    return replace(case, setup=replace(setup, organization=_HOME, memberships=(_HOME, _OTHER)))


def _asks(case: Case) -> bool:
    return any(call.organization_id or call.organizations for call in _calls(case))


def _asking(case: Case) -> Case | None:
    is_inside = case.setup.memberships == (_HOME, _OTHER) and not _asks(case)
    inside = case if is_inside else _in_an_organization(case)
    if inside is None:
        return None
    asking = _of_each_call(inside, lambda call: replace(call, organization_id=_OTHER))
    return replace(asking, needs=tuple({*inside.needs, "organization_id"}))


def _impersonated(case: Case) -> Case | None:
    setup = case.setup
    if setup.impersonator is not None:
        return None
    return replace(
        case, setup=replace(setup, impersonator=_IMPERSONATOR, authentication_method="Impersonation")
    )


def _of_another_user(case: Case) -> Case | None:
    return replace(case, setup=replace(case.setup, user="unicode")) if case.setup.user == "plain" else None


# -- the cookie


def _stale(case: Case) -> Case | None:
    return _with_recipe(case, access_token="stale")


def _filled(case: Case) -> Case | None:
    return _with_recipe(case, filled_with=20_000)


def _with_a_field_more(case: Case) -> Case | None:
    return _with_recipe(case, set=_MORE)


def _after_days(case: Case) -> Case | None:
    if not _is_plain(case):
        return None
    return _begun(_from_the_newest(case), _OWN, Event("age", seconds=_DAYS_S))


# -- what happened before


def _begun(case: Case, *before: Step) -> Case | None:
    """``case`` after something else; what the endpoint is to answer, it answers to its own calls."""
    changed_then = _events(case) & {"rotate-keys", "key-set", "rotate-api-key"}
    if changed_then or case.setup.key_set or "error.any-answer" in case.requirements:
        return None
    answers = [Event("answer", answers=case.setup.answers)]
    # To go on with the first seal after a newer one would be a replay.
    then = [_NEWEST if _OWN in before and step == _OWN else step for step in case.steps]
    return replace(case, setup=replace(case.setup, answers=()), steps=(*before, *answers, *then))


def _after(*before: Step) -> Change:
    return lambda case: _begun(case, *before)


def _refreshed_before(case: Case) -> Case | None:
    return _begun(_from_the_newest(case), _OWN, _NEWEST) if _is_plain(case) else None


def _failed_before(case: Case) -> Case | None:
    return _begun(case, Event("answer", answers=(_AWAY,)), _OWN) if _is_plain(case) else None


def _under_a_new_password(case: Case) -> Case | None:
    if not _is_plain(case):
        return None
    return _begun(_from_the_newest(case), _OWN, Event("rotate-password"))


# -- how it is asked for and answered


def _trying_again(case: Case) -> Case | None:
    if any(answer.fault or answer.status in _TRIES_AGAIN for answer in _answers(case)):
        return None
    return _of_each_call(case, lambda call: replace(call, max_retries=2))


def _patient(case: Case) -> Case | None:
    return _of_each_call(case, lambda call: replace(call, timeout_s=60.0))


def _of_each_call(case: Case, change: Callable[[Call], Call]) -> Case:
    steps = [change(step) if isinstance(step, Call) and not step.aside else step for step in case.steps]
    return replace(case, steps=tuple(steps))


def _among_odd_keys(case: Case) -> Case | None:
    if case.setup.key_set or _events(case) & {"key-set", "rotate-keys"} or _has_a_neighbour(case):
        return None
    return replace(case, setup=replace(case.setup, key_set=(Answer(keys=_ODD_KEYS, times=0),)))


def _has_a_neighbour(case: Case) -> bool:
    """Whether a second application is there, with keys of its own."""
    recipes = (recipe for call in _calls(case) for recipe in (call.cookie, *call.cookies))
    return any("application" in recipe for recipe in recipes)


def _in_pieces(case: Case) -> Case | None:
    answers = case.setup.answers or (Answer(tokens={}, times=0),)
    if _events(case) & {"answer"} or any(a.json is None and a.tokens is None for a in answers):
        return None
    setup = replace(case.setup, answers=tuple(replace(answer, delivery="in-pieces") for answer in answers))
    return replace(case, setup=setup)


def _with_more(case: Case) -> Case | None:
    """With a field that nobody knows, as the API may have one tomorrow, and a charset beside the type."""
    answers = case.setup.answers or (Answer(tokens={}, times=0),)
    if not all(isinstance(a.json, Mapping) or a.tokens is not None for a in answers):
        return None

    def more(answer: Answer) -> Answer:
        headers = {"content-type": "application/json; charset=utf-8", **answer.headers}
        if answer.tokens is None:
            return replace(answer, headers=headers, json={**answer.json, **_MORE})
        tokens = {**answer.tokens, "set": {**answer.tokens.get("set", {}), **_MORE}}
        return replace(answer, headers=headers, tokens=tokens)

    return replace(case, setup=replace(case.setup, answers=tuple(map(more, answers))))


def _without_rotation(case: Case) -> Case | None:
    if case.setup.answers or len(case.steps) > 1:
        return None
    tokens = {"set": {"refresh_token": "{refresh_token}"}}
    return replace(case, setup=replace(case.setup, answers=(Answer(tokens=tokens, times=0),)))


_ASKING, _OLD = "another organization is asked for", "the seal has lain for three days"
BEFORE = (
    Circumstance(_OLD, _after_days),
    Circumstance("the session was refreshed twice before", _refreshed_before),
    Circumstance("a refresh of the session met a 503 before", _failed_before),
    Circumstance("the application changed its cookie password before", _under_a_new_password),
    Circumstance("another session was refreshed before", _after(_ASIDE)),
    Circumstance("a session of another application was refreshed before", _after(_ELSEWHERE)),
    Circumstance("another session met a 503 before", _after(Event("answer", answers=(_AWAY,)), _ASIDE)),
    Circumstance("another session had ended before", _after(Event("answer", answers=(_OVER,)), _ASIDE)),
    Circumstance("the application changed its API key before", _after(_ASIDE, Event("rotate-api-key"))),
)
# In an order in which none is in the way of those after it.
ALL = (
    Circumstance("the refresh token is not rotated", _without_rotation),
    Circumstance("the answer has a field more, and names its charset", _with_more),
    Circumstance("the answer comes in pieces", _in_pieces),
    Circumstance("the key set has keys of other kinds before its own", _among_odd_keys),
    *BEFORE,
    Circumstance("the access token in the cookie expired a day ago", _stale),
    Circumstance("the cookie is large", _filled),
    Circumstance("the session in the cookie has a field more", _with_a_field_more),
    Circumstance("the session is in an organization", _in_an_organization),
    Circumstance(_ASKING, _asking),
    Circumstance("the user is impersonated", _impersonated),
    Circumstance("the user is written in other scripts", _of_another_user),
    Circumstance("two retries are configured", _trying_again),
    Circumstance("a minute is allowed for the call", _patient),
)
