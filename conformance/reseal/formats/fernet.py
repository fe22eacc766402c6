"""Fernet cookies as the Python SDK writes them, with the field names of the wire.

Source: the Fernet specification (github.com/fernet/spec): version 0x80, time stamp in seconds, iv,
AES-128-CBC, HMAC-SHA256.
"""

from __future__ import annotations

import hmac
import json
import random
import re
import struct
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ..protocol import SealName
from .naming import (
    MacError,
    OpenError,
    lenient_bytes,
    parsed,
    perhaps_unpadded,
    plain_bytes,
    renamed,
    snake,
    unpadded,
)

_VERSION = 0x80
_MAC = 32  # bytes
_SHORTEST = 73  # one block of ciphertext
_NOW_S = 3_600
_SPANS = {"version": (0, 1), "timestamp": (1, 9), "iv": (9, 25)}


@dataclass(frozen=True, slots=True)
class FernetFormat:
    name: SealName = "fernet"

    def new_password(self, rng: random.Random) -> str:
        return urlsafe_b64encode(rng.randbytes(32)).decode()

    def seal(self, payload: Any, password: str, rng: random.Random, options: Mapping[str, Any]) -> str:
        """Options: those of `plain_bytes`, and ``sealed_at``, in seconds since 1970, for now."""
        data = plain_bytes(options, json.dumps(payload))
        pad = 16 - len(data) % 16
        signing, encryption = halves(password)
        iv = rng.randbytes(16)
        encryptor = Cipher(algorithms.AES(encryption), modes.CBC(iv)).encryptor()
        body = struct.pack(">BQ", _VERSION, options.get("sealed_at", int(time.time()))) + iv
        body += encryptor.update(data + bytes([pad]) * pad) + encryptor.finalize()
        return signed(body, signing)

    def open(self, token: str, password: str) -> Any:
        return renamed(self.value(token, password), snake)

    def value(self, token: str, password: str) -> Any:
        """The JSON value inside, its fields spelled as they stand there.  Raises OpenError."""
        if not re.fullmatch(r"[A-Za-z0-9_-]+={0,2}", token) or len(token) % 4:
            raise OpenError("it is not URL-safe base64 with padding")
        data = urlsafe_b64decode(token)
        body, mac = data[:-_MAC], data[-_MAC:]
        if len(data) < _SHORTEST or body[0] != _VERSION or len(body) % 16 != 25 % 16:
            raise OpenError("it does not have the length or version of a Fernet token")
        signing, encryption = halves(password)
        if not hmac.compare_digest(mac, hmac.digest(signing, body, "sha256")):
            raise MacError("its MAC does not hold under the same password")
        return parsed(unpadded(_decrypted(body, encryption)))

    def leniently(self, token: str, password: str) -> Any:
        data = lenient_bytes(token)
        body, (signing, encryption) = data[:-_MAC], halves(password)
        if len(data) < _SHORTEST or data[-_MAC:] != hmac.digest(signing, body, "sha256"):
            raise MacError("its MAC does not hold under the same password")
        if len(body) % 16 != 25 % 16:
            raise OpenError("it does not have the length of a Fernet token")
        return renamed(parsed(perhaps_unpadded(_decrypted(body, encryption))), snake)

    def quirk(self, token: str) -> str | None:
        (sealed_at,) = struct.unpack(">Q", lenient_bytes(token)[1:9])
        if sealed_at <= time.time() + _NOW_S:
            return None
        return "its time stamp lies in the future, so readers that are given a ttl refuse it"

    def is_same(self, token: str, original: str) -> bool:
        # What follows complete padding is dropped by many readers.
        return lenient_bytes(token).startswith(lenient_bytes(original))

    def span(self, token: str, part: str) -> tuple[int, int]:
        if part == "whole":
            return 0, len(token)
        total = len(lenient_bytes(token))
        spans = {**_SPANS, "ciphertext": (25, total - _MAC), "mac": (total - _MAC, total)}
        start, end = spans[part]
        # Characters that hold bits of these bytes only.
        return -(-start * 4 // 3), end * 4 // 3

    def form(self, token: str, now_s: float) -> dict[str, str]:
        data = lenient_bytes(token)
        if len(data) < _SHORTEST or data[0] != _VERSION:
            return {"format": "not Fernet"}
        (sealed_at,) = struct.unpack(">Q", data[1:9])
        return {"format": "fernet", "dated": "now" if abs(sealed_at - now_s) < _NOW_S else "another time"}

    def resigned(self, token: str, password: str) -> str:
        return signed(lenient_bytes(token)[:-_MAC], halves(password)[0])

    def aged(self, token: str, password: str, seconds: float) -> str:
        data = lenient_bytes(token)
        if len(data) < _SHORTEST or data[0] != _VERSION:
            raise OpenError("it does not have the length or version of a Fernet token")
        (sealed_at,) = struct.unpack(">Q", data[1:9])
        body = data[:1] + struct.pack(">Q", max(0, sealed_at - round(seconds))) + data[9:-_MAC]
        return signed(body, halves(password)[0])


def _decrypted(body: bytes, encryption: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(encryption), modes.CBC(body[9:25])).decryptor()
    return decryptor.update(body[25:]) + decryptor.finalize()


def halves(password: str) -> tuple[bytes, bytes]:
    """The signing and the encryption key."""
    key = urlsafe_b64decode(password)
    return key[:16], key[16:]


def signed(body: bytes, signing: bytes) -> str:
    return urlsafe_b64encode(body + hmac.digest(signing, body, "sha256")).decode()
