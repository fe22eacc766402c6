"""Implementations that are right but for one fault with failures, races and secrets."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import httpx

from reseal import RefreshRequest

from .faults_alone import Remembers
from .registry import breaks
from .right import Raised, Result, Right

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
        return "invalid_grant" if code.startswith("radar_") else code


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
        if isinstance(err, httpx.TimeoutException) and err.request.method == "POST":
            return self.failed("invalid_session_cookie")
        return super().unreachable(request, err)


@breaks("error.transient")
class WaitsAsLongAsItIsAsked(Right):
    """Waits out a Retry-After of up to a minute, whatever its time-out, before it gives up."""

    slack_s = 1.0

    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        asked = response.headers.get("retry-after", "")
        if (
            request.max_retries != 0
            and response.status_code == 429
            and asked.isdecimal()
            and int(asked) <= 60
        ):
            time.sleep(int(asked))
        return super().refused(request, response)


@breaks("error.malformed-success")
class SealsHalfAnswers(Right):
    """Minds that a refresh token is there, and not that it is empty."""

    def usable(self, response: httpx.Response) -> dict[str, Any]:
        try:
            return super().usable(response)
        except Raised:
            answer = response.json() if b'"refresh_token": ""' in response.content else {}
            if not answer.get("access_token") or not self.names_user(answer):
                raise
            return dict(answer)


# -- races and failures


@breaks("concurrency.single-use")
class LosersPretend(Right):
    """Answers a lost race with the cookie that it was given."""

    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        if "already exchanged" in response.text:
            return self.succeeded(request.session_data or "")
        return super().refused(request, response)


@breaks("concurrency.after-failure")
class RemembersFailures(Remembers):
    def refresh(self, request: RefreshRequest) -> Result:
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
class AttachesTheRequest(Right):
    """The text of the record is harmless; what is attached to it goes to the log collector."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        logging.getLogger("app").info("refreshing", extra={"body": body})
        return super().send(request, body)


@breaks("secrecy.output")
class PrintsTheSeal(Right):
    def succeeded(self, sealed: str) -> Result:
        print(sealed, file=sys.stderr)  # noqa: T201 - the fault
        return super().succeeded(sealed)
