"""Implementations that are right but for one fault of the answer, and with cookies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import jwt

from reseal import RefreshRequest
from reseal_reference import SealError, iron

from .faults_alone import with_a_right_mac
from .registry import breaks
from .right import Raised, Result, Right

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
        return iron.unseal(with_a_right_mac(token, password), password)


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


def is_stale(token: str) -> bool:
    """Whether ``token`` is a JWT that has expired."""
    try:
        jwt.decode(token, options={"verify_signature": False, "verify_exp": True})
    except jwt.PyJWTError as err:
        return isinstance(err, jwt.ExpiredSignatureError)
    return False


@breaks("cookie.stale-access-token")
class WantsFreshAccessToken(Right):
    def has_user(self, session: Mapping[str, Any]) -> bool:
        return not is_stale(session.get("accessToken") or "") and super().has_user(session)


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
