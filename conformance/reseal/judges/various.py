"""Judges of ``jwt.*`` and ``concurrency.*`` that look at more than the outcome."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from ..cases import Answer, Case
from ..observation import Observation
from ..protocol import REASONS
from ..target import About
from . import outcome
from .ruling import Ruling, inapplicable, ruled, told, unproven

_VERIFIES_NOTHING = "the implementation never asks for a key set"
_FEW_FETCHES = 5
_ISSUED = "a token that the endpoint issued"


def key_rotation(case: Case, observation: Observation, about: About) -> Ruling:
    ruling = outcome.judge(case, observation, about)
    if not observation.key_set_requests():
        # Who verifies nothing cannot trip over a new key; that is what jwt.bad-signature is for.
        return inapplicable(ruling.expected, _VERIFIES_NOTHING)
    return ruling


def key_set_cached(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    expected = f"at most {_FEW_FETCHES} requests for the key set in {len(observation.calls)} refreshes"
    fetches = observation.key_set_requests()
    if not fetches:
        return inapplicable(expected, _VERIFIES_NOTHING)
    if not all(call.is_success for call in observation.calls):
        return unproven(expected, "not all refreshes succeeded")
    return ruled(expected, f"{fetches} requests", passes=fetches <= _FEW_FETCHES)


def never_something_else(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    """A reader may be lenient about spelling, never about what was sealed."""
    expected = "a changed seal is refused, and nothing is sent; or it is the same seal in another spelling"
    call = observation.last
    if call.kind == "silent":
        return ruled(expected, told(call), passes=False)
    if call.cookie_is_sound:
        return ruled(expected, told(call), passes=True)
    if observation.posts() or call.is_success:
        return ruled(expected, f"it was opened, and {told(call)}", passes=False)
    return ruled(expected, told(call), passes=True)


def any_answer(case: Case, observation: Observation, about: About) -> Ruling:
    """Whatever the endpoint answers: a result of the contract or an error, never a poisoned cookie."""
    expected = "a documented result that the answer bears out, or an error that is raised"
    answer, call = case.setup.answers[0], observation.calls[0]
    if call.kind == "silent":
        return ruled(expected, told(call), passes=False)
    if call.is_success:
        return _held_to_its_seal(expected, answer, observation)
    if call.kind == "raised" or call.reason not in REASONS:
        return ruled(expected, told(call), passes=call.kind == "raised" or call.reason in about.extra_reasons)
    return ruled(expected, told(call), passes=_bears_out(str(call.reason), answer))


def _held_to_its_seal(expected: str, answer: Answer, observation: Observation) -> Ruling:
    """A success is one where the answer has tokens, the seal holds them, and can be refreshed in turn."""
    call, seal = observation.calls[0], observation.calls[0].seal
    if not _has_tokens(answer) or seal is None or seal.problem is not None:
        return ruled(expected, told(call), passes=False)
    if answer.tokens is None:
        return ruled(expected, told(call), passes=True)
    given = [post for post in observation.posts_of(0) if post.refresh_token is not None]
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


def _body(answer: Answer) -> Mapping[str, Any]:
    if answer.tokens is not None:
        issued = {"access_token": _ISSUED, "refresh_token": _ISSUED, **answer.tokens.get("set", {})}
        return {name: value for name, value in issued.items() if name not in answer.tokens.get("omit", ())}
    body = answer.json
    if answer.text is not None:
        with contextlib.suppress(ValueError):
            body = json.loads(answer.text)
    return body if isinstance(body, Mapping) else {}


def _bears_out(reason: str, answer: Answer) -> bool:
    """Whether an answer is one that ``reason`` stands for."""
    status, body = answer.status, _body(answer)
    codes = {code for code in (body.get("error"), body.get("code")) if isinstance(code, str)}
    if reason == "invalid_jwt":
        return 200 <= status < 300 and body.get("access_token") != _ISSUED
    if reason == "invalid_grant":
        return 400 <= status < 500 and "invalid_grant" in codes
    organization = {"organization_not_authorized", "organization_membership_not_found"}
    return reason == "organization_not_authorized" and 400 <= status < 500 and bool(codes & organization)


def single_use(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    """Losers of the race may fail in any way but a hang; winners must hold what was really given."""
    expected = "one rotation at most, and every success holds the tokens of it"
    given = {post.refresh_token for post in observation.posts() if post.refresh_token is not None}
    if len(given) > 1:
        return ruled(expected, f"{len(given)} rotations", passes=False)
    for call in observation.calls:
        if call.kind == "silent":
            return ruled(expected, told(call), passes=False)
        if call.is_success and (call.seal is None or call.seal.refresh_token not in given):
            return ruled(expected, "a success whose seal does not hold the new refresh token", passes=False)
    winners = sum(call.is_success for call in observation.calls)
    return ruled(expected, f"{winners} of {len(observation.calls)} succeeded", passes=winners > 0)
