"""What the tests of the reference share: an endpoint in memory, sessions and tokens to send through it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from jwt.algorithms import RSAAlgorithm

from reseal_reference import Application, RefreshResult, fernet, iron

NOW_S = 1_800_000_000.0
CLAIMS = {"sub": "user_1", "sid": "session_1", "exp": NOW_S + 300}
BASE_URL = "https://api.example.test"
KEYS_URL = f"{BASE_URL}/sso/jwks/client_1"

IRON_PASSWORD = "kEpT-tHe-IrOn-PaSsWoRd-To-YoUrSeLf"
OTHER_IRON_PASSWORD = "aNoThEr-PaSsWoRd-To-KeEp-To-YoUrSeLf"
FERNET_KEY = base64.urlsafe_b64encode(bytes(range(7, 39))).decode()
OTHER_FERNET_KEY = base64.urlsafe_b64encode(bytes(range(50, 82))).decode()
API_KEY = "sk_kEpT_tHe_ApI_kEy"
OLD_REFRESH_TOKEN = "kEpT-tHe-OlD-rEfReSh-ToKeN"
NEW_REFRESH_TOKEN = "kEpT-tHe-NeW-rEfReSh-ToKeN"

PROPERTY = settings(derandomize=True, deadline=None, database=None, max_examples=100)

Answer = Callable[[httpx.Request], httpx.Response]
Refresh = Callable[..., RefreshResult]


@dataclass(frozen=True)
class Format:
    """One of the two seal formats, with a password that suits it."""

    name: Literal["iron", "fernet"]
    module: ModuleType
    password: str
    other_password: str
    access_token: str
    refresh_token: str

    def session(self, **changes: object) -> dict[str, object]:
        """A complete session as this format stores it."""
        tokens = {self.access_token: "old", self.refresh_token: OLD_REFRESH_TOKEN}
        return {**tokens, "user": {"id": "user_1"}, **changes}

    def cookie(self, **changes: object) -> str:
        return self.seal(self.session(**changes))

    def seal(self, payload: object) -> str:
        return self.module.seal(payload, self.password)

    def unseal(self, token: str | None) -> Any:
        return self.module.unseal(token, self.password)


IRON = Format("iron", iron, IRON_PASSWORD, OTHER_IRON_PASSWORD, "accessToken", "refreshToken")
FERNET = Format("fernet", fernet, FERNET_KEY, OTHER_FERNET_KEY, "access_token", "refresh_token")


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    now_s: float = NOW_S

    def __call__(self) -> float:
        return self.now_s


def application(seal: Format = IRON, **changes: Any) -> Application:
    """A confidential application at noon, so to say: its clock stands at NOW_S."""
    fields = {"client_id": "client_1", "api_key": API_KEY, "base_url": BASE_URL, "now": Clock()}
    return Application(**{**fields, "seal": seal.name, **changes})


@dataclass(frozen=True)
class Signer:
    """The signing key of the endpoint, under any key id."""

    key: RSAPrivateKey

    def token(
        self, claims: Mapping[str, object] = CLAIMS, *, kid: str | None = "key_1", algorithm: str = "RS256"
    ) -> str:
        headers = {"kid": kid} if kid else {}
        return jwt.encode(dict(claims), self.key, algorithm=algorithm, headers=headers)

    def jwk(self, kid: str = "key_1") -> dict[str, object]:
        public = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**public, "kid": kid, "use": "sig", "alg": "RS256"}

    def key_set(self, *kids: str) -> dict[str, object]:
        return {"keys": [self.jwk(kid) for kid in kids or ("key_1",)]}

    def answer(self, *, claims: Mapping[str, object] = CLAIMS, **changes: object) -> dict[str, object]:
        """The body of a successful refresh."""
        tokens = {"access_token": self.token(claims), "refresh_token": NEW_REFRESH_TOKEN}
        return {**tokens, "user": {"object": "user", "id": "user_1"}, **changes}


@dataclass
class Endpoint:
    """The endpoint in memory: serves a key set, answers refreshes, remembers what it was asked."""

    jwks: Answer
    authenticate: Answer
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return (self.jwks if request.method == "GET" else self.authenticate)(request)

    @property
    def key_fetches(self) -> int:
        return sum(request.method == "GET" for request in self.requests)

    @property
    def spent(self) -> list[dict[str, Any]]:
        """The bodies of the refreshes that arrived, each of which spends its refresh token."""
        return [json.loads(request.content) for request in self.requests if request.method == "POST"]


def replies(status: int = 200, body: object = b"", headers: Mapping[str, str] | None = None) -> Answer:
    """Always this reply; a body that is not bytes is written as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda request: httpx.Response(status, headers=headers, content=content, request=request)


def fails(error: type[httpx.TransportError]) -> Answer:
    """Never a reply: the connection ends in ``error``."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise error("no luck", request=request)

    return answer


def any_json() -> st.SearchStrategy[Any]:
    """Every JSON value: all of Unicode with lone surrogates, nesting, integers past a double's precision."""
    text = st.text(st.characters())
    numbers = st.integers(-(10**40), 10**40) | st.floats(allow_nan=False, allow_infinity=False)
    return st.recursive(
        st.none() | st.booleans() | numbers | text,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
        max_leaves=12,
    )


def edits(token: str) -> st.SearchStrategy[str]:
    """``token`` after one character was changed, cut or put in."""
    places = st.integers(0, len(token) - 1)
    characters = st.sampled_from("AZaz09-_=*~+/. \n\0") | st.characters()
    changed = st.builds(lambda i, c: token[:i] + c + token[i + 1 :], places, characters)
    cut = places.map(lambda i: token[:i] + token[i + 1 :])
    grown = st.builds(lambda i, c: token[:i] + c + token[i:], places | st.just(len(token)), characters)
    return (changed | cut | grown).filter(lambda edited: edited != token)
