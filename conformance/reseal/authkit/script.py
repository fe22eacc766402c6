"""Answers in place of the usual ones, each given once unless ``times`` says otherwise.

What they look like is taken from the published OpenAPI description; see ``docs/pytest-fixtures.md``.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Self, get_args

import h11

from ..cases import Answer
from ..endpoint import signing
from ..errors import UsageError

Fault = Literal["reset", "truncated", "closed", "stalled"]
_FRAMING = ("content-length", "transfer-encoding")
_PAGE = "<!doctype html><title>{0}</title><h1>{0}</h1>"


class Script:
    """The answers that come next, in order.  Every method returns the script, so that calls can be chained.

    ``times`` is how often an answer is given; 0 stands for always, until `clear`.
    """

    def __init__(self, put: Callable[..., None]) -> None:
        self._put = put

    def clear(self) -> Self:
        """Forget what has not been given yet: the endpoint decides for itself again."""
        self._put(())
        return self

    def answer(
        self,
        status: int,
        *,
        json: Any = None,
        text: str | None = None,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
    ) -> Self:
        """Any answer: a JSON value, or a text of a type that ``headers`` name.

        Raises UsageError where it could not be sent.
        """
        __tracebackhide__ = True
        if not 200 <= status <= 599:
            raise UsageError(f"status: {status} is no status of an answer. Use one from 200 to 599.")
        _check_body(json, text)
        _check_headers(headers or {})
        return self._add(Answer(status, dict(headers or {}), json=json, text=text, times=times))

    def fault(self, fault: Fault, *, times: int = 1) -> Self:
        """No answer, or half of one."""
        __tracebackhide__ = True
        if fault not in get_args(Fault):
            raise UsageError(f"fault: {fault!r} is not known. Use one of {', '.join(get_args(Fault))}.")
        return self._add(Answer(fault=fault, times=times))

    def success(self, *, times: int = 1) -> Self:
        """What the endpoint would answer without a script: to succeed between two failures."""
        return self._add(Answer(tokens={}, times=times))

    def oauth_error(
        self, error: str, description: str = "The request failed.", *, status: int = 400, times: int = 1
    ) -> Self:
        """An error as OAuth writes it: ``error`` and ``error_description``."""
        body = {"error": error, "error_description": description}
        return self.answer(status, json=body, times=times)

    def invalid_grant(self, description: str = "Invalid refresh token.", *, times: int = 1) -> Self:
        """The refresh token is not accepted.  The session is over."""
        return self.oauth_error("invalid_grant", description, times=times)

    def organization_not_authorized(self, *, times: int = 1) -> Self:
        """The documented refusal of an organization.  The API itself says
        ``organization_membership_not_found``, which a session without that membership gets.
        """
        return self.oauth_error(
            "organization_not_authorized", "The user may not use the organization.", times=times
        )

    def mfa_enrollment(self, *, times: int = 1) -> Self:
        """The user must set up a second factor.  The session is not over."""
        return self._step_up("mfa_enrollment", "The user must enroll in MFA.", times)

    def sso_required(self, *, times: int = 1) -> Self:
        """The user must sign in through the organization's SSO.  The session is not over."""
        body = {
            "error": "sso_required",
            "error_description": "User must authenticate using one of the matching connections.",
            "connection_ids": ["conn_01E4ZCR3C56J083X43JQXF3JK5"],
            "email": "grace.hopper@example.com",
        }
        return self.answer(400, json=body, times=times)

    def unauthorized(self, *, times: int = 1) -> Self:
        """The API key is refused: the application's fault, not the user's."""
        return self.answer(401, json={"message": "Unauthorized"}, times=times)

    def rate_limited(self, retry_after_s: int = 1, *, times: int = 1) -> Self:
        """429, with the seconds to wait."""
        body = {
            "error": "too_many_requests",
            "error_description": "Could not process refresh token. Please retry.",
        }
        return self.answer(429, json=body, headers={"retry-after": str(retry_after_s)}, times=times)

    def server_error(self, status: int = 500, *, times: int = 1) -> Self:
        """A failure of the API, in JSON."""
        return self.answer(status, json={"message": "Something went wrong."}, times=times)

    def html_page(self, status: int = 502, *, times: int = 1) -> Self:
        """A page of a proxy in front of the API."""
        headers = {"content-type": "text/html"}
        return self.answer(status, text=_PAGE.format(status), headers=headers, times=times)

    def stalls(self, *, times: int = 1) -> Self:
        """Never answers.  Configure a short time-out in the application under test."""
        return self.fault("stalled", times=times)

    def resets(self, *, times: int = 1) -> Self:
        """Breaks the connection with a TCP reset."""
        return self.fault("reset", times=times)

    def closes(self, *, times: int = 1) -> Self:
        """Closes the connection without an answer."""
        return self.fault("closed", times=times)

    def truncates(self, *, times: int = 1) -> Self:
        """Promises more bytes than it sends."""
        return self.fault("truncated", times=times)

    def without_tokens(self, *, times: int = 1) -> Self:
        """200, but no tokens in it.  The refresh token is spent all the same."""
        return self._add(Answer(tokens={"omit": ["access_token", "refresh_token"]}, times=times))

    def bad_access_token(self, fault: str = "bad-signature", *, times: int = 1) -> Self:
        """A success whose access token does not verify.  The refresh token is spent all the same."""
        __tracebackhide__ = True
        if fault not in signing.FAULTS:
            raise UsageError(f"fault: {fault!r} is not known. Use one of {', '.join(signing.FAULTS)}.")
        return self._add(Answer(tokens={"fault": fault}, times=times))

    def named(self, name: str, options: Mapping[str, Any]) -> Self:
        """The answer called ``name``: for callers that have both as data.

        Raises UsageError where there is no such answer, or it has no such option.
        """
        if name not in NAMES:
            raise UsageError(f"name: {name!r} is no answer. Use one of {', '.join(NAMES)}.")
        method = getattr(self, name)
        known = inspect.signature(method).parameters
        for option in options:
            if option not in known:
                raise UsageError(f"{option}: {name} has no such option. It has {', '.join(known)}.")
        missing = [n for n, p in known.items() if p.default is p.empty and n not in options]
        if missing:
            raise UsageError(f"{missing[0]}: is missing. {name} needs it.")
        method(**options)
        return self

    def _step_up(self, code: str, message: str, times: int) -> Self:
        body = {"code": code, "message": message, "pending_authentication_token": "YQyCkYfuVw2mI3tzSrk2C1Y7S"}
        return self.answer(403, json=body, times=times)

    def _add(self, answer: Answer) -> Self:
        __tracebackhide__ = True
        if answer.times < 0:
            raise UsageError(f"times: {answer.times} is negative. Use 1 or more, or 0 for always.")
        answers: Iterable[Answer] = (answer,)
        self._put(answers, append=True)
        return self


def _check_body(value: Any, text: str | None) -> None:
    __tracebackhide__ = True
    try:
        json.dumps(value).encode()
    except (TypeError, ValueError, RecursionError) as err:
        raise UsageError(f"json: cannot be written as JSON: {err}.") from None
    try:
        (text or "").encode()
    except UnicodeEncodeError as err:
        raise UsageError(f"text: cannot be written in UTF-8: {err.reason}.") from None
    except AttributeError:
        raise UsageError(f"text: must be a text, got {type(text).__name__}. Use json for a value.") from None


def _check_headers(headers: Mapping[str, str]) -> None:
    __tracebackhide__ = True
    for name, value in headers.items():
        if not isinstance(value, str):
            raise UsageError(f"headers: {name} must be a text, got {type(value).__name__}.")
        if name.lower() in _FRAMING:
            raise UsageError(f"headers: {name} is set by the endpoint. Use `truncates` for a wrong length.")
        try:
            h11.Response(status_code=200, headers=[(name, value)])
        except (h11.LocalProtocolError, UnicodeError):
            raise UsageError(f"headers: {name!r} cannot be sent: HTTP has no such name or value.") from None


_NOT_ANSWERS = ("clear", "named")
NAMES = tuple(name for name in vars(Script) if not name.startswith("_") and name not in _NOT_ANSWERS)
"""What can be scripted, by name."""
