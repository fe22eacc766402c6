"""The operation where it raises: faults of the caller and the endpoint, and other refusals than the five."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from reseal_reference import (
    Application,
    ConfigurationError,
    RefreshError,
    RejectedError,
    TransientError,
)

from .support import (
    FERNET,
    FERNET_KEY,
    IRON,
    IRON_PASSWORD,
    Answer,
    Endpoint,
    Format,
    Refresh,
    Signer,
    application,
    fails,
    replies,
)

NETWORK_ERRORS = [
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.PoolTimeout,
    httpx.ReadError,
    httpx.RemoteProtocolError,
    httpx.ProxyError,
    httpx.DecodingError,
]


def succeeds(refresh: Refresh, endpoint: Endpoint) -> bool:
    return refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application()).authenticated


# The caller's set-up


@pytest.mark.parametrize("cookie", [None, "", "no seal", IRON.cookie()], ids=["none", "empty", "bad", "good"])
@pytest.mark.parametrize(
    "password",
    [None, "", "short", b"x" * 32, {}, {"1": "short"}, {1: IRON_PASSWORD}, {"main": IRON_PASSWORD}],
)
def test_unusable_password(endpoint: Endpoint, refresh: Refresh, password: Any, cookie: str | None) -> None:
    """A password that cannot open or cannot seal is reported whatever the cookie, and nothing is sent."""
    assert succeeds(refresh, Endpoint(endpoint.jwks, endpoint.authenticate))
    with pytest.raises(ConfigurationError, match="cookie_password"):
        refresh(endpoint, cookie, password, application())
    assert endpoint.requests == []


def test_password_of_the_other_format(endpoint: Endpoint, refresh: Refresh) -> None:
    """An Iron password does not do for Fernet."""
    assert refresh(endpoint, FERNET.cookie(), FERNET_KEY, application(FERNET)).authenticated
    with pytest.raises(ConfigurationError, match="must be a Fernet key"):
        refresh(endpoint, FERNET.cookie(), IRON_PASSWORD, application(FERNET))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"client_id": ""}, "client_id must be visible ASCII. Take it from the AuthKit dashboard."),
        ({"api_key": ""}, "api_key must be visible ASCII."),
        ({"api_key": "sk_\n"}, "api_key must be visible ASCII."),
        ({"api_key": "sk_ 1"}, "api_key must be visible ASCII."),
        ({"api_key": "sk_é"}, "api_key must be visible ASCII."),
        ({"base_url": ""}, "base_url must be an http:// or https:// URL with a host"),
        ({"base_url": None}, "base_url must be"),
        ({"base_url": "https://ann:secret@api.example.test"}, "base_url must be"),
        ({"timeout_s": 0}, "timeout_s must be more than 0 seconds, a day at most, got 0."),
        ({"timeout_s": -1}, "timeout_s must be more than 0 seconds, a day at most, got -1."),
        ({"timeout_s": float("nan")}, "timeout_s must be more than 0 seconds, a day at most, got nan."),
        ({"client_id": 123}, "client_id must be visible ASCII. Take it from the AuthKit dashboard."),
        ({"client_id": "\udc80"}, "client_id must be visible ASCII. Take it from the AuthKit dashboard."),
        ({"api_key": b"sk"}, "api_key must be visible ASCII. Take it from the AuthKit dashboard."),
        ({"timeout_s": 1e12}, "timeout_s must be more than 0 seconds, a day at most, got 1000000000000.0."),
        ({"leeway_s": "5"}, "leeway_s must be 0 seconds or more, a day at most, got '5'."),
        ({"leeway_s": None}, "leeway_s must be 0 seconds or more, a day at most, got None."),
        ({"leeway_s": -1}, "leeway_s must be 0 seconds or more, a day at most, got -1."),
        ({"leeway_s": float("inf")}, "leeway_s must be 0 seconds or more, a day at most, got inf."),
        ({"timeout_s": None}, "timeout_s must be more than 0 seconds, a day at most, got None."),
        ({"base_url": "api.example.test"}, "base_url must be"),
        ({"base_url": "ftp://api.example.test"}, "base_url must be"),
        ({"base_url": "https://"}, "base_url must be"),
        ({"base_url": "https:///x"}, "base_url must be"),
        ({"base_url": "https://api.example.test:port"}, "base_url must be"),
        ({"base_url": "https://api.example.test?x=1"}, "base_url must be"),
        ({"base_url": "https://api.example.test#x"}, "base_url must be"),
        ({"seal": "jwe"}, "seal must be 'iron' or 'fernet', got 'jwe'."),
    ],
)
def test_unusable_application(fields: dict[str, Any], message: str) -> None:
    """An application cannot be made of fields that cannot be used."""
    assert Application(client_id="client_1").base_url == "https://api.workos.com"
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        Application(**{"client_id": "client_1", **fields})


@pytest.mark.parametrize("status", [401, 404, 405, 422])
@pytest.mark.parametrize(
    "body", [b"", b"<html>", {"message": "no"}, {"error": "Unauthorized"}, {"code": "sso_required"}]
)
def test_callers_statuses(endpoint: Endpoint, refresh: Refresh, status: int, body: object) -> None:
    """A status that speaks of the request, not of the session, is the caller's to mend."""
    assert succeeds(refresh, endpoint)
    endpoint.authenticate = replies(status, body)
    with pytest.raises(
        ConfigurationError, match=f"the endpoint answered {status}.*Check client_id, api_key and base_url"
    ):
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())


@pytest.mark.parametrize(
    "code", ["invalid_client", "unauthorized_client", "invalid_request", "invalid_request_parameters"]
)
@pytest.mark.parametrize("shape", ["error", "code"])
@pytest.mark.parametrize("status", [400, 401, 403])
def test_callers_codes(endpoint: Endpoint, refresh: Refresh, status: int, shape: str, code: str) -> None:
    """A code that speaks of the client is the caller's to mend, and is named."""
    assert succeeds(refresh, endpoint)
    endpoint.authenticate = replies(status, {shape: code})
    with pytest.raises(ConfigurationError, match=rf"answered {status} \({code}\)"):
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_redirects_are_not_followed(endpoint: Endpoint, refresh: Refresh, status: int) -> None:
    """The refresh token is not sent on to where a redirect points."""
    assert succeeds(refresh, endpoint)
    endpoint.requests.clear()
    headers = {"location": "https://elsewhere.example.test/"}
    endpoint.authenticate = replies(status, {"error": "invalid_grant"}, headers)

    with pytest.raises(ConfigurationError, match=f"answered {status}"):
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())

    assert [request.method for request in endpoint.requests] == ["GET", "POST"]
    assert {request.url.host for request in endpoint.requests} == {"api.example.test"}


# The endpoint out of order


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529, 599])
@pytest.mark.parametrize("body", [b"", {"error": "invalid_grant"}, {"code": "sso_required"}])
def test_transient_statuses(endpoint: Endpoint, refresh: Refresh, status: int, body: object) -> None:
    """An overloaded endpoint says nothing about the session, whatever the body."""
    assert succeeds(refresh, endpoint)
    endpoint.authenticate = replies(status, body)
    with pytest.raises(
        TransientError, match=f"answered {status}.*Keep the cookie and try again later"
    ) as caught:
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())
    assert caught.value.retry_after is None


@pytest.mark.parametrize("status", [201, 202, 204, 206])
def test_other_successes(endpoint: Endpoint, signer: Signer, refresh: Refresh, status: int) -> None:
    """A success that is not 200 is neither a new session nor a refusal."""
    assert succeeds(refresh, endpoint)
    endpoint.authenticate = replies(status, signer.answer())
    with pytest.raises(TransientError, match=f"answered {status}"):
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())


# Answers without an end


NOON = "Wed, 21 Oct 2026 12:00:00 GMT"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120.0),
        ({"Retry-After": " 0 "}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 12:01:30 GMT", "date": NOON}, 90.0),
        ({"retry-after": "Wed, 21 Oct 2026 14:01:30 +0200", "date": NOON}, 90.0),
        ({"retry-after": "Wednesday, 21-Oct-26 12:00:10 GMT", "date": NOON}, 10.0),
        ({"retry-after": "Wed, 21 Oct 2026 11:59:59 GMT", "date": NOON}, 0.0),
    ],
)
def test_retry_after(
    endpoint: Endpoint, refresh: Refresh, status: int, headers: dict[str, str], seconds: float
) -> None:
    """The wait that the endpoint asks for is passed on in seconds."""
    endpoint.authenticate = replies(status, headers=headers)
    with pytest.raises(TransientError) as caught:
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())
    assert seconds == caught.value.retry_after


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"retry-after": ""},
        {"retry-after": "soon"},
        {"retry-after": "-1"},
        {"retry-after": "1.5"},
        {"retry-after": "1e3"},
        {"retry-after": "9" * 400},
        {"retry-after": NOON},
        {"retry-after": NOON, "date": "today"},
        {"retry-after": "Wed, 21 Oct 2026 12:00:00 -0000", "date": NOON},
        {"retry-after": "Wed, 21 Oct 99999999999 12:00:00 GMT", "date": NOON},
        {"retry-after": "Wed, 21 Oct 2026 12:00:00 +99999999999999", "date": NOON},
    ],
)
def test_no_retry_after(endpoint: Endpoint, refresh: Refresh, headers: dict[str, str]) -> None:
    """A wait that cannot be read is none."""
    endpoint.authenticate = replies(503, headers=headers)
    with pytest.raises(TransientError) as caught:
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())
    assert caught.value.retry_after is None


@pytest.mark.parametrize("error", NETWORK_ERRORS)
def test_unreachable(endpoint: Endpoint, refresh: Refresh, error: type[httpx.TransportError]) -> None:
    """An endpoint out of reach says nothing about the session."""
    assert succeeds(refresh, endpoint)
    endpoint.authenticate = fails(error)
    with pytest.raises(TransientError, match=rf"was not reached \({error.__name__}\). Keep the cookie"):
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())


BAD_KEY_SETS: dict[str, Answer] = {
    "500": replies(500),
    "429": replies(429),
    "302": replies(302, headers={"location": "/elsewhere"}),
    "404": replies(404),
    "empty": replies(body=b""),
    "html": replies(body=b"<html>"),
    "no keys": replies(body={"keys": []}),
    "odd keys": replies(body={"keys": [{"kty": "RSA", "kid": ["key_1"], "n": "AQAB", "e": "AQAB"}]}),
    "ConnectError": fails(httpx.ConnectError),
    "ReadTimeout": fails(httpx.ReadTimeout),
}


@pytest.mark.parametrize("key_set", BAD_KEY_SETS)
def test_no_key_set(endpoint: Endpoint, seal: Format, refresh: Refresh, key_set: str) -> None:
    """A refresh token is not spent while its successor could not be verified."""
    good, endpoint.jwks = endpoint.jwks, BAD_KEY_SETS[key_set]
    app = application(seal)

    with pytest.raises(TransientError):
        refresh(endpoint, seal.cookie(), seal.password, app)

    assert endpoint.spent == []
    endpoint.jwks = good
    assert refresh(endpoint, seal.cookie(), seal.password, app).authenticated


def test_cached_keys_do_without_the_key_set(endpoint: Endpoint, refresh: Refresh) -> None:
    """While the cached key set is fresh, its endpoint may be out of order."""
    app = application()
    assert refresh(endpoint, IRON.cookie(), IRON_PASSWORD, app).authenticated

    endpoint.jwks = replies(500)

    assert refresh(endpoint, IRON.cookie(), IRON_PASSWORD, app).authenticated


def test_no_key_set_for_an_unknown_key(endpoint: Endpoint, signer: Signer, refresh: Refresh) -> None:
    """A token of an unknown key is not called invalid while the key set is out of reach."""
    app = application()
    assert refresh(endpoint, IRON.cookie(), IRON_PASSWORD, app).authenticated

    endpoint.jwks = replies(500)
    endpoint.authenticate = replies(body=signer.answer(access_token=signer.token(kid="key_2")))

    with pytest.raises(TransientError, match="the key set was answered with 500"):
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, app)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b'"x"', b"\xff", b"{", b"[" * 1_000_000],
    ids=lambda body: repr(body[:16]),
)
def test_garbage(endpoint: Endpoint, refresh: Refresh, body: bytes) -> None:
    """A success without a JSON object is no answer."""
    assert succeeds(refresh, endpoint)
    endpoint.authenticate = replies(body=body)
    with pytest.raises(TransientError, match="answered 200 without tokens and user"):
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())


@pytest.mark.parametrize(
    "changes",
    [
        *[{name: value} for name in ("access_token", "refresh_token") for value in (None, "", 7, ["x"], {})],
        *[{"user": value} for value in (None, {}, [], "user_1", 7)],
        {"user": {"id": "user_1", "metadata": {"__proto__": {}}}},
        {"user": {"id": "user_1", "metadata": {"n": float("nan")}}},
    ],
    ids=repr,
)
def test_incomplete_answer(
    endpoint: Endpoint, signer: Signer, seal: Format, refresh: Refresh, changes: dict[str, object]
) -> None:
    """A success whose tokens or user are missing, or that could not be opened again, is not sealed."""
    assert refresh(endpoint, seal.cookie(), seal.password, application(seal)).authenticated
    endpoint.authenticate = replies(body=signer.answer(**changes))
    with pytest.raises(TransientError, match="answered 200 without tokens and user"):
        refresh(endpoint, seal.cookie(), seal.password, application(seal))


def test_unwritable_answer(endpoint: Endpoint, signer: Signer, seal: Format, refresh: Refresh) -> None:
    """A number that JSON can read but not write is not sealed."""
    answer = json.dumps(signer.answer(user={"id": "user_1", "metadata": {"n": 12345}}))
    endpoint.authenticate = replies(body=answer.encode())
    assert refresh(endpoint, seal.cookie(), seal.password, application(seal)).authenticated

    endpoint.authenticate = replies(body=answer.replace("12345", "1e999").encode())

    with pytest.raises(TransientError, match="cannot be sealed"):
        refresh(endpoint, seal.cookie(), seal.password, application(seal))


# Refusals outside the five reasons


@pytest.mark.parametrize("status", [400, 403, 409])
@pytest.mark.parametrize("shape", ["error", "code"])
@pytest.mark.parametrize("code", ["sso_required", "mfa_enrollment", "email_verification_required"])
def test_step_up(endpoint: Endpoint, refresh: Refresh, status: int, shape: str, code: str) -> None:
    """A refusal that asks the user to act is raised with its status and code, in both shapes."""
    assert succeeds(refresh, endpoint)
    endpoint.authenticate = replies(status, {shape: code, "message": "Sign in again."})

    with pytest.raises(RejectedError, match=rf"answered {status} \({code}\). The user must act") as caught:
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())

    assert (status, code) == (caught.value.status, caught.value.code)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", [], {"error": None}, {"error": "Not Now"}, {"code": "x" * 65}]
)
def test_refused_without_code(endpoint: Endpoint, refresh: Refresh, body: object) -> None:
    """A refusal without a code that looks like one is raised with its status alone."""
    assert succeeds(refresh, endpoint)
    endpoint.authenticate = replies(403, body)

    with pytest.raises(RejectedError, match=r"^the endpoint answered 403\. The user") as caught:
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())

    assert (caught.value.status, caught.value.code) == (403, None)


@pytest.mark.parametrize("error", [ConfigurationError, TransientError, RejectedError])
def test_one_tree(error: type[Exception]) -> None:
    """Whatever a refresh raises can be caught as one error."""
    assert issubclass(error, RefreshError)
