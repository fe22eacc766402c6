"""Implementations that are right until a key, a date, an answer or a text is odd."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Mapping
from typing import Any

import httpx
import jwt

from reseal import RefreshRequest

from . import clock
from .registry import breaks
from .right import Raised, Result, Right

# -- keys


@breaks("jwt.jwks-unavailable")
class FallsBackToOldKeys(Right):
    """Takes the keys that it had where the key set is out of reach, and does not find a new one there."""

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        try:
            return super().fetch(request, url)
        except (Raised, httpx.HTTPError):
            if url not in self.keys:
                raise
            return self.keys[url]


@breaks("jwt.key-rotation")
class RemembersMissingKeys(Right):
    """Remembers that a key was not there, and does not look again."""

    def __init__(self) -> None:
        super().__init__()
        self.missing: set[tuple[str, Any]] = set()

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        at = (self.keys_url(request), kid)
        key = None if at in self.missing else super().key(request, kid)
        if key is None:
            self.missing.add(at)
        return key


@breaks("jwt.key-rotation")
class KeepsKeySetsAsLongAsCachesMay(Right):
    """Fetches a key set again when its ``max-age`` has passed, and not before."""

    def __init__(self) -> None:
        super().__init__()
        self.fresh_until: dict[str, float] = {}

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        url = self.keys_url(request)
        if clock.now() < self.fresh_until.get(url, 0.0):
            return self.keys[url].get(kid)
        return super().key(request, kid)

    def key_set(self, url: str, response: httpx.Response) -> dict[str, Any]:
        age = re.search(r"max-age=(\d+)", response.headers.get("cache-control", ""))
        self.fresh_until[url] = clock.now() + int(age[1]) if age else 0.0
        return super().key_set(url, response)


@breaks("jwt.jwks-unavailable")
class TakesAFailureForAnEmptySet(Right):
    """Remembers that there were no keys, and not why."""

    def __init__(self) -> None:
        super().__init__()
        self.empty: set[str] = set()

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        url = self.keys_url(request)
        if url in self.empty:
            return None
        try:
            return super().key(request, kid)
        except (Raised, httpx.HTTPError):
            self.empty.add(url)
            raise


@breaks("jwt.jwks-unavailable")
class WaitsToFetchKeys(Right):
    """Waits as long as it is asked to before it looks at the key set again, where nobody says not to."""

    slack_s = 1.0

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        response = self.http.get(url, timeout=request.timeout_s)
        if response.status_code == 429 and request.max_retries != 0:
            time.sleep(float(response.headers.get("retry-after", "0")))
        return super().fetch(request, url)


@breaks("jwt.hostile-key-set")
class StopsAtOddKeys(Right):
    """Reads a key set to the first key that it has no use for."""

    def is_for_signatures(self, key: jwt.PyJWK) -> bool:
        return True

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, key in super().fetch(request, url).items():
            if type(key).__name__ != "RSAPublicKey":
                break
            found[name] = key
        return found


@breaks("jwt.hostile-key-set")
class RefusesOddKinds(Right):
    """Makes keys of all that a key set has, or of none."""

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        response = self.http.get(url, timeout=request.timeout_s)
        try:
            keys = [jwt.PyJWK(key) for key in response.json()["keys"]]
        except (ValueError, KeyError, TypeError, AttributeError, jwt.PyJWTError):
            raise Raised("no key set") from None
        return {key.key_id or "": key.key for key in keys}


class _TrustsHeaders(Right):
    """Takes keys from what a token says of itself."""

    def keys_in(self, header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        raise NotImplementedError

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        with contextlib.suppress(jwt.PyJWTError):
            for key in self.keys_in(jwt.get_unverified_header(token)):
                return self.decode(token, jwt.PyJWK(dict(key)).key) and self.has_dates(token)
        return super().verifies(request, token)


@breaks("jwt.unknown-kid")
class TrustsEmbeddedKeys(_TrustsHeaders):
    def keys_in(self, header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return [header["jwk"]] if "jwk" in header else []


@breaks("jwt.unknown-kid")
class FollowsTheTokenToItsKeys(_TrustsHeaders):
    def keys_in(self, header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return list(self.http.get(header["jku"], timeout=2.0).json()["keys"]) if "jku" in header else []


# -- dates


@breaks("jwt.dates")
class TakesTrueForADate(Right):
    """True is an int in Python."""

    def is_date(self, value: Any) -> bool:
        return isinstance(value, int | float)


@breaks("success.new-tokens")
class WantsWholeSeconds(Right):
    """RFC 7519, 2, has fractions as well."""

    def is_date(self, value: Any) -> bool:
        return type(value) is int


@breaks("jwt.template-claims")
class WantsRolesAsTexts(Right):
    """Reads claims into a type, where a template may have put another."""

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        return super().verifies(request, token) and isinstance(self.claims(token).get("role", ""), str)


# -- answers


class _Quotes(Right):
    """Has an answer, or a part of it, in the exception that it comes to."""

    def quoted(self, response: httpx.Response) -> Any:
        """What it quotes; None, or a plain error of reading it, for nothing."""
        raise NotImplementedError

    def quoting(self, err: Raised, response: httpx.Response) -> Raised:
        quoted = None
        with contextlib.suppress(ValueError, AttributeError, KeyError, TypeError):
            quoted = self.quoted(response)
        return err if quoted is None else Raised(f"{err}: {quoted}")


class QuotesAnswers(_Quotes):
    """Quotes an answer that it cannot use in the exception that says so."""

    def usable(self, response: httpx.Response) -> dict[str, Any]:
        try:
            return super().usable(response)
        except Raised as err:
            raise self.quoting(err, response) from None


class QuotesRefusals(_Quotes):
    """Quotes a refusal in the exception that says so."""

    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        try:
            return super().refused(request, response)
        except Raised as err:
            raise self.quoting(err, response) from None


@breaks("secrecy.exceptions")
class QuotesTheBeginning(QuotesAnswers):
    """No more than 200 characters, which are those of the user as a rule."""

    def quoted(self, response: httpx.Response) -> Any:
        return response.text[:200]


@breaks("secrecy.exceptions")
class QuotesWhatIsNoJSON(QuotesAnswers):
    def quoted(self, response: httpx.Response) -> Any:
        try:
            response.json()
        except ValueError:
            return response.text
        return None


# -- refusals


@breaks("secrecy.exceptions")
class PassesDescriptionsOn(QuotesRefusals):
    """Explains a refusal in the words of the endpoint, which may be those that it was sent."""

    def quoted(self, response: httpx.Response) -> Any:
        return response.json().get("error_description")
