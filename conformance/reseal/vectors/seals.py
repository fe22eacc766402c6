"""``vectors/iron.json`` and ``vectors/fernet.json``: seals, whole and broken in one way each.

Faults are chosen so that every released library refuses them; the few exceptions name who does not.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

from ..endpoint.sessions import FOREVER_S
from .mutations import SealFormat, sealed
from .rows import ORGANIZATION, PASSWORDS, Fault, access_token, fault_row, session, user, valid_row

_UNICODE = {
    **user(),
    "first_name": "Zoë 🦊",
    "last_name": "مرحبا 漢字 \u2028\ufeff",
    "email": "zoe@bücher.example",
}
_IMPERSONATOR = {"email": "admin@example.com", "reason": None}
_EMOJI = "🔐🧂🍪🦊🐙🌵🍄🌋🎲🧩🚀🪐🎈🎻🎧🎬"  # 16 characters, 32 UTF-16 units
_KOTLIN = "workos-kotlin"
_NPM = "fernet (npm)"


def _key(data: bytes) -> str:
    return urlsafe_b64encode(data).decode()


IRON_FAULTS = (
    Fault("structure.prefix", "structure", "An older version of the format", {"op": "replace", "part": "prefix", "text": "Fe26.1"}),
    Fault("structure.prefix-case", "structure", "The prefix in lower case", {"op": "replace", "part": "prefix", "text": "fe26.2"}),
    Fault("structure.seven-parts", "structure", "The MAC and the suffix are missing", {"op": "drop", "characters": 46}),
    Fault("structure.nine-parts", "structure", "One part too many", {"op": "replace", "part": "expiration", "text": "*"}),
    Fault("structure.empty-mac", "structure", "An empty MAC", {"op": "replace", "part": "mac", "text": ""}),
    Fault("structure.empty-ciphertext", "structure", "An empty ciphertext", {"op": "replace", "part": "ciphertext", "text": ""}),
    Fault("truncated.half", "truncated", "The first half alone", {"op": "keep", "fraction": 0.5}),
    Fault("truncated.most", "truncated", "Nine tenths of it", {"op": "keep", "fraction": 0.9}),
    Fault("truncated.three", "truncated", "The last three characters are missing", {"op": "drop", "characters": 3}),
    Fault("tampered.password-id", "tampered", "Another password id", {"op": "flip", "part": "password_id"}, accepted_by=(_KOTLIN,)),
    Fault("tampered.encryption-salt", "tampered", "A changed encryption salt", {"op": "flip", "part": "encryption_salt"}),
    Fault("tampered.iv", "tampered", "A changed iv", {"op": "flip", "part": "iv"}),
    Fault("tampered.ciphertext", "tampered", "A changed ciphertext", {"op": "flip", "part": "ciphertext"}),
    Fault("tampered.expiration", "tampered", "An expiration that was not signed", {"op": "replace", "part": "expiration", "text": f"{FOREVER_S}000"}),
    Fault("tampered.mac-salt", "tampered", "A changed MAC salt", {"op": "flip", "part": "mac_salt"}),
    Fault("tampered.mac", "tampered", "A changed MAC", {"op": "flip", "part": "mac"}),
    Fault("tampered.other-salt", "tampered", "Another encryption salt altogether", {"op": "put", "part": "encryption_salt", "fraction": 0, "characters": 64, "text": "A" * 64}),
    Fault("expiration.past", "expiration", "Expired in 2020", {"op": "seal", "options": {"expiration": "1600000000000"}}),
    Fault("expiration.1970", "expiration", "Expired in 1970", {"op": "seal", "options": {"expiration": "1"}}),
    Fault("expiration.word", "expiration", "An expiration that is no number", {"op": "seal", "options": {"expiration": "soon"}}),
    Fault("expiration.negative", "expiration", "A negative expiration", {"op": "seal", "options": {"expiration": "-1"}}),
    Fault("expiration.fraction", "expiration", "A fraction, as a ttl of 0.0005 s makes", {"op": "seal", "options": {"expiration": "4102444800000.5"}}),
    Fault("expiration.exponent", "expiration", "An exponent, as a ttl of 1e20 s makes", {"op": "seal", "options": {"expiration": "1.0e+23"}}),
    Fault("expiration.infinity", "expiration", "Infinity, as an infinite ttl makes", {"op": "seal", "options": {"expiration": "Infinity"}}),
    Fault("expiration.space", "expiration", "A space before the number", {"op": "seal", "options": {"expiration": " 4102444800000"}}),
    Fault("signed.short-iv", "signed", "An iv of 15 bytes under a MAC that holds", {"op": "resign", "change": {"op": "put", "part": "iv", "fraction": 0, "characters": 2, "text": ""}}),
    Fault("signed.no-iv", "signed", "No iv under a MAC that holds", {"op": "resign", "change": {"op": "replace", "part": "iv", "text": ""}}),
    Fault("signed.odd-ciphertext", "signed", "A ciphertext of no whole blocks under a MAC that holds", {"op": "resign", "change": {"op": "put", "part": "ciphertext", "fraction": 0, "characters": 4, "text": ""}}),
    Fault("signed.blocks-missing", "signed", "The first three blocks are missing under a MAC that holds", {"op": "resign", "change": {"op": "put", "part": "ciphertext", "fraction": 0, "characters": 64, "text": ""}}),
    Fault("plaintext.brace", "plaintext", "JSON that ends after its first character", {"op": "seal", "options": {"plaintext": "{"}}),
    Fault("plaintext.word", "plaintext", "A word", {"op": "seal", "options": {"plaintext": "session"}}),
    Fault("plaintext.trailing", "plaintext", "Text after the JSON", {"op": "seal", "options": {"plaintext": "{}x"}}),
    Fault("plaintext.single-quotes", "plaintext", "Single quotes", {"op": "seal", "options": {"plaintext": "{'user': 1}"}}),
    Fault("password.another", "password", "Another password", {"op": "password", "password": "test-password-of-the-reseal-fixtures-2"}),
    Fault("password.case", "password", "The password in upper case", {"op": "password", "password": PASSWORDS["iron"].upper()}),
    Fault("password.newline", "password", "The password with a newline", {"op": "password", "password": PASSWORDS["iron"] + "\n"}),
    Fault("password.short", "password", "A password of 31 characters", {"op": "password", "password": PASSWORDS["iron"][:31]}, "configuration-error"),
    Fault("password.empty", "password", "An empty password", {"op": "password", "password": ""}, "configuration-error"),
)  # fmt: skip

FERNET_FAULTS = (
    Fault("truncated.half", "truncated", "The first half alone", {"op": "keep", "fraction": 0.5}),
    Fault("truncated.most", "truncated", "Nine tenths of it", {"op": "keep", "fraction": 0.9}),
    Fault("truncated.four", "truncated", "The last four characters are missing", {"op": "drop", "characters": 4}),
    Fault("truncated.padding", "truncated", "The padding is missing", {"op": "drop", "characters": 2}, accepted_by=(_NPM, "fernet-nodejs (npm)")),
    Fault("tampered.version", "tampered", "A changed version", {"op": "flip", "part": "version"}),
    Fault("tampered.timestamp", "tampered", "A changed time stamp", {"op": "flip", "part": "timestamp"}),
    Fault("tampered.iv", "tampered", "A changed iv", {"op": "flip", "part": "iv"}),
    Fault("tampered.ciphertext", "tampered", "A changed ciphertext", {"op": "flip", "part": "ciphertext"}),
    Fault("tampered.mac", "tampered", "A changed MAC", {"op": "flip", "part": "mac"}),
    Fault("signed.version", "signed", "Version 0x81 under a MAC that holds", {"op": "splice", "start": 0, "end": 1, "hex": "81"}),
    Fault("signed.odd-ciphertext", "signed", "A ciphertext of no whole blocks under a MAC that holds", {"op": "splice", "start": -1, "hex": ""}, accepted_by=(_NPM,)),
    Fault("signed.no-ciphertext", "signed", "No ciphertext under a MAC that holds", {"op": "splice", "start": 25, "hex": ""}),
    Fault("plaintext.brace", "plaintext", "JSON that ends after its first character", {"op": "seal", "options": {"plaintext": "{"}}),
    Fault("plaintext.word", "plaintext", "A word", {"op": "seal", "options": {"plaintext": "session"}}),
    Fault("plaintext.trailing", "plaintext", "Text after the JSON", {"op": "seal", "options": {"plaintext": "{}x"}}),
    Fault("plaintext.single-quotes", "plaintext", "Single quotes", {"op": "seal", "options": {"plaintext": "{'user': 1}"}}),
    Fault("password.another", "password", "Another key", {"op": "password", "password": _key(b"test-fernet-key-of-reseal-fixt.2")}),
    Fault("password.halves", "password", "The two halves of the key exchanged", {"op": "password", "password": _key(b"of-reseal-fixt.1test-fernet-key-")}),
    Fault("password.iron", "password", "A password for Iron", {"op": "password", "password": PASSWORDS["iron"]}, "configuration-error"),
    Fault("password.unpadded", "password", "The key without its =", {"op": "password", "password": PASSWORDS["fernet"][:-1]}, "configuration-error"),
    Fault("password.hex", "password", "The key in hexadecimal", {"op": "password", "password": b"test-fernet-key-of-reseal-fixt.1".hex()}, "configuration-error"),
    Fault("password.empty", "password", "An empty key", {"op": "password", "password": ""}, "configuration-error"),
)  # fmt: skip


def rows(name: SealFormat) -> list[dict[str, Any]]:
    """All vectors of one format: the valid ones, then the faults of the first of them."""
    password = PASSWORDS[name]
    parent = sealed(name, session(), password, 1)
    organization = session(access_token=access_token(org_id=ORGANIZATION), organization_id=ORGANIZATION)
    valid = [
        valid_row(f"{name}.valid.session", "A session", parent),
        valid_row(
            f"{name}.valid.organization", "One in an organization", sealed(name, organization, password, 2)
        ),
        valid_row(f"{name}.valid.unicode", "Any text", sealed(name, session(user=_UNICODE), password, 3)),
        valid_row(
            f"{name}.valid.impersonator",
            "With an impersonator",
            sealed(name, session(impersonator=_IMPERSONATOR), password, 4),
        ),
        *(_iron_only() if name == "iron" else ()),
    ]
    faults = IRON_FAULTS if name == "iron" else FERNET_FAULTS
    return [*valid, *(fault_row(name, f"{name}.valid.session", parent, fault) for fault in faults)]


def _iron_only() -> list[dict[str, Any]]:
    password = PASSWORDS["iron"]
    expiring = sealed("iron", session(), password, 5, {"expiration": f"{FOREVER_S}000"})
    other_id = sealed("iron", session(), password, 6, {"password_id": "2"})
    bare = sealed("iron", session(), password, 7, {"suffix": ""})
    no_suffix = ("@workos-inc/node before 8", "iron-session 6 and 8")
    return [
        valid_row("iron.valid.expiring", "One that expires in 2100", expiring),
        valid_row("iron.valid.password-id", "Sealed with the second of two passwords", other_id, (_KOTLIN,)),
        valid_row("iron.valid.no-suffix", "Without ~2, as the Kotlin SDK seals", bare, no_suffix),
        valid_row(
            "iron.valid.emoji-password", "16 emoji are 32 characters", sealed("iron", session(), _EMOJI, 8)
        ),
    ]
