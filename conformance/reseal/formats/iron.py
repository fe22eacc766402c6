"""Iron ``Fe26.2`` cookies as iron-session writes them, with camelCase fields."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import re
import string
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ..protocol import SealName
from .naming import (
    MacError,
    OpenError,
    camel,
    lenient_bytes,
    parsed,
    perhaps_unpadded,
    plain_bytes,
    renamed,
    roughly,
    snake,
    unpadded,
)

PARTS = ("prefix", "password_id", "encryption_salt", "iv", "ciphertext", "expiration", "mac_salt", "mac")


@dataclass(frozen=True, slots=True)
class IronFormat:
    name: SealName = "iron"

    def new_password(self, rng: random.Random) -> str:
        return "".join(rng.choices(string.ascii_letters + string.digits, k=40))

    def seal(self, payload: Any, password: str, rng: random.Random, options: Mapping[str, Any]) -> str:
        """Options: ``encryption_salt``, ``expiration``, ``mac_salt``, ``password_id``, ``suffix``, and those
        of `plain_bytes`.
        """
        session = json.dumps(renamed(payload, camel), separators=(",", ":"), ensure_ascii=False)
        data = plain_bytes(options, session)
        pad = 16 - len(data) % 16
        # Drawn in any case, so that seals of one seed differ in what an option says alone.
        drawn, mac_drawn, iv = rng.randbytes(32).hex(), rng.randbytes(32).hex(), rng.randbytes(16)
        salt, mac_salt = options.get("encryption_salt", drawn), options.get("mac_salt", mac_drawn)
        encryptor = Cipher(algorithms.AES(_derive(password, salt)), modes.CBC(iv)).encryptor()
        ciphertext = encryptor.update(data + bytes([pad]) * pad) + encryptor.finalize()
        head = "*".join(
            (
                "Fe26.2",
                options.get("password_id", "1"),
                salt,
                _text(iv),
                _text(ciphertext),
                options.get("expiration", ""),
            )
        )
        return f"{head}*{mac_salt}*{mac_of(password, mac_salt, head)}{options.get('suffix', '~2')}"

    def open(self, token: str, password: str) -> Any:
        return renamed(self.value(token, password), snake)

    def value(self, token: str, password: str) -> Any:
        """The JSON value inside, its fields spelled as they stand there.  Raises OpenError."""
        parts = _parts(token.removesuffix("~2"))
        prefix, _, salt, iv, ciphertext, expiration, mac_salt, mac = parts
        if prefix != "Fe26.2":
            raise OpenError("it does not start with Fe26.2")
        if not re.fullmatch(r"([1-9][0-9]*)?", expiration):
            raise OpenError("its expiration is neither empty nor a decimal number of milliseconds")
        if not hmac.compare_digest(mac.encode(), mac_of(password, mac_salt, "*".join(parts[:6])).encode()):
            raise MacError("its MAC does not hold under the same password")
        return parsed(unpadded(_decrypted(password, salt, _bytes(iv), _bytes(ciphertext))))

    def leniently(self, token: str, password: str) -> Any:
        parts = _parts(token.partition("~")[0])
        _, _, salt, iv, ciphertext, _, mac_salt, mac = parts
        if lenient_bytes(mac) != lenient_bytes(mac_of(password, mac_salt, "*".join(parts[:6]))):
            raise MacError("its MAC does not hold under the same password")
        data = _decrypted(password, salt, lenient_bytes(iv), lenient_bytes(ciphertext))
        return renamed(parsed(perhaps_unpadded(data)), snake)

    def quirk(self, token: str) -> str | None:
        if token.endswith("~2"):
            return None
        return "it does not end in ~2, so iron-session 6 and 8 look for another payload in it"

    def is_same(self, token: str, original: str) -> bool:
        # The MAC covers the text of all before it, so only the MAC and the suffix can be spelled otherwise.
        head, _, mac = token.partition("~")[0].rpartition("*")
        original_head, _, original_mac = original.partition("~")[0].rpartition("*")
        return head == original_head and lenient_bytes(mac) == lenient_bytes(original_mac)

    def span(self, token: str, part: str) -> tuple[int, int]:
        if part == "whole":
            return 0, len(token)
        values = token.partition("~")[0].split("*")
        index = PARTS.index(part) if part in PARTS and len(values) == len(PARTS) else None
        if index is None:
            raise KeyError(part)
        start = sum(len(value) + 1 for value in values[:index])
        return start, start + len(values[index])

    def form(self, token: str, now_s: float) -> dict[str, str]:
        body, tilde, suffix = token.partition("~")
        parts = body.split("*")
        if len(parts) != len(PARTS) or parts[0] != "Fe26.2":
            return {"format": "not Iron"}
        return {
            "format": "iron",
            "password id": parts[1],
            "expiry": _expiry(parts[5], now_s),
            "suffix": tilde + suffix or "none",
        }

    def resigned(self, token: str, password: str) -> str:
        body, tilde, suffix = token.partition("~")
        *signed, mac_salt, _ = body.split("*")
        head = "*".join(signed)
        return f"{head}*{mac_salt}*{mac_of(password, mac_salt, head)}{tilde}{suffix}"

    def aged(self, token: str, password: str, seconds: float) -> str:
        body, tilde, suffix = token.partition("~")
        parts = _parts(body)
        if not re.fullmatch(r"[1-9][0-9]*", parts[5]):
            return token  # it does not say when it was sealed
        parts[5] = str(int(parts[5]) - round(seconds * 1_000))
        return self.resigned("*".join(parts) + tilde + suffix, password)


def _parts(text: str) -> list[str]:
    try:
        text.encode()
    except UnicodeEncodeError as err:
        raise OpenError("it has a lone surrogate, which UTF-8 cannot write") from err
    parts = text.split("*")
    if len(parts) != len(PARTS):
        raise OpenError(f"it has {len(parts)} parts, Iron has {len(PARTS)}")
    return parts


def _expiry(text: str, now_s: float) -> str:
    if not text:
        return "none"
    return roughly(int(text) / 1_000 - now_s) if re.fullmatch(r"[0-9]{1,18}", text) else "malformed"


def _decrypted(password: str, salt: str, iv: bytes, ciphertext: bytes) -> bytes:
    if len(iv) != 16 or not ciphertext or len(ciphertext) % 16:
        raise OpenError("its iv or ciphertext has a length that AES-CBC does not have")
    decryptor = Cipher(algorithms.AES(_derive(password, salt)), modes.CBC(iv)).decryptor()
    return decryptor.update(ciphertext) + decryptor.finalize()


def _derive(password: str, salt: str) -> bytes:
    return hashlib.pbkdf2_hmac("sha1", password.encode(), salt.encode(), 1, 32)


def mac_of(password: str, salt: str, head: str) -> str:
    return _text(hmac.digest(_derive(password, salt), head.encode(), "sha256"))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise OpenError("a part of it is not base64url without padding")
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _text(data) != text:
        raise OpenError("a part of it is base64url in a spelling that some readers refuse")
    return data
