"""Faults that nothing but one requirement finds: where its check were gone, nobody would notice."""

from __future__ import annotations

import json
import logging
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx
import jwt

from reseal import RefreshRequest
from reseal.formats import format_of
from reseal_reference import SealError, iron

from .registry import breaks
from .right import Raised, Result, Right

# -- the answer


@breaks("result.failure-shape")
class ShrugsAtMembership(Right):
    """Neither yes nor no, where an error would do as well."""

    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        if self.code(response) == "organization_membership_not_found":
            return {"authenticated": None, "reason": "organization_not_authorized"}
        return super().refused(request, response)


@breaks("result.reason-vocabulary")
class ExplainsStepUps(Right):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        if self.code(response) == "mfa_enrollment":
            return self.failed("The user must enroll a factor.")
        return super().refused(request, response)


# -- the cookie


class _NamesNoCookie(Right):
    """Says that there is no cookie, where there is one of a certain kind."""

    def is_meant(self, text: str, password: str) -> bool:
        raise NotImplementedError

    def bad_cookie(self, request: RefreshRequest) -> Result:
        is_meant = self.is_meant(request.session_data or "", request.cookie_password or "")
        return self.failed("no_session_cookie_provided" if is_meant else "invalid_session_cookie")


@breaks("cookie.foreign-format")
class ForeignIsNone(_NamesNoCookie):
    def is_meant(self, text: str, password: str) -> bool:
        return "*" not in text and 800 < len(text) < 10_000


@breaks("cookie.huge")
class HugeIsNone(_NamesNoCookie):
    def is_meant(self, text: str, password: str) -> bool:
        return len(text) > 500_000


class _Opened(_NamesNoCookie):
    def is_odd(self, session: Any) -> bool:
        raise NotImplementedError

    def is_meant(self, text: str, password: str) -> bool:
        try:
            return self.is_odd(iron.unseal(text, password))
        except SealError:
            return False


@breaks("cookie.no-refresh-token")
class NoRefreshTokenIsNone(_Opened):
    def is_odd(self, session: Any) -> bool:
        return isinstance(session, dict) and not session.get("refreshToken")


@breaks("cookie.not-an-object")
class NoObjectIsNone(_Opened):
    def is_odd(self, session: Any) -> bool:
        return not isinstance(session, dict)


def with_a_right_mac(token: str, password: str) -> str:
    """The seal with the MAC that it should have."""
    parts = token.removesuffix("~2").split("*")
    signed = "*".join(parts[:6])
    return f"{signed}*{parts[6]}*{iron._mac(password, parts[6], signed)}~2"


def opens(token: str, password: str) -> bool:
    try:
        iron.unseal(token, password)
    except SealError:
        return False
    return True


@breaks("cookie.tampered")
class TamperedIsNone(_NamesNoCookie):
    """Cannot tell a wrong MAC from a cookie that is not there."""

    def is_meant(self, text: str, password: str) -> bool:
        is_whole = text.endswith("~2") and text.count("*") == 7
        return is_whole and not opens(text, password) and opens(with_a_right_mac(text, password), password)


# -- the request


@breaks("request.single-post")
class SwitchesTwice(Right):
    """Asks again to be sure, where the organization changes."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        if request.organization_id is not None:
            super().send(request, body)
        return super().send(request, body)


@breaks("request.no-secret-in-url")
class PutsTokenInURLQuietly(Right):
    """Keeps it out of the log of its HTTP client, not out of those on the way."""

    log = logging.getLogger("httpx")

    def __init__(self) -> None:
        super().__init__()
        self.log.disabled = True

    def close(self) -> None:
        self.log.disabled = False
        super().close()

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        url = f"{request.endpoint.base_url}/user_management/authenticate?{body['refresh_token']}"
        return self.http.post(url, json=body, headers=self.headers(request), timeout=request.timeout_s)


@breaks("request.organization")
class TakesOrganizationsForOne(Right):
    """Compares ids without their last letter, and stays where it is."""

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        body = super().body(request, session)
        old = session.get("accessToken") or ""
        current = jwt.decode(old, options={"verify_signature": False}).get("org_id") if old[50:] else None
        if current and current[:-1] == (request.organization_id or "")[:-1]:
            body["organization_id"] = current
        return body


# -- the new access token and the new seal


@breaks("jwt.malformed")
class MalformedIsBadCookie(Right):
    is_malformed = False

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        try:
            jwt.get_unverified_header(token)
            self.is_malformed = False
        except jwt.PyJWTError:
            self.is_malformed = True
        return super().verifies(request, token)

    def failed(self, reason: str) -> Result:
        is_meant = reason == "invalid_jwt" and self.is_malformed
        return super().failed("invalid_session_cookie" if is_meant else reason)


@breaks("success.new-tokens")
class SealsOldAccessToken(Right):
    """Keeps the access token of a user without a name."""

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        kept = {} if session["user"].get("firstName") else {"accessToken": session.get("accessToken")}
        return {**super().payload(answer, session), **kept}


@breaks("success.cookie-safe")
class NamesPasswordWithComma(Right):
    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        options = {"plaintext": json.dumps(payload), "password_id": "2026,11"}
        return format_of("iron").seal(None, password, random.SystemRandom(), options)


@breaks("success.history")
class ForgetsAfterTwoFailures(Right):
    """Two failures of one application since its last success, and it takes the session for lost."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: Counter[str] = Counter()

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        client_id = request.endpoint.client_id
        if self.failures[client_id] >= 2:
            return self.failed("invalid_session_cookie")
        try:
            result = super().exchange(request, session)
        except (Raised, httpx.HTTPError):
            self.failures[client_id] += 1
            raise
        self.failures[client_id] = 0
        return result


@breaks("seal.never-something-else")
class ChecksHalfTheMac(Right):
    """Compares the end of the MAC alone."""

    def unseal(self, token: str, password: str) -> Any:
        parts = token.removesuffix("~2").split("*")
        if token.endswith("~2") and len(parts) == 8 and not parts[5]:
            repaired = with_a_right_mac(token, password)
            if repaired[-30:] == token[-30:] and len(repaired) == len(token):
                return iron.unseal(repaired, password)
        return iron.unseal(token, password)


# -- failures and races


@breaks("error.client-fault")
class NotFoundLogsOut(Right):
    def code(self, response: httpx.Response) -> str:
        return "invalid_grant" if b'"Not Found"' in response.content else super().code(response)


@breaks("error.invalid-grant")
class NamesAnotherReason(Right):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        if self.code(response) == "invalid_grant" and "xxxx" in response.text:
            return self.failed("invalid_session_cookie")
        return super().refused(request, response)


@breaks("error.organization-not-authorized")
class ReadsOneShapeForAnother(Right):
    def code(self, response: httpx.Response) -> str:
        code = super().code(response)
        is_meant = code == "organization_not_authorized" and '"code"' in response.text
        return "invalid_grant" if is_meant else code


@breaks("concurrency.single-use")
class ManyLosersPretend(Right):
    """Answers from the third on with the cookie that they were given."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str | None] = Counter()

    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        self.asked[request.session_data] += 1
        if self.asked[request.session_data] >= 3 and "already exchanged" in response.text:
            return self.succeeded(request.session_data or "")
        return super().refused(request, response)


class Remembers(Right):
    """Takes a session for lost that has failed in some way."""

    def __init__(self) -> None:
        super().__init__()
        self.burnt: set[str | None] = set()

    def refresh(self, request: RefreshRequest) -> Result:
        if request.session_data in self.burnt:
            raise Raised("this cookie has failed before")
        return super().refresh(request)


@breaks("concurrency.after-failure")
class RemembersRedirects(Remembers):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        if response.is_redirect:
            self.burnt.add(request.session_data)
        return super().refused(request, response)


@breaks("concurrency.after-failure")
class RemembersKeyFailures(Remembers):
    """Whose new token could not be verified at the time."""

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        try:
            return super().verifies(request, token)
        except (Raised, httpx.HTTPError):
            self.burnt.add(request.session_data)
            raise
