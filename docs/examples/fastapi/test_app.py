"""The view keeps the cookie when the API fails, and clears it when the session is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from app import COOKIE, app, configured
from fastapi.testclient import TestClient

from reseal.authkit import Authkit, Session

DOMAIN = "app.example"


@pytest.fixture
def client(authkit: Authkit, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A browser of the application, which is configured for the endpoint of the test."""
    monkeypatch.setenv("WORKOS_BASE_URL", authkit.base_url)
    monkeypatch.setenv("WORKOS_CLIENT_ID", authkit.client_id)
    monkeypatch.setenv("WORKOS_API_KEY", authkit.api_key)
    monkeypatch.setenv("WORKOS_COOKIE_PASSWORD", authkit.cookie_password)
    monkeypatch.setenv("WORKOS_REQUEST_TIMEOUT", "1")
    configured.cache_clear()
    with TestClient(app, base_url=f"https://{DOMAIN}") as client:
        yield client
    configured.cache_clear()


def sign_in(client: TestClient, cookie: str) -> None:
    client.cookies.set(COOKIE, cookie, domain=DOMAIN)


def cookie_of(client: TestClient) -> str | None:
    """What the browser holds; quotes belong to the header, not to the value."""
    value = client.cookies.get(COOKIE)
    return value and value.strip('"')


def test_a_refresh_sets_the_new_cookie(client: TestClient, authkit_session: Session) -> None:
    sign_in(client, authkit_session.seal(access_token_age_s=3_600))

    first, second = client.get("/me"), client.get("/me")

    assert (first.status_code, second.status_code) == (200, 200)
    authkit_session.assert_sealed_in(cookie_of(client))


def test_the_end_of_a_session_clears_the_cookie(client: TestClient, authkit_session: Session) -> None:
    sign_in(client, authkit_session.seal())
    authkit_session.end()

    answer = client.get("/me")

    assert (answer.status_code, answer.json()["detail"]) == (401, "invalid_grant")
    assert cookie_of(client) is None


def test_without_a_cookie_nothing_is_sent(client: TestClient, authkit: Authkit) -> None:
    assert client.get("/me").status_code == 401
    authkit.journal.assert_nothing_sent()


@pytest.mark.parametrize(
    "failure", ["server_error", "html_page", "rate_limited", "stalls", "resets", "without_tokens"]
)
def test_a_failure_of_the_api_keeps_the_cookie(
    client: TestClient, authkit: Authkit, sealed_session: str, failure: str
) -> None:
    sign_in(client, sealed_session)
    authkit.next.named(failure, {})

    assert client.get("/me").status_code == 503
    assert cookie_of(client) == sealed_session
    assert client.get("/me").status_code == 200


def test_a_step_up_keeps_the_cookie(client: TestClient, authkit: Authkit, sealed_session: str) -> None:
    sign_in(client, sealed_session)
    authkit.next.sso_required()

    answer = client.get("/me")

    assert (answer.status_code, answer.json()["detail"]) == (403, "sso_required")
    assert cookie_of(client) == sealed_session


def test_a_forged_access_token_signs_out(client: TestClient, authkit: Authkit, sealed_session: str) -> None:
    sign_in(client, sealed_session)
    authkit.next.bad_access_token("bad-signature")

    answer = client.get("/me")

    assert (answer.status_code, answer.json()["detail"]) == (401, "invalid_jwt")
    assert cookie_of(client) is None
