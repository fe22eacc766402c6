"""Histories: whatever happened before, the newest seal refreshes unless the session ended."""

from __future__ import annotations

from ..cases import Call, Case, Event
from ..observation import CallSeen, ExchangeSeen, Observation
from ..protocol import REASONS
from ..target import About
from .ruling import Ruling, ruled, told


def newest_refreshes(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    """Hold each call against what the endpoint said to it last: how often it was asked is free."""
    expected = "the newest seal refreshes after whatever happened, unless the session ended"
    is_over = False
    calls = enumerate(observation.calls)
    for step in case.steps:
        if isinstance(step, Event):
            is_over = is_over or step.do == "end-session"
        if isinstance(step, Call):
            number, call = next(calls)
            wrong = _wrong(call, observation.posts_of(number), is_over=is_over)
            if wrong is not None:
                return ruled(expected, f"call {number + 1} {wrong}: {told(call)}", passes=False)
    return ruled(expected, f"{len(observation.calls)} calls, each as it must be", passes=True)


def _wrong(call: CallSeen, posts: tuple[ExchangeSeen, ...], *, is_over: bool) -> str | None:
    if not posts:
        return "did not use the newest seal"
    if posts[-1].refresh_token is not None:
        return None if call.is_success else "was given tokens, and failed"
    if call.is_success:
        return "was given no tokens, and succeeded"
    if posts[-1].said == "400 invalid_grant":
        return None if is_over else "lost a session that goes on"
    return "met a transient failure, and gave the session up" if call.reason in REASONS else None
