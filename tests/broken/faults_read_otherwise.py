"""Implementations that are right until a text means something else than what they read in it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import httpx

from reseal import RefreshRequest

from . import clock
from .faults_sessions import SharesTheRefreshUnderWay
from .registry import breaks
from .right import Raised, Result, Right
from .variants import CarriesOrganizationOn

# -- the access token


@breaks("jwt.template-claims")
class TakesTheOrganizationForOurs(Right):
    """Compares what the token says of the organization with the answer; a template may say it otherwise."""

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        said = self.claims(answer["access_token"]).get("org_id")
        if None not in (said, answer.get("organization_id")) and said != answer["organization_id"]:
            raise Raised("a token for another organization")
        return super().payload(answer, session)


@breaks("jwt.template-claims")
class TakesTheClientForOurs(Right):
    def verifies(self, request: RefreshRequest, token: str) -> bool:
        is_good = super().verifies(request, token)
        return is_good and self.claims(token).get("client_id") in (None, request.endpoint.client_id)


@breaks("jwt.template-claims")
class TakesTheSignInForADate(Right):
    def verifies(self, request: RefreshRequest, token: str) -> bool:
        return super().verifies(request, token) and self.is_date(self.claims(token).get("auth_time", 0))


@breaks("jwt.key-rotation")
class TakesAMissingKeyForNone(Right):
    """What it looked for in vain, two seconds after the last look or later, it never looks for again."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_at: dict[str, float] = {}
        self.missing: set[tuple[str, Any]] = set()

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        url = self.keys_url(request)
        is_new, now = url not in self.looked_at, clock.now()
        if kid in self.keys.get(url, {}):
            return self.keys[url][kid]
        if not is_new and (now - self.looked_at[url] < 2 or (url, kid) in self.missing):
            return None
        self.keys[url], self.looked_at[url] = self.fetch(request, url), now
        if not is_new and kid not in self.keys[url]:
            self.missing.add((url, kid))
        return self.keys[url].get(kid)


@breaks("cookie.stale-access-token")
class TakesOldTokensForDead(Right):
    """Refuses a cookie whose access token expired more than two weeks ago."""

    def has_user(self, session: Mapping[str, Any]) -> bool:
        expired = self.old_claims(session).get("exp", clock.now())
        return expired > clock.now() - 14 * 86_400 and super().has_user(session)


@breaks("request.well-formed")
class CarriesAnyOrganizationOn(CarriesOrganizationOn):
    """Asks for what the old access token says of the organization, whatever a template has put there."""

    def carried(self, claims: Mapping[str, Any]) -> Any:
        return claims.get("org_id")


# -- names


@breaks("success.unknown-fields")
class ReadsAnswersInAnyCase(Right):
    """Takes fields for others whose names differ in case, as Go does unasked; the last one counts."""

    def usable(self, response: httpx.Response) -> dict[str, Any]:
        return {name.lower(): value for name, value in super().usable(response).items()}


@breaks("seal.open-foreign")
class ReadsCookiesInAnyCase(Right):
    def open(self, request: RefreshRequest) -> dict[str, Any] | None:
        session = super().open(request)
        names = {"refreshtoken": "refreshToken", "accesstoken": "accessToken"}
        return session and {names.get(name.lower(), name): value for name, value in session.items()}


# -- the session


@breaks("concurrency.sessions-apart")
class SharesTheRefreshByTheSid(SharesTheRefreshUnderWay):
    """Knows sessions by the ``sid`` of the old access token; no ``sid`` is one like another."""

    def flight_of(self, request: RefreshRequest, session: Mapping[str, Any]) -> tuple[str | None, ...]:
        return (*super().flight_of(request, session), self.old_claims(session).get("sid"))


@breaks("concurrency.sessions-apart")
class SharesTheRefreshByTheAccessToken(SharesTheRefreshUnderWay):
    def flight_of(self, request: RefreshRequest, session: Mapping[str, Any]) -> tuple[str | None, ...]:
        return (*super().flight_of(request, session), session.get("accessToken"))


# -- the refusal


@breaks("secrecy.exceptions")
class TellsWhatToStepUpWith(Right):
    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        try:
            return super().refused(request, response)
        except Raised as err:
            pending = None
            with contextlib.suppress(ValueError, AttributeError):
                pending = response.json().get("pending_authentication_token")
            raise Raised(f"{err}, to go on with {pending}" if pending else f"{err}") from None
