"""Implementations that are right until something rare happens: an odd text, a second hop, a third failure."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from reseal import RefreshRequest
from reseal.formats import format_of
from reseal_reference import SealError

from . import clock
from .faults_kept import _KeepsAnswers
from .faults_keys import QuotesAnswers
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


@breaks("error.any-answer")
class SearchesForTheCode(Right):
    """Looks for the word in the text of the body, which is the same in either shape."""

    def code(self, response: httpx.Response) -> str:
        return "invalid_grant" if "invalid_grant" in response.text else super().code(response)


@breaks("error.transient")
class WaitsAsOftenAsItMay(HonoursRetryAfter):
    """Bounds each wait and each try, and not all of them together."""

    slack_s = 1.0

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        waited_s = 0.0
        for _ in range(request.max_retries or 0):
            response = Right.send(self, request, body)
            if response.status_code not in (429, 503):
                return response
            waited_s += min(5, int(response.headers.get("retry-after") or 0))
            if waited_s > request.timeout_s + self.slack_s:
                time.sleep(request.timeout_s + self.slack_s + 1)  # no longer than is needed to see it
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
