"""Seals that were taken apart and put together again, with a MAC that holds."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from reseal.formats.iron import PARTS


def iron_remade(token: str, password: str, **parts: str) -> str:
    """An Iron seal with some of its parts replaced."""
    values = {**dict(zip(PARTS, token.removesuffix("~2").split("*"), strict=True)), **parts}
    head = "*".join(list(values.values())[:6])
    key = hashlib.pbkdf2_hmac("sha1", password.encode(), values["mac_salt"].encode(), 1, 32)
    mac = urlsafe_b64encode(hmac.digest(key, head.encode(), "sha256")).decode().rstrip("=")
    return f"{head}*{values['mac_salt']}*{mac}~2"


def fernet_remade(token: str, password: str, *, drop: int = 0, **bytes_at: int) -> str:
    """A Fernet token with single bytes replaced (``b0=0x81``), or cut short by ``drop`` bytes."""
    body = bytearray(urlsafe_b64decode(token)[:-32])
    for name, byte in bytes_at.items():
        body[int(name[1:])] = byte
    del body[len(body) - drop :]
    mac = hmac.digest(urlsafe_b64decode(password)[:16], bytes(body), "sha256")
    return urlsafe_b64encode(bytes(body) + mac).decode()
