"""Cookies of every format, whole and damaged, with what `reseal inspect` must say about them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from reseal._data import fixtures_root
from reseal.vectors.mutations import mutated, sealed

from . import by_hand

NOW_S = 1_795_600_000.0  # 25 November 2026, 09:46:40 UTC

IRON = "kEpT-tHe-IrOn-PaSsWoRd-To-YoUrSeLf"
OTHER_IRON = "aNoThEr-PaSsWoRd-To-KeEp-To-YoUrSeLf"
KEY = base64.urlsafe_b64encode(bytes(range(7, 39))).decode()
OTHER_KEY = base64.urlsafe_b64encode(bytes(range(50, 82))).decode()
HEX = bytes(range(7, 39)).hex()
STD = base64.b64encode(bytes(range(7, 39))).decode()
API_KEY = "sk_test_emulated"
BYTES_32 = "thirty-two-bytes-of-password-00!"

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEiLCJleHAiOjQxMDI0NDQ4MDB9.c2lnbmF0dXJl"  # expires in 2100
SESSION: dict[str, Any] = {
    "access_token": TOKEN,
    "refresh_token": "kEpT-tHe-ReFrEsH-ToKeN",
    "user": {"object": "user", "id": "user_1", "first_name": "Grace"},
}
_USER = {"object": "user", "id": "user_1"}
_CAMEL = {"accessToken": TOKEN, "refreshToken": "kEpT-tHe-ReFrEsH-ToKeN"}

_VECTORS = {
    row["id"]: row
    for row in json.loads((fixtures_root() / "vectors" / "sealed-sessions.json").read_text("utf-8"))[
        "vectors"
    ]
}

NODE_7 = "WorkOS Node SDK 7.35.1 or later, or authkit-nextjs"
NODE_ANY = "WorkOS Node SDK 7.35.1 or later, authkit-nextjs, or iron-session"
NODE_TTL = "WorkOS Node SDK 7.15 to 7.35.0, or iron-session with a ttl"
AUTHKIT = "authkit-session, or WorkOS Node SDK 7"
KOTLIN = "WorkOS Kotlin SDK"
CUT = "WorkOS Node or Kotlin SDK, authkit-nextjs, or iron-session"
PYTHON = "WorkOS Python SDK"
OPAQUE = "WorkOS Go, PHP or Ruby SDK, or the emulator"
NOBODY = "nobody's seal"


@dataclass(frozen=True)
class Row:
    """One cookie.

    Attributes:
        first: The id of the first finding; None where nothing is to be said.
        sdk: The SDK that should open it.
    """

    id: str
    text: str
    password: str | None
    format: str
    producer: str
    verdict: str
    first: str | None = None
    sdk: str | None = None


def _real(vector: str) -> tuple[str, str]:
    return _VECTORS[vector]["cookie"], _VECTORS[vector]["password"]


NODE, NODE_PASSWORD = _real("iron.node-7.82")
NODE_11, NODE_11_PASSWORD = _real("iron.node-11.0-impersonator")
FERNET, FERNET_KEY = _real("fernet.python-10.8")
SMALL = by_hand.iron(SESSION, IRON)
FERNET_SMALL = by_hand.fernet(SESSION, KEY)
GO = by_hand.go(SESSION, HEX)
RUBY = by_hand.ruby(SESSION, IRON)
RUBY_6 = by_hand.ruby_6(SESSION, BYTES_32)
PHP = by_hand.php(SESSION, STD)
DOTNET = by_hand.dotnet(SESSION, IRON)
EMULATED = by_hand.emulator({**SESSION, "session_id": "session_1"}, API_KEY)
BAD_PADDING = mutated(sealed("fernet", {}, KEY, 1), {"op": "splice", "start": -1, "hex": "00"}).token or ""
LARGE = by_hand.iron({**SESSION, "metadata": {"a": "x" * 3_000}}, IRON)
FERNET_LARGE = by_hand.fernet({**SESSION, "metadata": {"a": "x" * 3_000}}, KEY)
TTL = by_hand.iron(SESSION, IRON, expiration="1796700000000")
_PARTS = NODE.split("*")


def _part(index: int, value: str) -> str:
    return "*".join((*_PARTS[:index], value, *_PARTS[index + 1 :]))


def _flipped(text: str, at: int) -> str:
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


# The access tokens in the Python SDK's vectors are noise between two dots.
WHOLE = (
    Row("node-7", NODE, NODE_PASSWORD, "iron", NODE_7, "would-refresh"),
    Row("node-11", NODE_11, NODE_11_PASSWORD, "iron", "WorkOS Node SDK 8 or later", "would-refresh"),
    Row(
        "node-unicode",
        *_real("iron.node-11.0-unicode"),
        "iron",
        "WorkOS Node SDK 8 or later",
        "would-refresh",
    ),
    Row("node-emoji", *_real("iron.node-7.82-emoji-password"), "iron", NODE_7, "would-refresh"),
    Row("iron-session-6", *_real("iron.iron-session-6"), "iron", NODE_7, "would-refresh"),
    Row("iron-session-8", *_real("iron.iron-session-8"), "iron", NODE_7, "would-refresh"),
    Row("iron-session-9", *_real("iron.iron-session-9"), "iron", NODE_7, "would-refresh"),
    Row("python", FERNET, FERNET_KEY, "fernet", PYTHON, "would-refresh", "odd-access-token"),
    Row(
        "python-impersonator",
        *_real("fernet.python-10.8-impersonator"),
        "fernet",
        PYTHON,
        "would-refresh",
        "odd-access-token",
    ),
    Row(
        "npm-fernet",
        *_real("fernet.npm-fernet-nodejs"),
        "fernet",
        PYTHON,
        "would-refresh",
        "odd-access-token",
    ),
    Row(
        "python-5",
        by_hand.fernet({**SESSION, "organization_id": None}, KEY),
        KEY,
        "fernet",
        "WorkOS Python SDK 5 or earlier",
        "would-refresh",
    ),
    Row("authkit-session", SMALL, IRON, "iron", AUTHKIT, "would-refresh"),
    Row("ttl", TTL, IRON, "iron", NODE_TTL, "would-refresh"),
    Row(
        "kotlin",
        by_hand.iron_raw({**_CAMEL, "user": SESSION["user"]}, IRON).removesuffix("~2"),
        IRON,
        "iron",
        KOTLIN,
        "would-refresh",
        "suffix-missing",
    ),
    Row("ruby", RUBY, IRON, "ruby", "WorkOS Ruby SDK 7 or later", "would-refresh"),
    Row("ruby-6", RUBY_6, BYTES_32, "ruby-6", "WorkOS Ruby SDK 6 or earlier", "would-refresh"),
    Row("go", GO, HEX, "go", "WorkOS Go SDK", "would-refresh"),
    Row("go-hashed", by_hand.go(SESSION, IRON), IRON, "go", "WorkOS Go SDK", "would-refresh"),
    Row("php", PHP, STD, "php", "WorkOS PHP SDK", "would-refresh"),
    Row("dotnet", DOTNET, IRON, "dotnet", "WorkOS .NET SDK", "would-not-refresh", "no-refresh-in-sdk"),
    Row("emulator", EMULATED, API_KEY, "emulator", "WorkOS emulator", "would-not-refresh", "emulator-seal"),
)

WITHOUT_PASSWORD = (
    Row("bare-iron", NODE, None, "iron", NODE_ANY, "no-password", "no-password"),
    Row("bare-kotlin", SMALL.removesuffix("~2"), None, "iron", KOTLIN, "no-password", "suffix-missing"),
    Row("bare-fernet", FERNET, None, "fernet", PYTHON, "no-password", "no-password"),
    Row("bare-ruby", RUBY, None, "ruby", "WorkOS Ruby SDK 7 or later", "no-password", "no-password"),
    Row("bare-ruby-6", RUBY_6, None, "ruby-6", "WorkOS Ruby SDK 6 or earlier", "no-password", "no-password"),
    Row("bare-go", GO, None, "opaque", OPAQUE, "no-password", "no-password"),
    Row("bare-php", PHP, None, "opaque", OPAQUE, "no-password", "no-password"),
    Row("bare-emulator", EMULATED, None, "opaque", OPAQUE, "no-password", "no-password"),
    Row("bare-dotnet", DOTNET, None, "dotnet", "WorkOS .NET SDK", "no-password", "no-password"),
    Row("bare-large", LARGE, None, "iron", NODE_ANY, "no-password", "too-large"),
    Row(
        "bare-id",
        by_hand.iron(SESSION, IRON, password_id="2"),
        None,
        "iron",
        NODE_ANY,
        "no-password",
        "password-id",
    ),
)

WRAPPED = (
    Row("quoted", f'"{NODE}"', NODE_PASSWORD, "iron", NODE_7, "does-not-open", "quoted"),
    Row("quoted-fernet", f"'{FERNET}'", FERNET_KEY, "fernet", PYTHON, "does-not-open", "quoted"),
    Row("backslash-quoted", f'\\"{NODE}\\"', NODE_PASSWORD, "iron", NODE_7, "does-not-open", "quoted"),
    Row("percent", quote(NODE, safe=""), NODE_PASSWORD, "iron", NODE_7, "does-not-open", "percent-encoded"),
    Row(
        "percent-tilde", NODE.replace("~", "%7E"), None, "iron", NODE_ANY, "does-not-open", "percent-encoded"
    ),
    Row(
        "percent-twice",
        quote(quote(NODE, safe=""), safe=""),
        None,
        "iron",
        NODE_ANY,
        "does-not-open",
        "percent-encoded",
    ),
    Row("percent-fernet", quote(FERNET), FERNET_KEY, "fernet", PYTHON, "does-not-open", "percent-encoded"),
    Row("percent-go", quote(GO, safe=""), HEX, "go", "WorkOS Go SDK", "does-not-open", "percent-encoded"),
    Row(
        "set-cookie",
        f"wos-session={NODE}; Path=/; HttpOnly",
        NODE_PASSWORD,
        "iron",
        NODE_7,
        "does-not-open",
        "cookie-header",
    ),
    Row(
        "set-cookie-name",
        f"Set-Cookie: wos-session={FERNET}; Secure",
        FERNET_KEY,
        "fernet",
        PYTHON,
        "does-not-open",
        "cookie-header",
    ),
    Row(
        "cookie-header",
        f"Cookie: theme=dark; wos-session={NODE}",
        None,
        "iron",
        NODE_ANY,
        "does-not-open",
        "cookie-header",
    ),
    Row("go-pair", f"wos-session={GO}; Path=/", HEX, "go", "WorkOS Go SDK", "does-not-open", "cookie-header"),
    Row("newline", f"{NODE}\n", NODE_PASSWORD, "iron", NODE_7, "does-not-open", "white-space"),
    Row(
        "wrapped-lines",
        f"{FERNET[:76]}\r\n{FERNET[76:]}",
        FERNET_KEY,
        "fernet",
        PYTHON,
        "does-not-open",
        "white-space",
    ),
    Row("leading-space", f" {GO}", HEX, "go", "WorkOS Go SDK", "does-not-open", "white-space"),
    Row(
        "base64-iron",
        base64.b64encode(NODE.encode()).decode(),
        NODE_PASSWORD,
        "iron",
        NODE_7,
        "does-not-open",
        "base64-twice",
    ),
    Row(
        "base64-fernet",
        base64.b64encode(FERNET.encode()).decode(),
        None,
        "fernet",
        PYTHON,
        "does-not-open",
        "base64-twice",
    ),
    Row(
        "base64-go",
        base64.b64encode(GO.encode()).decode(),
        HEX,
        "go",
        "WorkOS Go SDK",
        "does-not-open",
        "base64-twice",
    ),
    Row("joined-iron", NODE + SMALL, NODE_PASSWORD, "iron", NODE_7, "does-not-open", "joined"),
    Row("joined-comma", f"{NODE}, {NODE}", None, "iron", NODE_ANY, "does-not-open", "joined"),
    Row("joined-fernet", FERNET_SMALL + FERNET, KEY, "fernet", PYTHON, "does-not-open", "joined"),
    Row(
        "json-string",
        json.dumps({"wos-session": NODE}),
        NODE_PASSWORD,
        "iron",
        NODE_7,
        "does-not-open",
        "in-json",
    ),
    Row("html", NODE.replace("*", "&#42;"), None, "iron", NODE_ANY, "does-not-open", "escaped"),
    Row("bearer", f"Bearer {NODE}", None, "iron", NODE_ANY, "does-not-open", "bearer"),
    Row("plus-space", GO.replace("+", " "), HEX, "go", "WorkOS Go SDK", "does-not-open", "plus-became-space"),
    Row(
        "std-alphabet",
        NODE.replace("-", "+").replace("_", "/"),
        NODE_PASSWORD,
        "iron",
        NODE_7,
        "does-not-open",
        "other-alphabet",
    ),
    Row("no-padding", FERNET_SMALL.rstrip("="), KEY, "fernet", PYTHON, "does-not-open", "padding-lost"),
)

DAMAGED = (
    Row("upper-parts", "Fe26.2" + NODE[6:].upper(), None, "iron", NODE_ANY, "does-not-open", "case-changed"),
    Row("lower-parts", "Fe26.2" + NODE[6:].lower(), None, "iron", NODE_ANY, "does-not-open", "case-changed"),
    Row("other-version", NODE.replace("26.2", "26.1"), None, "iron", NODE_ANY, "does-not-open", "damaged"),
    Row("bad-padding", BAD_PADDING, KEY, "fernet", PYTHON, "does-not-open", "damaged"),
    Row("cut-iron", NODE[:1500], NODE_PASSWORD, "iron", CUT, "does-not-open", "cut"),
    Row("cut-mac", NODE[:-5], NODE_PASSWORD, "iron", CUT, "does-not-open", "cut"),
    Row("cut-4096", LARGE[:4096], IRON, "iron", CUT, "does-not-open", "cut-at-limit"),
    Row("cut-4084", LARGE[:4084], None, "iron", CUT, "does-not-open", "cut-at-limit"),
    Row("cut-fernet-4096", FERNET_LARGE[:4096], KEY, "fernet", PYTHON, "does-not-open", "cut-at-limit"),
    Row("cut-fernet", FERNET[:1000], FERNET_KEY, "fernet", PYTHON, "does-not-open", "cut"),
    Row("cut-go", GO[:-2], HEX, "opaque", OPAQUE, "does-not-open", "cut"),
    Row("cut-dotnet", f"{DOTNET[:201]}~2", IRON, "dotnet", "WorkOS .NET SDK", "does-not-open", "cut"),
    Row("no-beginning", NODE[100:], NODE_PASSWORD, "iron", NODE_ANY, "does-not-open", "beginning-missing"),
    Row("elided", f"{NODE[:60]}...{NODE[-20:]}", NODE_PASSWORD, "iron", NODE_ANY, "does-not-open", "elided"),
    Row("elided-fernet", f"{FERNET[:60]}…", None, "fernet", PYTHON, "does-not-open", "elided"),
    Row("lower-case", NODE.lower(), NODE_PASSWORD, "iron", NODE_ANY, "does-not-open", "case-changed"),
    Row("upper-case", NODE.upper(), NODE_PASSWORD, "iron", NODE_ANY, "does-not-open", "case-changed"),
    Row(
        "lower-fernet",
        "gAAAA" + FERNET[5:].lower(),
        FERNET_KEY,
        "fernet",
        PYTHON,
        "does-not-open",
        "case-changed",
    ),
    Row("short-salt", _part(2, _PARTS[2][:-1]), NODE_PASSWORD, "iron", NODE_ANY, "does-not-open", "damaged"),
    Row("short-iv", _part(3, _PARTS[3][:-2]), NODE_PASSWORD, "iron", NODE_ANY, "does-not-open", "damaged"),
    Row("odd-ciphertext", _part(4, _PARTS[4][:-4]), None, "iron", NODE_ANY, "does-not-open", "damaged"),
    Row("odd-expiration", _part(5, "soon"), NODE_PASSWORD, "iron", NODE_TTL, "does-not-open", "damaged"),
    Row("extra-parts", NODE.replace("~2", "*x~2"), None, "iron", NODE_ANY, "does-not-open", "extra-parts"),
    Row("flipped", _flipped(NODE, 900), NODE_PASSWORD, "iron", NODE_ANY, "does-not-open", "another-password"),
    Row(
        "flipped-fernet",
        _flipped(FERNET, 900),
        FERNET_KEY,
        "fernet",
        PYTHON,
        "does-not-open",
        "another-password",
    ),
    Row(
        "no-suffix", NODE.removesuffix("~2"), NODE_PASSWORD, "iron", KOTLIN, "would-refresh", "suffix-missing"
    ),
    Row(
        "suffix-1", NODE.replace("~2", "~1"), NODE_PASSWORD, "iron", NODE_7, "would-refresh", "suffix-changed"
    ),
    Row("too-large", LARGE, IRON, "iron", AUTHKIT, "would-refresh", "too-large"),
    Row(
        "expired",
        by_hand.iron(SESSION, IRON, expiration="1700000000000"),
        IRON,
        "iron",
        NODE_TTL,
        "does-not-open",
        "seal-expired",
    ),
    Row(
        "expired-bare",
        by_hand.iron(SESSION, IRON, expiration="1700000000000"),
        None,
        "iron",
        NODE_TTL,
        "does-not-open",
        "seal-expired",
    ),
)

PASSWORDS = (
    Row("other-iron", SMALL, OTHER_IRON, "iron", NODE_ANY, "does-not-open", "another-password"),
    Row("other-fernet", FERNET, OTHER_KEY, "fernet", PYTHON, "does-not-open", "another-password"),
    Row(
        "other-ruby",
        RUBY,
        OTHER_IRON,
        "ruby",
        "WorkOS Ruby SDK 7 or later",
        "does-not-open",
        "another-password",
    ),
    Row("other-go", GO, bytes(range(32)).hex(), "opaque", OPAQUE, "does-not-open", "another-password"),
    Row("other-dotnet", DOTNET, OTHER_IRON, "dotnet", "WorkOS .NET SDK", "does-not-open", "another-password"),
    Row("empty-password", SMALL, "", "iron", NODE_ANY, "does-not-open", "password-empty"),
    Row("short", SMALL, IRON[:31], "iron", NODE_ANY, "does-not-open", "password-too-short"),
    Row("key-for-iron", SMALL, KEY, "iron", NODE_ANY, "does-not-open", "password-is-fernet-key"),
    Row(
        "iron-for-fernet", FERNET_SMALL, IRON, "fernet", PYTHON, "does-not-open", "password-is-no-fernet-key"
    ),
    Row("other-hex-for-fernet", FERNET, HEX, "fernet", PYTHON, "does-not-open", "password-is-no-fernet-key"),
    Row("hex-key", FERNET_SMALL, HEX, "fernet", PYTHON, "does-not-open", "password-hex"),
    Row(
        "key-no-padding",
        FERNET_SMALL,
        KEY.rstrip("="),
        "fernet",
        PYTHON,
        "does-not-open",
        "password-padding-lost",
    ),
    Row("base64-for-go", GO, KEY, "go", "WorkOS Go SDK", "does-not-open", "password-base64-of-hex"),
    Row("newline-password", SMALL, f"{IRON}\n", "iron", AUTHKIT, "does-not-open", "password-white-space"),
    Row("quoted-password", SMALL, f'"{IRON}"', "iron", AUTHKIT, "does-not-open", "password-quoted"),
    Row(
        "named-password",
        SMALL,
        f'WORKOS_COOKIE_PASSWORD="{IRON}"',
        "iron",
        AUTHKIT,
        "does-not-open",
        "password-with-name",
    ),
    Row(
        "base64-password",
        SMALL,
        base64.b64encode(IRON.encode()).decode(),
        "iron",
        AUTHKIT,
        "does-not-open",
        "password-base64",
    ),
    Row(
        "percent-password",
        by_hand.iron(SESSION, f"{IRON}+/"),
        quote(f"{IRON}+/", safe=""),
        "iron",
        AUTHKIT,
        "does-not-open",
        "password-percent-encoded",
    ),
    Row(
        "sealed-newline",
        by_hand.iron(SESSION, f"{IRON}\n"),
        IRON,
        "iron",
        AUTHKIT,
        "does-not-open",
        "sealed-with-newline",
    ),
    Row(
        "sealed-quotes",
        by_hand.iron(SESSION, f'"{IRON}"'),
        IRON,
        "iron",
        AUTHKIT,
        "does-not-open",
        "sealed-with-quotes",
    ),
    Row("wrapped-and-wrong", SMALL, f" {OTHER_IRON}", "iron", NODE_ANY, "does-not-open", "password-wrapped"),
    Row(
        "ruby-short",
        RUBY,
        "too-short",
        "ruby",
        "WorkOS Ruby SDK 7 or later",
        "does-not-open",
        "password-too-short",
    ),
)

FOREIGN = (
    Row("node-for-kotlin", NODE, NODE_PASSWORD, "iron", NODE_7, "does-not-open", "suffix-foreign", "kotlin"),
    Row("no-suffix-nextjs", NODE[:-2], None, "iron", KOTLIN, "does-not-open", "suffix-foreign", "nextjs"),
    Row("no-suffix-kotlin", SMALL[:-2], IRON, "iron", KOTLIN, "would-refresh", "suffix-missing", "kotlin"),
    Row("go-not-hex", GO, OTHER_IRON, "opaque", OPAQUE, "does-not-open", "password-not-hex", "go"),
    Row("php-not-base64", PHP, IRON, "opaque", OPAQUE, "does-not-open", "password-not-base64", "php"),
    Row("node-for-python", NODE, None, "iron", NODE_ANY, "does-not-open", "foreign-format", "python"),
    Row(
        "node-for-python-opened",
        NODE,
        NODE_PASSWORD,
        "iron",
        NODE_7,
        "does-not-open",
        "foreign-format",
        "python",
    ),
    Row("python-for-node", FERNET, FERNET_KEY, "fernet", PYTHON, "does-not-open", "foreign-format", "node"),
    Row("go-for-php", GO, HEX, "go", "WorkOS Go SDK", "does-not-open", "foreign-format", "php"),
    Row("go-for-node", GO, None, "opaque", OPAQUE, "does-not-open", "foreign-format", "node"),
    Row("go-for-go", GO, None, "opaque", OPAQUE, "no-password", "no-password", "go"),
    Row(
        "ruby-6-for-ruby",
        RUBY_6,
        BYTES_32,
        "ruby-6",
        "WorkOS Ruby SDK 6 or earlier",
        "would-refresh",
        None,
        "ruby",
    ),
    Row(
        "emulator-for-node",
        EMULATED,
        API_KEY,
        "emulator",
        "WorkOS emulator",
        "does-not-open",
        "foreign-format",
        "node",
    ),
)

CONTENTS = (
    Row("go-not-json", by_hand.go(b"{" + b" " * 9, HEX), HEX, "opaque", OPAQUE, "does-not-open", "not-json"),
    Row(
        "no-refresh-token",
        by_hand.iron({"access_token": TOKEN, "user": _USER}, IRON),
        IRON,
        "iron",
        AUTHKIT,
        "would-not-refresh",
        "no-refresh-token",
    ),
    Row(
        "empty-object",
        by_hand.fernet({}, KEY),
        KEY,
        "fernet",
        PYTHON,
        "would-not-refresh",
        "no-refresh-token",
    ),
    Row("no-user", by_hand.iron_raw(_CAMEL, IRON), IRON, "iron", AUTHKIT, "would-not-refresh", "no-user"),
    Row("list", by_hand.iron_raw([1], IRON), IRON, "iron", NODE_ANY, "would-not-refresh", "not-an-object"),
    Row(
        "null",
        by_hand.fernet(None, KEY, plaintext="null"),
        KEY,
        "fernet",
        PYTHON,
        "would-not-refresh",
        "not-an-object",
    ),
    Row(
        "snake-in-iron",
        by_hand.iron_raw({**SESSION, "user": _USER}, IRON),
        IRON,
        "iron",
        AUTHKIT,
        "would-not-refresh",
        "field-names",
    ),
    Row(
        "camel-in-fernet",
        by_hand.fernet({**_CAMEL, "user": _USER}, KEY),
        KEY,
        "fernet",
        PYTHON,
        "would-not-refresh",
        "field-names",
    ),
    Row(
        "not-json",
        by_hand.iron(None, IRON, plaintext="{"),
        IRON,
        "iron",
        NODE_ANY,
        "does-not-open",
        "not-json",
    ),
    Row(
        "odd-token",
        by_hand.iron({**SESSION, "access_token": "x"}, IRON),
        IRON,
        "iron",
        AUTHKIT,
        "would-refresh",
        "odd-access-token",
    ),
    Row(
        "stale-token",
        by_hand.iron(
            {
                **SESSION,
                "access_token": TOKEN.replace("eyJzdWIiOiJ1c2VyXzEiLCJleHAiOjQxMDI0NDQ4MDB9", "eyJleHAiOjF9"),
            },
            IRON,
        ),
        IRON,
        "iron",
        AUTHKIT,
        "would-refresh",
        "stale-access-token",
    ),
)

NO_SEALS = (
    Row("empty", "", None, "empty", NOBODY, "not-a-seal", "empty"),
    Row("blank", " \n", IRON, "empty", NOBODY, "not-a-seal", "empty"),
    Row("jwt", TOKEN, IRON, "jwt", "an issuer of tokens", "not-a-seal", "is-a-jwt"),
    Row("object", '{"user":{}}', None, "json", NOBODY, "not-a-seal", "is-json"),
    Row("null-text", "null", None, "json", NOBODY, "not-a-seal", "is-json"),
    Row("undefined", "undefined", None, "text", NOBODY, "not-a-seal", "is-nothing"),
    Row("session-id", "session_01HQSXZGF8FHF7A9ZZFCW4387R", None, "id", NOBODY, "not-a-seal", "is-an-id"),
    Row("api-key", API_KEY, None, "id", NOBODY, "not-a-seal", "is-an-id"),
    Row("refresh-token", "yAjhKk123NLIjdrBdGZPf8pLIDvK", None, "text", NOBODY, "not-a-seal", "unknown"),
    Row("prose", "this is no cookie at all", None, "text", NOBODY, "not-a-seal", "unknown"),
)

ROWS = (*WHOLE, *WITHOUT_PASSWORD, *WRAPPED, *DAMAGED, *PASSWORDS, *FOREIGN, *CONTENTS, *NO_SEALS)
