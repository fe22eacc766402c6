"""An application that refreshes sessions, as the tests of the endpoint hold one."""

from __future__ import annotations

import httpx
import jwt

from reseal.authkit import Authkit, Session
from reseal_reference import Application, RefreshResult, refresh_and_seal_session_data

CLIENT = httpx.Client(trust_env=False, verify=httpx.create_ssl_context())


def refresh(authkit: Authkit, cookie: str | None, organization_id: str | None = None) -> RefreshResult:
    """What a right implementation, configured by ``authkit``, makes of ``cookie``."""
    application = Application(
        authkit.client_id,
        authkit.api_key,
        base_url=authkit.base_url,
        seal="iron" if authkit.seal == "iron" else "fernet",
        timeout_s=0.5,
    )
    return refresh_and_seal_session_data(
        cookie, authkit.cookie_password, application, organization_id=organization_id, http_client=CLIENT
    )


def posted(authkit: Authkit, session: Session, **changes: str) -> httpx.Response:
    """The answer to a bare refresh request."""
    fields = {
        "grant_type": "refresh_token",
        "client_id": authkit.client_id,
        "client_secret": authkit.api_key,
        "refresh_token": session.refresh_token,
    }
    return CLIENT.post(f"{authkit.base_url}/user_management/authenticate", json=fields | changes, timeout=0.5)


def claims(token: str) -> dict[str, object]:
    """The claims of an access token, unverified."""
    return jwt.decode(token, options={"verify_signature": False})
