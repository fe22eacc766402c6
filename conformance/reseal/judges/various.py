"""Judges of ``jwt.*`` and ``concurrency.*`` that look at more than the outcome."""

from __future__ import annotations

from ..cases import Case, Event
from ..observation import Observation
from ..target import About
from . import outcome
from .ruling import Ruling, inapplicable, ruled, told, unproven

_VERIFIES_NOTHING = "the implementation never asks for a key set"
_FEW_FETCHES = 5


def if_it_verifies(case: Case, observation: Observation, about: About) -> Ruling:
    """The outcome, of an implementation that looks at the key set at all."""
    ruling = outcome.judge(case, observation, about)
    if not observation.key_set_requests():
        # Who verifies nothing cannot trip over a key; that is what jwt.bad-signature is for.
        return inapplicable(ruling.expected, _VERIFIES_NOTHING)
    return ruling


def unknown_key(case: Case, observation: Observation, about: About) -> Ruling:
    """The outcome; where a key was retired, of an implementation that has had the key set without it."""
    ruling = outcome.judge(case, observation, about)
    if not any(isinstance(step, Event) and step.do == "rotate-keys" for step in case.steps):
        return ruling
    if not any(e.kind == "key-set" and e.call > 0 for e in observation.exchanges):
        return inapplicable(ruling.expected, "the implementation did not look at the key set again")
    first, before = observation.calls[0], observation.calls[-2]
    if not first.is_success:
        return unproven(ruling.expected, f"the first refresh failed: {told(first)}")
    if not before.is_success and before.reason != "invalid_jwt":
        return inapplicable(ruling.expected, f"a refresh before it failed: {told(before)}")
    return ruling


def out_of_reach(case: Case, observation: Observation, about: About) -> Ruling:
    """The outcome, of an implementation that asked for the key set when it was out of reach.

    Who has asked a moment ago may wait before it asks again, and cannot tell a new key from a forged one.
    """
    ruling = outcome.judge(case, observation, about)
    last = len(observation.calls) - 1
    asked = {exchange.call for exchange in observation.exchanges if exchange.kind == "key-set"}
    had_it = any(call.is_success for call in observation.calls[:-1])
    if had_it and asked and last not in asked and not observation.last.is_success:
        return inapplicable(ruling.expected, "the key set was not asked for when it was out of reach")
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
    if observation.posts_of(len(observation.calls) - 1) or call.is_success:
        return ruled(expected, f"it was opened, and {told(call)}", passes=False)
    return ruled(expected, told(call), passes=True)


def unless_it_is_spelling(case: Case, observation: Observation, about: About) -> Ruling:
    """The outcome; but who overlooks padding that was cut off has opened the seal as it was."""
    ruling = outcome.judge(case, observation, about)
    if ruling.state == "fail" and observation.last.cookie_is_sound and observation.last.is_success:
        return inapplicable(ruling.expected, "it is the same seal in another spelling")
    return ruling


def deadline(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    """Told by the endpoint, which notices that its client has gone, and not by a clock."""
    expected = "the call gives up while the answer still drips, at five times its time-out"
    dripped = [exchange for exchange in observation.exchanges if "dripped" in exchange.said]
    if not dripped:
        return _never_came(expected, case)
    sat_out = any(exchange.said.endswith("to the end") for exchange in dripped)
    return ruled(expected, "it waited to the end" if sat_out else "it gave up", passes=not sat_out)


def bounded_answer(case: Case, observation: Observation, about: About) -> Ruling:
    ruling = outcome.judge(case, observation, about)
    if not any(exchange.said.endswith(("padded", "gzip-bomb")) for exchange in observation.exchanges):
        return _never_came(ruling.expected, case)
    return ruling


def _never_came(expected: str, case: Case) -> Ruling:
    if case.setup.key_set:
        return inapplicable(expected, _VERIFIES_NOTHING)
    return unproven(expected, "the answer that matters was never asked for")


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
