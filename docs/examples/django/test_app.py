"""The middleware keeps the cookie when the API fails, and clears it when the session is over."""

from __future__ import annotations

from collections.abc import Iterator

import app
import django
import pytest
from django.test import Client

from reseal.authkit import Authkit, Session

django.setup()


@pytest.fixture
def client(authkit: Authkit, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A browser of the application, which is configured for the endpoint of the test."""
    monkeypatch.setenv("WORKOS_BASE_URL", f"{authkit.base_url}/")
    monkeypatch.setenv("WORKOS_CLIENT_ID", authkit.client_id)
    monkeypatch.setenv("WORKOS_API_KEY", authkit.api_key)
    monkeypatch.setenv("WORKOS_COOKIE_PASSWORD", authkit.cookie_password)
    monkeypatch.setenv("WORKOS_REQUEST_TIMEOUT", "1")
    app.workos.cache_clear()
    yield Client()
    app.workos().close()
    app.workos.cache_clear()


def cookie_of(client: Client) -> str:
    """What the browser holds: an empty text once it was cleared."""
    return client.cookies[app.COOKIE].value


def test_a_refresh_sets_the_new_cookie(client: Client, authkit_session: Session) -> None:
    client.cookies[app.COOKIE] = authkit_session.seal(access_token_age_s=3_600)

    first, second = client.get("/me"), client.get("/me")

    assert (first.status_code, second.status_code) == (200, 200)
    authkit_session.assert_sealed_in(cookie_of(client))


def test_the_end_of_a_session_clears_the_cookie(client: Client, authkit_session: Session) -> None:
    client.cookies[app.COOKIE] = authkit_session.seal()
    authkit_session.end()

    assert client.get("/me").status_code == 401
    assert cookie_of(client) == ""


def test_without_a_cookie_nothing_is_sent(client: Client, authkit: Authkit) -> None:
    assert client.get("/me").status_code == 401
    authkit.journal.assert_nothing_sent()


@pytest.mark.parametrize("failure", ["server_error", "html_page", "rate_limited", "stalls", "resets"])
def test_a_failure_of_the_api_keeps_the_cookie(
    client: Client, authkit: Authkit, sealed_session: str, failure: str
) -> None:
    client.cookies[app.COOKIE] = sealed_session
    authkit.next.named(failure, {})

    assert client.get("/me").status_code == 503
    assert cookie_of(client) == sealed_session
    assert client.get("/me").status_code == 200


@pytest.mark.parametrize("step_up", ["sso_required", "mfa_enrollment"])
def test_a_step_up_keeps_the_cookie(
    client: Client, authkit: Authkit, sealed_session: str, step_up: str
) -> None:
    client.cookies[app.COOKIE] = sealed_session
    authkit.next.named(step_up, {})

    assert client.get("/me").status_code == 403
    assert cookie_of(client) == sealed_session


def test_a_forged_access_token_signs_out(client: Client, authkit: Authkit, sealed_session: str) -> None:
    client.cookies[app.COOKIE] = sealed_session
    authkit.next.bad_access_token("bad-signature")

    assert client.get("/me").status_code == 401
    assert cookie_of(client) == ""
