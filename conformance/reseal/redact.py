"""Keeping secrets out of everything that is kept.

An observation never holds a password, token or seal: `fingerprint` stands for it, so that two can
still be compared, and `Secrets` finds and replaces planted ones in free text.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field

# What looks like a token of anybody's: a JWT, an Iron seal, a Fernet seal.
_LOOKS_SECRET = re.compile(
    r"ey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*|Fe26\.2\*[^\s\"']{16,}|gAAAA[A-Za-z0-9_=-]{24,}"
)
_RESERVED = re.compile(rb"[^A-Za-z0-9_.~-]")
_SHORTEST = 8  # a shorter text would be found by chance
_MAX_TEXT = 2_000
_LOOKED_AT = 4 * _MAX_TEXT  # what is replaced is longer than what comes in its place
_WORD = re.compile(r"[\w-]*")
_LAST_WORD = re.compile(r"(?<![\w-])[\w-]*\Z")
_NOISE = frozenset({"cookie password", "API key", "refresh token", "new refresh token"})
"""Secrets that are noise from end to end, so that an end of one says whose it is.

JWTs and seals begin alike.
"""
_END = 16  # characters of noise that are enough to know a secret by, and to be worth something
_LONG_ENOUGH = 24  # of a shorter secret, an end would be nearly all


def fingerprint(value: str) -> str:
    """Length and a short hash: ``<27 chars #1f0a9c3e>``."""
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"<{len(value)} chars #{digest}>"


def in_common(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    apart = (i for i, (mine, its) in enumerate(zip(one, other, strict=False)) if mine != its)
    return next(apart, min(len(one), len(other)))


@dataclass(slots=True)
class Secrets:
    """The canaries of one case, by what they are."""

    _names: dict[str, str] = field(default_factory=dict, repr=False)  # by spelling
    _ends: dict[str, str] = field(default_factory=dict, repr=False)  # by beginning or end

    def plant(self, name: str, value: str | None) -> None:
        """Remember ``value`` as secret; the first name that a value is given stays."""
        if value and len(value) >= _SHORTEST and value not in self._names:
            self._names[value] = name
            self._names.setdefault(_percent_encoded(value), name)
            if name in _NOISE and len(value) >= _LONG_ENOUGH:
                for spelling in _encoded(value.encode("utf-8", "surrogatepass")):
                    self._names.setdefault(spelling, name)
                for end in (value[:_END], value[-_END:]):
                    self._ends.setdefault(end, name)

    def found_in(self, text: str) -> tuple[str, ...]:
        """The names of the secrets that ``text`` holds: plainly, percent-encoded, or in part.

        Passwords, API keys and refresh tokens are found in hex and base64 too, and by 16 characters
        from either end.
        """
        if len(text) < _SHORTEST:
            return ()
        spellings = (*self._names.items(), *self._ends.items())
        return tuple(sorted({name for spelling, name in spellings if spelling in text}))

    def __contains__(self, value: str) -> bool:
        return value in self._names

    def alike(self, text: str) -> str:
        """The secret that has its beginning in common with ``text`` for longest."""
        return max(self._names, key=lambda spelling: in_common(spelling, text), default="")

    def redacted(self, text: str) -> str:
        """``text`` with every secret replaced by its name, and cut at 2,000 characters."""
        if len(text) < _SHORTEST:
            return text
        present = [spelling for spelling in self._names if spelling in text]
        for spelling in sorted(present, key=len, reverse=True):
            text = text.replace(spelling, f"<{self._names[spelling]}>")
        # To look at all of a flood takes minutes, and no more than its beginning is kept.
        text, left_out = _beginning(text)
        for end in [end for end in self._ends if end in text]:
            text = _without(end, text, f"<part of {self._ends[end]}>")
        text = _LOOKS_SECRET.sub(lambda match: fingerprint(match[0]), text)
        length = len(text) + left_out
        return text if length <= _MAX_TEXT else f"{text[:_MAX_TEXT]}… ({length} characters in all)"


def _beginning(text: str) -> tuple[str, int]:
    """The part of ``text`` that may be shown, to the end of a word, and how many characters follow it."""
    if len(text) <= _LOOKED_AT:
        return text, 0
    end = max(text.rfind(blank, _MAX_TEXT, _LOOKED_AT) for blank in " \n\"'")
    end = end if end >= 0 else _LOOKED_AT
    return text[:end], len(text) - end


def _without(end: str, text: str, by: str) -> str:
    """``text`` with ``by`` for ``end``, and for what stands next to it: that may be more of the secret."""
    kept, at = [], 0
    while (found := text.find(end, at)) >= 0:
        before = _LAST_WORD.search(text[at:found])
        assert before is not None  # noqa: S101 - nothing is a word as well
        after = _WORD.match(text, found + len(end))
        assert after is not None  # noqa: S101 - likewise
        kept += [text[at : at + before.start()], by]
        at = after.end()
    return "".join((*kept, text[at:]))


def _percent_encoded(text: str) -> str:
    """``text`` as it stands in a URL; a seal of 64 KiB takes `urllib.parse.quote` ten times as long."""
    octets = text.encode("utf-8", "surrogatepass")
    return _RESERVED.sub(lambda match: b"%%%02X" % ord(match[0]), octets).decode("ascii")


def _encoded(value: bytes) -> Iterator[str]:
    """``value`` in hex, and in base64 as it stands within what is encoded with it."""
    yield value.hex()
    yield value.hex().upper()
    for before in range(3):
        text = b64encode(bytes(before) + value).decode()
        # A character of base64 has six bits: those that hold bits of others depend on them.
        own = text[-(-before * 8 // 6) : (before + len(value)) * 8 // 6]
        yield own
        yield own.translate(str.maketrans("+/", "-_"))
