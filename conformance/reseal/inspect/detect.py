"""Which format a text has, by its looks alone."""

from __future__ import annotations

import base64
import json
import re
import struct
from dataclasses import dataclass

from ..wrapping import one_line
from .values import FormatName, Part

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_IRON = re.compile(r"fe26(?:\.[0-9])?\*", re.IGNORECASE)
_IRON_END = re.compile(
    r"^[A-Za-z0-9*_-]+\*[0-9a-f]{64}\*[A-Za-z0-9_-]{43}(?:~2)?$"
)  # the beginning is missing
_ID = re.compile(r"(?:session|user|org|client|sk|key|refresh|wos)_[A-Za-z0-9_]+")
# Ruby's Base64.encode64 breaks the line after every 60 characters, and ends the last one too.
_MIME = re.compile(r"(?:[A-Za-z0-9+/]{60}\n)+(?:[A-Za-z0-9+/]{1,60}={0,2}\n?)?")
_SHORTEST_SEAL = 44
_SHOWN = 40  # characters of a part
_MAC = 43  # characters
IRON_NAMES = (
    "prefix",
    "password id",
    "encryption salt",
    "iv",
    "ciphertext",
    "expiration",
    "mac salt",
    "mac",
)


@dataclass(frozen=True, slots=True)
class IronParts:
    """An Iron cookie taken apart; the suffix is what follows the first ``~``, None where there is none."""

    values: tuple[str, ...]
    suffix: str | None

    @property
    def is_cut(self) -> bool:
        """Whether its end is missing, so that nobody knows which suffix it had."""
        is_whole = len(self.values) >= len(IRON_NAMES) and len(self.values[-1]) >= _MAC
        return self.suffix is None and not is_whole

    @property
    def expiration(self) -> str:
        return self.values[5] if len(self.values) == len(IRON_NAMES) else ""

    @property
    def expires_at_s(self) -> float | None:
        """Seconds since 1970; None for a seal that does not expire, or whose expiration is no number."""
        found = re.fullmatch(r"[0-9]{1,15}", self.expiration)
        return int(found[0]) / 1000 if found else None


def recognise(text: str) -> FormatName:
    """The format that ``text`` has, or had before it was damaged."""
    if not text.strip():
        return "empty"
    if _IRON.match(text) or _IRON_END.search(text):
        return "iron"
    if _JWT.fullmatch(text) and text.startswith("ey"):
        return "jwt"
    if _is_json(text):
        return "json"
    if _ID.fullmatch(text):
        return "id"
    if text[:5].lower() == "gaaaa":
        return "fernet"
    return _binary(text)


def _binary(text: str) -> FormatName:
    if _MIME.fullmatch(text):
        return "ruby-6"
    body, tilde, suffix = text.partition("~")
    if not _BASE64.fullmatch(body) or len(body) < _SHORTEST_SEAL or suffix not in ("", "2"):
        return "text"
    if tilde:
        return "dotnet"
    return "ruby" if decoded(body)[:1] == b"\x01" else "opaque"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text.startswith(("{", "["))
    return True


def decoded(text: str) -> bytes:
    """The bytes of base64 in either alphabet, padded or not; what is no base64 is dropped."""
    kept = re.sub(r"[^A-Za-z0-9+/]", "", text.translate({ord("-"): "+", ord("_"): "/"}))
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    return base64.b64decode(kept + "=" * (-len(kept) % 4))


def iron_parts(text: str) -> IronParts:
    token, tilde, suffix = text.partition("~")
    return IronParts(tuple(token.split("*")), suffix if tilde else None)


def fernet_time_s(text: str) -> float | None:
    """When a Fernet token was sealed, in seconds since 1970; None where it is cut before that."""
    data = decoded(text)
    return float(struct.unpack(">Q", data[1:9])[0]) if len(data) >= 9 else None


def parts_of(name: FormatName, text: str) -> tuple[Part, ...]:
    """The parts, with what can be read in them; ciphertexts and MACs are lengths only."""
    if name == "iron":
        return _iron(text)
    if name == "jwt":
        return tuple(
            Part(part, len(value))
            for part, value in zip(("header", "claims", "signature"), text.split("."), strict=False)
        )
    layout = _LAYOUTS.get(name)
    if layout is None:
        return ()
    return _binary_parts(layout, len(decoded(text.partition("~")[0])))


def _iron(text: str) -> tuple[Part, ...]:
    found = iron_parts(text)
    shown = ("prefix", "password id", "expiration")
    parts = [
        Part(name, len(value), one_line(value, _SHOWN) if name in shown else "")
        for name, value in zip(IRON_NAMES, found.values, strict=False)
    ]
    if found.suffix is not None:
        parts.append(Part("suffix", len(found.suffix) + 1, f"~{one_line(found.suffix, _SHOWN)}"))
    return tuple(parts)


# Bytes of each part; None stands for the rest.
_LAYOUTS: dict[FormatName, tuple[tuple[str, int | None], ...]] = {
    "fernet": (("version", 1), ("time stamp", 8), ("iv", 16), ("ciphertext", None), ("mac", 32)),
    "ruby": (("version", 1), ("nonce", 12), ("tag", 16), ("ciphertext", None)),
    "ruby-6": (("nonce", 12), ("ciphertext", None), ("tag", 16)),
    "go": (("nonce", 12), ("ciphertext", None), ("tag", 16)),
    "php": (("nonce", 24), ("tag", 16), ("ciphertext", None)),
    "dotnet": (("salt", 16), ("nonce", 12), ("tag", 16), ("ciphertext", None)),
    "emulator": (("nonce", 12), ("tag", 16), ("ciphertext", None)),
}


def _binary_parts(layout: tuple[tuple[str, int | None], ...], total: int) -> tuple[Part, ...]:
    rest = total - sum(size for _, size in layout if size is not None)
    return tuple(Part(name, max(rest, 0) if size is None else size) for name, size in layout)
