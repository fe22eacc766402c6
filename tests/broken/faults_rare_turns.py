"""Implementations that are right until something rare happens: an odd text, a second hop, a third failure."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import jwt

from reseal import RefreshRequest
from reseal.formats import format_of
from reseal_reference import SealError

from . import clock
from .faults_kept import _KeepsAnswers
from .faults_keys import QuotesAnswers
from .faults_sessions import SharesTheRefreshUnderWay
from .registry import breaks
from .right import Raised, Right
from .variants import HonoursRetryAfter

# -- the cookie


@breaks("cookie.password-missing")
class LooksAtTheCookieFirst(Right):
    """Refuses what does not begin like a seal before it looks for the password."""

    def check_password(self, request: RefreshRequest) -> None:
        if not request.session_data or self.is_like_a_seal(request.session_data):
            super().check_password(request)

    def unseal(self, token: str, password: str) -> Any:
        if not self.is_like_a_seal(token):
            raise SealError
        return super().unseal(token, password)

    def is_like_a_seal(self, token: str) -> bool:
        return token.startswith("Fe26.2*")


@breaks("cookie.expired-seal")
class TakesTheFirstMomentForNone(Right):
    """Asks whether an expiration is true before it compares it."""

    def unseal(self, token: str, password: str) -> Any:
        session = super().unseal
        parts = token.split("*")
        if len(parts) != 8 or not re.fullmatch("0+", parts[5]):
            return session(token, password)
        unending = "*".join((*parts[:5], "", *parts[6:]))
        return session(format_of("iron").resigned(unending, password), password)


@breaks("seal.open-foreign")
class GrantsNoMinute(Right):
    """Holds a seal to its expiration to the millisecond, by whichever clock."""

    def unseal(self, token: str, password: str) -> Any:
        session = super().unseal(token, password)
        expiration = token.split("*")[5]
        if expiration and int(expiration) < clock.now() * 1_000:
            raise SealError
        return session


@breaks("seal.open-foreign")
class KnowsAllThereCanBe(Right):
    """Refuses a cookie with a field that it has no name for."""

    def is_complete(self, session: Any) -> bool:
        known = {"accessToken", "refreshToken", "user", "impersonator", "organizationId"}
        return super().is_complete(session) and {*session} <= known | {"authenticationMethod", "oauthTokens"}


@breaks("success.unicode")
class ReadsLessThanItWrites(Right):
    """Refuses cookies of more than 80 KiB, which 64 KiB of user data need not be."""

    def open(self, request: RefreshRequest) -> dict[str, Any] | None:
        return super().open(request) if len(request.session_data or "") <= 81_920 else None


# -- the request


@breaks("request.no-cross-origin-redirect")
class TakesASlashForHome(Right):
    """Follows 307 and 308 to where a path leads, and takes two slashes for the beginning of one."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        response = super().send(request, body)
        location = response.headers.get("location", "")
        if response.status_code not in (307, 308) or not location.startswith("/"):
            return response
        url = urljoin(str(response.url), location)
        return self.http.post(url, json=body, headers=self.headers(request), timeout=request.timeout_s)


@breaks("request.no-cross-origin-redirect")
class ChecksTheFirstRedirect(Right):
    """Looks where the first redirect leads, and leaves those after it to the client."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        response = super().send(request, body)
        url = urljoin(str(response.url), response.headers.get("location", ""))
        if response.status_code not in (307, 308) or urlsplit(url)[:2] != urlsplit(str(response.url))[:2]:
            return response
        repeated = self.http.post(url, json=body, headers=self.headers(request), timeout=request.timeout_s)
        if repeated.status_code not in (307, 308):
            return repeated
        return self.http.post(repeated.headers["location"], json=body, timeout=request.timeout_s)


@breaks("request.organization")
class CarriesTheUsersOrganizationOn(Right):
    """Asks for the organization that the user was in last, on whichever device."""

    def __init__(self) -> None:
        super().__init__()
        self.last: dict[Any, Any] = {}

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        known = self.last.get(session["user"].get("id"))
        return {**({} if known is None else {"organization_id": known}), **super().body(request, session)}

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        self.last[answer["user"].get("id")] = answer.get("organization_id")
        return super().payload(answer, session)


@breaks("request.organization")
class KeepsAnswersForAnyOrganization(_KeepsAnswers):
    """Knows of what it kept whether an organization was asked for, and not which."""

    def kept_for(self, request: RefreshRequest, session: Mapping[str, Any]) -> str:
        return f"{session['refreshToken']} {request.organization_id is not None}"


# -- the answer


@breaks("concurrency.after-failure")
class ShutsItselfOff(Right):
    """Asks the endpoint nothing for a while after twenty failures in a row."""

    most = 20

    def __init__(self) -> None:
        super().__init__()
        self.failures, self.shut_until = 0, 0.0

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        if self.failures >= self.most and clock.now() < self.shut_until:
            raise Raised("the endpoint was not well a moment ago")
        response = super().send(request, body)
        self.failures = self.failures + 1 if response.status_code >= 500 else 0
        self.shut_until = clock.now() + 15
        return response


@breaks("error.transient")
class RefreshesOneAtATime(Right):
    """Has one lock for all, so that no refresh token is used twice at once."""

    transport = "loopback"
    slack_s = 2

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        with self.lock:
            return super().send(request, body)


@breaks("error.any-answer")
class FindsTheCodeAnywhere(Right):
    """Takes whichever value of a refusal is a known code for the code, to cope with both shapes."""

    def code(self, response: httpx.Response) -> str:
        with contextlib.suppress(ValueError, AttributeError):
            for value in response.json().values():
                if value in ("invalid_grant", "organization_not_authorized"):
                    return str(value)
        return super().code(response)


@breaks("secrecy.exceptions")
class BlotsOutWholeTokens(QuotesAnswers):
    """Leaves tokens out of what it quotes where they end as a text of JSON does."""

    def quoted(self, response: httpx.Response) -> str:
        return re.sub(r'"(access|refresh)_token": ?"[^"]*"', "", response.text)[:500]


@breaks("error.client-fault")
class SearchesForTheCode(Right):
    """Looks for the word in the text of the body, which is the same in either shape."""

    def code(self, response: httpx.Response) -> str:
        return "invalid_grant" if "invalid_grant" in response.text else super().code(response)


@breaks("error.transient")
class WaitsAsOftenAsItMay(HonoursRetryAfter):
    """Bounds each wait and each try, and not all of them together."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        waited_s = 0.0
        for _ in range(request.max_retries or 0):
            response = Right.send(self, request, body)
            if response.status_code not in (429, 503):
                return response
            waited_s += min(5, int(response.headers.get("retry-after") or 0))
            if waited_s > request.timeout_s + self.slack_s:
                time.sleep(request.timeout_s + self.slack_s)  # no longer than is needed to see it
        return Right.send(self, request, body)


# -- what is inside


@breaks("success.new-tokens")
class StripsTheRefreshToken(Right):
    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        payload = super().payload(answer, session)
        return {**payload, "refreshToken": payload["refreshToken"].strip()}


@breaks("success.unicode")
class TakesTextsForDates(Right):
    """Reads what looks like a date as one, and writes it with milliseconds."""

    def revived(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.revived(inner) for name, inner in value.items()}
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", value):
            with contextlib.suppress(ValueError):
                date = datetime.fromisoformat(value).astimezone(UTC)
                return date.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return value

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        payload = super().payload(answer, session)
        return {**payload, "user": self.revived(payload["user"])}


@breaks("success.unicode")
class NormalizesTheEmail(Right):
    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        payload = super().payload(answer, session)
        email = payload["user"].get("email")
        return {**payload, "user": {**payload["user"], **({"email": email.lower()} if email else {})}}


@breaks("success.impersonator")
class RemembersWhoImpersonates(Right):
    """Believes that only the first answer of a user says it."""

    def __init__(self) -> None:
        super().__init__()
        self.impersonators: dict[Any, Any] = {}

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        payload = super().payload(answer, session)
        user = answer["user"].get("id")
        if "impersonator" in payload:
            self.impersonators[user] = payload["impersonator"]
        return {
            **({"impersonator": self.impersonators[user]} if user in self.impersonators else {}),
            **payload,
        }


# -- the access token


@breaks("jwt.template-claims")
class ChecksTheSwitch(Right):
    """Where an organization was asked for, refuses a token that does not say it."""

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        is_good, wanted = super().verifies(request, token), request.organization_id
        return is_good and (wanted is None or self.claims(token).get("org_id") == wanted)


@breaks("jwt.bad-signature")
class KnowsTokensByTheirSignature(Right):
    """Takes the signature of a token that was good for the token."""

    def __init__(self) -> None:
        super().__init__()
        self.verified: set[str] = set()

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        signature = token.rpartition(".")[2]
        with contextlib.suppress(jwt.PyJWTError):
            if signature in self.verified and self.claims(token)["exp"] > clock.now():
                return True
        is_good = super().verifies(request, token)
        self.verified |= {signature} if is_good else set()
        return is_good


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
            return super().key(request, kid)
        finally:
            self.looking.discard(url)
