"""The reference does with every vector what the vector says."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from reseal._data import fixtures_root, read_json
from reseal_reference import (
    Application,
    ConfigurationError,
    RefreshError,
    RejectedError,
    TransientError,
    refresh_and_seal_session_data,
)

_FOLDER = fixtures_root() / "vectors"
_TOKENS = read_json(_FOLDER / "access-tokens.json")
_FILE = read_json(_FOLDER / "exchanges.json")
_GIVEN = _FILE["given"]
EXCHANGES = {row["id"]: row for row in _FILE["exchanges"]}
SEALS = {
    row["id"]: row
    for name in ("iron", "fernet", "cookies")
    for row in read_json(_FOLDER / f"{name}.json")["vectors"]
}
COOKIES = {name: SEALS[f"{name}.cookie"]["token"] for name in ("iron", "fernet")}

Row = dict[str, Any]
RAISED = {ConfigurationError: "raised", RejectedError: "not-terminal", TransientError: "not-terminal"}


class Wire:
    """The endpoint of one exchange; remembers what it was asked."""

    def __init__(self, response: Row) -> None:
        self.response = response
        self.bodies: list[Row] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=_TOKENS["key_set"])
        self.bodies.append(json.loads(request.content))
        if "fault" in self.response:
            raise httpx.RemoteProtocolError(self.response["fault"], request=request)
        content = self.response["text"] if "text" in self.response else json.dumps(self.response["json"])
        return httpx.Response(self.response["status"], headers=self.response["headers"], content=content)


def refreshed(
    wire: Wire, seal: Any, cookie: str | None, password: str, organization: str | None = None
) -> str:
    """What comes of a refresh: success, a reason, or which kind of error."""
    app = Application(_GIVEN["client_id"], _GIVEN["api_key"], base_url=_GIVEN["base_url"], seal=seal)
    with httpx.Client(transport=httpx.MockTransport(wire)) as client:
        try:
            result = refresh_and_seal_session_data(
                cookie, password, app, organization_id=organization, http_client=client
            )
        except RefreshError as err:
            return RAISED[type(err)]
    return "success" if result.authenticated else str(result.reason)


def agreeable(row: Row) -> set[str]:
    """What may come of an exchange."""
    if row["outcome"] == "reason":
        return {row["reason"]}
    more = set(row.get("or_reasons", ()))
    if row["outcome"] == "not-success":
        return {"not-terminal", "raised"}
    return {row["outcome"]} | more


@pytest.mark.parametrize("name", ["iron", "fernet"])
@pytest.mark.parametrize("slug", EXCHANGES)
def test_exchange(slug: str, name: str) -> None:
    """An exchange comes to what it says, and what was asked is what it says."""
    row = EXCHANGES[slug]
    wire = Wire(row["response"])
    asked = row["request"]["json"] if row["request"] else None
    cookie = row["cookie"] if "cookie" in row else COOKIES[name]

    came = refreshed(wire, name, cookie, _GIVEN["passwords"][name], (asked or {}).get("organization_id"))

    assert came in agreeable(row)
    secret = {"client_secret": _GIVEN["api_key"]}
    assert ([{**asked, **secret}] if asked else []) == [{**body, **secret} for body in wire.bodies]


@pytest.mark.parametrize("slug", SEALS)
def test_effect(slug: str) -> None:
    """Refreshing with a vector comes to the effect that it names."""
    row = SEALS[slug]
    wire = Wire(EXCHANGES["exchange.success.plain"]["response"])

    came = refreshed(wire, row["format"], row["token"], row["password"])

    named = {"refreshes": "success", "configuration-error": "raised"}
    assert named.get(row["effect"], row["effect"]) == came
    assert len(wire.bodies) == (row["effect"] == "refreshes")


@pytest.mark.parametrize("row", _TOKENS["tokens"], ids=lambda row: row["id"])
def test_access_token(row: Row) -> None:
    """An access token comes to the effect that it names, as the new one of a refresh."""
    success = EXCHANGES["exchange.success.plain"]["response"]
    wire = Wire({**success, "json": {**success["json"], "access_token": row["token"]}})

    came = refreshed(wire, "iron", COOKIES["iron"], _GIVEN["passwords"]["iron"])

    assert came in ({"success", "invalid_jwt"} if row["effect"] == "either" else {row["effect"]})


@pytest.mark.parametrize(
    "reason",
    [
        "no_session_cookie_provided",
        "invalid_session_cookie",
        "invalid_grant",
        "invalid_jwt",
        "organization_not_authorized",
    ],
)
def test_every_reason_has_an_exchange(reason: str) -> None:
    """Each of the five reasons is the outcome of an exchange."""
    assert [slug for slug, row in EXCHANGES.items() if row["reason"] == reason]


SHAPES = [
    "400 invalid_grant",
    "400 invalid_request",
    "400 invalid_client",
    "400 unauthorized_client",
    "400 sso_required",
    "403 sso_required",
    "400 mfa_enrollment",
    "403 mfa_enrollment",
    "403 mfa_challenge",
    "403 organization_selection_required",
    "403 email_verification_required",
    "403 authentication_method_not_allowed",
    "403 email_password_auth_disabled",
    "403 passkey_progressive_enrollment",
    "403 radar_challenge",
    "403 radar_sign_up_challenge",
    "403 radar_sms_sign_in_challenge",
    "403 application_consent_required",
    "400 organization_not_found",
    "400 organization_membership_not_found",
    "400 invalid_organization_id",
    "400 message",
    "400 organization_authentication_methods_required",
    "400 token_too_big",
    "400 organization_not_authorized",
    "403 organization_not_authorized",
    "401 unauthorized",
    "404 message",
    "408 Request timeout",
    "422 invalid_request_parameters",
    "429 too_many_requests",
    "429 daily_quota_exceeded",
    "429 rate_limit_exceeded",
    "500 message",
    "502 text",
    "503 text",
    "504 message",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_errors_has_an_exchange(shape: str) -> None:
    """Each shape of error that the API, its SDKs or the emulator show is the answer of an exchange."""
    assert shape in {shape_of(row["response"]) for row in EXCHANGES.values() if row["response"]}


def shape_of(response: Row) -> str:
    """Status, and the code, or what there is in its place."""
    body = response.get("json")
    if not isinstance(body, dict):
        return f"{response.get('status')} text"
    return f"{response['status']} {body.get('error') or body.get('code') or 'message'}"
