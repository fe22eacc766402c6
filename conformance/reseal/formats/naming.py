"""What formats share: field names, padding, JSON, and the error of a seal that stays shut."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import Any


class OpenError(Exception):
    """A seal that the harness cannot open; the text says what is wrong, and shows nothing of it."""


class MacError(OpenError):
    """It is whole, but was sealed with another password or changed since."""


class ContentError(OpenError):
    """Its MAC holds, but what is inside is no JSON."""


def lenient_bytes(text: str) -> bytes:
    """What the most lenient base64 reader makes of ``text``: it drops what it does not know."""
    kept = re.sub(r"[^A-Za-z0-9_-]", "", text.translate({ord("+"): "-", ord("/"): "_"}))
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    return urlsafe_b64decode(kept + "=" * (-len(kept) % 4))


def unpadded(data: bytes) -> bytes:
    """``data`` without its PKCS #7 padding (RFC 5652, 6.3).  Raises OpenError where it has none."""
    pad = data[-1]
    if not 1 <= pad <= 16 or data[-pad:] != bytes([pad]) * pad:
        raise OpenError("its padding is not PKCS#7")
    return data[:-pad]


def perhaps_unpadded(data: bytes) -> bytes:
    """``data`` without its padding, if it has any."""
    try:
        return unpadded(data)
    except OpenError:
        return data


def parsed(plaintext: bytes) -> Any:
    """The JSON value inside.  Raises ContentError where there is none."""
    try:
        return json.loads(plaintext.decode())
    except (ValueError, RecursionError) as err:
        raise ContentError("it holds no JSON in UTF-8") from err


def plain_bytes(options: Mapping[str, Any], text: str) -> bytes:
    """What is to be sealed: ``hex`` or ``plaintext`` of ``options``, else ``text``."""
    if "hex" in options:
        return bytes.fromhex(options["hex"])
    return str(options.get("plaintext", text)).encode("utf-8", "replace")


def snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", name)


def camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def renamed(payload: Any, spell: Callable[[str], str]) -> Any:
    """``payload`` with its fields, and those of its user, spelled by ``spell``.

    Deeper names stay: what is inside a user's metadata belongs to the application.
    """
    if not isinstance(payload, Mapping):
        return payload
    fields = {spell(name): value for name, value in payload.items()}
    if isinstance(fields.get("user"), Mapping):
        fields["user"] = {spell(name): value for name, value in fields["user"].items()}
    return fields


def roughly(seconds: float) -> str:
    """A span of time in words, so coarse that two runs say the same: ``14 days``, ``1 hour``, ``past``."""
    if seconds <= 0:
        return "past"
    for unit, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        number = round(seconds / unit)
        if number:
            return f"{number:,} {name}{'s' * (number != 1)}"
    return "under a minute"
