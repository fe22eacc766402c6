"""Tokens and cookies of the released libraries, against the reference.

What the libraries agree on, the reference does too; where they are split, it refuses.  `DEVIATIONS` is
every exception, and exact both ways: an entry that no longer deviates fails.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from reseal_reference import ConfigurationError, SealError, fernet, iron

from .origins import holds
from .support import Clock, Endpoint, Refresh, application, replies

Vector = dict[str, Any]

_DATA = Path(__file__).parent.parent / "data" / "vectors"

DEVIATIONS = {
    # Refused, though the libraries open it.
    "a secret each for encryption and integrity; AuthKit has one password": "iv-179 iv-181 iv-187 iv-189",
    "a raw key in place of a password; AuthKit's password is a text": "iv-180 iv-182 iv-188 iv-190",
    "passwords in an array, whose indexes JavaScript takes for ids": "ii-132",
    "a password id that no library seals with": "ii-152",
    "more than ~2 at the end, which no library writes": "ii-385 ii-388 ii-389",
    "base64 with more padding than any library writes": "fi-050 fi-071 fi-093",
    "NaN, which Python reads and writes but which is no JSON": "fi-190",
    # Opened, though some or all refuse it.
    "only refused by localtimeOffsetMsec; here the clock is the argument": "ii-100",
    "only refused by ttl, which neither AuthKit's SDK nor the reference sets": "fi-155 fi-157 fi-161 fi-164",
    "only refused for its time stamp, which neither AuthKit's SDK nor the reference reads": "fv-048",
    "a key in lenient base64, which the SDK's library takes: it is the caller's, not an attacker's": (
        "fv-057 fv-058 fi-178 fi-179 fi-180 fi-183"
    ),
}


def load(name: str) -> dict[str, Any]:
    return json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))


_FILES = ("iron-valid", "iron-invalid", "fernet-valid", "fernet-invalid")
VECTORS = {vector["id"]: vector for name in _FILES for vector in load(name)["vectors"]}
REFUSED_BY_SOME = [
    vector["id"]
    for name in ("iron-invalid", "fernet-invalid")
    for vector in load(name)["vectors"]
    if vector["verdict"] != "accepted"
]
DEVIATING = {vector_id for ids in DEVIATIONS.values() for vector_id in ids.split()}
SDK = load("sdk-sealed")

REFUSED = "refused"


def agreed(vector: Vector) -> str:
    """The JSON text that all libraries open the token as, or REFUSED."""
    return json.dumps(json.loads(vector["plaintext"])) if vector["verdict"] == "accepted" else REFUSED


def opened(vector: Vector) -> str:
    """The JSON text that the reference opens the token as, or REFUSED."""
    try:
        if "key" in vector:
            return json.dumps(fernet.unseal(vector["token"], vector["key"]))
        return json.dumps(
            iron.unseal(vector["token"], vector["password"], now=Clock(vector["now_ms"] / 1000))
        )
    except (SealError, ConfigurationError):
        return REFUSED


@pytest.mark.parametrize("vector_id", REFUSED_BY_SOME)
def test_refused_for_one_fault(vector_id: str) -> None:
    """What is refused differs in one way from what opens, or its row says why it cannot be told."""
    assert holds(VECTORS[vector_id], VECTORS)


@pytest.mark.parametrize("vector_id", sorted(VECTORS.keys() - DEVIATING))
def test_token(vector_id: str) -> None:
    """A token opens as what the libraries agree on, and is refused where they refuse it or are split."""
    vector = VECTORS[vector_id]

    assert agreed(vector) == opened(vector)


@pytest.mark.parametrize("vector_id", sorted(DEVIATING))
def test_deviation(vector_id: str) -> None:
    """A token of the table of deviations is treated otherwise than the libraries treat it."""
    vector = VECTORS[vector_id]

    assert agreed(vector) != opened(vector)


def test_no_deviation_is_listed_twice() -> None:
    """Every deviation has one reason."""
    assert len(DEVIATING) == sum(len(ids.split()) for ids in DEVIATIONS.values())


@pytest.mark.parametrize("vector", SDK["vectors"], ids=lambda vector: vector["id"])
def test_sdk_cookie_opens(vector: Vector) -> None:
    """A cookie of a released SDK opens as the session that the SDK sealed, with tokens and user."""
    session = iron.unseal(vector["cookie"], vector["password"], now=Clock(SDK["now_ms"] / 1000))

    assert json.loads(vector["plaintext"]) == session
    assert {"accessToken", "refreshToken", "user"} <= session.keys()


@pytest.mark.parametrize("vector", SDK["vectors"], ids=lambda vector: vector["id"])
def test_sdk_cookie_is_refreshed(vector: Vector, refresh: Refresh) -> None:
    """A cookie of a released SDK is refreshed: its token is sent, and its key set verifies the answer."""
    session = json.loads(vector["plaintext"])
    answer = {"access_token": session["accessToken"], "refresh_token": "new", "user": {"id": "user_1"}}
    endpoint = Endpoint(jwks=replies(body=SDK["jwks"]), authenticate=replies(body=answer))
    app = application(now=Clock(SDK["now_ms"] / 1000))

    result = refresh(endpoint, vector["cookie"], vector["password"], app)

    resealed = iron.unseal(result.sealed_session, vector["password"])
    assert [session["refreshToken"]] == [body["refresh_token"] for body in endpoint.spent]
    assert (session["accessToken"], "new") == (resealed["accessToken"], resealed["refreshToken"])
    claims = jwt.decode(session["accessToken"], options={"verify_signature": False})
    assert claims.get("org_id") == resealed.get("organizationId")
