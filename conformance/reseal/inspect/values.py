"""What is found out about a cookie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FormatName = Literal[
    "iron",
    "fernet",
    "ruby",
    "ruby-6",
    "go",
    "php",
    "dotnet",
    "emulator",
    "opaque",  # base64 of what looks like noise: only the password tells whose
    "jwt",
    "json",
    "id",
    "text",
    "empty",
]
NOT_SEALS: tuple[FormatName, ...] = ("jwt", "json", "id", "text", "empty")

Verdict = Literal["would-refresh", "would-not-refresh", "does-not-open", "no-password", "not-a-seal"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the cookie that its owner should know.

    Attributes:
        id: A stable slug, such as ``percent-encoded``.
        text: What was found, as a whole sentence.
        advice: What to do about it; may be empty.
        certain: Whether it was proven, in place of being likely.
        is_cause: Whether it keeps the cookie from being opened or refreshed.
    """

    id: str
    text: str
    advice: str = ""
    certain: bool = True
    is_cause: bool = True


def note(slug: str, text: str, advice: str = "") -> Finding:
    """A finding that does no harm by itself."""
    return Finding(slug, text, advice, is_cause=False)


def guess(slug: str, text: str, advice: str = "") -> Finding:
    """A cause that is likely, but cannot be proven from what is at hand."""
    return Finding(slug, text, advice, certain=False)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a cookie: what it is called, how long it is, and what can be read in it."""

    name: str
    length: int
    value: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What is inside an opened cookie, with nothing in it that could be used.

    Attributes:
        value: The payload; tokens are shown as length and short hash.
        claims: Those of the access token, where it can be read.
        would_refresh: Whether an SDK of the format would send the refresh token.
    """

    value: Any
    claims: Mapping[str, Any] | None
    would_refresh: bool


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that was found out, in the order in which it helps.

    Attributes:
        characters: The length as it was given.
        size: Its length in bytes, as it was given.
        sealed_at_s: Seconds since 1970; None where the format does not say.
        sealed_at_is_estimate: Whether ``sealed_at_s`` is computed from the expiration.
        opens: Whether it opens as it was given; None where no password was.
        findings: The likeliest cause first; notes after the causes.
    """

    verdict: Verdict
    format: FormatName
    producer: str
    fingerprint: str
    characters: int
    size: int
    now_s: float
    parts: tuple[Part, ...] = ()
    sealed_at_s: float | None = None
    sealed_at_is_estimate: bool = False
    expires_at_s: float | None = None
    opens: bool | None = None
    content: Content | None = field(default=None, repr=False)
    findings: tuple[Finding, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong, as far as can be told."""
        return self.verdict in ("would-refresh", "no-password")
