"""A Django project in one file: a middleware that refreshes the session in the user's cookie."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from workos import WorkOSClient
from workos.session import AuthenticateWithSessionCookieFailureReason as Reason

COOKIE = "wos_session"

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        MIDDLEWARE=[f"{__name__}.refresh_session"],
        ROOT_URLCONF=__name__,
        SECRET_KEY=os.environ.get("DJANGO_SECRET_KEY", "only for this example"),
    )

_SESSION_IS_OVER = {"invalid_grant", "invalid_jwt", "invalid_session_cookie"}


@lru_cache
def workos() -> WorkOSClient:
    """The official SDK, configured by its own environment variables; one for the life of the process."""
    return WorkOSClient(max_retries=0)  # a user is waiting; the browser tries again


def refresh_session(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let signed-in users through, with a fresh cookie."""

    def middleware(request: HttpRequest) -> HttpResponse:
        cookie = request.COOKIES.get(COOKIE)
        if not cookie:
            return JsonResponse({"detail": "no_session_cookie_provided"}, status=401)
        session = workos().user_management.load_sealed_session(
            session_data=cookie, cookie_password=os.environ["WORKOS_COOKIE_PASSWORD"]
        )
        result: Any = session.refresh()
        if not result.authenticated:
            return _refused(result.reason)
        response = get_response(request)
        response.set_cookie(COOKIE, result.sealed_session, httponly=True, secure=True, samesite="Lax")
        return response

    return middleware


def _refused(reason: Reason | str) -> HttpResponse:
    """Clear the cookie where the session is over, and only there: most failures pass."""
    code = _code(reason)
    if code in _SESSION_IS_OVER:
        response = JsonResponse({"detail": code}, status=401)
        response.delete_cookie(COOKIE, samesite="Lax")
        return response
    if code.endswith("_required") or code.startswith("mfa_"):
        return JsonResponse({"detail": code}, status=403)  # the user must act, and comes back signed in
    return JsonResponse({"detail": "try again"}, status=503, headers={"Retry-After": "1"})


def _code(reason: Reason | str) -> str:
    """The reason as a code.

    What the SDK has no reason for, ``invalid_grant`` among it, comes as the text of an exception, which
    ends in the error code of the API: "HTTP 400: … (error=invalid_grant)".
    """
    if isinstance(reason, Reason):
        return str(reason.value)
    found = re.search(r"\(error=([a-z_]+)\)$", reason)
    return found[1] if found else ""


def me(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"signed_in": True})


urlpatterns = [path("me", me)]
