"""Circumstances that make no difference: what a fixed case shows must be the same in each of them.

Each is a change of a case, or None where it would alter what the case is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

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

Change = Callable[[Case], Case | None]


@dataclass(frozen=True, slots=True)
class Circumstance:
    """What may be otherwise, in words, and the case in which it is; None where it would make a difference.

    Attributes:
        needs, formats: What it takes of the target, as of a `Case`.
    """

    words: str
    change: Change
    needs: tuple[str, ...] = ()
    formats: tuple[SealName, ...] = ("iron", "fernet", "own")


def calls_of(case: Case) -> list[Call]:
    return [step for step in case.steps if isinstance(step, Call)]


def events_of(case: Case) -> set[str]:
    return {step.do for step in case.steps if isinstance(step, Event)}


def answers_of(case: Case) -> tuple[Answer, ...]:
    later = (step.answers for step in case.steps if isinstance(step, Event))
    return sum(later, case.setup.answers + case.setup.key_set)


def _is_plain(case: Case) -> bool:
    """Whether it begins with the session as it is, and goes on with the newest seal."""
    calls = calls_of(case)
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
    return any(call.organization_id or call.organizations for call in calls_of(case))


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


# -- what happened before


def _begun(case: Case, *before: Step) -> Case | None:
    """``case`` after something else; what the endpoint is to answer, it answers to its own calls."""
    changed_then = events_of(case) & {"rotate-keys", "key-set", "rotate-api-key"}
    if changed_then or case.setup.key_set or "error.any-answer" in case.requirements:
        return None
    answers = [Event("answer", answers=case.setup.answers)]
    # To go on with the first seal after a newer one would be a replay.
    then = [_NEWEST if _OWN in before and step == _OWN else step for step in case.steps]
    return replace(case, setup=replace(case.setup, answers=()), steps=(*before, *answers, *then))


def _after(*before: Step) -> Change:
    return lambda case: _begun(case, *before)


def _refreshed_and(*before: Step) -> Change:
    """After a refresh of the same session, and ``before``; the case begins with the newest seal then."""
    return lambda case: _begun(_from_the_newest(case), _OWN, *before) if _is_plain(case) else None


def _failed_before(case: Case) -> Case | None:
    return _begun(case, Event("answer", answers=(_AWAY,)), _OWN) if _is_plain(case) else None


# -- how it is asked for and answered


def _trying_again(case: Case) -> Case | None:
    if any(answer.fault or answer.status in _TRIES_AGAIN for answer in answers_of(case)):
        return None
    return _of_each_call(case, lambda call: replace(call, max_retries=2))


def _patient(case: Case) -> Case | None:
    return _of_each_call(case, lambda call: replace(call, timeout_s=15.0))


def _of_each_call(case: Case, change: Callable[[Call], Call]) -> Case:
    steps = [change(step) if isinstance(step, Call) and not step.aside else step for step in case.steps]
    return replace(case, steps=tuple(steps))


def _among_odd_keys(case: Case) -> Case | None:
    if case.setup.key_set or events_of(case) & {"key-set", "rotate-keys"} or _has_a_neighbour(case):
        return None
    return replace(case, setup=replace(case.setup, key_set=(Answer(keys=_ODD_KEYS, times=0),)))


def _has_a_neighbour(case: Case) -> bool:
    """Whether a second application is there, with keys of its own."""
    recipes = (recipe for call in calls_of(case) for recipe in (call.cookie, *call.cookies))
    return any("application" in recipe for recipe in recipes)


def _in_pieces(case: Case) -> Case | None:
    if "answer" in events_of(case) or any(a.json is None and a.tokens is None for a in _given(case)):
        return None
    return _giving(case, [replace(answer, delivery="in-pieces") for answer in _given(case)])


def _with_more(case: Case) -> Case | None:
    """With a field that nobody knows, as the API may have one tomorrow, and a charset beside the type."""
    if not all(isinstance(a.json, Mapping) or a.tokens is not None for a in _given(case)):
        return None

    def more(answer: Answer) -> Answer:
        headers = {"content-type": "application/json; charset=utf-8", **answer.headers}
        if answer.tokens is None:
            return replace(answer, headers=headers, json={**answer.json, **_MORE})
        tokens = {**answer.tokens, "set": {**answer.tokens.get("set", {}), **_MORE}}
        return replace(answer, headers=headers, tokens=tokens)

    return _giving(case, map(more, _given(case)))


def _without_rotation(case: Case) -> Case | None:
    if case.setup.answers or len(case.steps) > 1:
        return None
    tokens = {"set": {"refresh_token": "{refresh_token}"}}
    return _giving(case, [Answer(tokens=tokens, times=0)])


def _given(case: Case) -> tuple[Answer, ...]:
    """What the endpoint answers: where there is no script, tokens for good."""
    return case.setup.answers or (Answer(tokens={}, times=0),)


def _giving(case: Case, answers: Iterable[Answer]) -> Case:
    return replace(case, setup=replace(case.setup, answers=tuple(answers)))


BEFORE = (
    Circumstance(
        "the seal has lain for three days",
        _refreshed_and(Event("age", seconds=_DAYS_S)),
        formats=("iron", "fernet"),  # nobody but the target can date a seal of its own format
    ),
    Circumstance("the session was refreshed twice before", _refreshed_and(_NEWEST)),
    Circumstance("a refresh of the session met a 503 before", _failed_before),
    Circumstance(
        "the application changed its cookie password before", _refreshed_and(Event("rotate-password"))
    ),
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
    Circumstance("another organization is asked for", _asking, needs=("organization_id",)),
    Circumstance("the user is impersonated", _impersonated),
    Circumstance("the user is written in other scripts", _of_another_user),
    Circumstance("two retries are configured", _trying_again),
    Circumstance("15 s are allowed for the call", _patient),
)
