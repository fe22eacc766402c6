"""What a judge says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..cases import Case
from ..observation import CallSeen, ExchangeSeen, Observation
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


def given_to(number: int, observation: Observation) -> tuple[ExchangeSeen, ...]:
    """The exchanges that gave a call its tokens: who hands back the old cookie, or makes one up, has none.

    Tokens that an earlier call got for the same refresh token, and could not verify, may have been kept;
    those that a call at the same time got for it may be shared.
    """
    own = [post for post in observation.posts_of(number) if post.refresh_token is not None]
    call = observation.calls[number]
    seal = call.seal
    if own or seal is None:
        return tuple(own)
    inside = (seal.access_token, seal.refresh_token)
    # What was kept is no longer, once it was sealed.
    before = [c for c in observation.calls[:number] if c.is_success and c.cookie != call.cookie]
    was_sealed = any(c.seal and inside == (c.seal.access_token, c.seal.refresh_token) for c in before)

    def gave(post: ExchangeSeen) -> bool:
        of = observation.calls[post.call]
        is_shared = call.together > 1 and of.step == call.step
        # What does not open may hold any tokens.
        is_inside = inside == (post.access_token, post.refresh_token) or (
            is_shared and seal.problem is not None
        )
        return is_inside and (is_shared or not (of.is_success or was_sealed))

    earlier = (post for post in observation.posts() if post.call < number and post.refresh_token is not None)
    return tuple(
        post for post in earlier if post.sent_refresh_token == call.cookie_refresh_token and gave(post)
    )


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
