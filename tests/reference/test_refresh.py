"""The operation where it ends in a result: new session data, or one of the five reasons."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx

from reseal_reference import (
    KeyCache,
    Reason,
    RefreshResult,
    iron,
    refresh_and_seal_session_data,
    refresh_and_seal_session_data_async,
)

from .by_hand import iron_token
from .support import (
    API_KEY,
    BASE_URL,
    CLAIMS,
    FERNET,
    IRON,
    IRON_PASSWORD,
    KEYS_URL,
    NEW_REFRESH_TOKEN,
    NOW_S,
    OLD_REFRESH_TOKEN,
    Clock,
    Endpoint,
    Format,
    Refresh,
    Signer,
    application,
    replies,
)


def failed(reason: str) -> RefreshResult:
    return RefreshResult(authenticated=False, sealed_session=None, reason=Reason(reason))


def refreshed(refresh: Refresh, endpoint: Endpoint, seal: Format = IRON, **changes: Any) -> dict[str, Any]:
    """The session inside the result of a refresh that succeeds."""
    result = refresh(endpoint, seal.cookie(), seal.password, application(seal, **changes))
    assert (result.authenticated, result.reason) == (True, None)
    return seal.unseal(result.sealed_session)


# The request


def test_new_session(endpoint: Endpoint, seal: Format, refresh: Refresh) -> None:
    """A refresh gives the new tokens and the user, sealed with the password of the old session."""
    session = refreshed(refresh, endpoint, seal)

    assert {seal.access_token, seal.refresh_token, "user"} == session.keys()
    assert session[seal.refresh_token] == NEW_REFRESH_TOKEN
    assert session["user"] == {"object": "user", "id": "user_1"}


def test_request(endpoint: Endpoint, seal: Format, refresh: Refresh) -> None:
    """The refresh token of the cookie is sent with the client's credentials, after the key set is fetched."""
    refreshed(refresh, endpoint, seal)

    keys, grant = endpoint.requests
    assert (keys.method, str(keys.url)) == ("GET", KEYS_URL)
    assert ("POST", f"{BASE_URL}/user_management/authenticate") == (grant.method, str(grant.url))
    assert grant.headers["authorization"] == f"Bearer {API_KEY}"
    assert grant.headers["content-type"] == "application/json"
    assert json.loads(grant.content) == {
        "grant_type": "refresh_token",
        "client_id": "client_1",
        "client_secret": API_KEY,
        "refresh_token": OLD_REFRESH_TOKEN,
    }


def test_key_set_is_fetched_without_credentials(endpoint: Endpoint, refresh: Refresh) -> None:
    """The key set is public, so its request carries no secret."""
    refreshed(refresh, endpoint)

    assert "authorization" not in endpoint.requests[0].headers
    assert endpoint.requests[0].content == b""


def test_public_client(endpoint: Endpoint, refresh: Refresh) -> None:
    """A client without an API key sends neither a secret nor an empty one."""
    refreshed(refresh, endpoint, api_key=None)

    assert "authorization" not in endpoint.requests[1].headers
    assert endpoint.spent == [
        {"grant_type": "refresh_token", "client_id": "client_1", "refresh_token": OLD_REFRESH_TOKEN}
    ]


def test_organization(endpoint: Endpoint, refresh: Refresh) -> None:
    """The organization to switch to is sent along."""
    result = refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application(), organization_id="org_2")

    assert result.authenticated
    assert [body["organization_id"] for body in endpoint.spent] == ["org_2"]


def test_timeout(endpoint: Endpoint, refresh: Refresh) -> None:
    """Every request has the timeout of the application."""
    refreshed(refresh, endpoint, timeout_s=2.5)

    timeouts = [request.extensions["timeout"] for request in endpoint.requests]
    assert timeouts == [dict.fromkeys(("connect", "read", "write", "pool"), 2.5)] * 2


def test_urls(endpoint: Endpoint, refresh: Refresh) -> None:
    """A base URL may have a path and a final slash; a client id is quoted in a path."""
    refreshed(refresh, endpoint, base_url="http://localhost:8080/api/", client_id="a/b?c")

    assert [str(request.url) for request in endpoint.requests] == [
        "http://localhost:8080/api/sso/jwks/a%2Fb%3Fc",
        "http://localhost:8080/api/user_management/authenticate",
    ]


@pytest.mark.parametrize("text", ["\ud800", "é", '"'])
def test_any_token_can_be_sent(endpoint: Endpoint, refresh: Refresh, text: str) -> None:
    """A refresh token arrives as it was sealed, whatever its characters."""
    result = refresh(endpoint, IRON.cookie(refreshToken=text), IRON_PASSWORD, application())

    assert result.authenticated
    assert [body["refresh_token"] for body in endpoint.spent] == [text]


# The clients that are made for one call


def test_own_client(respx_mock: respx.MockRouter, signer: Signer) -> None:
    """Without a client the synchronous function makes its own."""
    respx_mock.get(KEYS_URL).respond(json=signer.key_set())
    respx_mock.post(f"{BASE_URL}/user_management/authenticate").respond(json=signer.answer())

    assert refresh_and_seal_session_data(IRON.cookie(), IRON_PASSWORD, application()).authenticated


def test_own_async_client(respx_mock: respx.MockRouter, signer: Signer) -> None:
    """Without a client the asynchronous function makes its own."""
    respx_mock.get(KEYS_URL).respond(json=signer.key_set())
    respx_mock.post(f"{BASE_URL}/user_management/authenticate").respond(json=signer.answer())

    result = asyncio.run(refresh_and_seal_session_data_async(IRON.cookie(), IRON_PASSWORD, application()))

    assert result.authenticated


def test_given_client_stays_open(endpoint: Endpoint) -> None:
    """A client that was given is the caller's to close."""
    with httpx.Client(transport=httpx.MockTransport(endpoint)) as client:
        refresh_and_seal_session_data(IRON.cookie(), IRON_PASSWORD, application(), http_client=client)

        assert not client.is_closed


# The five reasons


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_session_cookie(endpoint: Endpoint, seal: Format, refresh: Refresh, nothing: str | None) -> None:
    """Without a cookie there is nothing to refresh, and nothing is sent."""
    result = refresh(endpoint, nothing, seal.password, application(seal))

    assert failed("no_session_cookie_provided") == result
    assert endpoint.requests == []


BROKEN: dict[str, Callable[[Format], str]] = {
    "no seal": lambda _: "no seal",
    "cut": lambda seal: seal.cookie()[:-3],
    "changed": lambda seal: seal.cookie()[:-9] + "AAAAAAA" + seal.cookie()[-2:],
    "of Iron's look": lambda _: "Fe26.2*1******~2",
    "of Fernet's look": lambda _: "gAAAAA==",
    "under another password": lambda seal: seal.module.seal(seal.session(), seal.other_password),
    "null": lambda seal: seal.seal(None),
    "a list": lambda seal: seal.seal([seal.session()]),
    "a text": lambda seal: seal.seal("session"),
    "an empty session": lambda seal: seal.seal({}),
    "no user": lambda seal: seal.seal({seal.refresh_token: OLD_REFRESH_TOKEN}),
    "user null": lambda seal: seal.cookie(user=None),
    "user empty": lambda seal: seal.cookie(user={}),
    "no refresh token": lambda seal: seal.seal({"user": {"id": "user_1"}, seal.access_token: "old"}),
    "refresh token null": lambda seal: seal.cookie(**{seal.refresh_token: None}),
    "refresh token empty": lambda seal: seal.cookie(**{seal.refresh_token: ""}),
    "refresh token a number": lambda seal: seal.cookie(**{seal.refresh_token: 7}),
    "names of the other format": lambda seal: seal.seal((FERNET if seal is IRON else IRON).session()),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_invalid_session_cookie(endpoint: Endpoint, seal: Format, refresh: Refresh, broken: str) -> None:
    """A cookie that does not open, or without user and refresh token, is invalid, and nothing is sent."""
    cookie = BROKEN[broken](seal)

    assert failed("invalid_session_cookie") == refresh(endpoint, cookie, seal.password, application(seal))
    assert endpoint.requests == []
    assert refresh(endpoint, seal.cookie(), seal.password, application(seal)).authenticated


def test_expired_seal(endpoint: Endpoint, refresh: Refresh) -> None:
    """A cookie is invalid once its seal has expired by the application's clock."""
    cookie = iron_token(json.dumps(IRON.session()), expiration=str(int(NOW_S) * 1000))

    assert refresh(endpoint, cookie, IRON_PASSWORD, application(now=Clock(NOW_S + 59))).authenticated
    assert failed("invalid_session_cookie") == refresh(
        endpoint, cookie, IRON_PASSWORD, application(now=Clock(NOW_S + 60))
    )


def test_unknown_password_id(endpoint: Endpoint, refresh: Refresh) -> None:
    """A cookie whose seal names none of the passwords is invalid."""
    cookie = iron.seal(IRON.session(), {"3": IRON_PASSWORD})

    assert refresh(endpoint, cookie, {"3": IRON_PASSWORD, "4": IRON_PASSWORD}, application()).authenticated
    assert failed("invalid_session_cookie") == refresh(
        endpoint, cookie, {"1": IRON_PASSWORD, "2": IRON_PASSWORD}, application()
    )


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
@pytest.mark.parametrize("shape", ["error", "code"])
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("invalid_grant", "invalid_grant"),
        ("organization_not_authorized", "organization_not_authorized"),
        ("organization_membership_not_found", "organization_not_authorized"),
    ],
)
def test_refused_by_the_endpoint(
    endpoint: Endpoint, refresh: Refresh, status: int, shape: str, code: str, reason: str
) -> None:
    """The endpoint's refusal of the token or of the organization is a reason, in both shapes of an error."""
    endpoint.authenticate = replies(status, {shape: code, "message": "no"})

    assert failed(reason) == refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())
    assert len(endpoint.spent) == 1


def test_code_beside_a_title(endpoint: Endpoint, refresh: Refresh) -> None:
    """Where ``error`` is a sentence, ``code`` counts."""
    endpoint.authenticate = replies(400, {"error": "Bad Request", "code": "invalid_grant"})

    assert failed("invalid_grant") == refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())


@pytest.mark.parametrize(
    "claims", [{"sub": "user_1"}, {**CLAIMS, "exp": NOW_S - 1}, {**CLAIMS, "nbf": NOW_S + 1}]
)
def test_invalid_jwt(
    endpoint: Endpoint, signer: Signer, seal: Format, refresh: Refresh, claims: dict[str, object]
) -> None:
    """An answer whose access token does not verify is not sealed."""
    endpoint.authenticate = replies(body=signer.answer(claims=claims))

    result = refresh(endpoint, seal.cookie(), seal.password, application(seal))

    assert failed("invalid_jwt") == result


@pytest.mark.parametrize("token", ["x", "a.b.c"])
def test_no_jwt(endpoint: Endpoint, signer: Signer, refresh: Refresh, token: str) -> None:
    """An answer whose access token is no JWT is not sealed."""
    endpoint.authenticate = replies(body=signer.answer(access_token=token))

    assert failed("invalid_jwt") == refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())


def test_leeway(endpoint: Endpoint, signer: Signer, refresh: Refresh) -> None:
    """The leeway of the application is granted to the access token."""
    endpoint.authenticate = replies(body=signer.answer(claims={**CLAIMS, "exp": NOW_S - 5}))

    assert refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application(leeway_s=6.0)).authenticated
    assert failed("invalid_jwt") == refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application(leeway_s=5.0))


def test_reasons() -> None:
    """There are the five documented reasons and no other."""
    assert {
        "invalid_jwt",
        "invalid_session_cookie",
        "no_session_cookie_provided",
        "invalid_grant",
        "organization_not_authorized",
    } == set(Reason)


# The key set


def test_keys_are_shared_by_refreshes(endpoint: Endpoint, refresh: Refresh) -> None:
    """A second refresh of an application does not fetch the key set again."""
    app = application()

    assert refresh(endpoint, IRON.cookie(), IRON_PASSWORD, app).authenticated
    assert refresh(endpoint, IRON.cookie(), IRON_PASSWORD, app).authenticated

    assert (endpoint.key_fetches, len(endpoint.spent)) == (1, 2)


def test_keys_are_shared_by_applications(endpoint: Endpoint, refresh: Refresh) -> None:
    """Applications that are given the same cache fetch the key set once, others once each."""
    cache = KeyCache()

    refreshed(refresh, endpoint, key_cache=cache)
    refreshed(refresh, endpoint, key_cache=cache)
    assert endpoint.key_fetches == 1

    refreshed(refresh, endpoint)
    assert endpoint.key_fetches == 2


@pytest.mark.parametrize(("later_s", "fetches"), [(299, 1), (300, 2)])
def test_keys_are_kept_for_five_minutes(
    endpoint: Endpoint, refresh: Refresh, later_s: float, fetches: int
) -> None:
    """The key set is fetched anew when it is 300 seconds old by the application's clock."""
    clock = Clock()
    app = application(now=clock, leeway_s=1000.0)

    assert refresh(endpoint, IRON.cookie(), IRON_PASSWORD, app).authenticated
    clock.now_s += later_s
    assert refresh(endpoint, IRON.cookie(), IRON_PASSWORD, app).authenticated

    assert fetches == endpoint.key_fetches


def test_rotated_signing_key(endpoint: Endpoint, signer: Signer, refresh: Refresh) -> None:
    """A key that was put to use since the key set was cached is found by one more fetch."""
    app = application()
    assert refresh(endpoint, IRON.cookie(), IRON_PASSWORD, app).authenticated

    endpoint.jwks = replies(body=signer.key_set("key_2"))
    endpoint.authenticate = replies(body=signer.answer(access_token=signer.token(kid="key_2")))

    assert refresh(endpoint, IRON.cookie(), IRON_PASSWORD, app).authenticated
    assert endpoint.key_fetches == 2


def test_unknown_signing_key(endpoint: Endpoint, signer: Signer, refresh: Refresh) -> None:
    """A key that a fresh key set does not have either verifies nothing, and is not sought again."""
    endpoint.authenticate = replies(body=signer.answer(access_token=signer.token(kid="key_2")))

    assert failed("invalid_jwt") == refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())
    assert endpoint.key_fetches == 2
