"""Implementations that are right the first time: the try, the look or the token after it goes wrong."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Mapping
from typing import Any

import httpx
import jwt

from reseal import RefreshRequest
from reseal.formats import format_of

from . import clock
from .faults_keys import QuotesAnswers
from .registry import breaks
from .right import Result, Right
from .variants import Failed, RemembersTheEnd, TriesAsOftenAsToldTo

# -- the next try


@breaks("request.no-seal")
class KnowsTriesByTheCookie(TriesAsOftenAsToldTo):
    """Takes the cookie for the idempotency key of the tries that belong together."""

    def again(self, request: RefreshRequest, body: dict[str, Any], failed: Failed) -> httpx.Response:
        key = {"idempotency-key": request.session_data or ""}
        return self.post(request, body, {**self.headers(request), **key})


@breaks("request.organization")
class SwitchesInTheFirstTry(TriesAsOftenAsToldTo):
    def again(self, request: RefreshRequest, body: dict[str, Any], failed: Failed) -> httpx.Response:
        kept = {name: value for name, value in body.items() if name != "organization_id"}
        return self.post(request, kept, self.headers(request))


@breaks("request.no-secret-in-url")
class PutsTheKeyIntoTheURLOfTheNextTry(TriesAsOftenAsToldTo):
    def again(self, request: RefreshRequest, body: dict[str, Any], failed: Failed) -> httpx.Response:
        return self.post(request, body, self.headers(request), f"?client_secret={request.endpoint.api_key}")


@breaks("request.client-authentication")
class LosesTheKeyWithTheConnection(TriesAsOftenAsToldTo):
    """Begins anew where the connection was lost, with a request that nobody has authenticated."""

    def again(self, request: RefreshRequest, body: dict[str, Any], failed: Failed) -> httpx.Response:
        is_lost = not isinstance(failed, httpx.Response)
        return self.post(request, body, {} if is_lost else self.headers(request))


@breaks("request.well-formed")
class SendsTheNextTryAsText(TriesAsOftenAsToldTo):
    """Takes the body of the request that was refused with 429, and not what its headers say of it."""

    def again(self, request: RefreshRequest, body: dict[str, Any], failed: Failed) -> httpx.Response:
        is_busy = isinstance(failed, httpx.Response) and failed.status_code == 429
        kind = {"content-type": "text/plain"} if is_busy else {}
        return self.post(request, body, {**self.headers(request), **kind})


# -- the next look


@breaks("jwt.key-rotation")
class TakesKeysForMadeUpAtTheSecondLook(Right):
    """Looks no more for a key that two key sets in a row did not have."""

    def __init__(self) -> None:
        super().__init__()
        self.in_vain: dict[tuple[str, Any], int] = {}

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        at = (self.keys_url(request), kid)
        key = super().key(request, kid) if self.in_vain.get(at, 0) < 2 else None
        self.in_vain[at] = 0 if key else self.in_vain.get(at, 0) + 1
        return key


@breaks("jwt.key-rotation")
class CountsTheLooksOfOthers(Right):
    """Waits for twenty seconds between two looks, whichever application each of them was for."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_at = float("-inf")

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        url, now = self.keys_url(request), clock.now()
        is_new = url not in self.keys
        if kid not in self.keys.get(url, {}) and (is_new or now - self.looked_at >= 20):
            self.keys[url], self.looked_at = self.fetch(request, url), now
        return self.keys[url].get(kid)


# -- the next token


class _RemembersTokens(Right):
    """Verifies a token once, and knows it by a part of it from then on."""

    def __init__(self) -> None:
        super().__init__()
        self.verified: set[str] = set()

    def known_by(self, token: str) -> str:
        raise NotImplementedError

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        with contextlib.suppress(jwt.PyJWTError):
            if self.known_by(token) in self.verified:
                return True
        is_good = super().verifies(request, token)
        if is_good:
            self.verified.add(self.known_by(token))
        return is_good


@breaks("jwt.bad-signature")
class KnowsTokensByWhatIsSigned(_RemembersTokens):
    def known_by(self, token: str) -> str:
        return token.rpartition(".")[0]


@breaks("jwt.bad-signature")
class KnowsTokensByTheirSize(_RemembersTokens):
    """Knows a token by its claims and by how long it is, which a signature that is gone changes."""

    def known_by(self, token: str) -> str:
        return f"{self.claims(token)} {len(token)}"


# -- what is further down, or further on


@breaks("secrecy.exceptions")
class QuotesAllButTheTokensOnTop(QuotesAnswers):
    """Leaves out the two tokens: those that it looked for."""

    def quoted(self, response: httpx.Response) -> Any:
        return {n: v for n, v in response.json().items() if not n.endswith("_token")}


@breaks("secrecy.exceptions")
class QuotesTokensOfAProvider(QuotesAnswers):
    """Says whom the user signed in with, and more than that, where an answer is not complete."""

    def quoted(self, response: httpx.Response) -> Any:
        return response.json()["oauth_tokens"]


_PIECE = 8_192  # units of UTF-16


@breaks("success.unicode")
class EncodesInPieces(Right):
    """Makes UTF-8 of its JSON piece by piece, though a character may be half in the next."""

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        units = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-16-le", "surrogatepass"
        )
        pieces = [units[i : i + 2 * _PIECE] for i in range(0, len(units), 2 * _PIECE)]
        plaintext = "".join(piece.decode("utf-16-le", "replace") for piece in pieces)
        return format_of("iron").seal(None, password, random.SystemRandom(), {"plaintext": plaintext})


# -- statuses without a word


class _EndsTheSession(Right):
    def is_the_end(self, response: httpx.Response) -> bool:
        raise NotImplementedError

    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        if 400 <= response.status_code < 500 and self.is_the_end(response):
            return self.failed("invalid_grant")
        return super().refused(request, response)


_EXPLAINED = (400, 401, 403, 404, 408, 409, 418, 422, 429)


@breaks("error.any-answer")
class TakesGoneForTheEnd(_EndsTheSession):
    def is_the_end(self, response: httpx.Response) -> bool:
        return response.status_code == 410


@breaks("error.any-answer")
class TakesSilenceForTheEnd(_EndsTheSession):
    """Reads a refusal without a body by its status, of which it knows some."""

    def is_the_end(self, response: httpx.Response) -> bool:
        return not response.content and response.status_code not in _EXPLAINED


@breaks("error.any-answer")
class TakesPagesForTheEnd(_EndsTheSession):
    """Likewise where it is a page."""

    def is_the_end(self, response: httpx.Response) -> bool:
        return b"<html" in response.content and response.status_code not in _EXPLAINED


@breaks("error.any-answer")
class TakesAnObjectForTheEnd(_EndsTheSession):
    """Likewise where it is an object that names no code."""

    def is_the_end(self, response: httpx.Response) -> bool:
        return response.content == b"{}" and response.status_code not in _EXPLAINED


# -- what was refused, or trimmed


@breaks("concurrency.after-failure")
class RemembersRefusals(RemembersTheEnd):
    """Asks no second time for what was refused: right where the session ended, wrong for an organization."""

    remembered = ("invalid_grant", "organization_not_authorized")

    def asked(self, request: RefreshRequest, session: Mapping[str, Any]) -> tuple[str | None, ...]:
        return (*super().asked(request, session), request.organization_id)


@breaks("seal.open-foreign")
class TrimsPasswords(Right):
    """Reads its own seals, and none that was made with the password as it is."""

    def unseal(self, token: str, password: str) -> Any:
        return super().unseal(token, password.strip())

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        return super().seal(payload, password.strip())
