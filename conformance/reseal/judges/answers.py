"""``error.any-answer``: whatever the endpoint says, a result of the contract, and never a poisoned cookie."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..cases import Answer, Case, Event
from ..observation import Observation
from ..protocol import REASONS
from ..target import About
from .ruling import Ruling, ruled, told

_ISSUED = "a token that the endpoint issued"
_ORGANIZATION = {"organization_not_authorized", "organization_membership_not_found"}


def any_answer(case: Case, observation: Observation, about: About) -> Ruling:
    expected = "a documented result that the answer bears out, or an error that is raised"
    rulings = []
    for number, answer in _answers(case, observation):
        ruling = _ruling(expected, number, answer, case, observation, about)
        which = f"call {number + 1}, answered {answer.status}: " if number > 0 else ""
        rulings.append(replace(ruling, got=which + ruling.got))
    return next((ruling for ruling in rulings if ruling.state == "fail"), rulings[0])


def _answers(case: Case, observation: Observation) -> Iterator[tuple[int, Answer]]:
    """The calls that are looked at, by number, each with the answer that was scripted for it.

    They are the first, and every later one for which there is a script.
    """
    script = case.setup.answers
    for number, step in enumerate(case.steps):
        if isinstance(step, Event):
            script = step.answers if step.do == "answer" else script
            continue
        calls = [i for i, call in enumerate(observation.calls) if call.step == number]
        # Where only the key set is scripted, the endpoint gives its tokens as ever.
        yield from ((i, script[0] if script else Answer(tokens={})) for i in calls if script or i == 0)


def _ruling(
    expected: str, number: int, answer: Answer, case: Case, observation: Observation, about: About
) -> Ruling:
    call = observation.calls[number]
    if call.kind == "silent":
        return ruled(expected, told(call), passes=False)
    if call.is_success:
        return _held_to_its_seal(expected, number, answer, observation)
    if call.kind == "raised" or call.reason not in REASONS:
        return ruled(expected, told(call), passes=call.kind == "raised" or call.reason in about.extra_reasons)
    is_borne_out = _bears_out(str(call.reason), answer, has_keys=not case.setup.key_set)
    return ruled(expected, told(call), passes=is_borne_out)


def _held_to_its_seal(expected: str, number: int, answer: Answer, observation: Observation) -> Ruling:
    """A success is one where the answer has tokens, the seal holds them, and can be refreshed in turn."""
    call, seal = observation.calls[number], observation.calls[number].seal
    if not _has_tokens(answer) or seal is None or seal.problem is not None:
        return ruled(expected, told(call), passes=False)
    if answer.tokens is None:
        return ruled(expected, told(call), passes=True)
    given = [post for post in observation.posts_of(number) if post.refresh_token is not None]
    if not given or (seal.access_token, seal.refresh_token) != (
        given[-1].access_token,
        given[-1].refresh_token,
    ):
        return ruled(expected, f"{told(call)}, without the tokens of the answer", passes=False)
    # The endpoint would exchange the new token, so a seal that is not refreshed is a session lost.
    if not observation.last.is_success:
        return ruled(expected, f"{told(call)}, and with that seal {told(observation.last)}", passes=False)
    return ruled(expected, told(call), passes=True)


def _has_tokens(answer: Answer) -> bool:
    """Whether both tokens are there, and texts; those that the endpoint issues are."""
    body = _body(answer)
    tokens = [body.get("access_token"), body.get("refresh_token")]
    return 200 <= answer.status < 300 and all(isinstance(token, str) and token for token in tokens)


def _bears_out(reason: str, answer: Answer, *, has_keys: bool) -> bool:
    """Whether ``answer`` is one that ``reason`` stands for."""
    if reason == "invalid_jwt":
        # With its key set, what the endpoint issued verifies.
        is_sound = _body(answer).get("access_token") == _ISSUED and has_keys
        return 200 <= answer.status < 300 and not is_sound
    codes, is_refusal = _codes(answer), 400 <= answer.status < 500
    if reason == "invalid_grant":
        return is_refusal and "invalid_grant" in codes
    return reason == "organization_not_authorized" and is_refusal and bool(codes & _ORGANIZATION)


def _body(answer: Answer) -> Mapping[str, Any]:
    tokens = answer.tokens
    if tokens is not None:
        is_odd = not tokens.keys().isdisjoint(("fault", "claims", "again"))
        access_token = "a token of odd claims" if is_odd else _ISSUED
        issued = {"access_token": access_token, "refresh_token": _ISSUED, **tokens.get("set", {})}
        return {name: value for name, value in issued.items() if name not in tokens.get("omit", ())}
    body = answer.json
    if answer.text is not None:
        with contextlib.suppress(ValueError, RecursionError):
            body = json.loads(answer.text * answer.repeat)
    return body if isinstance(body, Mapping) else {}


def _codes(answer: Answer) -> set[str]:
    """The codes in a refusal, either of two that have the same name (RFC 8259, section 4)."""
    text = json.dumps(answer.json) if answer.text is None else answer.text * answer.repeat
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return set()
    named = [pair for pair in pairs if isinstance(pair, tuple)] if isinstance(pairs, list) else []
    return {value for name, value in named if name in ("error", "code") and isinstance(value, str)}
