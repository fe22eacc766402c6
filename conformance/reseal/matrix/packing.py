"""Large JSON values, each distinct part kept once under a hash of its content.

Two hundred reports differ in a few places: a part that was kept before is only referred to,
``{"$": "1f0a9c3e5b7d"}``.  A field name that starts with ``$`` has another one put before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

SMALLEST = 96
"""From how many characters of JSON on a part is kept apart."""

Emit = Callable[[str, Any], None]


def encode(value: Any) -> str:
    """``value`` as JSON, always the same for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def identity(value: Any) -> str:
    """The name that a packed ``value`` is kept under."""
    return hashlib.sha256(encode(value).encode()).hexdigest()[:12]


def pack(value: Any, emit: Emit) -> Any:
    """``value`` with its large parts handed to ``emit``, the innermost first, and referred to."""
    if isinstance(value, Mapping):
        value = {
            f"${name}" if name.startswith("$") else name: pack(item, emit) for name, item in value.items()
        }
    elif isinstance(value, list | tuple):
        value = [pack(item, emit) for item in value]
    elif not isinstance(value, str):
        return value
    if len(encode(value)) < SMALLEST:
        return value
    name = identity(value)
    emit(name, value)
    return {"$": name}


def unpack(value: Any, kept: Mapping[str, Any]) -> Any:
    """What was packed; ``kept`` has the unpacked parts.  Raises KeyError for one that is missing."""
    if isinstance(value, list):
        return [unpack(item, kept) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"$"}:
        return kept[value["$"]]
    return {name.removeprefix("$"): unpack(item, kept) for name, item in value.items()}
