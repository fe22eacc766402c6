"""Implementations that are right until something else is the case as well."""

from __future__ import annotations

import base64
import itertools
import json
import random
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import httpx
import jwt

from reseal import RefreshRequest
from reseal.formats import format_of
from reseal_reference import ConfigurationError, SealError, iron

from .faults_answers_and_cookies import is_stale
from .registry import breaks
from .right import Raised, Result, Right
from .variants import RemembersTheEnd

# -- an organization is asked for, or is not


@breaks("cookie.stale-access-token")
class NeedsAFreshTokenToSwitch(Right):
    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        if request.organization_id is not None and is_stale(session["accessToken"]):
            return self.failed("invalid_jwt")
        return super().exchange(request, session)


@breaks("cookie.none", "cookie.garbage")
class SwitchesNobody(Right):
    """Calls it an authorization that is missing where there is no session to switch."""

    def no_cookie(self, request: RefreshRequest) -> Result:
        return self.unswitched(request) or super().no_cookie(request)

    def bad_cookie(self, request: RefreshRequest) -> Result:
        return self.unswitched(request) or super().bad_cookie(request)

    def unswitched(self, request: RefreshRequest) -> Result | None:
        return self.failed("organization_not_authorized") if request.organization_id else None


@breaks("error.invalid-grant")
class TakesARefusedSwitchForNoAuthorization(Right):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        result = super().refused(request, response)
        return self.failed("organization_not_authorized") if request.organization_id else result


@breaks("error.transient")
class TakesAFailedSwitchForNoAuthorization(Right):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        if request.organization_id and response.status_code >= 500:
            return self.failed("organization_not_authorized")
        return super().refused(request, response)


@breaks("jwt.bad-signature")
class TrustsWhatItSwitchedTo(Right):
    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        if not request.organization_id:
            return super().exchange(request, session)
        response = self.send(request, self.body(request, session))
        if response.status_code != 200:
            return self.refused(request, response)
        return self.succeeded(
            self.seal(self.payload(self.usable(response), session), request.cookie_password or "")
        )


@breaks("success.impersonator")
class ForgetsImpersonatorsWhoSwitch(Right):
    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        result = super().exchange(request, session)
        if request.organization_id and result.get("authenticated"):
            payload = dict(iron.unseal(result["sealed_session"], request.cookie_password or ""))
            payload.pop("impersonator", None)
            result["sealed_session"] = self.seal(payload, request.cookie_password or "")
        return result


@breaks("request.organization")
class TriesAgainWithoutTheOrganization(Right):
    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        response = super().send(request, body)
        if response.status_code == 503 and request.max_retries != 0:
            body.pop("organization_id", None)
            return super().send(request, body)
        return response


@breaks("error.organization-not-authorized")
class KnowsOrganizationsThatItAskedFor(Right):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        if self.code(response) == "organization_not_authorized" and not request.organization_id:
            raise Raised("an organization that nobody asked for")
        return super().refused(request, response)


@breaks("concurrency.after-failure")
class RemembersARefusedOrganization(RemembersTheEnd):
    remembered = ("organization_not_authorized",)


# -- it went well before


class _TrustsAfterASuccess(Right):
    """Verifies the first token of a client, and less of those that follow."""

    def __init__(self) -> None:
        super().__init__()
        self.trusted: set[str] = set()

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        client_id = request.endpoint.client_id
        if client_id in self.trusted and self.is_good_enough(token):
            return True
        is_good = super().verifies(request, token)
        if is_good:
            self.trusted.add(client_id)
        return is_good

    def is_good_enough(self, token: str) -> bool:
        raise NotImplementedError


@breaks("jwt.bad-signature")
class VerifiesTheFirstSignature(_TrustsAfterASuccess):
    def is_good_enough(self, token: str) -> bool:
        try:
            claims = self.claims(token)
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            return False
        return header.get("alg") == "RS256" and claims["sub"].startswith("user_") and self.has_dates(token)


@breaks("jwt.alg-none")
class TakesNoneLater(_TrustsAfterASuccess):
    def is_good_enough(self, token: str) -> bool:
        return jwt.get_unverified_header(token).get("alg") == "none"


@breaks("success.fresh-seal")
class HasAPoolOfSalts(Right):
    """Takes its noise from a pool, and begins anew where that ends."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = itertools.count()

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        noise = random.Random(f"{password}{next(self.numbers) % 32}")  # noqa: S311 - must come again
        return format_of("iron").seal(payload, password, noise, {})


@breaks("success.cookie-size")
class GrowsWithEachRefresh(Right):
    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        history = [*session.get("history", []), f"refreshed in place of {session['refreshToken']}"]
        return {**super().payload(answer, session), "history": history}


# -- answers, keys and cookies in other words


@breaks("error.invalid-grant")
class NeedsDescriptionsInASCII(Right):
    """Takes a description for none of OAuth's where it has what RFC 6749, 5.2, rules out."""

    def code(self, response: httpx.Response) -> str:
        is_plain = response.content.isascii() and b'\\"' not in response.content
        return super().code(response) if is_plain or b"user_" not in response.content else ""


@breaks("error.client-fault")
class TakesNotFoundForTheEnd(Right):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        if response.status_code == 404 and self.code(response).endswith("_not_found"):
            return self.failed("invalid_grant")
        return super().refused(request, response)


@breaks("success.unknown-fields")
class KnowsTwoFieldsOfImpersonators(Right):
    def usable(self, response: httpx.Response) -> dict[str, Any]:
        answer = super().usable(response)
        if not set(answer.get("impersonator") or {}) <= {"email", "reason"}:
            raise Raised("an impersonator of another kind")
        return answer


@breaks("request.single-post")
class RefreshesShortLivedTokensAgain(Right):
    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        result = super().exchange(request, session)
        if not result.get("authenticated"):
            return result
        new = iron.unseal(result["sealed_session"], request.cookie_password or "")
        claims = self.claims(new["accessToken"])
        return super().exchange(request, new) if claims["exp"] - claims["iat"] < 60 else result


@breaks("jwt.malformed")
class LooksAtThreeParts(Right):
    def verifies(self, request: RefreshRequest, token: str) -> bool:
        return super().verifies(request, ".".join(token.split(".")[:3]))


@breaks("jwt.malformed")
class LeavesOutEmptyParts(Right):
    """Splits a token as some languages do: an empty part at the end is none."""

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        return super().verifies(request, token.rstrip("."))


@breaks("error.transient")
class GivesUpAfterTheLastTry(Right):
    """Takes a session for ended whose refresh was not answered twice."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        try:
            return super().send(request, body)
        except httpx.TimeoutException:
            if request.max_retries == 0:
                raise
        try:
            return super().send(request, body)
        except httpx.TimeoutException:
            return httpx.Response(400, json={"error": "invalid_grant"})


class _TakesAnyKey(Right):
    def is_for_signatures(self, key: jwt.PyJWK) -> bool:
        return type(key.key).__name__ == "RSAPublicKey" and self.is_taken(key)

    def is_taken(self, key: jwt.PyJWK) -> bool:
        raise NotImplementedError


@breaks("jwt.hostile-key-set")
class TakesKeysForEncryption(_TakesAnyKey):
    def is_taken(self, key: jwt.PyJWK) -> bool:
        return key.algorithm_name == "RS256"


@breaks("jwt.hostile-key-set")
class TakesKeysForOtherAlgorithms(_TakesAnyKey):
    def is_taken(self, key: jwt.PyJWK) -> bool:
        return key.public_key_use in (None, "sig")


@breaks("cookie.garbage")
class TakesUnsealedSessions(Right):
    """Reads what an older release of the application put into its cookies."""

    def unseal(self, token: str, password: str) -> Any:
        try:
            return super().unseal(token, password)
        except SealError:
            if token.startswith(("{", "%7B")):
                return json.loads(unquote(token))
            if token.startswith("eyJhY2Nlc3N"):
                return json.loads(base64.urlsafe_b64decode(token))
            raise


@breaks("cookie.password-too-short")
class CountsBytesOfPasswords(Right):
    def check_password(self, request: RefreshRequest) -> None:
        if not request.cookie_password or len(request.cookie_password.encode()) < 32:
            raise Raised("cookie password is too short")

    def unseal(self, token: str, password: str) -> Any:
        try:
            return super().unseal(token, password)
        except ConfigurationError:  # a codec that leaves the password to its caller
            raise SealError from None


@breaks("request.tls-verified")
class TrustsCertificatesThatVouchForThemselves(Right):
    """Lets a certificate pass that is signed by itself, as development servers have them."""

    transport = "loopback"

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        try:
            return super().send(request, body)
        except httpx.ConnectError as err:
            if "self-signed certificate" not in str(err) or "in certificate chain" in str(err):
                raise
        trusting, self.http = self.http, self.client(False)
        try:
            return super().send(request, body)
        finally:
            self.http.close()
            self.http = trusting


@breaks("request.grant")
class RemembersTheClientID(Right):
    """Keeps the client id that it was given first for an address."""

    transport = "loopback"  # in process every case has the same address

    def __init__(self) -> None:
        super().__init__()
        self.client_ids: dict[str, str] = {}

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        endpoint = request.endpoint
        first = self.client_ids.setdefault(endpoint.base_url, endpoint.client_id)
        return {**super().body(request, session), "client_id": first}
