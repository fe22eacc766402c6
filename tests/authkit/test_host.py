"""Several applications behind one base URL."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from reseal.authkit import Authkit, Host, open_host
from reseal.errors import UsageError

from .support import CLIENT, posted, refresh


def test_tenants_are_apart(authkit: Authkit) -> None:
    """Each application has its own sessions, scripts and journal, at the same address."""
    other = authkit.tenant()
    session, others = authkit.session(), other.session()
    authkit.next.server_error(503)

    assert other.base_url == authkit.base_url
    assert posted(other, others).status_code == 200
    assert posted(authkit, session).status_code == 503
    other.journal.assert_refreshed(others)
    authkit.journal.assert_not_refreshed()


def test_a_token_of_another_tenant(authkit: Authkit) -> None:
    """A refresh token is worth nothing at another application."""
    other = authkit.tenant()
    session = authkit.session()
    assert posted(authkit, session).status_code == 200

    refused = posted(other, session)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_an_unknown_client(authkit: Authkit) -> None:
    """A client id that nobody has is refused as the API refuses it, and stands in the first journal."""
    session = authkit.session()

    refused = posted(authkit, session, client_id="client_nobody")
    keys = CLIENT.get(f"{authkit.base_url}/sso/jwks/client_nobody")

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client")
    assert keys.status_code == 404
    assert len(authkit.journal) == 2


def test_removing() -> None:
    """An application that was removed is unknown from then on; the first one stays."""
    with open_host() as host:
        other = host.add()
        session = other.session()
        assert refresh(other, session.seal()).authenticated

        host.remove(other.client_id)

        assert posted(other, session).json()["error"] == "invalid_client"
        with pytest.raises(UsageError, match="is not known here"):
            host.remove(other.client_id)
        with pytest.raises(UsageError, match="the first application cannot be removed"):
            host.remove(host.first.client_id)


@pytest.mark.parametrize("transport", ["loopback", "respx"])
def test_both_transports(transport: str) -> None:
    """An implementation on httpx sees no difference between them."""
    with open_host(transport) as host:  # type: ignore[arg-type] # parametrized
        session = host.first.session()

        result = refresh(host.first, session.seal())

        session.assert_sealed_in(result.sealed_session)
        assert [entry.kind for entry in host.first.journal] == ["key-set", "authenticate"]


def test_an_unknown_transport() -> None:
    """A transport that there is not is refused, and the two are named."""
    with pytest.raises(UsageError, match=r"transport: 'smoke' is not known. Use loopback or respx"):
        open_host("smoke").__enter__()  # type: ignore[arg-type] # that is the point


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("transport", ["loopback", "respx"])
@pytest.mark.parametrize("options", [{"seal": "smoke"}, {"cookie_password": 5}])
def test_what_is_wrong_leaves_nothing_open(transport: Any, options: dict[str, Any]) -> None:
    """Options that are refused leave no socket behind."""
    with pytest.raises(UsageError, match=rf"^{next(iter(options))}: "):
        open_host(transport, **options).__enter__()
    gc.collect()


def test_new_each_time() -> None:
    """Client ids differ between endpoints: SDKs keep key sets by URL for the life of a process."""
    with open_host() as one, open_host() as two:
        assert isinstance(one, Host)
        assert one.first.client_id != two.first.client_id
        assert one.base_url != two.base_url
