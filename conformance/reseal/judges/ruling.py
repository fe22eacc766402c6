"""What a judge says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..cases import Case
from ..observation import CallSeen, Observation
from ..target import About
from ..verdict import State


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict on one observation, in words that a report can show."""

    state: State
    expected: str
    got: str


Judge = Callable[[Case, Observation, About], Ruling]


def ruled(expected: str, got: str, *, passes: bool) -> Ruling:
    return Ruling("pass" if passes else "fail", expected, got)


def inapplicable(expected: str, why: str) -> Ruling:
    """The requirement says nothing about this observation."""
    return Ruling("not_applicable", expected, why)


def unproven(expected: str, why: str) -> Ruling:
    """Nothing could be learned: what the requirement speaks of did not come about."""
    return Ruling("not_run", expected, why)


def told(call: CallSeen) -> str:
    """A call in short: what it returned or raised."""
    if call.kind == "silent":
        return f"no answer within {call.seconds:.1f} s"
    if call.kind == "raised":
        message = " ".join((call.message or "").split())
        return f"raised {call.raised}: {message}" if message else f"raised {call.raised}"
    if call.returned is not None:
        return f"returned a {call.returned} without the documented fields"
    said = [f"authenticated {call.authenticated!r}"]
    if call.reason is not None:
        said.append(f"reason {call.reason!r}")
    if call.seal is not None:
        said.append(f"sealed_session {call.seal.fingerprint}")
    elif call.sealed_session not in ("missing", "NoneType"):
        said.append(f"sealed_session an empty or odd {call.sealed_session}")
    return "returned " + ", ".join(said)
