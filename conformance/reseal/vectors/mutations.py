"""The one way in which a vector differs from its parent, as data.

* ``{"op": "flip" | "replace" | "keep" | "drop" | "append" | "put", …}``: a change of the text; see
  `reseal.changes.changed`.
* ``{"op": "resign", "change": …}``: such a change, and a MAC that holds for it.
* ``{"op": "splice", "start": …, "end": …, "hex": …}``: bytes of a Fernet token replaced, likewise.
* ``{"op": "seal", "options": …, "set": …, "omit": …, "value": …}``: the parent's payload altered,
  and sealed with the parent's seed, so that salts and iv stay.
* ``{"op": "password", "password": …}``: another password, the same text.
* ``{"op": "text", "text": …}``: another text altogether, or none (null).
"""

from __future__ import annotations

import random
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..changes import changed
from ..formats import Format, format_of
from ..formats.fernet import halves, signed

CLOCK_S = 1_767_225_600  # 1 January 2026: all that is dated was made then
SealFormat = Literal["iron", "fernet"]
_MAC = 32


@dataclass(frozen=True, slots=True)
class Seal:
    """A cookie, and what it was made from.

    Attributes:
        payload: With the field names of the wire.
        options: How it was sealed; see the format's ``seal``.
    """

    format: SealFormat
    password: str
    token: str | None
    payload: Any
    options: Mapping[str, Any]
    seed: int


def sealed(
    name: SealFormat, payload: Any, password: str, seed: int, options: Mapping[str, Any] | None = None
) -> Seal:
    """A seal that is made the same each time."""
    rng = random.Random(seed)  # noqa: S311 - vectors are public, and must not differ
    token = _codec(name).seal(payload, password, rng, {"sealed_at": CLOCK_S, **(options or {})})
    return Seal(name, password, token, payload, options or {}, seed)


def mutated(parent: Seal, mutation: Mapping[str, Any]) -> Seal:
    """``parent`` after ``mutation``."""
    token = parent.token or ""
    match mutation["op"]:
        case "password":
            return replace(parent, password=mutation["password"])
        case "text":
            return replace(parent, token=mutation["text"])
        case "seal":
            return _resealed(parent, mutation)
        case "splice":
            return replace(parent, token=_spliced(token, parent.password, mutation))
        case "resign":
            sealing = _codec(parent.format)
            text = changed(token, mutation["change"], sealing)
            return replace(parent, token=sealing.resigned(text, parent.password))
    return replace(parent, token=changed(token, mutation, _codec(parent.format)))


def _codec(name: SealFormat) -> Format:
    return format_of(name)


def _resealed(parent: Seal, mutation: Mapping[str, Any]) -> Seal:
    payload = {**parent.payload, **mutation.get("set", {})}
    payload = {name: value for name, value in payload.items() if name not in mutation.get("omit", ())}
    if "value" in mutation:
        payload = mutation["value"]
    options = {**parent.options, **mutation.get("options", {})}
    return sealed(parent.format, payload, parent.password, parent.seed, options)


def _spliced(token: str, password: str, mutation: Mapping[str, Any]) -> str:
    body = urlsafe_b64decode(token)[:-_MAC]
    # Like a slice: a negative start counts from the end, and no end means up to it.
    replaced = range(len(body))[mutation["start"] : mutation.get("end")]
    body = body[: replaced.start] + bytes.fromhex(mutation["hex"]) + body[replaced.stop :]
    return signed(body, halves(password)[0])
