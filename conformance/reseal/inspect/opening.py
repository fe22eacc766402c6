"""Opening a seal of any format, or saying at which step it is refused.

Only texts in which `structure` sees no damage come here: lengths are as they must be.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..formats.fernet import FernetFormat
from ..formats.iron import IronFormat
from ..formats.naming import ContentError, MacError, OpenError
from .detect import decoded
from .values import FormatName

Step = Literal["password", "layout", "mac", "content", "library"]

_TELLING: tuple[Step, ...] = ("content", "library", "mac", "password", "layout")
_MIN_IRON = 32
_MIN_RUBY = 32
_KEY = 32


class RefusedError(Exception):
    """A seal that does not open, and the step at which that shows."""

    def __init__(self, step: Step, text: str) -> None:
        super().__init__(text)
        self.step = step


@dataclass(frozen=True, slots=True)
class Opened:
    """The JSON value inside, and the format that it was sealed in."""

    format: FormatName
    value: Any


def candidates(name: FormatName) -> tuple[FormatName, ...]:
    """The formats that a text may have which looks like ``name``, the likeliest first."""
    if name == "opaque":
        return ("go", "php", "emulator", "ruby-6")
    if name == "ruby":  # a nonce begins with the same byte by chance, once in 256 times
        return ("ruby", "go", "php", "emulator", "ruby-6")
    return (name,) if name in _OPENERS else ()


def open_seal(name: FormatName, text: str, password: str) -> Opened:
    """Open ``text``.  Raises RefusedError, that of the likeliest format where several are tried."""
    refusals: list[RefusedError] = []
    for candidate in candidates(name):
        try:
            return Opened(candidate, _OPENERS[candidate](text, password))
        except RefusedError as err:
            refusals.append(err)
    # One that was decrypted, or could not be tried, says more than those of other formats.
    raise min(refusals, key=lambda err: _TELLING.index(err.step))


def utf16_length(password: str) -> int:
    """The length as JavaScript counts it."""
    return len(password.encode("utf-16-le", "surrogatepass")) // 2


def is_fernet_key(password: str) -> bool:
    """Whether it is 32 bytes in padded base64, which is what a Fernet key is."""
    try:
        return len(base64.urlsafe_b64decode(password.encode())) == _KEY
    except (binascii.Error, ValueError):
        return False


def _iron(text: str, password: str) -> Any:
    if utf16_length(password) < _MIN_IRON:
        raise RefusedError("password", f"it has fewer than {_MIN_IRON} characters")
    # The suffix stands outside the MAC, and readers differ about it.
    return _by_codec(IronFormat().value, text.partition("~")[0], password)


def _fernet(text: str, password: str) -> Any:
    if not is_fernet_key(password):
        raise RefusedError("password", "it is no Fernet key")
    return _by_codec(FernetFormat().value, text, password)


def _by_codec(open_value: Callable[[str, str], Any], text: str, password: str) -> Any:
    try:
        return open_value(text, password)
    except MacError as err:
        raise RefusedError("mac", str(err)) from err
    except ContentError as err:
        raise RefusedError("content", str(err)) from err
    except OpenError as err:
        raise RefusedError("layout", str(err)) from err


def _ruby(text: str, password: str) -> Any:
    if len(password.encode()) < _MIN_RUBY:
        raise RefusedError("password", f"it has fewer than {_MIN_RUBY} bytes")
    data = decoded(text)
    return _gcm(_sha256(password), data[1:13], data[29:], data[13:29])


def _ruby_6(text: str, password: str) -> Any:
    key = password.encode()
    if len(key) != _KEY:
        raise RefusedError("password", f"it has {len(key)} bytes, not {_KEY}")
    data = decoded(text)
    return _gcm(key, data[:12], data[12:-16], data[-16:])


def _go(text: str, password: str) -> Any:
    data = decoded(text)
    # Newer releases take 64 hexadecimal digits only, older ones hash anything else.
    is_hex = re.fullmatch(r"[0-9A-Fa-f]{64}", password) is not None
    key = bytes.fromhex(password) if is_hex else _sha256(password)
    return _gcm(key, data[:12], data[12:-16], data[-16:])


def _emulator(text: str, password: str) -> Any:
    data = decoded(text)
    return _gcm(_sha256(password), data[:12], data[28:], data[12:28])


def _dotnet(text: str, password: str) -> Any:
    data = decoded(text.partition("~")[0])
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), data[:16], 100_000, _KEY)
    return _gcm(key, data[16:28], data[44:], data[28:44])


def _php(text: str, password: str) -> Any:
    try:
        key = base64.b64decode(password, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY:
        raise RefusedError("password", f"it is not base64 of {_KEY} bytes")
    try:
        from nacl.exceptions import CryptoError
        from nacl.secret import SecretBox
    except ImportError:
        raise RefusedError("library", "a seal of the PHP SDK needs libsodium") from None
    try:
        return _json(SecretBox(key).decrypt(decoded(text)))
    except (CryptoError, ValueError) as err:
        raise RefusedError("mac", "its tag does not hold") from err


def _gcm(key: bytes, nonce: bytes, ciphertext: bytes, tag: bytes) -> Any:
    try:
        return _json(AESGCM(key).decrypt(nonce, ciphertext + tag, None))
    except InvalidTag as err:
        raise RefusedError("mac", "its tag does not hold") from err


def _json(data: bytes) -> Any:
    try:
        return json.loads(data.decode())
    except (ValueError, RecursionError) as err:
        raise RefusedError("content", "it holds no JSON in UTF-8") from err


def _sha256(password: str) -> bytes:
    return hashlib.sha256(password.encode("utf-8", "replace")).digest()


_OPENERS: Mapping[FormatName, Callable[[str, str], Any]] = {
    "iron": _iron,
    "fernet": _fernet,
    "ruby": _ruby,
    "ruby-6": _ruby_6,
    "go": _go,
    "php": _php,
    "dotnet": _dotnet,
    "emulator": _emulator,
}
