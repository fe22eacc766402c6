"""A FastAPI application whose `/me` refreshes the session in the user's cookie."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Annotated

from fastapi import Cookie, Depends, FastAPI, HTTPException, Response

from reseal_reference import (
    Application,
    RejectedError,
    TransientError,
    refresh_and_seal_session_data_async,
)

COOKIE = "wos_session"
app = FastAPI()


@lru_cache
def configured() -> Application:
    """One for the life of the process: it keeps the key set."""
    return Application(
        client_id=os.environ["WORKOS_CLIENT_ID"],
        api_key=os.environ["WORKOS_API_KEY"],
        base_url=os.environ.get("WORKOS_BASE_URL", "https://api.workos.com"),
        seal="fernet",
        timeout_s=float(os.environ.get("WORKOS_REQUEST_TIMEOUT", "5")),
    )


def cookie_password() -> str:
    return os.environ["WORKOS_COOKIE_PASSWORD"]


@app.get("/me")
async def me(
    response: Response,
    application: Annotated[Application, Depends(configured)],
    password: Annotated[str, Depends(cookie_password)],
    wos_session: Annotated[str | None, Cookie()] = None,
) -> dict[str, bool]:
    """Refresh the session, and set the new cookie.

    Only a `reason` ends a session.  What is raised says nothing about it, so the cookie is left alone:
    a user must not be signed out because the API has a bad minute.
    """
    try:
        result = await refresh_and_seal_session_data_async(wos_session, password, application)
    except TransientError as err:
        wait = {"Retry-After": str(int(err.retry_after or 1))}
        raise HTTPException(503, "Try again in a moment.", headers=wait) from err
    except RejectedError as err:  # such as sso_required: the user must act, and comes back with this session
        raise HTTPException(403, err.code or "rejected") from err
    if result.sealed_session is None:
        # Headers of an HTTPException, because those of `response` are dropped when one is raised.
        raise HTTPException(401, str(result.reason), headers={"Set-Cookie": _cleared()})
    response.set_cookie(COOKIE, result.sealed_session, httponly=True, secure=True, samesite="lax")
    return {"signed_in": True}


def _cleared() -> str:
    cleared = Response()
    cleared.delete_cookie(COOKIE, httponly=True, secure=True, samesite="lax")
    return cleared.headers["set-cookie"]
