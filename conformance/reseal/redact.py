"""Keeping secrets out of everything that is kept.

An observation never holds a password, token or seal: `fingerprint` stands for it, so that two can
still be compared, and `Secrets` finds and replaces planted ones in free text.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

# What looks like a token of anybody's: a JWT, an Iron seal, a Fernet seal.
_LOOKS_SECRET = re.compile(
    r"ey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*|Fe26\.2\*[^\s\"']{16,}|gAAAA[A-Za-z0-9_=-]{24,}"
)
_RESERVED = re.compile(rb"[^A-Za-z0-9_.~-]")
_SHORTEST = 8  # a shorter text would be found by chance
_MAX_TEXT = 2_000


def fingerprint(value: str) -> str:
    """Length and a short hash: ``<27 chars #1f0a9c3e>``."""
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"<{len(value)} chars #{digest}>"


@dataclass(slots=True)
class Secrets:
    """The canaries of one case, by what they are."""

    _names: dict[str, str] = field(default_factory=dict, repr=False)  # by spelling

    def plant(self, name: str, value: str | None) -> None:
        """Remember ``value`` as secret; the first name that a value is given stays."""
        if value and len(value) >= _SHORTEST and value not in self._names:
            self._names[value] = name
            self._names.setdefault(_percent_encoded(value), name)

    def found_in(self, text: str) -> tuple[str, ...]:
        """The names of the secrets that ``text`` holds, plainly or percent-encoded."""
        if len(text) < _SHORTEST:
            return ()
        return tuple(sorted({name for spelling, name in self._names.items() if spelling in text}))

    def redacted(self, text: str) -> str:
        """``text`` with every secret replaced by its name, and cut at 2,000 characters."""
        if len(text) >= _SHORTEST:
            present = [spelling for spelling in self._names if spelling in text]
            for spelling in sorted(present, key=len, reverse=True):
                text = text.replace(spelling, f"<{self._names[spelling]}>")
            text = _LOOKS_SECRET.sub(lambda match: fingerprint(match[0]), text)
        return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}… ({len(text)} characters in all)"


def _percent_encoded(text: str) -> str:
    """``text`` as it stands in a URL; a seal of 64 KiB takes `urllib.parse.quote` ten times as long."""
    octets = text.encode("utf-8", "surrogatepass")
    return _RESERVED.sub(lambda match: b"%%%02X" % ord(match[0]), octets).decode("ascii")
