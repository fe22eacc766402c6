"""``secrecy.*``: planted secrets must not come to light."""

from __future__ import annotations

from ..cases import Case
from ..observation import Observation
from ..target import About
from .ruling import Ruling, inapplicable, ruled


def exceptions(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    expected = "no password, token, key or cookie in an exception or a reason"
    if not any(call.kind == "raised" or isinstance(call.reason, str) for call in observation.calls):
        return inapplicable(expected, "nothing was raised, and no reason given")
    return _leaks(observation, expected, ("exception", "reason"))


def output(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    expected = "no password, token, key or cookie in stdout, stderr or logs"
    if all(call.kind == "silent" for call in observation.calls):
        return inapplicable(expected, "no call came to an end")
    return _leaks(observation, expected, ("output",))


def _leaks(observation: Observation, expected: str, places: tuple[str, ...]) -> Ruling:
    found = [leak for leak in observation.leaks if leak.where in places]
    got = "; ".join(f"the {leak.secret} in the {leak.where}" for leak in found) or "none"
    return ruled(expected, got, passes=not found)
