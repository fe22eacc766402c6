"""Vectors as rows: written into the files, and read from them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..endpoint import signing
from ..endpoint.sessions import FOREVER_S
from .mutations import CLOCK_S, Seal, SealFormat, mutated, sealed

CLIENT_ID = "client_test_reseal"
API_KEY = "sk_test_reseal"  # short, so that no scanner takes it for somebody's
BASE_URL = "https://api.workos.test"
ORGANIZATION = "org_01HRDMC6CM357W30QMHMQ96Q0S"
REFRESH_TOKEN = "test_refresh_token_before"
NEW_REFRESH_TOKEN = "test_refresh_token_after"
PASSWORDS: Mapping[SealFormat, str] = {
    "iron": "test-password-of-the-reseal-fixtures-1",
    "fernet": "dGVzdC1mZXJuZXQta2V5LW9mLXJlc2VhbC1maXh0LjE=",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of a table of vectors.

    Attributes:
        kind: The class of faults that it belongs to.
        effect: What an implementation makes of it.
        accepted_by: Released libraries that open it nevertheless.
    """

    id: str
    kind: str
    title: str
    mutation: Mapping[str, Any]
    effect: str = "invalid_session_cookie"
    opens: bool = False
    accepted_by: tuple[str, ...] = ()


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of an access token that is valid until the year 2100."""
    return {
        "iss": f"{BASE_URL}/user_management/{CLIENT_ID}",
        "sub": "user_01HBEQKA6K4QJAS93VPE39W1JT",
        "sid": "session_01HQSXZGF8FHF7A9ZZFCW4387R",
        "jti": "01HQSXZXPPFPKMDD32RKTFY6PV",
        "client_id": CLIENT_ID,
        "auth_time": CLOCK_S,
        "iat": CLOCK_S,
        "exp": FOREVER_S,
        **changes,
    }


def access_token(**changes: Any) -> str:
    return signing.sign(claims(**changes), signing.signing_keys()[0])


def user() -> dict[str, Any]:
    """A user of the vectors' own: `users.json` may grow, and vectors must not change with it."""
    return {
        "object": "user",
        "id": "user_01HBEQKA6K4QJAS93VPE39W1JT",
        "first_name": "Grace",
        "last_name": "Hopper",
        "profile_picture_url": None,
        "email": "grace.hopper@example.com",
        "email_verified": True,
        "external_id": None,
        "metadata": {},
        "last_sign_in_at": "2025-12-31T09:15:00.000Z",
        "created_at": "2025-06-15T12:00:00.000Z",
        "updated_at": "2025-06-15T12:00:00.000Z",
    }


def session(**changes: Any) -> dict[str, Any]:
    """What a sealed session holds, with the field names of the wire."""
    tokens = {"access_token": access_token(), "refresh_token": REFRESH_TOKEN}
    return {**tokens, "user": user(), "authentication_method": "SSO", **changes}


def valid_row(slug: str, title: str, seal: Seal, refused_by: Iterable[str] = ()) -> dict[str, Any]:
    """A vector without a parent, with all that it takes to make it again."""
    row = {
        "id": slug,
        "title": title,
        "class": "valid",
        "format": seal.format,
        "seed": seal.seed,
        "options": dict(seal.options),
        "password": seal.password,
        "token": seal.token,
        "payload": seal.payload,
        "verdict": "opens",
        "effect": "refreshes",
    }
    return {**row, "refused_by": list(refused_by)} if refused_by else row


def fault_row(prefix: str, parent_id: str, parent: Seal, fault: Fault) -> dict[str, Any]:
    """A vector that is one mutation away from its parent."""
    made = mutated(parent, fault.mutation)
    row = {
        "id": f"{prefix}.{fault.id}",
        "title": fault.title,
        "class": fault.kind,
        "format": parent.format,
        "parent": parent_id,
        "mutation": dict(fault.mutation),
        "password": made.password,
        "token": made.token,
        "verdict": "opens" if fault.opens else "refused",
        "effect": fault.effect,
    }
    return {**row, "accepted_by": list(fault.accepted_by)} if fault.accepted_by else row


def read_seal(row: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]) -> Seal:
    """The seal of ``row``, made again from its seed, or from its parent and its mutation."""
    if "parent" in row:
        return mutated(read_seal(by_id[row["parent"]], by_id), row["mutation"])
    return sealed(row["format"], row["payload"], row["password"], row["seed"], row["options"])
