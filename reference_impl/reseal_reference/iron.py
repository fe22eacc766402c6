"""The Iron seal (``Fe26.2``), as AuthKit's Node SDK and iron-session write it.

``Fe26.2*<password id>*<encryption salt>*<iv>*<ciphertext>*<expiration>*<mac salt>*<mac>~2``

AES-256-CBC under HMAC-SHA256, one PBKDF2-SHA1 key for each, salted with the *text* that stands in
the token.  Source: @hapi/iron 7, iron-webcrypto 2 and iron-session 8.  Where those libraries
disagree about a token, this module sides with the one that refuses it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from ._common import Password, passwords_by_id, read_json, sealing_id
from .errors import ConfigurationError, SealError

_PREFIX = "Fe26.2"
_SUFFIX = "~2"  # iron-session's version of the payload; outside the MAC
_PARTS = 8
_MIN_PASSWORD = 32  # UTF-16 code units, which is what JavaScript's `length` counts
_CLOCK_SKEW_MS = 60_000

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_EXPIRATION = re.compile(r"(?:[1-9][0-9]{0,400})?")
_PASSWORD_ID = re.compile(r"[A-Za-z0-9_]+")


def check_password(password: Password) -> dict[str, str]:
    """The passwords by id.  Raises ConfigurationError where one cannot be used."""
    passwords = passwords_by_id(password)
    for key, value in passwords.items():
        length = len(value.encode("utf-16-le", "surrogatepass")) // 2
        if length < _MIN_PASSWORD:
            raise ConfigurationError(
                f"cookie_password has {length} characters, Iron needs at least {_MIN_PASSWORD}. "
                "Use the password of your AuthKit application, or make one of 32 random characters."
            )
        if not _PASSWORD_ID.fullmatch(key):
            raise ConfigurationError(
                "cookie_password ids must be ASCII letters, digits or _. Rename the other ones."
            )
    return passwords


def seal(payload: object, password: Password) -> str:
    """Seal ``payload``, any JSON value, without expiration.

    Raises ConfigurationError for a password that cannot be used, TypeError or ValueError for a
    payload that is no JSON.
    """
    passwords = check_password(password)
    key_id = sealing_id(passwords)
    encryption_salt, mac_salt, iv = secrets.token_hex(32), secrets.token_hex(32), secrets.token_bytes(16)

    padder = PKCS7(128).padder()
    padded = padder.update(_stringify(payload)) + padder.finalize()
    encryptor = Cipher(algorithms.AES256(_key(passwords[key_id], encryption_salt)), modes.CBC(iv)).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()

    signed = "*".join((_PREFIX, key_id, encryption_salt, _encode(iv), _encode(ciphertext), ""))
    return f"{signed}*{mac_salt}*{_mac(passwords[key_id], mac_salt, signed)}{_SUFFIX}"


def unseal(token: str, password: Password, *, now: Callable[[], float] = time.time) -> Any:
    """Open ``token`` and return the JSON value inside.

    A single password opens a token of any id; of several, the one that the token names.  ``now``
    gives the time in seconds since 1970, for tokens that expire.

    Raises SealError for a token that does not open, ConfigurationError for an unusable password.
    """
    passwords = check_password(password)
    if not isinstance(token, str):
        raise SealError
    parts = token.removesuffix(_SUFFIX).split("*")
    if len(parts) != _PARTS or parts[0] != _PREFIX:
        raise SealError
    _, key_id, encryption_salt, iv, ciphertext, expiration, mac_salt, mac = parts
    secret = passwords["1"] if isinstance(password, str) else passwords.get(key_id or "default")
    if secret is None or not encryption_salt or not mac_salt or not _is_current(expiration, now):
        raise SealError

    # Nothing is decoded or decrypted before the MAC holds: a padding error would be an oracle.
    expected = _mac(secret, mac_salt, "*".join(parts[:6]))
    if not hmac.compare_digest(_utf8(mac), expected.encode()):
        raise SealError
    return read_json(_decrypt(_key(secret, encryption_salt), _decode(iv), _decode(ciphertext)))


def _is_current(expiration: str, now: Callable[[], float]) -> bool:
    if not _EXPIRATION.fullmatch(expiration):
        return False
    return not expiration or int(expiration) + _CLOCK_SKEW_MS > round(now() * 1000)


def _decrypt(key: bytes, iv: bytes, ciphertext: bytes) -> str:
    try:
        decryptor = Cipher(algorithms.AES256(key), modes.CBC(iv)).decryptor()
        unpadder = PKCS7(128).unpadder()
        plaintext = unpadder.update(decryptor.update(ciphertext) + decryptor.finalize()) + unpadder.finalize()
    except ValueError:
        raise SealError from None
    return plaintext.decode("utf-8", "replace")  # as TextDecoder does


def _stringify(payload: object) -> bytes:
    # What JSON.stringify gives, but for floats such as 1e-7; a lone surrogate has no bytes and is escaped.
    text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return re.sub(r"[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text).encode()


def _key(password: str, salt: str) -> bytes:
    # One iteration is Iron's default: the password is a random key, not a phrase to stretch.
    return hashlib.pbkdf2_hmac("sha1", _utf8(password), _utf8(salt), 1, 32)


def _mac(password: str, salt: str, signed: str) -> str:
    return _encode(hmac.digest(_key(password, salt), _utf8(signed), "sha256"))


def _utf8(text: str) -> bytes:
    # TextEncoder writes U+FFFD for a lone surrogate.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    # Checked first, because base64 drops what is not of its alphabet.
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise SealError
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
