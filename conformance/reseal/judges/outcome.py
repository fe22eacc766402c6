"""The outcome of the last step: what most requirements are about."""

from __future__ import annotations

from ..cases import Case, Expect
from ..observation import CallSeen, Observation
from ..protocol import REASONS
from ..target import About
from .ruling import Ruling, given_to, ruled, told


def judge(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001 - the form of a judge
    """Whether every call of the last step came out as ``case.expect`` says, and sent what it may."""
    last_step = observation.last.step
    calls = [(i, call) for i, call in enumerate(observation.calls) if call.step == last_step]
    for i, call in calls:
        got = told(call) if len(observation.calls) == 1 else f"call {i + 1}: {told(call)}"
        if call.kind == "silent":
            expected = f"an end in time (error.transient), and {in_words(case.expect)}"
            return ruled(expected, got, passes=False)
        if not _meets(case.expect, call):
            return ruled(in_words(case.expect), got, passes=False)
        if case.expect.outcome == "success" and not given_to(i, observation):
            got = f"{got}, but the endpoint gave no tokens for it"
            return ruled(in_words(case.expect), got, passes=False)
        if not case.expect.sends and any(exchange.call == i for exchange in observation.exchanges):
            sent = ", ".join(f"{e.method} {e.path}" for e in observation.exchanges if e.call == i)
            return ruled(in_words(case.expect), f"{got}, and sent {sent}", passes=False)
    return ruled(in_words(case.expect), told(observation.last), passes=True)


def in_words(expect: Expect) -> str:
    """The expectation as a reader of the report wants it."""
    reasons = " or ".join(repr(reason) for reason in (expect.reason, *expect.or_terminal) if reason)
    words = {
        "success": "authenticated true with a sealed_session",
        "reason": f"returned, authenticated false, reason {reasons}",
        "raised": "an error is raised",
        "not-terminal": f"no success, and none of the five reasons{f' but {reasons}' if reasons else ''}",
        "not-success": "no success",
        "any": "an answer",
    }[expect.outcome]
    return words if expect.sends else f"{words}, and nothing is sent"


def _meets(expect: Expect, call: CallSeen) -> bool:
    match expect.outcome:
        case "success":
            return call.is_success and call.seal is not None
        case "reason":
            allowed = (expect.reason, *expect.or_terminal)
            return call.kind == "returned" and call.authenticated is False and call.reason in allowed
        case "raised":
            return call.kind == "raised"
        case "not-terminal":
            return not call.is_success and call.reason not in set(REASONS) - set(expect.or_terminal)
        case "not-success":
            return not call.is_success
        case "any":
            return True
