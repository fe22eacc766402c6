"""What is wrong with a seal that can be seen without a password."""

from __future__ import annotations

import re

from .detect import IRON_NAMES, decoded, iron_parts
from .values import Finding, FormatName, guess, note

COOKIE_LIMIT = 4_096  # bytes of name and value that browsers keep (RFC 6265, 6.1)
_NAME = len("wos-session=")
_SALT = 64
_IV = 22
_MAC = 43
_LEAST: dict[FormatName, int] = {"ruby": 29, "ruby-6": 28, "opaque": 28, "dotnet": 44}


def damage(name: FormatName, text: str) -> tuple[Finding, ...]:
    """What keeps ``text`` from being opened with any password."""
    if "\u2026" in text or "..." in text:
        advice = "Copy the whole value: the tool that showed it left out the middle."
        return (Finding("elided", "It was shortened with dots for display.", advice),)
    if name == "iron":
        return _iron(text)
    if name == "fernet":
        return _fernet(text)
    if name in _LEAST:
        return _base64(name, text)
    return ()


def _iron(text: str) -> tuple[Finding, ...]:
    parts = iron_parts(text)
    prefix = parts.values[0]
    if prefix != "Fe26.2" and prefix.lower() == "fe26.2":
        return (_case_changed(),)
    if len(parts.values) > len(IRON_NAMES):
        text_ = f"It has {len(parts.values)} parts between its *, an Iron seal has {len(IRON_NAMES)}."
        return (Finding("extra-parts", text_, "Find out what adds to it."),)
    if prefix != "Fe26.2":
        is_cut = len(parts.values) < len(IRON_NAMES) or prefix in "Fe26.2"
        return (_beginning_missing() if is_cut else _prefix(),)
    if len(parts.values) < len(IRON_NAMES) or parts.is_cut:
        return (_cut(text),)
    return _iron_parts(parts.values)


def _iron_parts(values: tuple[str, ...]) -> tuple[Finding, ...]:
    _, _, salt, iv, ciphertext, expiration, mac_salt, mac = values
    letters = salt + mac_salt
    if re.search("[A-F]", letters) and not re.search("[a-f]", letters):
        return (_case_changed(),)
    if not re.search("[A-Z]", iv + ciphertext + mac):
        return (_case_changed(),)
    wrong = [
        *_length("encryption salt", salt, _SALT),
        *_length("iv", iv, _IV),
        *_length("mac salt", mac_salt, _SALT),
        *_length("mac", mac, _MAC),
    ]
    if len(decoded(ciphertext)) % 16 or not ciphertext:
        wrong.append("its ciphertext is no whole number of blocks")
    if not re.fullmatch(r"([1-9][0-9]*)?", expiration):
        wrong.append("its expiration is no number of milliseconds")
    if not wrong:
        return ()
    advice = "Characters were lost or added within it: compare it with what was set."
    return (Finding("damaged", f"A part of it is damaged: {'; '.join(wrong)}.", advice),)


def _length(name: str, value: str, expected: int) -> list[str]:
    return [] if len(value) == expected else [f"its {name} has {len(value)} characters, not {expected}"]


def _fernet(text: str) -> tuple[Finding, ...]:
    if not text.startswith("gAAAA") or not re.search("[A-Z]", text[5:]):
        return (_case_changed(),)
    body = text.rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", body):
        advice = "Compare it with what was set."
        return (Finding("damaged", "It has characters that base64 does not have.", advice),)
    size = len(decoded(body))
    if len(text) % 4 or size < 73 or (size - 57) % 16:
        return (_cut(text),)
    return ()


def _base64(name: FormatName, text: str) -> tuple[Finding, ...]:
    body = re.sub(r"\s", "", text.partition("~")[0])
    if len(decoded(body)) < _LEAST[name] or len(body) % 4:
        return (_cut(text),)
    return ()


def _cut(text: str) -> Finding:
    size = len(text.encode("utf-8", "replace"))
    if COOKIE_LIMIT - 64 <= size <= COOKIE_LIMIT:
        return Finding(
            "cut-at-limit",
            f"It was cut at the {COOKIE_LIMIT:,} bytes that a browser or proxy keeps of a cookie.",
            "Seal less: leave out metadata and large claims, or split the cookie.",
        )
    return Finding(
        "cut", f"Its end is missing: it was cut after {size:,} bytes.", "Copy or store the whole value."
    )


def _case_changed() -> Finding:
    return Finding(
        "case-changed",
        "Its letters were changed to one case, which base64 does not survive.",
        "Find what makes cookies lower or upper case: a header map, a test tool, a database collation.",
    )


def _beginning_missing() -> Finding:
    return Finding("beginning-missing", "Its beginning is missing.", "Copy or store the whole value.")


def _prefix() -> Finding:
    text = "It is built like an Iron seal, but does not begin with Fe26.2."
    return Finding("damaged", text, "Compare it with what was set.")


def remarks(name: FormatName, text: str, given: str) -> tuple[Finding, ...]:
    """What is odd about a seal, though it may open."""
    found = []
    size = len(given.encode("utf-8", "replace"))
    if size + _NAME > COOKIE_LIMIT:
        found.append(
            note(
                "too-large",
                f"With its name it is over {COOKIE_LIMIT:,} bytes: browsers drop such a cookie, or cut it.",
                "Seal less: leave out metadata and large claims, or split the cookie.",
            )
        )
    if name == "iron":
        found += _suffix(text)
    return tuple(found)


def _suffix(text: str) -> list[Finding]:
    parts = iron_parts(text)
    found = []
    if parts.suffix is None and not parts.is_cut:
        found.append(
            note(
                "suffix-missing",
                "The suffix ~2 is missing.",
                "The Kotlin SDK writes none. Node SDKs before 8 and iron-session 6 and 8 do not open such a "
                "seal; Node 8 and later do.",
            )
        )
    elif parts.suffix not in (None, "2"):
        found.append(
            note(
                "suffix-changed",
                f"Its suffix has {len(parts.suffix) + 1} characters and is not ~2.",
                "Readers differ: the newest Node SDK opens it, older ones and iron-session do not.",
            )
        )
    if len(parts.values) > 1 and parts.values[1] != "1":
        found.append(
            note(
                "password-id",
                "It names a password id other than 1.",
                "It was sealed with one of several passwords: the reader needs the one with that id.",
            )
        )
    return found


def another_password() -> tuple[Finding, ...]:
    """What is left when a whole seal does not open: it cannot be told which of the two it is."""
    return (
        guess(
            "another-password",
            "It was probably sealed with another password.",
            "Compare the passwords of the application that sealed it and of this one: other environment, "
            "rotated password, other deployment.",
        ),
        guess(
            "changed",
            "Or single characters of it were changed on the way.",
            "Compare it with what was set; nothing else can tell.",
        ),
    )
