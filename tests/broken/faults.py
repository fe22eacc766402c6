"""Implementations that are right but for one fault, by the requirement that must find it."""

from __future__ import annotations

import base64
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import jwt

from reseal import RefreshRequest
from reseal_reference import SealError, iron

from .right import Raised, Result, Right

FAULTS: dict[str, list[type[Right]]] = {}


def breaks(*requirements: str) -> Callable[[type[Right]], type[Right]]:
    """Say which requirements an implementation does not meet."""

    def note(fault: type[Right]) -> type[Right]:
        for requirement in requirements:
            FAULTS.setdefault(requirement, []).append(fault)
        return fault

    return note


# -- the answer


@breaks("result.success-shape")
class SaysYesInWords(Right):
    def succeeded(self, sealed: str) -> Result:
        return {"authenticated": "yes", "sealed_session": sealed}


@breaks("result.success-shape")
class SucceedsWithoutSeal(Right):
    def succeeded(self, sealed: str) -> Result:
        return {"authenticated": True, "sealed_session": ""}


@breaks("result.failure-shape")
class FailsWithoutReason(Right):
    def failed(self, reason: str) -> Result:
        return {"authenticated": False}


@breaks("result.failure-shape")
class FailsWithNone(Right):
    def failed(self, reason: str) -> Result:
        return {"authenticated": None, "reason": reason}


@breaks("result.reason-only-on-failure")
class SucceedsWithReason(Right):
    def succeeded(self, sealed: str) -> Result:
        return {"authenticated": True, "sealed_session": sealed, "reason": "ok"}


@breaks("result.no-seal-on-failure")
class FailsWithOldCookie(Right):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        return {**super().refused(request, response), "sealed_session": request.session_data}


@breaks("result.reason-vocabulary")
class ReasonIsExceptionText(Right):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        try:
            return super().refused(request, response)
        except Raised as err:
            return self.failed(str(err))


@breaks("result.returned-not-raised")
class RaisesTheReason(Right):
    def failed(self, reason: str) -> Result:
        raise Raised(reason)


# -- the cookie


@breaks("cookie.none")
class NoneIsInvalid(Right):
    def no_cookie(self, request: RefreshRequest) -> Result:
        return self.failed(
            "invalid_session_cookie" if request.session_data is None else "no_session_cookie_provided"
        )


@breaks("cookie.empty")
class EmptyIsInvalid(Right):
    def no_cookie(self, request: RefreshRequest) -> Result:
        return self.failed(
            "invalid_session_cookie" if request.session_data == "" else "no_session_cookie_provided"
        )


class _TakesForNone(Right):
    """Says that there is no cookie where there is one that does not open."""

    def is_meant(self, text: str) -> bool:
        raise NotImplementedError

    def bad_cookie(self, request: RefreshRequest) -> Result:
        return self.failed(
            "no_session_cookie_provided"
            if self.is_meant(request.session_data or "")
            else "invalid_session_cookie"
        )


@breaks("cookie.garbage")
class GarbageIsNone(_TakesForNone):
    def is_meant(self, text: str) -> bool:
        return "*" not in text and len(text) < 200


@breaks("cookie.truncated")
class TruncatedIsNone(_TakesForNone):
    def is_meant(self, text: str) -> bool:
        return text.startswith("Fe26.2*1*") and len(text) > 100 and not text.endswith("~2")


@breaks("cookie.tampered")
class IgnoresTheMac(Right):
    """Opens what it can decrypt: an unauthenticated seal."""

    def unseal(self, token: str, password: str) -> Any:
        parts = token.removesuffix("~2").split("*")
        if len(parts) != 8 or parts[0] != "Fe26.2" or parts[5]:
            return iron.unseal(token, password)
        signed = "*".join(parts[:6])
        return iron.unseal(f"{signed}*{parts[6]}*{iron._mac(password, parts[6], signed)}~2", password)


@breaks("cookie.wrong-password")
class WrongPasswordIsRaised(Right):
    def unseal(self, token: str, password: str) -> Any:
        try:
            return super().unseal(token, password)
        except SealError:
            if token.startswith("Fe26.2*1*") and token.endswith("~2") and len(token) > 1_000:
                raise Raised("wrong password") from None
            raise


@breaks("cookie.foreign-format")
class ForeignFormatIsRaised(Right):
    def unseal(self, token: str, password: str) -> Any:
        if "*" not in token and 800 < len(token) < 10_000:
            raise Raised("unknown format")
        return super().unseal(token, password)


@breaks("cookie.expired-seal")
class NeverExpires(Right):
    def unseal(self, token: str, password: str) -> Any:
        return iron.unseal(token, password, now=lambda: 0.0)


@breaks("cookie.no-refresh-token")
class NeedsNoRefreshToken(Right):
    def has_refresh_token(self, session: Mapping[str, Any]) -> bool:
        return True

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        return super().body(request, {"refreshToken": "", **session})


@breaks("cookie.not-an-object")
class TripsOverArrays(Right):
    def is_object(self, session: Any) -> bool:
        return bool(session.get("refreshToken"))


@breaks("cookie.no-user")
class NeedsNoUser(Right):
    def has_user(self, session: Mapping[str, Any]) -> bool:
        return True


@breaks("cookie.stale-access-token")
class WantsFreshAccessToken(Right):
    def has_user(self, session: Mapping[str, Any]) -> bool:
        try:
            jwt.decode(
                session.get("accessToken") or "", options={"verify_signature": False, "verify_exp": True}
            )
        except jwt.ExpiredSignatureError:
            return False
        except jwt.PyJWTError:
            return super().has_user(session)
        return super().has_user(session)


@breaks("cookie.odd-access-token")
class DecodesOldAccessToken(Right):
    def has_user(self, session: Mapping[str, Any]) -> bool:
        jwt.decode(session["accessToken"], options={"verify_signature": False, "verify_exp": False})
        return super().has_user(session)


@breaks("cookie.password-missing")
class MissingPasswordIsInvalid(Right):
    def refresh(self, request: RefreshRequest) -> Result:
        return super().refresh(request) if request.cookie_password else self.failed("invalid_session_cookie")


@breaks("cookie.password-too-short")
class ShortPasswordIsInvalid(Right):
    def refresh(self, request: RefreshRequest) -> Result:
        is_short = (
            request.cookie_password is not None
            and len(request.cookie_password) < 32
            and (request.cookie_password.isascii())
        )
        return self.failed("invalid_session_cookie") if is_short else super().refresh(request)


@breaks("cookie.huge")
class ChokesOnHugeCookies(Right):
    def unseal(self, token: str, password: str) -> Any:
        if len(token) > 100_000:
            raise MemoryError
        return super().unseal(token, password)


# -- the request


@breaks("request.single-post")
class PostsTwice(Right):
    """Asks again to be sure; within the grace it gets the same tokens, so nobody notices."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        super().send(request, body)
        return super().send(request, body)


@breaks("request.grant")
class SendsWrongClientID(Right):
    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().body(request, session), "client_id": "client_of_somebody_else"}


@breaks("request.grant")
class SendsAccessToken(Right):
    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().body(request, session), "refresh_token": session.get("accessToken") or "none"}


@breaks("request.client-authentication")
class SendsNoKey(Right):
    def headers(self, request: RefreshRequest) -> dict[str, str]:
        return {}


@breaks("request.well-formed")
class SendsTextPlain(Right):
    def headers(self, request: RefreshRequest) -> dict[str, str]:
        return {**super().headers(request), "content-type": "text/plain"}


@breaks("request.organization")
class ForgetsOrganization(Right):
    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        body = super().body(request, session)
        body.pop("organization_id", None)
        return body


@breaks("request.no-cookie-password")
class SendsCookiePassword(Right):
    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        seal = {"seal_session": True, "cookie_password": request.cookie_password}
        return {**super().body(request, session), "session": seal}


@breaks("request.no-seal")
class ForwardsTheCookie(Right):
    def headers(self, request: RefreshRequest) -> dict[str, str]:
        cookie = (request.session_data or "").encode("ascii", "replace").decode()
        return {**super().headers(request), "cookie": f"wos-session={cookie}"}


@breaks("request.no-secret-in-url")
class PutsTokenInURL(Right):
    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        url = f"{request.endpoint.base_url}/user_management/authenticate"
        query = {"refresh_token": body["refresh_token"]}
        headers = self.headers(request)
        return self.http.post(url, params=query, json=body, headers=headers, timeout=request.timeout_s)


@breaks("request.no-cross-origin-redirect")
class FollowsRedirects(Right):
    """Repeats the body wherever it is told to, as fetch does on 307 and 308."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        response = super().send(request, body)
        if response.is_redirect:
            return self.http.post(response.headers["location"], json=body, timeout=request.timeout_s)
        return response


# -- the new seal


@breaks("success.new-tokens", "success.chain")
class SealsOldRefreshToken(Right):
    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().payload(answer, session), "refreshToken": session["refreshToken"]}


@breaks("success.user")
class SealsOldUser(Right):
    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().payload(answer, session), "user": session["user"]}


@breaks("success.impersonator")
class ForgetsImpersonator(Right):
    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        payload = super().payload(answer, session)
        payload.pop("impersonator", None)
        return payload


@breaks("success.fresh-seal")
class ReusesSeal(Right):
    """Keeps the seal of each refresh token: equal sessions get equal cookies."""

    def __init__(self) -> None:
        super().__init__()
        self.seals: dict[str, str] = {}

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        return self.seals.setdefault(payload["refreshToken"], super().seal(payload, password))


@breaks("success.chain")
class WearsOut(Right):
    """Gives up after forty refreshes."""

    def __init__(self) -> None:
        super().__init__()
        self.count: dict[str, int] = {}

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        count = self.count[request.endpoint.client_id] = self.count.get(request.endpoint.client_id, 0) + 1
        return super().exchange(request, session) if count <= 40 else self.failed("invalid_grant")


@breaks("success.history")
class ForgetsAfterFailures(Right):
    """Two failures since the last success, and it takes the session for lost."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 0

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        if self.failures >= 2:
            self.failures = 0
            return self.failed("invalid_session_cookie")
        try:
            result = super().exchange(request, session)
        except (Raised, httpx.HTTPError):
            self.failures += 1
            raise
        self.failures = 0
        return result


@breaks("success.unknown-fields")
class RefusesUnknownFields(Right):
    known = {
        "user",
        "access_token",
        "refresh_token",
        "organization_id",
        "impersonator",
        "authentication_method",
    }

    def usable(self, response: httpx.Response) -> dict[str, Any]:
        answer = super().usable(response)
        if answer.keys() - self.known:
            raise Raised("unknown field")
        return answer


@breaks("success.unicode")
class LosesUnicode(Right):
    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        user = {
            name: value.encode("latin-1", "replace").decode("latin-1") if isinstance(value, str) else value
            for name, value in payload["user"].items()
        }
        return super().seal({**payload, "user": user}, password)


@breaks("success.cookie-safe", "seal.opened-by-others")
class QuotesTheSeal(Right):
    def succeeded(self, sealed: str) -> Result:
        return super().succeeded(f'"{sealed}"')


@breaks("success.cookie-size")
class SealsEverythingTwice(Right):
    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().payload(answer, session), "raw": dict(answer), "permissions": ["posts:read"] * 60}


@breaks("seal.opened-by-others")
class ForgetsSuffix(Right):
    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        return super().seal(payload, password).removesuffix("~2")


@breaks("seal.open-foreign")
class OpensOnlyItsOwn(Right):
    """Wants a field that only it seals."""

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        return super().payload(answer, session)

    def has_user(self, session: Mapping[str, Any]) -> bool:
        return super().has_user(session) and session["user"].get("id") == "user_01HBEQKA6K4QJAS93VPE39W1JT"


@breaks("seal.never-something-else")
class RepairsTheMac(Right):
    """Opens whatever decrypts, as if the MAC were there to be corrected."""

    def unseal(self, token: str, password: str) -> Any:
        parts = token.removesuffix("~2").split("*")
        if len(parts) != 8 or parts[5]:
            return iron.unseal(token, password)
        signed = "*".join(parts[:6])
        return iron.unseal(f"{signed}*{parts[6]}*{iron._mac(password, parts[6], signed)}~2", password)


@breaks("error.any-answer")
class GuessesTheEnd(Right):
    """Takes a refusal that it does not know for the end of the session."""

    known = ("organization_", "invalid_", "unauthorized_", "mfa_", "sso_", "email_")

    def code(self, response: httpx.Response) -> str:
        code = super().code(response)
        is_known = code.startswith(self.known) or b"message" in response.content
        return code if is_known or not 400 <= response.status_code < 500 else "invalid_grant"


# -- the new access token


@breaks("jwt.bad-signature", "jwt.unknown-kid", "jwt.alg-none", "jwt.jwks-unavailable")
class VerifiesNothing(Right):
    def verifies(self, request: RefreshRequest, token: str) -> bool:
        return True


@breaks("jwt.bad-signature")
class SkipsSignature(Right):
    def decode(self, token: str, key: Any) -> bool:
        jwt.decode(
            token,
            options={"verify_signature": False, "verify_exp": True, "verify_nbf": True, "require": ["exp"]},
        )
        return jwt.get_unverified_header(token)["alg"] == "RS256"


class _Lenient(Right):
    options: Mapping[str, Any]

    def decode(self, token: str, key: Any) -> bool:
        options: Any = {"verify_aud": False, "require": ["exp"], **self.options}
        jwt.decode(token, key, algorithms=["RS256"], options=options)
        return True


@breaks("jwt.expired")
class IgnoresExpiry(_Lenient):
    options = {"verify_exp": False}


@breaks("jwt.not-yet-valid")
class IgnoresNotBefore(_Lenient):
    options = {"verify_nbf": False}


@breaks("jwt.no-expiry")
class NeedsNoExpiry(_Lenient):
    options = {"require": []}


@breaks("jwt.alg-none")
class AcceptsNone(Right):
    def decode(self, token: str, key: Any) -> bool:
        return jwt.get_unverified_header(token)["alg"] == "none" or super().decode(token, key)


@breaks("jwt.alg-confusion")
class AcceptsHS256(Right):
    def decode(self, token: str, key: Any) -> bool:
        return jwt.get_unverified_header(token)["alg"] == "HS256" or super().decode(token, key)


@breaks("jwt.unknown-kid")
class AcceptsUnknownKid(Right):
    def verifies(self, request: RefreshRequest, token: str) -> bool:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
        except jwt.PyJWTError:
            return False
        return self.key(request, kid) is None or super().verifies(request, token)


@breaks("jwt.malformed")
class MalformedIsRaised(Right):
    def verifies(self, request: RefreshRequest, token: str) -> bool:
        header, _, _ = token.split(".")
        base64.urlsafe_b64decode(header + "==")
        return super().verifies(request, token)


@breaks("jwt.key-rotation")
class NeverFetchesAgain(Right):
    def key(self, request: RefreshRequest, kid: Any) -> Any:
        url = f"{request.endpoint.base_url}/sso/jwks/{request.endpoint.client_id}"
        return self.keys[url].get(kid) if url in self.keys else super().key(request, kid)


@breaks("jwt.jwks-cached")
class FetchesEachTime(Right):
    fetches_keys_each_time = True


@breaks("jwt.jwks-unavailable")
class NoKeysIsInvalidJWT(Right):
    def verifies(self, request: RefreshRequest, token: str) -> bool:
        try:
            return super().verifies(request, token)
        except (Raised, httpx.HTTPError):
            return False


# -- failures of the endpoint


@breaks("error.invalid-grant")
class WantsOneDescription(Right):
    def code(self, response: httpx.Response) -> str:
        code = super().code(response)
        return "" if code == "invalid_grant" and "xxxx" in response.text else code


@breaks("error.organization-not-authorized")
class ReadsOneShape(Right):
    def code(self, response: httpx.Response) -> str:
        code = super().code(response)
        return "" if code == "organization_not_authorized" and '"code"' in response.text else code


@breaks("error.organization-membership")
class MembershipLogsOut(Right):
    def code(self, response: httpx.Response) -> str:
        code = super().code(response)
        return "invalid_grant" if code == "organization_membership_not_found" else code


@breaks("error.step-up")
class StepUpLogsOut(Right):
    def code(self, response: httpx.Response) -> str:
        code = super().code(response)
        return "invalid_grant" if code.startswith(("mfa_", "sso_")) else code


@breaks("error.client-fault")
class MisconfigurationLogsOut(Right):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        return (
            self.failed("invalid_grant")
            if response.status_code == 401
            else super().refused(request, response)
        )


@breaks("error.transient")
class HiccupLogsOut(Right):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        return (
            self.failed("invalid_grant")
            if response.status_code == 503
            else super().refused(request, response)
        )


@breaks("error.transient")
class TimeoutLogsOut(Right):
    def unreachable(self, request: RefreshRequest, err: httpx.HTTPError) -> Result:
        if isinstance(err, httpx.TimeoutException):
            return self.failed("invalid_session_cookie")
        return super().unreachable(request, err)


@breaks("error.malformed-success")
class SealsHalfAnswers(Right):
    def usable(self, response: httpx.Response) -> dict[str, Any]:
        answer = response.json()
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise Raised("no access token")
        return answer


# -- races and failures


@breaks("concurrency.single-use")
class LosersPretend(Right):
    """Answers a lost race with the cookie that it was given."""

    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        if "already exchanged" in response.text:
            return self.succeeded(request.session_data or "")
        return super().refused(request, response)


@breaks("concurrency.after-failure")
class RemembersFailures(Right):
    def __init__(self) -> None:
        super().__init__()
        self.burnt: set[str | None] = set()

    def refresh(self, request: RefreshRequest) -> Result:
        if request.session_data in self.burnt:
            raise Raised("this cookie has failed before")
        try:
            return super().refresh(request)
        except Raised:
            self.burnt.add(request.session_data)
            raise


# -- secrets


@breaks("secrecy.exceptions")
class TellsThePassword(Right):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        try:
            return super().refused(request, response)
        except Raised as err:
            raise Raised(f"{err} with password {request.cookie_password}") from None


@breaks("secrecy.exceptions")
class TellsTheTokenInACause(Right):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        try:
            return super().refused(request, response)
        except Raised as err:
            cause = ValueError(response.request.content.decode())
            raise err from cause


@breaks("secrecy.output")
class LogsTheRequest(Right):
    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        logging.getLogger("app").debug("refreshing with %s", body)
        return super().send(request, body)


@breaks("secrecy.output")
class PrintsTheSeal(Right):
    def succeeded(self, sealed: str) -> Result:
        print(sealed, file=sys.stderr)  # noqa: T201 - the fault
        return super().succeeded(sealed)
