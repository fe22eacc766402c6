"""``vectors/exchanges.json``: requests to the endpoint, its answers, and what is made of them.

The shapes of errors are those of the published API description and of what official SDKs and their
tests show; which of them a refresh can get is often not documented, and then ``source`` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .rows import (
    API_KEY,
    CLIENT_ID,
    NEW_REFRESH_TOKEN,
    ORGANIZATION,
    REFRESH_TOKEN,
    access_token,
    claims,
    user,
)
from .tokens import LASTING, token

_SPEC = "workos/openapi-spec 0.61.0"
_NODE = "tests of workos-node 10"
_PAGE = "AuthKit, Refresh and seal session data"
_PENDING = {"pending_authentication_token": "test_pending_token"}
_HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One row: the answer, and what an implementation makes of it.

    Attributes:
        outcome: As in a case's ``expect``: success, reason, raised, not-terminal, not-success.
        answer: ``json``, ``text`` or ``fault`` of the response.
        or_reasons: Reasons that do as well.
    """

    id: str
    title: str
    outcome: str
    source: str
    status: int = 400
    answer: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None
    or_reasons: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    organization: str | None = None


def _oauth(code: str, description: str, **more: Any) -> dict[str, Any]:
    return {"json": {"error": code, "error_description": description, **more}}


def _code(code: str, message: str, **more: Any) -> dict[str, Any]:
    return {"json": {"code": code, "message": message, **more}}


def _grant(slug: str, description: str, source: str) -> Exchange:
    return Exchange(
        f"invalid-grant.{slug}",
        f"invalid_grant: {description or 'no text'}",
        "reason",
        source,
        answer=_oauth("invalid_grant", description),
        reason="invalid_grant",
    )


def _step(slug: str, title: str, answer: Mapping[str, Any], status: int = 403) -> Exchange:
    return Exchange(f"step-up.{slug}", title, "not-terminal", _SPEC, status, answer)


def _step_code(code: str) -> Exchange:
    said = code.replace("_", " ").capitalize()
    return _step(code.replace("_", "-"), said, _code(code, f"{said}.", **_PENDING))


def _transient(
    slug: str, title: str, status: int, answer: Mapping[str, Any], source: str = _SPEC, **headers: str
) -> Exchange:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Exchange(f"transient.{slug}", title, "not-terminal", source, status, answer, headers=named)


def _mine(slug: str, title: str, status: int, answer: Mapping[str, Any], source: str = _SPEC) -> Exchange:
    """A fault of the caller: to log the user out for it would be wrong."""
    return Exchange(f"client-fault.{slug}", title, "raised", source, status, answer)


def _half(slug: str, title: str, **changes: Any) -> Exchange:
    body = {name: value for name, value in {**_success(), **changes}.items() if value != "omitted"}
    return Exchange(
        f"malformed-success.{slug}", title, "not-success", "RFC 6749, section 5.1", 200, {"json": body}
    )


def _success(**changes: Any) -> dict[str, Any]:
    # Not the token that is in the cookie: it must be seen which of them is sealed.
    fresh = access_token(jti="01HQSXZXPPFPKMDD32RKTFY6PW")
    tokens = {"access_token": fresh, "refresh_token": NEW_REFRESH_TOKEN}
    return {"user": user(), **tokens, "authentication_method": "SSO", **changes}


def _answers() -> tuple[Exchange, ...]:
    in_organization = access_token(jti="01HQSXZXPPFPKMDD32RKTFY6PX", org_id=ORGANIZATION)
    return (
        Exchange("success.plain", "New tokens", "success", _SPEC, 200, {"json": _success()}),
        Exchange("success.organization", "New tokens for an organization", "success", _SPEC, 200, {"json": _success(access_token=in_organization, organization_id=ORGANIZATION)}, organization=ORGANIZATION),
        Exchange("success.impersonator", "An impersonated session", "success", _SPEC, 200, {"json": _success(impersonator={"email": "admin@example.com", "reason": None})}),
        Exchange("success.unknown-fields", "Fields that nobody knows", "success", _SPEC, 200, {"json": _success(new_field={"a": 1})}),
        _grant("exchanged", "Refresh token already exchanged.", "issues of authkit-remix and workos-node"),
        _grant("invalid", "Invalid refresh token.", "workos/emulate"),
        _grant("expired", "Refresh token has expired.", _NODE),
        _grant("example", "The request failed due to: invalid_grant.", _SPEC),
        _grant("no-text", "", "RFC 6749, section 5.2"),
        Exchange("organization-not-authorized.oauth", "Documented, and never seen on the wire", "reason", _PAGE, 400, _oauth("organization_not_authorized", "Not authorized for the organization."), "organization_not_authorized", organization=ORGANIZATION),
        Exchange("organization-not-authorized.code", "The same in the other shape", "reason", _PAGE, 403, _code("organization_not_authorized", "Not authorized for the organization."), "organization_not_authorized", organization=ORGANIZATION),
        Exchange("organization.not-found", "No such organization", "not-terminal", _SPEC, 400, _oauth("organization_not_found", "The organization was not found."), organization=ORGANIZATION),
        Exchange("organization.not-a-member", "The user is no member of the organization", "not-terminal", _SPEC, 400, _oauth("organization_membership_not_found", "The user is not a member of the organization."), or_reasons=("organization_not_authorized",), organization=ORGANIZATION),
        Exchange("organization.invalid-id", "An organization id that is none", "not-terminal", _SPEC, 400, _code("invalid_organization_id", "The organization ID is invalid."), organization=ORGANIZATION),
        Exchange("organization.sso", "A message alone", "not-terminal", _SPEC, 400, {"json": {"message": "Must use SSO for selected organization"}}, organization=ORGANIZATION),
        Exchange("organization.methods-required", "The organization's domain policy", "not-terminal", _SPEC, 400, _oauth("organization_authentication_methods_required", "Another method is required.", email="grace.hopper@example.com", sso_connection_ids=["conn_1"], auth_methods={"password": False}), organization=ORGANIZATION),
        Exchange("token-too-big", "The JWT template makes too large a token", "not-terminal", f"{_SPEC}; that a refresh can get it is not documented", 400, _oauth("token_too_big", "The access token is too large.")),
        _step("sso-required-400", "SSO is required, as the description has it", _oauth("sso_required", "The user must sign in with SSO.", connection_ids=["conn_1"], email="grace.hopper@example.com"), 400),
        Exchange("step-up.sso-required-403", "SSO is required, as tests of SDKs have it", "not-terminal", _NODE, 403, _oauth("sso_required", "The user must sign in with SSO.", connection_ids=["conn_1"])),
        _step("mfa-enrollment-400", "A factor must be enrolled, in OAuth's shape", _oauth("mfa_enrollment", "The user must enroll a factor."), 400),
        _step("mfa-enrollment-403", "A factor must be enrolled, in the other shape", _code("mfa_enrollment", "The user must enroll a factor.", **_PENDING, user=user())),
        _step("mfa-challenge", "A code must be entered", _code("mfa_challenge", "The user must complete a challenge.", **_PENDING, user=user(), authentication_factors=[{"id": "auth_factor_1", "type": "totp"}])),
        _step("organization-selection-required", "An organization must be chosen", _code("organization_selection_required", "The user must choose an organization.", **_PENDING, user=user(), organizations=[{"id": ORGANIZATION, "name": "Test"}])),
        _step("email-verification-required", "The address must be verified", _code("email_verification_required", "The user must verify the address.", **_PENDING, email="grace.hopper@example.com", email_verification_id="email_verification_1")),
        *(_step_code(code) for code in ("authentication_method_not_allowed", "email_password_auth_disabled", "passkey_progressive_enrollment", "radar_challenge", "radar_sign_up_challenge", "radar_sms_sign_in_challenge", "application_consent_required")),
        _mine("invalid-request", "A parameter is missing", 400, _oauth("invalid_request", "refresh_token is required.")),
        _mine("invalid-client", "A wrong client id or secret", 400, _oauth("invalid_client", "Invalid client ID or secret.")),
        _mine("unauthorized-client", "The client may not do this", 400, _oauth("unauthorized_client", "The client is not authorized.")),
        _mine("401", "A wrong API key", 401, _code("unauthorized", "Unauthorized"), "workos/emulate"),
        _mine("404", "No such path or organization", 404, {"json": {"message": "Not Found"}}),
        _mine("422", "Parameters of the wrong kind", 422, _code("invalid_request_parameters", "Validation failed.")),
        _transient("408", "Timed out", 408, {"json": {"error": "Request timeout"}}, "workos-node 10"),
        _transient("429-lock", "Two refreshes at once", 429, _oauth("too_many_requests", "Could not process refresh token. Please retry."), retry_after="1"),
        _transient("429-quota", "The day's quota is spent", 429, _code("daily_quota_exceeded", "Quota exceeded.")),
        _transient("429-rate", "The rate limit, as the emulator has it", 429, _code("rate_limit_exceeded", "Rate limit exceeded."), "workos/emulate", retry_after="1"),
        _transient("500", "An internal error", 500, {"json": {"message": "Internal Server Error"}}, "AuthKit, Session resilience"),
        _transient("500-says-invalid-grant", "An internal error that names a reason", 500, _oauth("invalid_grant", "Internal error."), "AuthKit, Session resilience"),
        _transient("502-html", "A page of a proxy", 502, {"text": _HTML}, "AuthKit, Session resilience", content_type="text/html"),
        _transient("503-empty", "Nothing", 503, {"text": ""}, "AuthKit, Session resilience"),
        _transient("504", "A gateway that timed out", 504, {"json": {"message": "Gateway Timeout"}}, "AuthKit, Session resilience"),
        *(_transient(fault, f"The connection: {fault}", 200, {"fault": fault}, "AuthKit, Session resilience") for fault in ("reset", "closed", "truncated", "stalled")),
        _half("no-access-token", "Without an access token", access_token="omitted"),
        _half("no-refresh-token", "Without a refresh token", refresh_token="omitted"),
        _half("null-refresh-token", "With a refresh token that is null", refresh_token=None),
        _half("empty-access-token", "With an empty access token", access_token=""),
        Exchange("malformed-success.html", "A page in place of JSON", "not-success", "RFC 6749, section 5.1", 200, {"text": "<html>Maintenance</html>"}, headers={"content-type": "text/html"}),
        Exchange("malformed-success.list", "A list in place of an object", "not-success", "RFC 6749, section 5.1", 200, {"json": []}),
    )  # fmt: skip


def _forged() -> tuple[Exchange, ...]:
    return tuple(
        Exchange(
            f"invalid-jwt.{fault}",
            f"A new access token with a fault: {fault}",
            "reason",
            _PAGE,
            200,
            {"json": _success(access_token=token(fault, claims()))},
            "invalid_jwt",
        )
        for fault in LASTING
        if fault != "no-kid"
    )


def rows() -> list[dict[str, Any]]:
    """All exchanges, first those where nothing may be sent."""
    return [
        _unsent("no-session-cookie.none", "No cookie", None, "no_session_cookie_provided"),
        _unsent("no-session-cookie.empty", "An empty cookie", "", "no_session_cookie_provided"),
        _unsent(
            "invalid-session-cookie.garbage", "A cookie that is no seal", "garbage", "invalid_session_cookie"
        ),
        *(_row(exchange) for exchange in (*_answers(), *_forged())),
    ]


def _unsent(slug: str, title: str, cookie: str | None, reason: str) -> dict[str, Any]:
    return {
        "id": f"exchange.{slug}",
        "title": title,
        "source": _PAGE,
        "cookie": cookie,
        "request": None,
        "response": None,
        "outcome": "reason",
        "reason": reason,
    }


def _row(exchange: Exchange) -> dict[str, Any]:
    asked = {"organization_id": exchange.organization} if exchange.organization else {}
    fields = {"client_id": CLIENT_ID, "grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN, **asked}
    row = {
        "id": f"exchange.{exchange.id}",
        "title": exchange.title,
        "source": exchange.source,
        "request": {
            "method": "POST",
            "path": "/user_management/authenticate",
            "headers": {"content-type": "application/json", "authorization": f"Bearer {API_KEY}"},
            "json": fields,
        },
        "response": _response(exchange),
        "outcome": exchange.outcome,
        "reason": exchange.reason,
    }
    return {**row, "or_reasons": list(exchange.or_reasons)} if exchange.or_reasons else row


def _response(exchange: Exchange) -> dict[str, Any]:
    if "fault" in exchange.answer:
        return {"fault": exchange.answer["fault"]}
    json_type = {"content-type": "application/json"} if "json" in exchange.answer else {}
    return {"status": exchange.status, "headers": {**json_type, **exchange.headers}, **exchange.answer}
