"""Judges of what must hold of several sessions, and of one that has lain for a while."""

from __future__ import annotations

from collections.abc import Mapping

from ..cases import Case
from ..observation import CallSeen, ExchangeSeen, Observation
from ..protocol import REASONS
from ..target import About
from . import outcome
from .ruling import Ruling, inapplicable, ruled, told, unproven

# What a session of somebody else's may bring about.  Without a key set a token may be refused as well.
_ENDS = frozenset(REASONS) - {"invalid_jwt"}


def apart(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    """Sessions have nothing to do with each other, so there is no race that one of them could lose."""
    expected = "each session is refreshed, to the tokens and the user of its own"
    may_fail = case.expect.outcome == "any"
    for i, call in enumerate(observation.calls):
        # Of calls with one session, each may be given what another was.
        given = [
            post
            for post in observation.posts()
            if post.refresh_token is not None and post.sent_refresh_token == call.cookie_refresh_token
        ]
        if may_fail and not call.is_success and call.reason not in _ENDS:
            continue  # of a session that was not refreshed, for whatever reason, nobody has another's
        wrong = _wrong(call, given[-1] if given else None, observation)
        if wrong is not None:
            return ruled(expected, f"call {i + 1}: {wrong}", passes=False)
    refreshed = sum(call.is_success for call in observation.calls)
    if may_fail and refreshed < 2:
        return inapplicable(expected, "there are no two sessions that were refreshed")
    return ruled(expected, f"{refreshed} sessions, each with its own", passes=True)


def _wrong(call: CallSeen, given: ExchangeSeen | None, observation: Observation) -> str | None:
    if not call.is_success or call.seal is None:
        return told(call)
    if call.seal.problem is not None:
        return f"a success whose seal does not open: {call.seal.problem}"
    inside = (call.seal.access_token, call.seal.refresh_token)
    if given is None or inside != (given.access_token, given.refresh_token):
        of_others = {
            token for post in observation.posts() for token in (post.access_token, post.refresh_token)
        }
        if call.cookie_refresh_token in inside:
            return "a success with the tokens that it had"
        whose = "another session" if of_others & set(inside) else "nobody"
        return f"a success with the tokens of {whose}"
    user = call.seal.user
    is_own = isinstance(user, Mapping) and user.get("id") == given.user.get("id")
    return None if is_own else "a success with another user"


def lasts(case: Case, observation: Observation, about: About) -> Ruling:
    ruling = outcome.judge(case, observation, about)
    first = observation.calls[0]
    if not (first.is_success and first.seal is not None and first.seal.problem is None):
        return unproven(ruling.expected, f"there is no new seal to lay aside: {told(first)}")
    return ruling
