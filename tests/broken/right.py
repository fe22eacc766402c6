"""An implementation that is right, made to be broken in one place at a time.

Written apart from the reference, with one small method for each decision, so that a fault overrides
exactly one.  Seals come from the reference's codec: how to break those is the codec's own business.
"""

from __future__ import annotations

import functools
import re
import ssl
from collections.abc import Mapping
from contextlib import closing
from time import monotonic
from typing import Any

import httpx
import jwt

from reseal import RefreshRequest
from reseal.endpoint import Transport
from reseal.observe import SLACK_S
from reseal.protocol import SealName
from reseal_reference import SealError, iron

Result = dict[str, Any]


class Raised(Exception):  # noqa: N818 - the tests' own
    """What a right implementation raises."""


class BoundedClient(httpx.Client):
    """A client that gives up on answers without an end, whoever sends through it."""

    def __init__(self, *, max_bytes: float, has_deadline: bool, **options: Any) -> None:
        super().__init__(trust_env=False, **options)
        self.max_bytes = max_bytes
        self.has_deadline = has_deadline

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        response = super().send(request, **{**options, "stream": True})
        ends = monotonic() + request.extensions["timeout"]["read"]
        body = bytearray()
        with closing(response):
            for piece in response.iter_bytes():
                body += piece
                if len(body) > self.max_bytes or (self.has_deadline and monotonic() > ends):
                    raise httpx.ReadError("an answer without an end", request=request)
        headers = [(k, v) for k, v in response.headers.items() if k != "content-encoding"]
        return httpx.Response(response.status_code, headers=headers, content=bytes(body), request=request)


@functools.cache
def tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # takes longer than all that an implementation does with it


class Right:
    """Right in all."""

    seal_name: SealName = "iron"
    transport: Transport = "respx"  # by which it is checked: in process only httpx is seen
    fetches_keys_each_time = False
    max_bytes: float = 100_000
    has_deadline = True
    # The clock of the issuer may be ahead: iat is no reason to refuse a token.
    options: Mapping[str, Any] = {"verify_aud": False, "verify_iat": False, "require": ["exp"]}
    leeway_s = 0  # for which a token is good beyond its dates, in seconds
    needs_as_it_is: frozenset[str] = frozenset()  # what nobody may change besides; see `together`
    slack_s = SLACK_S  # for which a call is waited for beyond its time-out, in seconds

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, Any]] = {}
        self.http = self.client(tls())

    def client(self, verify: Any) -> httpx.Client:
        return BoundedClient(max_bytes=self.max_bytes, has_deadline=self.has_deadline, verify=verify)

    def close(self) -> None:
        self.http.close()

    def refresh(self, request: RefreshRequest) -> Result:
        try:
            self.check_password(request)
            if not request.session_data:
                return self.no_cookie(request)
            session = self.open(request)
            if session is None:
                return self.bad_cookie(request)
            return self.exchange(request, session)
        except httpx.HTTPError as err:
            return self.unreachable(request, err)

    # -- the cookie

    def check_password(self, request: RefreshRequest) -> None:
        if not request.cookie_password:
            raise Raised("cookie password is required")
        if len(request.cookie_password.encode("utf-16-le")) < 64:
            raise Raised("cookie password is too short")

    def no_cookie(self, request: RefreshRequest) -> Result:
        return self.failed("no_session_cookie_provided")

    def bad_cookie(self, request: RefreshRequest) -> Result:
        return self.failed("invalid_session_cookie")

    def open(self, request: RefreshRequest) -> dict[str, Any] | None:
        try:
            session = self.unseal(request.session_data or "", request.cookie_password or "")
        except SealError:
            return None
        return session if self.is_complete(session) else None

    def unseal(self, token: str, password: str) -> Any:
        return iron.unseal(token, password)

    def is_complete(self, session: Any) -> bool:
        return self.is_object(session) and self.has_refresh_token(session) and self.has_user(session)

    def is_object(self, session: Any) -> bool:
        return isinstance(session, dict)

    def has_refresh_token(self, session: Mapping[str, Any]) -> bool:
        return bool(session.get("refreshToken"))

    def has_user(self, session: Mapping[str, Any]) -> bool:
        return bool(session.get("user"))

    # -- the exchange

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        response = self.send(request, self.body(request, session))
        if response.status_code != 200:
            return self.refused(request, response)
        answer = self.usable(response)
        if not self.verifies(request, answer["access_token"]):
            return self.failed("invalid_jwt")
        return self.succeeded(self.seal(self.payload(answer, session), request.cookie_password or ""))

    def send(self, request: RefreshRequest, body: dict[str, Any]) -> httpx.Response:
        return self.post(request, body, self.headers(request))

    def post(
        self, request: RefreshRequest, body: dict[str, Any], headers: Mapping[str, str], more: str = ""
    ) -> httpx.Response:
        url = f"{request.endpoint.base_url}/user_management/authenticate{more}"
        return self.http.post(url, json=body, headers=dict(headers), timeout=request.timeout_s)

    def headers(self, request: RefreshRequest) -> dict[str, str]:
        return {"authorization": f"Bearer {request.endpoint.api_key}"}

    def body(self, request: RefreshRequest, session: Mapping[str, Any]) -> dict[str, Any]:
        body = {
            "grant_type": "refresh_token",
            "client_id": request.endpoint.client_id,
            "refresh_token": session["refreshToken"],
        }
        if request.organization_id is not None:
            body["organization_id"] = request.organization_id
        return body

    def unreachable(self, request: RefreshRequest, err: httpx.HTTPError) -> Result:
        raise Raised(f"not reached: {type(err).__name__}") from None

    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        code = self.code(response)
        if self.is_terminal(response, code):
            return self.failed(code)
        raise Raised(f"refused: {response.status_code} {code}")

    def is_terminal(self, response: httpx.Response, code: str) -> bool:
        is_client_error = 400 <= response.status_code < 500 and response.status_code not in (408, 429)
        return is_client_error and code in ("invalid_grant", "organization_not_authorized")

    def code(self, response: httpx.Response) -> str:
        try:
            body = response.json()
        except ValueError:
            return ""
        if not isinstance(body, dict):
            return ""
        return str(body.get("error") or body.get("code") or "")

    def usable(self, response: httpx.Response) -> dict[str, Any]:
        try:
            answer = response.json()
        except ValueError:
            raise Raised("no JSON") from None
        tokens = [
            answer.get(n) if isinstance(answer, dict) else None for n in ("access_token", "refresh_token")
        ]
        if not all(isinstance(token, str) and token for token in tokens):
            raise Raised("no tokens")
        if not self.names_user(answer):
            raise Raised("no user")
        return dict(answer)

    def names_user(self, answer: Mapping[str, Any]) -> bool:
        """Whether the session would be one that it opens the next time."""
        return isinstance(answer.get("user"), Mapping) and bool(answer["user"])

    # -- the new access token

    def verifies(self, request: RefreshRequest, token: str) -> bool:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self.key(request, kid)
            return key is not None and self.decode(token, key) and self.has_dates(token)
        except jwt.PyJWTError:
            return False

    def decode(self, token: str, key: Any) -> bool:
        options: Any = self.options_for(token)
        jwt.decode(token, key, algorithms=["RS256"], options=options, leeway=self.leeway_s)
        return True

    def options_for(self, token: str) -> Mapping[str, Any]:
        return self.options

    def claims(self, token: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        return claims

    def old_claims(self, session: Mapping[str, Any]) -> dict[str, Any]:
        """What the access token in the cookie says; nothing where it is missing, or none."""
        try:
            return self.claims(session.get("accessToken") or "")
        except jwt.PyJWTError:
            return {}

    def has_dates(self, token: str) -> bool:
        """Whether the dates are numbers: PyJWT takes a text of digits for one."""
        claims = self.claims(token)
        return all(self.is_date(claims.get(name, 0)) for name in ("exp", "nbf"))

    def is_date(self, value: Any) -> bool:
        return type(value) in (int, float)

    def keys_url(self, request: RefreshRequest) -> str:
        return f"{request.endpoint.base_url}/sso/jwks/{request.endpoint.client_id}"

    def key(self, request: RefreshRequest, kid: Any) -> Any:
        url = self.keys_url(request)
        if self.fetches_keys_each_time or kid not in self.keys.get(url, {}):
            self.keys[url] = self.fetch(request, url)
        return self.keys[url].get(kid)

    def fetch(self, request: RefreshRequest, url: str) -> dict[str, Any]:
        return self.key_set(url, self.http.get(url, timeout=request.timeout_s))

    def key_set(self, url: str, response: httpx.Response) -> dict[str, Any]:
        try:
            keys = jwt.PyJWKSet.from_dict(response.json())
        except (ValueError, jwt.PyJWTError, AttributeError):
            raise Raised("no key set") from None
        return {key.key_id or "": key.key for key in keys.keys if self.is_for_signatures(key)}

    def is_for_signatures(self, key: jwt.PyJWK) -> bool:
        return key.public_key_use in (None, "sig") and key.algorithm_name == "RS256"

    # -- the new seal

    def payload(self, answer: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
        names = {
            "access_token": "accessToken",
            "refresh_token": "refreshToken",
            "impersonator": "impersonator",
        }
        payload = {name: answer[wire] for wire, name in names.items() if wire in answer}
        payload["user"] = {
            re.sub("_([a-z])", lambda match: match[1].upper(), name): value
            for name, value in answer["user"].items()
        }
        return payload

    def seal(self, payload: Mapping[str, Any], password: str) -> str:
        return iron.seal(payload, password)

    # -- the answer

    def succeeded(self, sealed: str) -> Result:
        return {"authenticated": True, "sealed_session": sealed}

    def failed(self, reason: str) -> Result:
        return {"authenticated": False, "reason": reason}
