"""Undoing what happens to cookies on their way: quotes, encodings, headers, copies.

Each repair takes a text and gives the mended one, or None where it does not apply.  A repair only
speaks up where it is sure, so what it did is the certain cause.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Callable
from urllib.parse import unquote

from .detect import recognise
from .values import NOT_SEALS, Finding

_QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019", "`": "`"}
_PAIR = re.compile(
    r"\s*(?:(?:set-)?cookie:\s*)?([A-Za-z0-9_.!#$%&'^`|-]+)=(.{20,})", re.IGNORECASE | re.DOTALL
)
_STARTS = re.compile(r"Fe26\.2\*|gAAAA")
_MOST_ROUNDS = 8  # a cookie can be wrapped again and again


def unwrap(text: str) -> tuple[str, tuple[Finding, ...]]:
    """``text`` freed of all that does not belong to a seal, and what was found on the way."""
    findings: list[Finding] = []
    for _ in range(_MOST_ROUNDS):
        step = next(((new, f) for repair, f in _REPAIRS if (new := repair(text)) not in (None, text)), None)
        if step is None or step[0] is None:
            break
        text = step[0]
        if step[1] not in findings:
            findings.append(step[1])
    return text, tuple(findings)


def is_seal(text: str) -> bool:
    """Whether it looks like a seal of some SDK."""
    return recognise(text) not in NOT_SEALS


def _white_space(text: str) -> str | None:
    if recognise(text) in ("ruby-6", "empty", "json"):
        return None  # its line breaks belong to it
    mended = re.sub(r"[\s\u200b\ufeff]+", "", text)
    if mended == text or ";" in text or ":" in text:
        return None
    # Between the words of a text, spaces are no damage.
    return _if_seal(mended) if re.search(r"\S \S", text) else mended


def _plus(text: str) -> str | None:
    stripped = text.strip()
    mended = stripped.replace(" ", "+")
    if mended == stripped or "\n" in stripped:
        return None
    return mended if recognise(mended) in ("opaque", "ruby", "dotnet") else None


def _quoted(text: str) -> str | None:
    stripped = text.strip()
    for quote in ('\\"', "\\'"):
        if stripped.startswith(quote) and stripped.endswith(quote):
            return stripped[len(quote) : -len(quote)]
    if len(stripped) > 1 and _QUOTES.get(stripped[0]) == stripped[-1]:
        return stripped[1:-1]
    return None


def _percent_encoded(text: str) -> str | None:
    return unquote(text) if re.search(r"%[0-9A-Fa-f]{2}", text) else None


def _header(text: str) -> str | None:
    """The value out of ``name=value; Path=/``; of several cookies, the one that looks like a seal."""
    if is_seal(text):
        return None
    pairs = [found[2].strip() for piece in text.split(";") if (found := _PAIR.fullmatch(piece.rstrip()))]
    if not pairs:
        return None
    return next((value for value in pairs if is_seal(value)), pairs[0])


def _escaped(text: str) -> str | None:
    mended = re.sub(r"\\u([0-9A-Fa-f]{4})", lambda m: chr(int(m[1], 16)), text).replace("\\/", "/")
    mended = html.unescape(mended) if re.search(r"&#?[a-z0-9]+;", mended) else mended
    return mended if recognise(text) != "json" else None


def _in_json(text: str) -> str | None:
    """The seal inside a JSON text, object or list."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((item for item in values if isinstance(item, str) and is_seal(item)), None)


def _base64_twice(text: str) -> str | None:
    try:
        inner = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return _if_seal(inner)


def _joined(text: str) -> str | None:
    """The first of two seals that were joined."""
    starts = [found.start() for found in _STARTS.finditer(text)]
    if not starts or starts[0] != 0:
        return None
    # Within base64 the second beginning may stand by chance; after padding or a comma it does not.
    seconds = [at for at in starts[1:] if text.startswith("Fe26", at) or text[at - 1] in "=,;|"]
    return text[: seconds[0]].rstrip(",;| ") if seconds else None


def _bearer(text: str) -> str | None:
    found = re.fullmatch(r"Bearer\s+(\S+)", text, re.IGNORECASE)
    return found[1] if found else None


def _padding(text: str) -> str | None:
    """A Fernet token whose padding was lost: many parsers of cookies cut it off."""
    if recognise(text) != "fernet" or not re.fullmatch(r"[A-Za-z0-9_-]+", text) or len(text) % 4 < 2:
        return None
    padded = text + "=" * (-len(text) % 4)
    # 57 bytes and whole blocks: otherwise it was cut, and padding does not mend that.
    return padded if (len(base64.urlsafe_b64decode(padded)) - 57) % 16 == 0 else None


def _alphabet(text: str) -> str | None:
    return text.translate({ord("+"): "-", ord("/"): "_"}) if recognise(text) in ("iron", "fernet") else None


def _if_seal(text: str) -> str | None:
    return text if is_seal(text) else None


_REPAIRS: tuple[tuple[Callable[[str], str | None], Finding], ...] = (
    (
        _percent_encoded,
        Finding(
            "percent-encoded",
            "It is percent-encoded.",
            "Decode it once before it is unsealed, or do not encode it when the cookie is set.",
        ),
    ),
    (
        _header,
        Finding(
            "cookie-header",
            "It is a piece of a Cookie or Set-Cookie header, not the value alone.",
            "Pass only what stands between the name's = and the first ;.",
        ),
    ),
    (
        _bearer,
        Finding("bearer", "It is the value of an Authorization header.", "The cookie goes without Bearer."),
    ),
    (
        _quoted,
        Finding(
            "quoted",
            "It stands in quotes, which a proxy, a framework or a shell has added.",
            "Remove them before the cookie is unsealed.",
        ),
    ),
    (
        _in_json,
        Finding("in-json", "It is a JSON text with the seal inside.", "Pass the string alone."),
    ),
    (
        _escaped,
        Finding(
            "escaped",
            "It has escapes of JSON or HTML in it.",
            "Take it from the parsed value, not from the source text.",
        ),
    ),
    (
        _joined,
        Finding(
            "joined",
            "It is two seals, one after the other.",
            "Two cookies of the same name were joined: delete the older one, and check Domain and Path.",
        ),
    ),
    (
        _plus,
        Finding(
            "plus-became-space",
            "Every + in it has become a space, as form decoding does.",
            "Do not decode the cookie as a form field.",
        ),
    ),
    (
        _white_space,
        Finding(
            "white-space",
            "It has white space or line breaks in it that do not belong there.",
            "Copy it as one line, and strip it.",
        ),
    ),
    (
        _base64_twice,
        Finding(
            "base64-twice",
            "It is a seal in base64 once more.",
            "Something on the way encodes cookies: decode once, or do not encode.",
        ),
    ),
    (
        _alphabet,
        Finding(
            "other-alphabet",
            "It has + and / where its format has - and _.",
            "Something on the way rewrites base64: pass the cookie through unchanged.",
        ),
    ),
    (
        _padding,
        Finding(
            "padding-lost",
            "The = at its end were lost.",
            "Something on the way takes = for a separator: quote or encode the value on both sides.",
        ),
    ),
)
