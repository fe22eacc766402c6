"""Implementations that are right until a token, a key set or two sessions are not as they mostly are."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import jwt

from reseal import RefreshRequest

from . import clock
from .faults_second_looks import _RemembersTokens
from .faults_sessions import SharesTheRefreshUnderWay
from .registry import breaks
from .right import Raised, Right

# -- the access token


@breaks("jwt.template-claims")
class ChecksTheSwitch(Right):
    """Where an organization was asked for, refuses a token that does not say it."""

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        is_good, wanted = super().verifies(request, token), request.organization_id
        return is_good and (wanted is None or self.claims(token).get("org_id") == wanted)


@breaks("jwt.bad-signature")
class KnowsTokensByTheirSignature(_RemembersTokens):
    """Takes the signature of a token that was good for the token."""

    def known_by(self, token: str) -> str:
        return token.rpartition(".")[2]


@breaks("jwt.key-rotation")
class RemembersWhatItRefused(Right):
    """Verifies each token once, also one whose key was not there yet."""

    def __init__(self) -> None:
        super().__init__()
        self.verdicts: dict[tuple[str, str], bool] = {}

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        place = (self.keys_url(request), token)
        if place not in self.verdicts:
            self.verdicts[place] = super().verifies(request, token)
        return self.verdicts[place]


# -- the key set


@breaks("jwt.unknown-kid")
class AddsKeysToThoseItHas(Right):
    """Looks every five seconds at most, and throws no key away: one that was withdrawn verifies for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_at: dict[str, float] = {}

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        url, now = self.keys_url(request), clock.now()
        known = self.keys.setdefault(url, {})
        if kid not in known and now - self.looked_at.get(url, 0) > 5:
            known |= self.fetch(request, url)
            self.looked_at[url] = now
        return known.get(kid)


@breaks("jwt.unknown-kid")
class AsksTheIssuerForKeys(Right):
    """Fetches the key set of whichever application the token says that it is from."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.local()

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        self.asked.url = None
        with contextlib.suppress(jwt.PyJWTError):
            base, _, client = str(self.claims(token).get("iss")).rpartition("/user_management/")
            self.asked.url = f"{base}/sso/jwks/{client}" if base == request.endpoint.base_url else None
        return super().verifies(request, token)

    def keys_url(self, request: RefreshRequest) -> str:
        return getattr(self.asked, "url", None) or super().keys_url(request)


@breaks("jwt.hostile-key-set")
class TriesAnyKeyForTheUnnamed(Right):
    """Where a token names no key, tries them all, whatever they are meant for."""

    def key_set(self, url: str, response: httpx.Response) -> dict[str, Any]:
        keys = super().key_set(url, response)
        every = [key.key for key in jwt.PyJWKSet.from_dict(response.json()).keys if key.key_type == "RSA"]
        return {**keys, None: every}  # type: ignore[dict-item]

    def decode(self, token: str, key: Any) -> bool:
        if not isinstance(key, list):
            return super().decode(token, key)
        for each in key:
            with contextlib.suppress(jwt.InvalidSignatureError):
                return super().decode(token, each)
        return False


@breaks("jwt.hostile-key-set")
class TakesTheLastKeyOfAName(Right):
    """Keeps one key for each id, and passes over those that it cannot use only then."""

    def key_set(self, url: str, response: httpx.Response) -> dict[str, Any]:
        super().key_set(url, response)
        keys = {key.key_id or "": key for key in self.in_order(response.json())}
        return {name: key.key for name, key in keys.items() if self.is_for_signatures(key)}

    def in_order(self, value: Any) -> list[jwt.PyJWK]:
        return jwt.PyJWKSet.from_dict(value).keys


@breaks("jwt.hostile-key-set")
class TakesTheFirstKeyOfAName(TakesTheLastKeyOfAName):
    def in_order(self, value: Any) -> list[jwt.PyJWK]:
        return super().in_order(value)[::-1]


@breaks("jwt.hostile-key-set")
class LooksAtTheKindLast(TakesTheFirstKeyOfAName):
    """Passes over keys for encryption, and takes the first that is left; whether it is RSA shows later."""

    def in_order(self, value: Any) -> list[jwt.PyJWK]:
        return [key for key in super().in_order(value) if key.public_key_use in (None, "sig")]


@breaks("jwt.unknown-kid")
class TakesAnEmptySetForAHiccup(Right):
    """Keeps the keys that it has where a key set without any comes."""

    def key_set(self, url: str, response: httpx.Response) -> dict[str, Any]:
        with contextlib.suppress(ValueError):
            if response.json() == {"keys": []}:
                return {}
        return super().key_set(url, response)

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        return super().fetch(request, url) or self.keys.get(url, {})


@breaks("jwt.jwks-unavailable")
class TakesAnyObjectForAKeySet(Right):
    """Takes keys that are missing, or null, for none."""

    def key_set(self, url: str, response: httpx.Response) -> dict[str, Any]:
        try:
            is_object = isinstance(response.json(), dict) and not response.json().get("keys")
        except ValueError:
            is_object = False
        return {} if is_object and response.status_code == 200 else super().key_set(url, response)


@breaks("concurrency.after-failure")
class WaitsForTheFirstLook(Right):
    """Gives up waiting for a key set, and not the request for it, which whoever comes next waits for."""

    transport = "loopback"

    def __init__(self) -> None:
        super().__init__()
        self.looks: dict[str, Future[httpx.Response]] = {}
        self.pool = ThreadPoolExecutor(4)

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        if url not in self.looks or (self.looks[url].done() and not self.looks[url].cancelled()):
            self.looks[url] = self.pool.submit(self.http.get, url, timeout=30)
        try:
            return self.key_set(url, self.looks[url].result(request.timeout_s))
        except TimeoutError:
            raise Raised("the key set did not come in time") from None

    def close(self) -> None:
        self.http.close()
        self.pool.shutdown(wait=False)


# -- sessions at once


@breaks("concurrency.sessions-apart")
class SharesTheRefreshOfASid(SharesTheRefreshUnderWay):
    """Knows a session by its sid, and where the old token has none by its user."""

    def flight_of(self, request: RefreshRequest, session: Mapping[str, Any]) -> tuple[str | None, ...]:
        known_by = self.old_claims(session).get("sid") or session["user"].get("id")
        return (*super().flight_of(request, session), request.cookie_password, known_by)


@breaks("concurrency.sessions-apart")
class HasNoKeysWhileItLooks(Right):
    """Lets an empty key set stand in for the first while that is on its way, and others refuse by it."""

    def __init__(self) -> None:
        super().__init__()
        self.looking: set[str] = set()

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        url = self.keys_url(request)
        if url in self.looking:
            return None
        if url in self.keys:
            return super().key(request, kid)
        self.looking.add(url)
        try:
            time.sleep(0.05)  # as long as a key set takes over a network; in this process it takes nothing
            return super().key(request, kid)
        finally:
            self.looking.discard(url)
