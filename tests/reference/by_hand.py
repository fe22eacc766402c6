"""Both seal formats a second time, written down from their descriptions and without a check."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .support import FERNET_KEY, IRON_PASSWORD

SALT, MAC_SALT, IV = "ab" * 32, "cd" * 32, bytes(range(16))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def derived(salt: str, password: str = IRON_PASSWORD) -> bytes:
    return hashlib.pbkdf2_hmac("sha1", password.encode(), salt.encode(), 1, 32)


def padded(plaintext: bytes) -> bytes:
    missing = 16 - len(plaintext) % 16
    return plaintext + bytes([missing]) * missing


def encrypted(block: bytes, salt: str = SALT) -> str:
    encryptor = Cipher(algorithms.AES256(derived(salt)), modes.CBC(IV)).encryptor()
    return encoded(encryptor.update(block) + encryptor.finalize())


def iron_token(
    plaintext: str = '{"a":1}',
    *,
    prefix: str = "Fe26.2",
    key_id: str = "1",
    salt: str = SALT,
    iv: str = encoded(IV),
    ciphertext: str | None = None,
    expiration: str = "",
    mac_salt: str = MAC_SALT,
    mac: str | None = None,
) -> str:
    """An Iron token with a right MAC over whatever stands in it."""
    ciphertext = encrypted(padded(plaintext.encode()), salt) if ciphertext is None else ciphertext
    signed = f"{prefix}*{key_id}*{salt}*{iv}*{ciphertext}*{expiration}"
    digest = hmac.digest(derived(mac_salt), signed.encode(), "sha256")
    return f"{signed}*{mac_salt}*{encoded(digest) if mac is None else mac}~2"


def plaintext_of(token: str, password: str = IRON_PASSWORD) -> str:
    """The plaintext of an Iron token."""
    _, _, salt, *iv_and_ciphertext, _, _, _ = token.split("*")
    iv, ciphertext = (base64.urlsafe_b64decode(part + "==") for part in iv_and_ciphertext)
    decryptor = Cipher(algorithms.AES256(derived(salt, password)), modes.CBC(iv)).decryptor()
    plaintext = decryptor.update(ciphertext) + decryptor.finalize()
    return plaintext[: -plaintext[-1]].decode()


def fernet_token(plaintext: bytes, timestamp: int = 1_800_000_000) -> str:
    """The Fernet token of ``plaintext``."""
    key = base64.urlsafe_b64decode(FERNET_KEY)
    encryptor = Cipher(algorithms.AES128(key[16:]), modes.CBC(IV)).encryptor()
    ciphertext = encryptor.update(padded(plaintext)) + encryptor.finalize()
    signed = b"\x80" + timestamp.to_bytes(8) + IV + ciphertext
    return base64.urlsafe_b64encode(signed + hmac.digest(key[:16], signed, "sha256")).decode()
