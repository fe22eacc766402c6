"""The journal, and the assertions about it."""

from __future__ import annotations

import re

import httpx
import pytest

from reseal.authkit import Authkit
from reseal.authkit.session import Session

from .support import CLIENT, posted, refresh


def test_an_entry(authkit: Authkit) -> None:
    """An entry says whose session it was, where to, and what was answered."""
    session = authkit.session(memberships=["org_a"])

    posted(authkit, session, organization_id="org_a")

    (entry,) = authkit.journal
    assert (entry.kind, entry.method, entry.path) == ("authenticate", "POST", "/user_management/authenticate")
    assert (entry.session_id, entry.organization_id) == (session.id, "org_a")
    assert (entry.status, entry.error, entry.fault, entry.problems) == (200, None, None, ())
    assert entry.user_agent.startswith("python-httpx/")
    assert entry.exchange.fields["grant_type"] == "refresh_token"


def test_whose_token_it_was(authkit: Authkit) -> None:
    """Spent and revoked tokens are still those of their session; a made-up one is nobody's."""
    session = authkit.session()
    spent = session.refresh_token
    posted(authkit, session)
    revoked = session.refresh_token
    session.revoke()

    for token in (spent, revoked, "made up"):
        posted(authkit, session, refresh_token=token)

    assert [entry.session_id for entry in authkit.journal[1:]] == [session.id, session.id, None]


def test_as_a_sequence(authkit: Authkit) -> None:
    """It has a length, indices and slices, and ends with `clear`."""
    session = authkit.session()
    refresh(authkit, session.seal())

    assert len(authkit.journal) == 2
    assert authkit.journal[-1] == authkit.journal[1:][0]
    assert [entry.kind for entry in authkit.journal.refreshes] == ["authenticate"]
    authkit.journal.clear()
    assert list(authkit.journal) == []


def test_it_shows_no_secret(authkit: Authkit) -> None:
    """Neither the text of the journal nor the repr of an entry holds a token or a key."""
    session = authkit.session()
    token = session.refresh_token
    posted(authkit, session)

    httpx.get(f"{authkit.base_url}/logout/{token}", headers={"user-agent": f"me {token}"})

    shown = f"{authkit.journal}{list(authkit.journal)!r}{session!r}{authkit!r}"

    assert session.id in shown
    for secret in (token, session.refresh_token, authkit.api_key, authkit.cookie_password):
        assert secret not in shown


def test_assert_refreshed(authkit: Authkit) -> None:
    """It holds for the session, organization and number of refreshes that there were, and no others."""
    session, other = authkit.session(memberships=["org_a"]), authkit.session()
    posted(authkit, session)
    posted(authkit, session, organization_id="org_a")
    posted(authkit, other, refresh_token="made up")

    authkit.journal.assert_refreshed(times=2)
    authkit.journal.assert_refreshed(session, organization_id="org_a")
    authkit.journal.assert_not_refreshed(other)
    with pytest.raises(AssertionError, match=r"expected 1 successful refresh\(es\), got 2"):
        authkit.journal.assert_refreshed()
    with pytest.raises(AssertionError, match=rf"of {other.id}, got 0. The endpoint received:\n  1. POST"):
        authkit.journal.assert_refreshed(other)
    with pytest.raises(AssertionError, match=r"into org_b, got 0"):
        authkit.journal.assert_refreshed(session, organization_id="org_b")
    with pytest.raises(AssertionError, match="expected 0 successful"):
        authkit.journal.assert_not_refreshed(session)


def test_assert_nothing_sent(authkit: Authkit) -> None:
    """It holds until there is a request, of whatever kind, and then shows it."""
    authkit.journal.assert_nothing_sent()

    CLIENT.get(f"{authkit.base_url}/elsewhere")

    with pytest.raises(AssertionError, match=r"got 1 request\(s\).*\n  1. GET /elsewhere → 404 \(GET on a"):
        authkit.journal.assert_nothing_sent()


def test_assert_sealed_in(authkit: Authkit) -> None:
    """It holds for the newest cookie of the session, and says what is wrong with any other."""
    session = authkit.session()
    old = session.seal()
    session.assert_sealed_in(old)
    posted(authkit, session)
    session.assert_sealed_in(session.seal())

    told = "an older one of the same session, already spent"
    assert told in _complaint(session, old)
    assert told not in _complaint(session, authkit.session().seal())
    assert "there is no cookie" in _complaint(session, None)
    assert "does not open as fernet" in _complaint(session, "a cookie")
    assert re.search(r"got <32 chars #[0-9a-f]{8}>", _complaint(session, old))


def _complaint(session: Session, cookie: str | None) -> str:
    with pytest.raises(AssertionError) as failed:
        session.assert_sealed_in(cookie)
    return str(failed.value)


def test_the_organizations_that_were_asked_for(authkit: Authkit) -> None:
    """Who expects a switch is told what was asked for in its place."""
    session = authkit.session(memberships=["org_a", "org_b"])
    posted(authkit, session)
    posted(authkit, session, organization_id="org_a")
    authkit.journal.assert_refreshed(session, organization_id="org_a")

    with pytest.raises(AssertionError, match=r"into org_b, got 0 \(asked for: none, org_a\)\. The endpoint"):
        authkit.journal.assert_refreshed(session, organization_id="org_b")
