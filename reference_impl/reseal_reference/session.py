"""Refresh and seal session data, as AuthKit's reference documents it on the page of that name.

Every decision is taken in one generator, ``_refresh``, which yields requests and is sent replies.
The two public functions differ in how they carry these, and in nothing else.
"""

from __future__ import annotations

import functools
import json
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import quote

import httpx

from . import fernet, iron
from ._access_token import KeyCache, verify
from ._common import Password, sealing_id
from ._http import Reply, Request, Steps
from .errors import ConfigurationError, RejectedError, SealError, TransientError

_DAY_S = 86_400  # sockets do not take any length of time


class Reason(StrEnum):
    """Why authentication failed: the documented five."""

    INVALID_JWT = "invalid_jwt"
    INVALID_SESSION_COOKIE = "invalid_session_cookie"
    NO_SESSION_COOKIE_PROVIDED = "no_session_cookie_provided"
    INVALID_GRANT = "invalid_grant"
    ORGANIZATION_NOT_AUTHORIZED = "organization_not_authorized"


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """The documented answer: a new sealed session or a reason, never both."""

    authenticated: bool
    sealed_session: str | None = field(default=None, repr=False)
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """An AuthKit application, and how to talk to it.

    Attributes:
        client_id, api_key: Its credentials; a public client has no key.
        base_url: Of the API, without the path.
        seal: The format of its cookies.
        timeout_s: For each step of a request, and for the body of its answer, in seconds.
        leeway_s: For the dates of the new access token, in seconds.
        now: The clock, in seconds since 1970.
        key_cache: Where fetched key sets are kept.

    Raises ConfigurationError where a field cannot be used.
    """

    client_id: str
    api_key: str | None = field(default=None, repr=False)
    base_url: str = "https://api.workos.com"
    seal: Literal["iron", "fernet"] = "iron"
    timeout_s: float = 10.0
    leeway_s: float = 0.0
    now: Callable[[], float] = time.time
    key_cache: KeyCache = field(default_factory=KeyCache, repr=False)

    def __post_init__(self) -> None:
        for name, value in (("client_id", self.client_id), ("api_key", self.api_key)):
            is_left_out = name == "api_key" and value is None
            if not is_left_out and not (isinstance(value, str) and re.fullmatch(r"[!-~]+", value)):
                raise ConfigurationError(f"{name} must be visible ASCII. Take it from the AuthKit dashboard.")
        if not _is_base_url(self.base_url):
            # Not shown: what cannot be used as a URL may hold a password.
            raise ConfigurationError(
                "base_url must be an http:// or https:// URL with a host, without user, query and fragment. "
                "Leave it out, or write it as https://api.workos.com."
            )
        if not (isinstance(self.timeout_s, int | float) and 0 < self.timeout_s <= _DAY_S):
            raise ConfigurationError(
                f"timeout_s must be more than 0 seconds, a day at most, got {self.timeout_s!r}."
            )
        # Found when the new token is looked at, it would cost the session: the old one is spent by then.
        if not (isinstance(self.leeway_s, int | float) and 0 <= self.leeway_s <= _DAY_S):
            raise ConfigurationError(
                f"leeway_s must be 0 seconds or more, a day at most, got {self.leeway_s!r}."
            )
        if self.seal not in ("iron", "fernet"):
            raise ConfigurationError(f"seal must be 'iron' or 'fernet', got {self.seal!r}.")


def refresh_and_seal_session_data(
    session_data: str | None,
    cookie_password: Password,
    application: Application,
    *,
    organization_id: str | None = None,
    http_client: httpx.Client | None = None,
) -> RefreshResult:
    """Refresh a sealed session and seal it again.

    Args:
        session_data: The cookie, or None where the browser sent none.
        cookie_password: The password that sealed it, or several by id while they are rotated.
        application: Whose session it is.
        organization_id: The organization to switch to, or None to stay.
        http_client: Sends the requests; one is made for this call otherwise.

    Raises:
        ConfigurationError: A password, key, id or URL is missing, malformed or refused.
        TransientError: The endpoint or its key set was out of reach; the cookie is still good.
        RejectedError: The endpoint refused for a reason outside the five, such as ``sso_required``.
    """
    steps = _refresh(session_data, cookie_password, application, organization_id)
    with nullcontext(http_client) if http_client else httpx.Client(verify=_tls()) as client:
        reply: Reply | None = None
        while True:
            try:
                request = steps.send(reply)  # type: ignore[arg-type] # None starts a generator
            except StopIteration as stop:
                return stop.value  # type: ignore[no-any-return]
            with _as_transient(), client.stream(**_arguments(request, application)) as response:
                body = _Body(response, application)
                for piece in response.iter_bytes():
                    body.add(piece)
                reply = body.reply()


async def refresh_and_seal_session_data_async(
    session_data: str | None,
    cookie_password: Password,
    application: Application,
    *,
    organization_id: str | None = None,
    http_client: httpx.AsyncClient | None = None,
) -> RefreshResult:
    """Like `refresh_and_seal_session_data`, on an ``httpx.AsyncClient``."""
    steps = _refresh(session_data, cookie_password, application, organization_id)
    async with nullcontext(http_client) if http_client else httpx.AsyncClient(verify=_tls()) as client:
        reply: Reply | None = None
        while True:
            try:
                request = steps.send(reply)  # type: ignore[arg-type] # None starts a generator
            except StopIteration as stop:
                return stop.value  # type: ignore[no-any-return]
            with _as_transient():
                async with client.stream(**_arguments(request, application)) as response:
                    body = _Body(response, application)
                    async for piece in response.aiter_bytes():
                        body.add(piece)
                    reply = body.reply()


def _refresh(
    session_data: str | None, cookie_password: Password, application: Application, organization_id: str | None
) -> Steps[RefreshResult]:
    if not isinstance(organization_id, str | None):
        raise ConfigurationError(f"organization_id must be a text, got {type(organization_id).__name__}.")
    passwords = (iron if application.seal == "iron" else fernet).check_password(cookie_password)
    sealing_id(passwords)  # that there is none must not be found after the refresh token is spent
    if not session_data:
        return _failed(Reason.NO_SESSION_COOKIE_PROVIDED)
    refresh_token = _refresh_token(session_data, cookie_password, application)
    if refresh_token is None:
        return _failed(Reason.INVALID_SESSION_COOKIE)

    # The key set comes first: a rotated token whose successor cannot be verified would be lost.
    base_url, cache = application.base_url.rstrip("/"), application.key_cache
    keys_url = f"{base_url}/sso/jwks/{quote(application.client_id, safe='')}"
    yield from cache.keys(keys_url, application.now())

    reply = yield _authenticate(base_url, application, refresh_token, organization_id)
    if reply.status != 200:
        return _failed(_reason(reply))
    answer = _usable(reply)
    claims = yield from verify(
        answer["access_token"], cache, keys_url, application.now(), application.leeway_s
    )
    if claims is None:
        return _failed(Reason.INVALID_JWT)
    sealed = _sealed(_payload(answer, claims, application), passwords, application)
    return RefreshResult(authenticated=True, sealed_session=sealed)


def _failed(reason: Reason) -> RefreshResult:
    return RefreshResult(authenticated=False, reason=reason)


def _refresh_token(session_data: str, cookie_password: Password, application: Application) -> str | None:
    """The refresh token of a cookie that opens and is complete, else None."""
    try:
        if application.seal == "iron":
            session = iron.unseal(session_data, cookie_password, now=application.now)
        else:
            session = fernet.unseal(session_data, cookie_password)
    except SealError:
        return None
    if not isinstance(session, dict) or not session.get("user"):
        return None
    token = session.get(_name("refresh_token", application))
    return token if isinstance(token, str) and token else None


def _authenticate(
    base_url: str, application: Application, refresh_token: str, organization_id: str | None
) -> Request:
    body = {
        "grant_type": "refresh_token",
        "client_id": application.client_id,
        "client_secret": application.api_key,
        "refresh_token": refresh_token,
        "organization_id": organization_id,
    }
    headers = {"content-type": "application/json"}
    if application.api_key:
        headers["authorization"] = f"Bearer {application.api_key}"
    present = {name: value for name, value in body.items() if value is not None}
    return Request("POST", f"{base_url}/user_management/authenticate", headers, json.dumps(present).encode())


# The page lists organization_not_authorized; the published API says organization_membership_not_found.
_REASONS = {
    "invalid_grant": Reason.INVALID_GRANT,
    "organization_not_authorized": Reason.ORGANIZATION_NOT_AUTHORIZED,
    "organization_membership_not_found": Reason.ORGANIZATION_NOT_AUTHORIZED,
}
_CALLERS_CODES = {"invalid_client", "unauthorized_client", "invalid_request", "invalid_request_parameters"}
_CALLERS_STATUSES = {*range(300, 400), 401, 404, 405, 422}


def _reason(reply: Reply) -> Reason:
    """The reason that a failed reply stands for.  Raises what is not one of the five."""
    body = reply.object()
    # OAuth errors come as "error", step-up errors as "code": one endpoint, two shapes.
    codes = (body.get("error"), body.get("code"))
    code = next((c for c in codes if isinstance(c, str) and re.fullmatch(r"[a-z_]{1,64}", c)), None)
    said = f"the endpoint answered {reply.status}" + (f" ({code})" if code else "")
    if reply.status in (408, 429) or not 300 <= reply.status < 500:
        raise TransientError(f"{said}. Keep the cookie and try again later.", retry_after=reply.retry_after())
    if reply.status >= 400 and code in _REASONS:
        return _REASONS[code]
    if reply.status in _CALLERS_STATUSES or code in _CALLERS_CODES:
        raise ConfigurationError(f"{said}. Check client_id, api_key and base_url.")
    raise RejectedError(
        f"{said}. The user must act; the session is not over.", status=reply.status, code=code
    )


def _usable(reply: Reply) -> dict[str, Any]:
    """The body, checked to be complete: half an answer, sealed, would poison the cookie."""
    answer = reply.object()
    user = answer.get("user")
    tokens = (answer.get("access_token"), answer.get("refresh_token"))
    if not (isinstance(user, dict) and user and all(isinstance(token, str) and token for token in tokens)):
        raise TransientError("the endpoint answered 200 without tokens and user. Try again later.")
    return answer


_KEPT = ("access_token", "refresh_token", "user", "organization_id", "authentication_method", "impersonator")


def _payload(
    answer: Mapping[str, Any], claims: Mapping[str, Any], application: Application
) -> dict[str, Any]:
    """What goes into the new seal.  Tokens of other providers stay out of the cookie."""
    organization_id = claims.get("org_id")
    wire = {**answer, "organization_id": organization_id if isinstance(organization_id, str) else None}
    payload = {_name(name, application): wire[name] for name in _KEPT if wire.get(name) is not None}
    # The user's own fields only: what is inside its metadata belongs to the application.
    payload["user"] = {_name(name, application): value for name, value in answer["user"].items()}
    return payload


def _sealed(payload: Mapping[str, Any], passwords: Mapping[str, str], application: Application) -> str:
    try:
        if application.seal == "iron":
            return iron.seal(payload, passwords)
        return fernet.seal(payload, passwords, now=application.now)
    except (ValueError, RecursionError):
        # Such as 1e999, which JSON can read but not write.
        raise TransientError("the endpoint's answer cannot be sealed. Try again later.") from None


def _name(wire_name: str, application: Application) -> str:
    """As it stands in a seal: camelCase in Iron, as on the wire in Fernet."""
    if application.seal == "fernet":
        return wire_name
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), wire_name)


_MAX_ANSWER = 1_048_576  # bytes; what fits a cookie has four thousand


def _is_base_url(text: str) -> bool:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError):
        return False
    is_bare = not (url.userinfo or url.query or url.fragment)
    return url.scheme in ("http", "https") and bool(url.host) and is_bare


def _arguments(request: Request, application: Application) -> dict[str, Any]:
    # A redirect is not followed: it would take the refresh token and the API key along.
    more = {"timeout": application.timeout_s, "follow_redirects": False}
    headers = {**request.headers, "accept-encoding": "identity"}
    names = {"method": request.method, "url": request.url, "headers": headers}
    return {**names, "content": request.body, **more}


class _Body:
    """A body while it is read: bounded in time and in size, which httpx leaves to its user.

    httpx begins its time-out anew with every piece, and reads whatever comes.
    """

    def __init__(self, response: httpx.Response, application: Application) -> None:
        # Unpacked, a single piece could be a thousand times as long as it came.
        if response.headers.get("content-encoding", "identity") != "identity":
            raise TransientError("the endpoint's answer is packed, unasked. Try again later.")
        self._response = response
        self._read = bytearray()
        self._ends = time.monotonic() + application.timeout_s

    def add(self, piece: bytes) -> None:
        """Keep ``piece``.  Raises TransientError where there is too much of it, or too late."""
        self._read += piece
        if len(self._read) > _MAX_ANSWER:
            raise TransientError("the endpoint's answer is longer than 1 MiB. Try again later.")
        if time.monotonic() > self._ends:
            raise TransientError("the endpoint's answer did not end in time. Try again later.")

    def reply(self) -> Reply:
        return Reply(self._response.status_code, self._response.headers, bytes(self._read))


@contextmanager
def _as_transient() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        # Its own text may name what was sent.
        raise TransientError(
            f"the endpoint was not reached ({type(error).__name__}). Keep the cookie and try again later."
        ) from None


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # takes 35 ms: once, not at every call
