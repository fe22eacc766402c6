"""What is wrong with a password: by its looks, and by trying how it may have been meant."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from .detect import decoded
from .opening import is_fernet_key, utf16_length
from .values import Finding, FormatName, guess

_HEX_KEY = re.compile(r"[0-9A-Fa-f]{64}")


def meant(password: str) -> Iterator[tuple[str, Finding]]:
    """Other passwords that the given one may stand for, each with what it would prove."""
    for read, finding in _READINGS:
        other = read(password)
        if other is not None and other != password:
            yield other, finding


def looks(name: FormatName, password: str) -> tuple[Finding, ...]:
    """What is wrong with ``password`` for the format ``name``, before anything is tried."""
    if not password:
        advice = "Set it: the environment variable or file that it comes from is empty."
        return (Finding("password-empty", "The password is empty.", advice),)
    found = [*_for_format(name, password)]
    if password != password.strip() or password.strip()[:1] in "\"'":
        advice = "Remove them from the environment variable or the file."
        text = "The password has quotes or white space around it."
        found.append(guess("password-wrapped", text, advice))
    return tuple(found)


def _for_format(name: FormatName, password: str) -> Iterator[Finding]:
    if name == "iron":
        yield from _for_iron(password)
    elif name == "fernet" and not is_fernet_key(password):
        yield _no_fernet_key(password)
    elif name == "ruby" and len(password.encode()) < 32:
        yield _too_short(len(password.encode()), "bytes", "the Ruby SDK")
    elif name == "go" and not _HEX_KEY.fullmatch(password):
        yield guess(
            "password-not-hex",
            "The password is not 64 hexadecimal digits, which is all that newer Go SDKs accept.",
            "Use the Go application's own: openssl rand -hex 32 makes such a one.",
        )
    elif name == "php" and len(decoded(password)) != 32:
        yield Finding(
            "password-not-base64",
            "The password is not 32 bytes in base64, which the PHP SDK needs.",
            "Use the PHP application's own.",
        )


def _for_iron(password: str) -> Iterator[Finding]:
    if utf16_length(password) < 32:
        yield _too_short(utf16_length(password), "characters", "Iron")
    elif is_fernet_key(password) and password.endswith("="):
        yield guess(
            "password-is-fernet-key",
            "The password is a Fernet key, as the Python SDK expects, but this is an Iron seal.",
            "Use the password of the application that sealed it.",
        )


def _no_fernet_key(password: str) -> Finding:
    what = "64 hexadecimal digits" if _HEX_KEY.fullmatch(password) else f"{len(password)} characters"
    return Finding(
        "password-is-no-fernet-key",
        f"The password ({what}) is no Fernet key, and this is a Fernet seal of the Python SDK.",
        "A Fernet key is 32 bytes in URL-safe base64: 44 characters, the last one =. "
        "A password for Iron does not do.",
    )


def _too_short(length: int, unit: str, reader: str) -> Finding:
    return Finding(
        "password-too-short",
        f"The password has {length} {unit}, {reader} needs at least 32.",
        "Look for a character that a shell has eaten, such as $ or #, or for the wrong variable.",
    )


def _unquoted(password: str) -> str | None:
    stripped = password.strip()
    same = len(stripped) > 2 and stripped[0] == stripped[-1] and stripped[0] in "\"'`"
    return stripped[1:-1] if same else None


def _without_name(password: str) -> str | None:
    found = re.fullmatch(r"\s*(?:export\s+)?[A-Z][A-Z0-9_]*=(.+?)\s*", password)
    return (_unquoted(found[1]) or found[1]) if found else None


def _from_base64(password: str) -> str | None:
    try:
        return base64.b64decode(password, validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def _hex_as_key(password: str) -> str | None:
    if not _HEX_KEY.fullmatch(password.strip()):
        return None
    return base64.urlsafe_b64encode(bytes.fromhex(password.strip())).decode()


def _key_as_hex(password: str) -> str | None:
    return base64.urlsafe_b64decode(password).hex() if is_fernet_key(password) else None


def _padded(password: str) -> str | None:
    return password + "=" if re.fullmatch(r"[A-Za-z0-9_-]{43}", password) else None


_READINGS: tuple[tuple[Callable[[str], str | None], Finding], ...] = (
    (
        str.strip,
        Finding(
            "password-white-space",
            "The password has white space or a newline around it; without, the seal opens.",
            "Strip it: printf '%s' writes a file without a newline, echo adds one.",
        ),
    ),
    (
        _unquoted,
        Finding(
            "password-quoted",
            "The password stands in quotes; without, the seal opens.",
            "Remove them: docker --env-file and many .env readers keep quotes.",
        ),
    ),
    (
        _without_name,
        Finding(
            "password-with-name",
            "The password is a whole line NAME=value; with the value alone, the seal opens.",
            "Pass the value.",
        ),
    ),
    (
        unquote,
        Finding(
            "password-percent-encoded",
            "The password is percent-encoded; decoded, it opens the seal.",
            "Decode it once.",
        ),
    ),
    (
        _padded,
        Finding(
            "password-padding-lost",
            "The key has lost its last =; with it, the seal opens.",
            "Something took = for a separator: quote the value.",
        ),
    ),
    (
        _hex_as_key,
        Finding(
            "password-hex",
            "The key is written in hexadecimal; in base64, it opens the seal.",
            "Write the same 32 bytes in URL-safe base64.",
        ),
    ),
    (
        _key_as_hex,
        Finding(
            "password-base64-of-hex",
            "The key is written in base64; in hexadecimal, it opens the seal.",
            "Write the same 32 bytes as 64 hexadecimal digits.",
        ),
    ),
    (
        _from_base64,
        Finding(
            "password-base64",
            "The password is in base64; decoded, it opens the seal.",
            "Kubernetes secrets are in base64: decode it once.",
        ),
    ),
    (
        lambda password: password + "\n",
        Finding(
            "sealed-with-newline",
            "It was sealed with this password and a newline behind it.",
            "Strip the password where cookies are sealed; sessions of today end once.",
        ),
    ),
    (
        lambda password: f'"{password}"',
        Finding(
            "sealed-with-quotes",
            "It was sealed with this password in double quotes.",
            "Remove the quotes where cookies are sealed; sessions of today end once.",
        ),
    ),
    (
        lambda password: f"'{password}'",
        Finding(
            "sealed-with-quotes",
            "It was sealed with this password in single quotes.",
            "Remove the quotes where cookies are sealed; sessions of today end once.",
        ),
    ),
)
