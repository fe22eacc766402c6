"""What the two seal formats share: passwords by id, and strict JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .errors import ConfigurationError, SealError

Password = str | Mapping[str, str]
"""One password, or several by id while they are rotated; the largest numeric id seals."""


def passwords_by_id(password: Password) -> dict[str, str]:
    """Every password by its id; a single one has the id ``1``, as in iron-session."""
    passwords = {"1": password} if isinstance(password, str) else password
    if not isinstance(passwords, Mapping) or not passwords:
        raise ConfigurationError(
            f"cookie_password must be a str or a mapping of ids to str, got {type(password).__name__}. "
            "Pass the password that sealed the cookie."
        )
    # Ids are not shown: whoever swaps the two sides of the mapping has a password there.
    for key, value in passwords.items():
        if not isinstance(key, str):
            raise ConfigurationError(
                f"cookie_password ids must be str, got {type(key).__name__}. Write '1', not 1."
            )
        if not isinstance(value, str) or not value:
            got = "an empty str" if value == "" else type(value).__name__
            raise ConfigurationError(
                f"cookie_password must be a non-empty str, got {got}. "
                "Pass the password that sealed the cookie."
            )
    return dict(passwords)


def sealing_id(passwords: Mapping[str, str]) -> str:
    """The id that seals: the largest by number, so that ``10`` beats ``9``."""
    numeric = [key for key in passwords if key.isascii() and key.isdigit() and len(key) < 20]
    if not numeric:
        raise ConfigurationError(
            "cookie_password has no numeric id to seal with. Give the newest password the largest number."
        )
    return max(numeric, key=int)


def read_json(text: str | bytes) -> Any:
    """The JSON value of ``text``.  Raises SealError where implementations would not agree on one.

    NaN and Infinity are no JSON; @hapi/iron refuses a ``__proto__`` key, since other readers let it
    reach a prototype.
    """
    try:
        return json.loads(text, parse_constant=_refuse, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        raise SealError from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if any(key == "__proto__" for key, _ in pairs):
        raise ValueError
    return dict(pairs)


def _refuse(constant: str) -> None:
    raise ValueError(constant)
