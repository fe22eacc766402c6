"""What kind of behaviour an observation shows, and in what two of them differ.

A behaviour is what would be the same in another run: fingerprints, ids, ports and seconds are gone, and
how often a call was repeated with the same outcome no longer counts.  What is left are traits, each of
one aspect, in words that a reader understands.  Nothing here judges: a change is neither good nor bad.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import Any

from .formats.naming import snake
from .observation import CallSeen, ExchangeSeen, Leak, Observation, SealSeen

IN_SEAL, NOT_IN_SEAL = "in the new seal", "not in the new seal"
_SLUG = re.compile(r"[A-Za-z][A-Za-z0-9]*([_.-][A-Za-z0-9]+)*")
_MAX_NAME = 60
_MAX_COOKIE = 4_096  # what browsers keep (RFC 6265, 6.1)

Traits = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of a case shows.

    Attributes:
        traits: By aspect.  Where calls of a step differ, all that was seen, joined by "or".
        body: The fields of the authenticate requests; None where there was no such request.
        payload: What the new seals hold, ``user.`` before the fields of the user; None without a seal
            that opens.
    """

    traits: Traits
    body: frozenset[str] | None = None
    payload: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a case shows: its steps in order, and what leaked in any of them."""

    steps: tuple[Step, ...]
    leaks: frozenset[Leak] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One aspect in which two behaviours differ."""

    aspect: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.aspect}: {self.old} → {self.new}"


def behaviour(observation: Observation) -> Behaviour:
    """What kind of behaviour ``observation`` shows.  Pure: a stored observation shows the same."""
    numbered = list(enumerate(observation.calls))
    steps = groupby(numbered, key=lambda pair: pair[1].step)
    return Behaviour(
        tuple(_step(list(calls), observation) for _, calls in steps), frozenset(observation.leaks)
    )


def differences(old: Behaviour, new: Behaviour) -> tuple[Difference, ...]:
    """In what ``new`` differs from ``old``, each difference once.

    Fields are compared only where both sent a request, and payloads only where both made a seal: what
    is missing with the whole is no change of its own.
    """
    found: dict[Difference, None] = {}
    for before, after in zip_longest(old.steps, new.steps):
        if before is None or after is None:
            numbers = f"{len(old.steps)}", f"{len(new.steps)}"
            found[Difference("steps", *numbers)] = None
        else:
            found |= dict.fromkeys(_step_differences(before, after))
    for leak in sorted(old.leaks ^ new.leaks, key=lambda leak: (leak.where, leak.secret)):
        words = ("leaked", "not leaked") if leak in old.leaks else ("not leaked", "leaked")
        found[Difference(f"{leak.secret} in {leak.where}", *words)] = None
    return tuple(found)


def _step_differences(old: Step, new: Step) -> Iterator[Difference]:
    for aspect in [*old.traits, *(aspect for aspect in new.traits if aspect not in old.traits)]:
        before, after = old.traits.get(aspect), new.traits.get(aspect)
        # An aspect that one of them does not have belongs to a request, or a seal, that it did not make.
        if before is not None and after is not None and before != after:
            yield Difference(aspect, before, after)
    yield from _items("request field", old.body, new.body, ("sent", "not sent"))
    yield from _items("payload", old.payload, new.payload, (IN_SEAL, NOT_IN_SEAL))


def _items(
    what: str, old: frozenset[str] | None, new: frozenset[str] | None, words: tuple[str, str]
) -> Iterator[Difference]:
    if old is None or new is None:
        return
    there, missing = words
    for name in sorted(old - new):
        yield Difference(f"{what} {name}", there, missing)
    for name in sorted(new - old):
        yield Difference(f"{what} {name}", missing, there)


# -- from a step of an observation to its traits


def _step(numbered: list[tuple[int, CallSeen]], observation: Observation) -> Step:
    calls = [call for _, call in numbered]
    posts = [post for i, _ in numbered for post in observation.posts_of(i)]
    opened = [call.seal for call in calls if call.seal is not None and call.seal.problem is None]
    rows: list[Traits] = []
    for i, call in numbered:
        exchanges = [exchange for exchange in observation.exchanges if exchange.call == i]
        rows.append({**_result(call), **_sent(call, exchanges), **_seal(call, exchanges)})
    return Step(
        _joined(rows),
        frozenset(name for post in posts for name in post.fields) if posts else None,
        frozenset(name for seal in opened for name in _payload(seal)) if opened else None,
    )


def _joined(rows: Iterable[Traits]) -> dict[str, str]:
    seen: dict[str, set[str]] = {}
    for row in rows:
        for aspect, value in row.items():
            seen.setdefault(aspect, set()).add(value)
    return {aspect: " or ".join(sorted(values)) for aspect, values in seen.items()}


def _result(call: CallSeen) -> dict[str, str]:
    traits = {"result": outcome(call)}
    if call.kind == "returned" and call.returned is None:
        kinds = {"str": "a text", "missing": "missing", "NoneType": "null"}
        traits["sealed_session"] = kinds.get(call.sealed_session, f"a {call.sealed_session}")
    return traits


def outcome(call: CallSeen) -> str:
    """How a call ended: the result, the reason, the type of the exception."""
    if call.kind == "silent":
        return "no answer in time"
    if call.kind == "raised":
        return f"raised {_name(call.raised)}"
    if call.returned is not None:
        return f"returned a {_name(call.returned)}"
    if call.authenticated is True:
        return "success" if call.reason is None else f"success, with reason {_reason(call.reason)}"
    said = "refused" if call.authenticated is False else f"authenticated {_odd(call.authenticated)}"
    return f"{said}, {_reason(call.reason)}"


def _reason(reason: Any) -> str:
    if reason is None:
        return "without a reason"
    if isinstance(reason, str) and len(reason) <= _MAX_NAME and _SLUG.fullmatch(reason):
        return reason
    # The words of an exception hold addresses and ids.
    return "free text for a reason" if isinstance(reason, str) else f"reason {_odd(reason)}"


def _odd(value: Any) -> str:
    return json.dumps(value) if value is None or isinstance(value, bool) else f"a {type(value).__name__}"


def _name(name: str | None) -> str:
    return name if name is not None and len(name) <= _MAX_NAME and _SLUG.fullmatch(name) else "something"


def _sent(call: CallSeen, exchanges: list[ExchangeSeen]) -> dict[str, str]:
    posts = [exchange for exchange in exchanges if exchange.kind == "authenticate"]
    elsewhere = any(exchange.origin == "elsewhere" for exchange in exchanges)
    traits = {"requests to another origin": "yes" if elsewhere else "no"}
    if call.together > 1:
        # Requests of calls at once are not told apart, and how they interleave is chance.
        return traits
    traits |= {"tries": str(len(posts)), "key set": _key_set(exchanges)}
    others = sorted({exchange.method for exchange in exchanges if exchange.kind == "other"})
    traits["other requests"] = ", ".join(others) or "none"
    if posts:
        is_own = all(post.sent_refresh_token == call.cookie_refresh_token for post in posts)
        traits |= {
            "refresh token sent": "the cookie's" if is_own else "another",
            "body": " and ".join(sorted({post.content_type or "of no type" for post in posts})),
            "API key": " and ".join(sorted({c for post in posts for c in post.credentials})) or "not sent",
            "request refused for": "; ".join(sorted({p for post in posts for p in post.problems}))
            or "nothing",
        }
    return traits


def _key_set(exchanges: list[ExchangeSeen]) -> str:
    kinds = [exchange.kind for exchange in exchanges]
    if "key-set" not in kinds:
        return "not fetched"
    number = kinds.count("key-set")
    is_early = "authenticate" in kinds and kinds.index("key-set") < kinds.index("authenticate")
    times = "" if number == 1 else f" {number} times"
    return f"fetched{times} {'before' if is_early else 'after'} the exchange"


def _seal(call: CallSeen, exchanges: list[ExchangeSeen]) -> dict[str, str]:
    seal = call.seal
    if seal is None:
        return {}
    traits = {f"seal's {name}": value for name, value in seal.form.items()}
    traits["cookie octets only"] = "yes" if seal.cookie_safe else "no"
    traits["seal over 4,096 characters"] = "yes" if seal.length > _MAX_COOKIE else "no"
    traits["new seal"] = "opens" if seal.problem is None else f"does not open: {seal.problem}"
    if seal.problem is not None:
        return traits
    traits["opens everywhere"] = "yes" if seal.quirk is None else f"no: {seal.quirk}"
    given = [exchange for exchange in exchanges if exchange.refresh_token is not None]
    if given and call.together == 1:
        traits |= _contents(call, seal, given[-1])
    return traits


def _contents(call: CallSeen, seal: SealSeen, given: ExchangeSeen) -> dict[str, str]:
    def token(inside: str | None, new: str | None, old: str | None) -> str:
        return {None: "missing", new: "the new one", old: "the old one"}.get(inside, "another")

    return {
        "refresh token in the seal": token(
            seal.refresh_token, given.refresh_token, call.cookie_refresh_token
        ),
        "access token in the seal": token(seal.access_token, given.access_token, call.cookie_access_token),
        "user in the seal": _same(_spelled(seal.user), given.user),
        "impersonator in the seal": _same(seal.impersonator, given.impersonator),
    }


def _same(inside: Any, given: Any) -> str:
    if inside is None:
        return "none"
    if not isinstance(inside, Mapping) or not isinstance(given, Mapping):
        return "as answered" if inside == given else "altered"
    # Which fields are there is told by the payload.
    return "as answered" if all(given.get(name, item) == item for name, item in inside.items()) else "altered"


def _spelled(user: Any) -> Any:
    return {snake(name): value for name, value in user.items()} if isinstance(user, Mapping) else user


def _payload(seal: SealSeen) -> Iterator[str]:
    yield from seal.fields
    if isinstance(seal.user, Mapping):
        yield from (f"user.{snake(name)}" for name in seal.user)
