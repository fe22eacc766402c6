"""Who writes and reads which format, and how their seals are told apart.

Sources: the SDKs' code and seals made by their releases.  The layouts of Ruby, Go, PHP and .NET are
taken from their code alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .detect import IronParts
from .values import FormatName

NAMES: Mapping[FormatName, str] = {
    "iron": "Iron (Fe26.2)",
    "fernet": "Fernet",
    "ruby": "AES-256-GCM of the Ruby SDK 7 and later",
    "ruby-6": "AES-256-GCM of the Ruby SDK up to 6",
    "go": "AES-256-GCM of the Go SDK",
    "php": "libsodium secretbox of the PHP SDK",
    "dotnet": "AES-256-GCM of the .NET SDK",
    "emulator": "AES-256-GCM of the WorkOS emulator",
    "opaque": "base64 of encrypted bytes",
    "jwt": "a JSON Web Token",
    "json": "JSON",
    "id": "an id or a key",
    "text": "text",
    "empty": "nothing",
}

# By the name that `--for` takes.  Ruby 7 and later reads what 6 and earlier wrote.
SDKS: Mapping[str, tuple[str, tuple[FormatName, ...]]] = {
    "node": ("the Node SDK", ("iron",)),
    "nextjs": ("authkit-nextjs", ("iron",)),
    "kotlin": ("the Kotlin SDK", ("iron",)),
    "python": ("the Python SDK", ("fernet",)),
    "ruby": ("the Ruby SDK", ("ruby", "ruby-6")),
    "go": ("the Go SDK", ("go",)),
    "php": ("the PHP SDK", ("php",)),
    "dotnet": ("the .NET SDK", ("dotnet",)),
}

_FOURTEEN_DAYS_S = 14 * 86_400.0

_BY_FORMAT: Mapping[FormatName, str] = {
    "fernet": "WorkOS Python SDK",
    "ruby": "WorkOS Ruby SDK 7 or later",
    "ruby-6": "WorkOS Ruby SDK 6 or earlier",
    "go": "WorkOS Go SDK",
    "php": "WorkOS PHP SDK",
    "dotnet": "WorkOS .NET SDK",
    "emulator": "WorkOS emulator",
    "opaque": "WorkOS Go, PHP or Ruby SDK, or the emulator",
    "jwt": "an issuer of tokens",
}


def readers(name: FormatName) -> str:
    """The SDKs that read the format, as in "the Go SDK reads"."""
    *others, last = [called for called, formats in SDKS.values() if name in formats] or ["no SDK"]
    return f"{', '.join(others)} and {last} read" if others else f"{last} reads"


def expectation(sdk: str) -> str:
    """The format that an SDK expects, in words."""
    return NAMES[SDKS[sdk][1][0]]


def life_s(iron: IronParts) -> float | None:
    """How long a seal with an expiration was made to last; None where it has none."""
    return _FOURTEEN_DAYS_S if iron.expiration else None


def producer(name: FormatName, iron: IronParts | None, payload: Any = None) -> str:
    """Who made it, as far as layout and field names tell."""
    if name == "iron" and iron is not None:
        return _iron_producer(iron, payload if isinstance(payload, Mapping) else {})
    if name == "fernet" and isinstance(payload, Mapping) and "organization_id" in payload:
        return "WorkOS Python SDK 5 or earlier"  # it seals the whole answer of the API
    return _BY_FORMAT.get(name, "nobody's seal")


def _iron_producer(iron: IronParts, payload: Mapping[str, Any]) -> str:
    user = payload.get("user")
    fields = set(user) if isinstance(user, Mapping) else set()
    if iron.is_cut:
        return "WorkOS Node or Kotlin SDK, authkit-nextjs, or iron-session"
    if "first_name" in fields or not iron.suffix:
        return "WorkOS Kotlin SDK"
    if iron.expiration:
        return "WorkOS Node SDK 7.15 to 7.35.0, or iron-session with a ttl"
    if not payload:
        return "WorkOS Node SDK 7.35.1 or later, authkit-nextjs, or iron-session"
    if "organizationId" in payload or "authenticationMethod" in payload:
        newer = "name" in fields
        return "WorkOS Node SDK 8 or later" if newer else "WorkOS Node SDK 7.35.1 or later, or authkit-nextjs"
    return "authkit-session, or WorkOS Node SDK 7"
