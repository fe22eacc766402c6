"""Implementations that are right until they remember something, or until a key, a date or a text is odd."""

from __future__ import annotations

import contextlib
import json
import random
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import jwt

from reseal import RefreshRequest
from reseal.formats import format_of
from reseal.protocol import EndpointInfo
from reseal_reference import SealError

from .faults_sessions import SharesTheRefreshUnderWay
from .registry import breaks
from .right import Raised, Result, Right
from .variants import SealsFernet

# -- cookies


@breaks("cookie.password-missing")
class TakesAnEmptyPassword(Right):
    """Misses a password that is not there, and not one that is empty, as of a variable that nobody set."""

    def check_password(self, request: RefreshRequest) -> None:
        if request.cookie_password != "":
            super().check_password(request)

    def unseal(self, token: str, password: str) -> Any:
        return super().unseal(token, password) if password else None


@breaks("cookie.password-too-short")
class CutsLongKeys(SealsFernet):
    """Takes the first 32 bytes of a key that has more."""

    def check_password(self, request: RefreshRequest) -> None:
        if len(request.cookie_password or "") <= 44:
            super().check_password(request)

    def key_of(self, password: str) -> str:
        return urlsafe_b64encode(urlsafe_b64decode(super().key_of(password))[:32]).decode()


@breaks("seal.open-foreign")
class RefusesMoreFields(Right):
    """Wants a session to have the fields that its own have, and no more."""

    known = frozenset({"accessToken", "refreshToken", "user", "impersonator", "organizationId"})

    def is_complete(self, session: Any) -> bool:
        return super().is_complete(session) and session.keys() <= self.known


@breaks("cookie.wrong-password", "success.history")
class OpensOnceForAll(Right):
    """Remembers what it has opened by the cookie alone."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: dict[str, Any] = {}

    def unseal(self, token: str, password: str) -> Any:
        if token not in self.opened:
            self.opened[token] = super().unseal(token, password)
        return self.opened[token]


@breaks("success.history")
class RefusesOnceForAll(Right):
    """Remembers what it could not open, though the password is another the next time."""

    def __init__(self) -> None:
        super().__init__()
        self.refused_cookies: set[str] = set()

    def unseal(self, token: str, password: str) -> Any:
        if token in self.refused_cookies:
            raise SealError
        try:
            return super().unseal(token, password)
        except SealError:
            self.refused_cookies.add(token)
            raise


@breaks("error.transient")
class LeavesOthersAlone(SharesTheRefreshUnderWay):
    """Shares the refresh under way of a cookie, and has nothing to tell the others where it fails."""

    def flight_of(self, request: RefreshRequest, session: Mapping[str, Any]) -> tuple[str | None, ...]:
        own = (request.session_data, request.cookie_password)
        return (*super().flight_of(request, session), session["refreshToken"], *own)


@breaks("request.single-post")
class TriesAgainWhatWasRefused(Right):
    """A refusal may be a hiccup."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        response = super().send(request, body)
        return response if response.status_code != 400 else super().send(request, body)


@breaks("request.single-post")
class TriesAgainWhatDidNotVerify(Right):
    """Asks for another access token, for which it spends another refresh token."""

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        result = super().exchange(request, session)
        return result if result.get("reason") != "invalid_jwt" else super().exchange(request, session)


@breaks("concurrency.sessions-apart")
class SharesTheRefreshOfAToken(SharesTheRefreshUnderWay):
    """Refreshes once for all calls at once with one refresh token, and seals under one password."""

    def flight_of(self, request: RefreshRequest, session: Mapping[str, Any]) -> tuple[str | None, ...]:
        return (*super().flight_of(request, session), session["refreshToken"])


@breaks("error.invalid-grant")
class KeepsResults(Right):
    """Answers a second refresh of a token as it did the first."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: dict[str, httpx.Response] = {}

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        token = body["refresh_token"]
        if token in self.answered:
            return self.answered[token]
        response = super().send(request, body)
        if response.status_code == 200:
            self.answered[token] = response
        return response


@breaks("success.new-tokens")
class RemembersWhoLoggedOut(Right):
    """Takes the end of one session for the end of all that the user has."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: set[tuple[str, str]] = set()

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        who = (request.endpoint.client_id, session["user"].get("id", ""))
        if who in self.gone:
            return self.failed("invalid_grant")
        result = super().exchange(request, session)
        if result.get("reason") == "invalid_grant":
            self.gone.add(who)
        return result


@breaks("success.fresh-seal")
class EncryptsAlike(Right):
    """Derives iv and salt from the password, and draws the salt of the MAC alone."""

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        salts = {"mac_salt": secrets.token_hex(32), "plaintext": json.dumps(payload)}
        return format_of("iron").seal(None, password, random.Random(password), salts)  # noqa: S311


# -- applications


@breaks("request.client-authentication")
class KeepsTheApiKey(Right):
    """Remembers the API key of an application, which may be replaced."""

    def __init__(self) -> None:
        super().__init__()
        self.api_keys: dict[str, str] = {}

    def headers(self, request: RefreshRequest) -> dict[str, str]:
        api_key = self.api_keys.setdefault(request.endpoint.client_id, request.endpoint.api_key)
        return {"authorization": f"Bearer {api_key}"}


@breaks("concurrency.sessions-apart")
class KnowsOneApplication(Right):
    """Takes all that is at one address for the application that it saw there first."""

    transport = "loopback"

    def __init__(self) -> None:
        super().__init__()
        self.applications: dict[str, EndpointInfo] = {}

    def refresh(self, request: RefreshRequest) -> Result:
        known = self.applications.setdefault(request.endpoint.base_url, request.endpoint)
        return super().refresh(replace(request, endpoint=known))


@breaks("jwt.unknown-kid")
class KeepsKeysByAddress(Right):
    """Looks for a key among those of whichever application is at the address."""

    transport = "loopback"

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, Any], Any] = {}

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        at = (request.endpoint.base_url, kid)
        if at not in self.kept:
            self.kept[at] = super().key(request, kid)
        return self.kept[at] or super().key(request, kid)


@breaks("request.organization")
class LeavesOutItsOwnOrganization(Right):
    """Asks for an organization where the old access token does not name it already."""

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        body = super().body(request, session)
        with contextlib.suppress(jwt.PyJWTError):
            if self.claims(session.get("accessToken") or "").get("org_id") == body.get("organization_id"):
                body.pop("organization_id", None)
        return body


# -- keys


@breaks("jwt.jwks-unavailable")
class FallsBackToOldKeys(Right):
    """Takes the keys that it had where the key set is out of reach, and does not find a new one there."""

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        try:
            return super().fetch(request, url)
        except (Raised, httpx.HTTPError):
            if url not in self.keys:
                raise
            return self.keys[url]


@breaks("jwt.key-rotation")
class RemembersMissingKeys(Right):
    """Remembers that a key was not there, and does not look again."""

    def __init__(self) -> None:
        super().__init__()
        self.missing: set[tuple[str, Any]] = set()

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        at = (self.keys_url(request), kid)
        key = None if at in self.missing else super().key(request, kid)
        if key is None:
            self.missing.add(at)
        return key


@breaks("jwt.jwks-unavailable")
class TakesAFailureForAnEmptySet(Right):
    """Remembers that there were no keys, and not why."""

    def __init__(self) -> None:
        super().__init__()
        self.empty: set[str] = set()

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        url = self.keys_url(request)
        if url in self.empty:
            return None
        try:
            return super().key(request, kid)
        except (Raised, httpx.HTTPError):
            self.empty.add(url)
            raise


@breaks("jwt.jwks-unavailable")
class WaitsToFetchKeys(Right):
    """Waits as long as it is asked to before it looks at the key set again, where nobody says not to."""

    slack_s = 1.0

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        response = self.http.get(url, timeout=request.timeout_s)
        if response.status_code == 429 and request.max_retries != 0:
            time.sleep(float(response.headers.get("retry-after", "0")))
        return super().fetch(request, url)


@breaks("jwt.hostile-key-set")
class StopsAtOddKeys(Right):
    """Reads a key set to the first key that it has no use for."""

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, key in super().fetch(request, url).items():
            if type(key).__name__ != "RSAPublicKey":
                break
            found[name] = key
        return found


@breaks("jwt.hostile-key-set")
class RefusesOddKinds(Right):
    """Makes keys of all that a key set has, or of none."""

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        response = self.http.get(url, timeout=request.timeout_s)
        try:
            keys = [jwt.PyJWK(key) for key in response.json()["keys"]]
        except (ValueError, KeyError, TypeError, AttributeError, jwt.PyJWTError):
            raise Raised("no key set") from None
        return {key.key_id or "": key.key for key in keys}


class _TrustsHeaders(Right):
    """Takes keys from what a token says of itself."""

    def keys_in(self, header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        raise NotImplementedError

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        with contextlib.suppress(jwt.PyJWTError):
            for key in self.keys_in(jwt.get_unverified_header(token)):
                return self.decode(token, jwt.PyJWK(dict(key)).key) and self.has_dates(token)
        return super().verifies(request, token)


@breaks("jwt.unknown-kid")
class TrustsEmbeddedKeys(_TrustsHeaders):
    def keys_in(self, header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return [header["jwk"]] if "jwk" in header else []


@breaks("jwt.unknown-kid")
class FollowsTheTokenToItsKeys(_TrustsHeaders):
    def keys_in(self, header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return list(self.http.get(header["jku"], timeout=2.0).json()["keys"]) if "jku" in header else []


# -- dates


@breaks("jwt.dates")
class TakesTrueForADate(Right):
    """True is an int in Python."""

    def has_dates(self, token: str) -> bool:
        claims = self.claims(token)
        return all(isinstance(claims.get(name, 0), int | float) for name in ("exp", "nbf"))


@breaks("success.new-tokens")
class WantsWholeSeconds(Right):
    """RFC 7519, 2, has fractions as well."""

    def has_dates(self, token: str) -> bool:
        claims = self.claims(token)
        return all(type(claims.get(name, 0)) is int for name in ("exp", "nbf"))


# -- refusals


@breaks("secrecy.exceptions")
class PassesDescriptionsOn(Right):
    """Explains a refusal in the words of the endpoint, which may be those that it was sent."""

    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        try:
            return super().refused(request, response)
        except Raised as err:
            with contextlib.suppress(ValueError, AttributeError, TypeError):
                raise Raised(f"{err}: {response.json().get('error_description')}") from None
            raise
