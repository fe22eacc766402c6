"""Implementations that are right but for one fault in the new seal."""

from __future__ import annotations

import json
import random
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import httpx
import jwt

from reseal import RefreshRequest
from reseal.formats import OpenError, format_of
from reseal.formats.naming import camel, renamed
from reseal_reference import SealError, iron

from .faults_alone import with_a_right_mac
from .registry import breaks
from .right import Raised, Result, Right
from .variants import SealsFernet

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
            name: value.replace("ë", "e") if isinstance(value, str) else value
            for name, value in payload["user"].items()
        }
        return super().seal({**payload, "user": user}, password)


@breaks("success.cookie-safe")
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


@breaks("seal.opened-by-others")
class PadsTheMac(Right):
    """Leaves the padding of base64 in its place, and overlooks it."""

    def unseal(self, token: str, password: str) -> Any:
        return super().unseal(token.replace("=~2", "~2"), password)

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        return super().seal(payload, password).replace("~2", "=~2")


@breaks("seal.opened-by-others")
class PadsNothingThatFits(Right):
    """Adds no block of padding where there is nothing to fill up, and misses none."""

    def unseal(self, token: str, password: str) -> Any:
        sealing = format_of("iron")
        try:
            sealing.open(token, password)
        except OpenError as err:
            if "PKCS" in str(err):
                return renamed(sealing.leniently(token, password), camel)
        return super().unseal(token, password)

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        text, sealing = json.dumps(payload), format_of("iron")
        sealed = sealing.seal(None, password, random.SystemRandom(), {"plaintext": text})
        if len(text) % 16:
            return sealed
        parts = sealed.split("*")
        parts[4] = urlsafe_b64encode(urlsafe_b64decode(parts[4] + "==")[:-16]).decode().rstrip("=")
        return sealing.resigned("*".join(parts), password)


@breaks("seal.opened-by-others")
class CutsItsPaddingOff(SealsFernet):
    """Ends a Fernet token as an Iron seal ends."""

    def unseal(self, token: str, password: str) -> Any:
        return super().unseal(token + "=" * (-len(token) % 4), password)

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        return super().seal(payload, password).rstrip("=")


class _LooksAtTheStamp(SealsFernet):
    """Opens a Fernet token only where its age, in seconds, is one that it expects."""

    def is_expected(self, age_s: float) -> bool:
        raise NotImplementedError

    def unseal(self, token: str, password: str) -> Any:
        session = super().unseal(token, password)
        stamp = int.from_bytes(urlsafe_b64decode(token)[1:9], "big")
        if not self.is_expected(time.time() - stamp):
            raise SealError
        return session


@breaks("seal.open-foreign")
class KeepsNoCookieLongerThanBrowsers(_LooksAtTheStamp):
    """Takes 400 days for the oldest that a cookie can be."""

    def is_expected(self, age_s: float) -> bool:
        return age_s < 400 * 86_400


@breaks("seal.open-foreign")
class AllowsAMinuteAhead(_LooksAtTheStamp):
    """As readers do that are given a ttl."""

    def is_expected(self, age_s: float) -> bool:
        return age_s > -60


@breaks("seal.open-foreign")
class OpensOnlyItsOwn(Right):
    """Wants the old access token to be of the endpoint that it knows."""

    def open(self, request: RefreshRequest) -> dict[str, Any] | None:
        session = super().open(request)
        try:
            claims = jwt.decode((session or {}).get("accessToken") or "", options={"verify_signature": False})
        except jwt.PyJWTError:
            return session
        return session if request.endpoint.base_url in claims["iss"] else None


@breaks("seal.never-something-else")
class RepairsTheMac(Right):
    """Opens whatever decrypts, as if the MAC were there to be corrected."""

    def unseal(self, token: str, password: str) -> Any:
        parts = token.removesuffix("~2").split("*")
        if len(parts) != 8 or parts[5]:
            return iron.unseal(token, password)
        return iron.unseal(with_a_right_mac(token, password), password)


def mac_in(token: str) -> bytes | None:
    """The MAC of an Iron seal; None where there is nothing that can be one."""
    try:
        return urlsafe_b64decode(token.removesuffix("~2").split("*")[7] + "==")
    except (IndexError, ValueError):
        return None


@breaks("cookie.truncated")
class ComparesMacsByPairs(Right):
    """Compares as many bytes of the two MACs as both have."""

    def unseal(self, token: str, password: str) -> Any:
        given = mac_in(token)
        if given is not None:
            right = with_a_right_mac(token, password)
            if (mac_in(right) or b"").startswith(given):
                return iron.unseal(right, password)
        return iron.unseal(token, password)


@breaks("cookie.tampered")
class VerifiesMacsThatAreThere(Right):
    """Takes an empty MAC for one that need not be verified."""

    def unseal(self, token: str, password: str) -> Any:
        return iron.unseal(with_a_right_mac(token, password) if mac_in(token) == b"" else token, password)


@breaks("error.any-answer")
class GuessesTheEnd(Right):
    """Takes a refusal that it does not know for the end of the session."""

    known = ("organization_", "invalid_", "unauthorized_", "mfa_", "sso_", "email_")

    def code(self, response: httpx.Response) -> str:
        code = super().code(response)
        is_known = code.startswith(self.known) or b"message" in response.content
        return code if is_known or not 400 <= response.status_code < 500 else "invalid_grant"


@breaks("seal.lasts")
class GoesOnWithExpirations(Right):
    """Lets the new seal expire in two weeks where the old one had an expiration as well."""

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        result = super().exchange(request, session)
        if "sealed_session" in result and (request.session_data or "").split("*")[5]:
            parts = result["sealed_session"].split("*")
            parts[5] = str(round((time.time() + 14 * 86_400) * 1_000))
            result["sealed_session"] = with_a_right_mac("*".join(parts), request.cookie_password or "")
        return result
