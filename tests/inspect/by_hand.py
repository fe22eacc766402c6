"""Seals of the formats that no released library at hand makes, by their layouts."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.secret import SecretBox

from reseal.formats.fernet import FernetFormat
from reseal.formats.iron import IronFormat
from reseal.vectors.mutations import CLOCK_S

RNG_SEED = 26

Payload = dict[str, Any]


def rng() -> random.Random:
    return random.Random(RNG_SEED)  # noqa: S311 - the same seals in each run


def iron(payload: Any, password: str, **options: str) -> str:
    return IronFormat().seal(payload, password, rng(), options)


def iron_raw(value: Any, password: str) -> str:
    """An Iron seal whose field names stand as they are given."""
    return iron(None, password, plaintext=json.dumps(value))


def fernet(payload: Any, key: str, **options: str) -> str:
    return FernetFormat().seal(payload, key, rng(), {"sealed_at": CLOCK_S, **options})


def _encrypted(payload: Payload | bytes, key: bytes) -> tuple[bytes, bytes, bytes]:
    """Nonce, ciphertext and tag."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    nonce = rng().randbytes(12)
    sealed = AESGCM(key).encrypt(nonce, data, None)
    return nonce, sealed[:-16], sealed[-16:]


def ruby(payload: Payload, password: str) -> str:
    nonce, ciphertext, tag = _encrypted(payload, hashlib.sha256(password.encode()).digest())
    return base64.b64encode(b"\x01" + nonce + tag + ciphertext).decode()


def ruby_6(payload: Payload, password: str) -> str:
    nonce, ciphertext, tag = _encrypted(payload, password.encode())
    text = base64.b64encode(nonce + ciphertext + tag).decode()
    return "".join(f"{text[at : at + 60]}\n" for at in range(0, len(text), 60))


def go(payload: Payload | bytes, password: str) -> str:
    key = bytes.fromhex(password) if len(password) == 64 else hashlib.sha256(password.encode()).digest()
    nonce, ciphertext, tag = _encrypted(payload, key)
    return base64.b64encode(nonce + ciphertext + tag).decode()


def emulator(payload: Payload, api_key: str) -> str:
    nonce, ciphertext, tag = _encrypted(payload, hashlib.sha256(api_key.encode()).digest())
    return base64.b64encode(nonce + tag + ciphertext).decode()


def dotnet(payload: Payload, password: str) -> str:
    salt = rng().randbytes(16)
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 100_000, 32)
    nonce, ciphertext, tag = _encrypted(payload, key)
    return base64.b64encode(salt + nonce + tag + ciphertext).decode() + "~2"


def php(payload: Payload, password: str) -> str:
    sealed = SecretBox(base64.b64decode(password)).encrypt(json.dumps(payload).encode(), rng().randbytes(24))
    return base64.b64encode(bytes(sealed)).decode()
