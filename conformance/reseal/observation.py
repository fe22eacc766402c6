"""What was seen of one case, from four sides, and without a secret.

The call (what it returned or raised), the endpoint (what it received), the new seal (what is inside,
opened by a codec that is not the implementation's), and what leaked.  Tokens and seals are
fingerprints, so that two can be compared, a report can be published, and a stored observation can be
judged again.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeVar, cast

T = TypeVar("T")

OF_AN_EARLIER_CASE = " of an earlier case"
"""What the name of a secret ends in that came to light after its own case."""


@dataclass(frozen=True, slots=True)
class SealSeen:
    """A seal that the implementation returned.

    Attributes:
        problem: Why it does not open, or None.
        quirk: Why it does not open everywhere, or None.
        access_token, refresh_token: Fingerprints of what is inside.
        form: What can be told of it from outside: its format, when it expires, and the like.
        first_block: A fingerprint of where the ciphertext begins; None in a format of its own.
    """

    fingerprint: str
    length: int
    cookie_safe: bool
    problem: str | None = None
    quirk: str | None = None
    access_token: str | None = None
    refresh_token: str | None = None
    user: Any = None
    impersonator: Any = None
    fields: tuple[str, ...] = ()
    form: Mapping[str, str] = field(default_factory=dict)
    first_block: str | None = None


@dataclass(frozen=True, slots=True)
class CallSeen:
    """One call.

    Attributes:
        step: Which step of the case it belongs to.
        kind: ``silent`` stands for no answer before the deadline.
        returned: The type of what was returned, where that has no ``authenticated``.
        sealed_session: The type of that field; ``missing`` where there is none.
        cookie, cookie_access_token, cookie_refresh_token: Fingerprints of what it was given.
        cookie_is_sound: Whether the cookie is what was sealed, and not changed since.
        together: How many calls were made at once; which of them sent what can be told where each has
            a session of its own.
    """

    step: int
    kind: Literal["returned", "raised", "silent"]
    seconds: float
    cookie: str | None = None
    cookie_access_token: str | None = None
    cookie_refresh_token: str | None = None
    cookie_is_sound: bool = True
    organization_id: str | None = None
    returned: str | None = None
    authenticated: Any = None
    reason: Any = None
    sealed_session: str = "missing"
    seal: SealSeen | None = None
    raised: str | None = None
    message: str | None = None
    together: int = 1

    @property
    def is_success(self) -> bool:
        """Whether the implementation says that it succeeded."""
        return self.kind == "returned" and bool(self.authenticated)


@dataclass(frozen=True, slots=True)
class ExchangeSeen:
    """One request and its answer.

    Attributes:
        call: The number of the call during which it came: of several at once, the one whose refresh
            token it sent, or the first.
        fields: The fields of an authenticate request; secrets as names or fingerprints.
        credentials: How the API key came: ``client_secret``, ``bearer``.
        content_type: The media type of the body, without parameters.
        said: The answer in short.
        sent_refresh_token, access_token, refresh_token: Fingerprints of what came and what was given.
    """

    call: int
    kind: Literal["authenticate", "key-set", "other"]
    origin: Literal["endpoint", "elsewhere"]
    method: str
    path: str
    status: int
    said: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    credentials: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    sent_refresh_token: str | None = None
    access_token: str | None = None
    refresh_token: str | None = None
    user: Any = None
    impersonator: Any = None
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret where it must not be, by its name."""

    secret: str
    where: str


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything that was seen of one case."""

    calls: tuple[CallSeen, ...]
    exchanges: tuple[ExchangeSeen, ...]
    leaks: tuple[Leak, ...] = ()
    output: str = ""

    @property
    def last(self) -> CallSeen:
        return self.calls[-1]

    @property
    def is_refused_unasked(self) -> bool:
        """Whether the last call came to no success, and the endpoint was never asked for tokens."""
        return not self.last.is_success and not self.posts()

    def posts(self) -> tuple[ExchangeSeen, ...]:
        """The authenticate requests."""
        return tuple(exchange for exchange in self.exchanges if exchange.kind == "authenticate")

    def posts_of(self, call: int) -> tuple[ExchangeSeen, ...]:
        return tuple(exchange for exchange in self.posts() if exchange.call == call)

    def without(self, steps: Container[int]) -> Observation:
        """What there is of it but for the calls of ``steps``, and what was sent in them."""
        kept = [i for i, call in enumerate(self.calls) if call.step not in steps]
        return replace(
            self,
            calls=tuple(self.calls[i] for i in kept),
            exchanges=tuple(replace(e, call=kept.index(e.call)) for e in self.exchanges if e.call in kept),
        )

    def key_set_requests(self) -> int:
        return sum(exchange.kind == "key-set" for exchange in self.exchanges)


def from_json(value: Mapping[str, Any]) -> Observation:
    """An observation as `dataclasses.asdict` and JSON left it."""
    return Observation(
        calls=tuple(_call(row) for row in value["calls"]),
        exchanges=tuple(_read(ExchangeSeen, row) for row in value["exchanges"]),
        leaks=tuple(_read(Leak, row) for row in value["leaks"]),
        output=value["output"],
    )


def _call(row: Mapping[str, Any]) -> CallSeen:
    seal = None if row["seal"] is None else _read(SealSeen, row["seal"])
    return _read(CallSeen, {**row, "seal": seal})


def _read(kind: type[T], row: Mapping[str, Any]) -> T:
    known = {f.name for f in fields(cast("Any", kind))}
    lists = {
        name: tuple(value) if _is_tuple(kind, name) else value for name, value in row.items() if name in known
    }
    return kind(**lists)


def _is_tuple(kind: type, name: str) -> bool:
    return str(kind.__annotations__[name]).startswith("tuple[")
