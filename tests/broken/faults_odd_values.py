"""Implementations that are right until a value is legal and odd, or what is remembered comes into its own."""

from __future__ import annotations

import contextlib
import hmac
import json
import random
import threading
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import jwt

from reseal import RefreshRequest
from reseal.formats import format_of
from reseal_reference import SealError

from .faults_kept import _KeepsAnswers
from .faults_keys import QuotesRefusals
from .faults_sessions import SharesTheRefreshUnderWay
from .registry import breaks
from .right import Raised, Result, Right
from .variants import HonoursRetryAfter, RetriesOnce, SealsFernet

# -- odd values


@breaks("cookie.garbage")
class TakesDeletedForNone(Right):
    """Takes what frameworks leave of a cookie that was deleted for none."""

    def bad_cookie(self, request: RefreshRequest) -> Result:
        is_left_behind = request.session_data in ("deleted", '""')
        return self.no_cookie(request) if is_left_behind else super().bad_cookie(request)


@breaks("cookie.tampered")
class ComparesMacsAsTexts(Right):
    """Compares texts by `hmac.compare_digest`, which raises where one is not ASCII."""

    def unseal(self, token: str, password: str) -> Any:
        parts = token.partition("~")[0].split("*")
        if len(parts) == 8 and hmac.compare_digest(parts[7], "another MAC"):
            raise SealError
        return super().unseal(token, password)


@breaks("success.unknown-fields")
class TakesFieldsForErrors(Right):
    """Takes an answer for an error where it has a field of that name."""

    def usable(self, response: httpx.Response) -> dict[str, Any]:
        answer = super().usable(response)
        if "error" in answer or "message" in answer:
            raise Raised("an error")
        return answer


@breaks("result.reason-only-on-failure")
class HandsTheAnswerOn(Right):
    """Adds to the result what else the endpoint answered."""

    def __init__(self) -> None:
        super().__init__()
        self.rest = threading.local()

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        known = ("access_token", "refresh_token", "user", "authenticated", "sealed_session", "oauth_tokens")
        self.rest.fields = {name: value for name, value in answer.items() if name not in known}
        return super().payload(answer, session)

    def succeeded(self, sealed: str) -> Result:
        return {**self.rest.fields, **super().succeeded(sealed)}


@breaks("success.unicode")
class ReadsTextsAsDeclared(Right):
    """Makes a text of an answer by the charset that is declared, though JSON is UTF-8 (RFC 8259, 8.1)."""

    def usable(self, response: httpx.Response) -> dict[str, Any]:
        with contextlib.suppress(ValueError):
            response = httpx.Response(200, content=json.dumps(json.loads(response.text)).encode())
        return super().usable(response)


@breaks("jwt.expired")
class TakesZeroForNoExpiry(Right):
    def options_for(self, token: str) -> Mapping[str, Any]:
        return {**self.options, "verify_exp": self.claims(token).get("exp") != 0}


@breaks("jwt.dates")
class AsksWhetherADateIsTrue(Right):
    """Takes a not-before date that is false, or empty, for none."""

    def has_dates(self, token: str) -> bool:
        claims = self.claims(token)
        return self.is_date(claims.get("exp")) and (not claims.get("nbf") or self.is_date(claims["nbf"]))

    def options_for(self, token: str) -> Mapping[str, Any]:
        is_said = self.claims(token).get("nbf") not in (False, "", [])
        return {**self.options, "verify_nbf": is_said}


@breaks("jwt.hostile-key-set")
class WantsTheUseOfKeys(Right):
    def is_for_signatures(self, key: jwt.PyJWK) -> bool:
        return super().is_for_signatures(key) and key.public_key_use == "sig"


@breaks("jwt.hostile-key-set")
class WantsTheAlgorithmOfKeys(Right):
    def key_set(self, url: str, response: httpx.Response) -> dict[str, Any]:
        keys = super().key_set(url, response)
        said = {key.get("kid") for key in response.json()["keys"] if key.get("alg") == "RS256"}
        return {kid: key for kid, key in keys.items() if kid in said}


@breaks("jwt.hostile-key-set")
class LeavesOneUseOut(Right):
    """Passes over keys for encryption, and takes any other use."""

    def is_for_signatures(self, key: jwt.PyJWK) -> bool:
        return key.public_key_use != "enc" and key.algorithm_name == "RS256"


@breaks("success.unicode")
class KnowsNoEscapesOfOthers(SealsFernet):
    """Reads 128 KiB, which is enough for what it writes: others write escapes."""

    def open(self, request: RefreshRequest) -> dict[str, Any] | None:
        return super().open(request) if len(request.session_data or "") <= 131_072 else None

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        text = json.dumps(payload, ensure_ascii=False)
        return format_of("fernet").seal(
            None, self.key_of(password), random.SystemRandom(), {"plaintext": text}
        )


# -- what is remembered


@breaks("success.new-tokens")
class KeepsWhatItGave(_KeepsAnswers):
    """Keeps an answer also after it was sealed: where a refresh token is not rotated, it comes again."""

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        return self.kept.get(self.place) or super().send(request, body)


@breaks("request.client-authentication")
class SetsTheKeyOnTheClient(RetriesOnce):
    """Sets the API key on the client that all calls share when one begins, and not for each try."""

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        self.http.headers.update(super().headers(request))
        return super().exchange(request, session)

    def headers(self, request: RefreshRequest) -> dict[str, str]:
        return {}


@breaks("concurrency.sessions-apart")
class KnowsTokensInAnyCase(SharesTheRefreshUnderWay):
    """Tells refresh tokens apart as a database does that overlooks capitals."""

    def flight_of(self, request: RefreshRequest, session: Mapping[str, Any]) -> tuple[str | None, ...]:
        token = session["refreshToken"].casefold()
        return (*super().flight_of(request, session), request.cookie_password, token)


# -- waiting


@breaks("error.transient")
class BacksOffFromTheKeySet(Right):
    """Tries five times more for the key set, after waits that double."""

    slack_s = 0.5

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        for number in range(5 if request.max_retries is None else 0):
            with contextlib.suppress(Raised, httpx.HTTPError):
                return super().fetch(request, url)
            time.sleep(2**number / 20)  # a twentieth of it, and of what it is held against
        return super().fetch(request, url)


@breaks("error.transient")
class QueuesForTheKeySet(Right):
    """Looks at the key set one call at a time, and each that has waited looks for itself."""

    transport = "loopback"
    slack_s = 2

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        with self.lock:
            return super().key(request, kid)


@breaks("error.transient")
class WaitsForTheDay(HonoursRetryAfter):
    """Has a bound for seconds, and waits for a date however far away it is."""

    slack_s = 0.5

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        response = Right.send(self, request, body)
        if "GMT" not in response.headers.get("retry-after", "") or not request.max_retries:
            return response
        until = parsedate_to_datetime(response.headers["retry-after"]).timestamp()
        enough_s = request.timeout_s + self.slack_s + 1  # to see it
        time.sleep(min(max(0, until - time.time()), enough_s))
        return Right.send(self, request, body)


# -- answers


class _ReadsAsCode(Right):
    """Takes another field for the code where a refusal has none, or an empty one."""

    field: str

    def code(self, response: httpx.Response) -> str:
        code = super().code(response)
        with contextlib.suppress(ValueError, AttributeError):
            code = code or str(response.json().get(self.field) or "")
        return code


@breaks("error.any-answer")
class ReadsMessagesAsCodes(_ReadsAsCode):
    field = "message"


@breaks("error.any-answer")
class ReadsDescriptionsAsCodes(_ReadsAsCode):
    field = "error_description"


class _QuotesPages(QuotesRefusals):
    """Quotes a page that is no JSON, since it may say what is wrong."""

    statuses: range

    def quoted(self, response: httpx.Response) -> Any:
        is_page = "text/html" in response.headers.get("content-type", "")
        return response.text if is_page and response.status_code in self.statuses else None


@breaks("secrecy.exceptions")
class QuotesPagesOfRefusals(_QuotesPages):
    """Where it is refused: a proxy may say there why."""

    statuses = range(500)


@breaks("secrecy.exceptions")
class QuotesPagesOfFailures(_QuotesPages):
    """Where a server is not well: the page is the gateway's, and not the endpoint's."""

    statuses = range(500, 600)


@breaks("success.unicode")
class BoundsTheLengthOfSeals(Right):
    """Takes no seal of more than 256 KiB for one, which is four times what a session may have."""

    def unseal(self, token: str, password: str) -> Any:
        if len(token) > 256 * 1024:
            raise SealError
        return super().unseal(token, password)
