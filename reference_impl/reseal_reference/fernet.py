"""The Fernet seal, as AuthKit's Python SDK writes it.

The password *is* the Fernet key.  Seals have a time stamp, but the SDK never checks it, and neither
does this module.  Source: cryptography's ``fernet`` module and workos 10 for Python.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from ._common import Password, passwords_by_id, read_json, sealing_id
from .errors import ConfigurationError, SealError

_TOKEN = re.compile(r"[A-Za-z0-9_-]+={0,2}")


def check_password(password: Password) -> dict[str, str]:
    """The keys by id.  Raises ConfigurationError where one is no Fernet key."""
    passwords = passwords_by_id(password)
    for value in passwords.values():
        try:
            Fernet(value)
        except ValueError:
            raise ConfigurationError(
                f"cookie_password must be a Fernet key (32 bytes in URL-safe base64, 44 characters), "
                f"got {len(value)} characters. Make one with cryptography's Fernet.generate_key()."
            ) from None
    return passwords


def seal(payload: object, password: Password, *, now: Callable[[], float] = time.time) -> str:
    """Seal ``payload``, any JSON value.  ``now`` gives seconds since 1970.

    Raises ConfigurationError for a password that cannot be used, TypeError or ValueError for a
    payload that is no JSON.
    """
    passwords = check_password(password)
    plaintext = json.dumps(payload, allow_nan=False).encode()  # ASCII, as the SDK writes it
    return Fernet(passwords[sealing_id(passwords)]).encrypt_at_time(plaintext, int(now())).decode()


def unseal(token: str, password: Password) -> Any:
    """Open ``token`` and return the JSON value inside.

    Of several passwords each is tried, since a Fernet token names none.  Raises SealError for a
    token that does not open, ConfigurationError for an unusable password.
    """
    passwords = check_password(password)
    if _is_canonical(token):
        for key in passwords.values():
            try:
                return read_json(Fernet(key).decrypt(token).decode())
            except (InvalidToken, UnicodeDecodeError):
                continue
    raise SealError


def _is_canonical(token: str) -> bool:
    # cryptography drops characters outside the alphabet and all that follows the padding, so many
    # texts open as one token.  What a library writes has one spelling.
    if not isinstance(token, str) or not _TOKEN.fullmatch(token) or len(token) % 4:
        return False
    return base64.urlsafe_b64encode(base64.urlsafe_b64decode(token)).decode() == token
