"""What the engine knows of an implementation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from ..formats import Format
from ..protocol import RefreshRequest, SealName


@dataclass(frozen=True, slots=True)
class About:
    """What an implementation says of itself.

    Attributes:
        notes: What a reader of the report should know about how it was run.
    """

    spec: str
    name: str
    version: str
    language: str
    seal: SealName
    capabilities: tuple[str, ...] = ()
    extra_reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """The call returned.

    Attributes:
        fields: ``authenticated``, ``sealed_session`` and ``reason``, those that are there.
        type: What was returned, where it has none of them.
    """

    fields: Mapping[str, Any] = field(repr=False)
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Raised:
    """The call raised; ``text`` is all that its user could come to see of it."""

    type: str
    message: str = field(repr=False)
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Silent:
    """The call did not end before its deadline."""

    seconds: float


Answer = Returned | Raised | Silent


class Target(Protocol):
    """A running implementation."""

    @property
    def about(self) -> About: ...

    @property
    def sealing(self) -> Format:
        """The format of its cookies."""

    def refresh(self, requests: Sequence[RefreshRequest], deadline_s: float) -> tuple[Answer, ...]:
        """Call it with every request at once, and wait for all answers, ``deadline_s`` seconds at most.

        Raises TargetError where the implementation cannot be asked at all.
        """

    def output(self) -> str:
        """What it printed and logged since this was asked last."""

    def close(self) -> None:
        """Stop it."""


_SPELLINGS = {
    "authenticated": ("authenticated",),
    "sealed_session": ("sealed_session", "sealedSession"),
    "reason": ("reason",),
}


def returned(value: object) -> Returned:
    """Read a result: a mapping, or an object with attributes.  Maps names only, repairs nothing."""
    found = {name: item for name, spellings in _SPELLINGS.items() for item in _look_up(value, spellings)}
    if "authenticated" not in found and not isinstance(value, Mapping):
        return Returned(found, type=type(value).__name__)
    return Returned(found)


def _look_up(value: object, spellings: Sequence[str]) -> list[Any]:
    for name in spellings:
        if isinstance(value, Mapping):
            if name in value:
                return [_plain(value[name])]
        elif hasattr(value, name):
            return [_plain(getattr(value, name))]
    return []


def _plain(value: Any) -> Any:
    """The value of an enum's member; anything else as it is."""
    return value.value if isinstance(value, Enum) else value
