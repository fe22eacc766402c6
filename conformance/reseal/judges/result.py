"""``result.*``: the shape of the answer."""

from __future__ import annotations

import re

from ..cases import Case
from ..observation import CallSeen, Observation
from ..protocol import REASONS
from ..target import About
from .ruling import Ruling, inapplicable, ruled, told

_NO_SEAL = ("missing", "NoneType", "str")
_A_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def success_shape(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    expected = "authenticated is true and sealed_session a non-empty string"
    calls = [call for call in observation.calls if call.is_success]
    if not calls:
        return inapplicable(expected, "no call claims success")
    wrong = next((call for call in calls if call.authenticated is not True or call.seal is None), None)
    return ruled(expected, told(wrong or calls[0]), passes=wrong is None)


def failure_shape(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    expected = "authenticated is false and reason a string"
    calls = _failures(observation)
    if not calls:
        return inapplicable(expected, "no call returned a failure")
    wrong = next(
        (c for c in calls if c.authenticated is not False or not isinstance(c.reason, str) or not c.reason),
        None,
    )
    return ruled(expected, told(wrong or calls[0]), passes=wrong is None)


def reason_only_on_failure(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    expected = "no reason on success"
    calls = [call for call in observation.calls if call.is_success]
    if not calls:
        return inapplicable(expected, "no call claims success")
    wrong = next((call for call in calls if call.reason not in (None, "")), None)
    return ruled(expected, told(wrong or calls[0]), passes=wrong is None)


def no_seal_on_failure(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    expected = "no sealed_session on failure"
    calls = [call for call in _failures(observation) if call.authenticated is False or call.reason]
    if not calls:
        return inapplicable(expected, "no call returned a failure")
    # An empty text is how languages without null say that there is none.
    wrong = next((c for c in calls if c.seal is not None or c.sealed_session not in _NO_SEAL), None)
    return ruled(expected, told(wrong or calls[0]), passes=wrong is None)


def reason_vocabulary(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    """Extensions are allowed where the target declares them, and only as names: never as text."""
    allowed = {*REASONS, *(reason for reason in about.extra_reasons if _A_NAME.fullmatch(reason))}
    expected = "reason is one of the documented five, or one that the target declares; never a text"
    calls = [call for call in _failures(observation) if call.reason is not None]
    if not calls:
        return inapplicable(expected, "no call returned a reason")
    wrong = next((call for call in calls if call.reason not in allowed), None)
    return ruled(expected, told(wrong or calls[0]), passes=wrong is None)


def returned_not_raised(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    if case.expect.outcome != "reason":
        return inapplicable("the documented reasons are returned", "the case does not end in one of the five")
    expected = f"reason {case.expect.reason!r} is returned"
    call = observation.last
    if call.kind == "returned" and (call.is_success or not call.reason):
        return inapplicable(expected, "no reason was returned, nor anything raised")
    return ruled(expected, told(call), passes=call.kind == "returned")


def _failures(observation: Observation) -> list[CallSeen]:
    return [call for call in observation.calls if call.kind == "returned" and not call.is_success]
