"""What the tests of the harness share: observations made by hand, targets that do as they are told."""

from __future__ import annotations

import json
import random
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import httpx
from hypothesis import settings

from reseal import RefreshRequest, ResealError, cases
from reseal.cases import Call, Case, Expect
from reseal.formats import Format, OwnFormat
from reseal.formats.fernet import FernetFormat
from reseal.formats.iron import IronFormat
from reseal.judges import Ruling, judge
from reseal.observation import CallSeen, ExchangeSeen, Leak, Observation, SealSeen, from_json
from reseal.target import About, Answer, Raised, Returned

PROPERTY = settings(derandomize=True, deadline=None, database=None, max_examples=100)

PLAIN = cases.by_id()["refresh.success.plain"]
ABOUT = About("test:target", "a target", "1.0", "python", "iron", ("organization_id", "concurrent"))
USER = {"id": "user_1", "email": "grace@example.com", "first_name": None}


def rng(seed: int = 0) -> random.Random:
    return random.Random(seed)  # noqa: S311 - must be repeatable


def negative(reason: str = "invalid_grant", *, sends: bool = True) -> Case:
    """A case that ends in ``reason``."""
    return expecting(Expect("reason", reason, sends=sends))


def expecting(expect: Expect, *steps: Call) -> Case:
    return replace(PLAIN, id="refresh.made-up", expect=expect, steps=steps or (Call(),))


# -- formats

IRON = IronFormat()
FERNET = FernetFormat()
OWN = OwnFormat(
    lambda payload, password: b64encode(json.dumps([password, payload]).encode()).decode(),
    lambda token, password: json.loads(b64decode(token))[1],  # noqa: ARG005 - trusts everybody
)


# -- observations: a success in every way, until something is changed


def seal(**changes: Any) -> SealSeen:
    made = SealSeen("<900 chars #new>", 900, cookie_safe=True, access_token="new-access", refresh_token="new")
    return replace(made, **{"user": USER, "fields": ("access_token", "refresh_token", "user"), **changes})


def success(**changes: Any) -> CallSeen:
    given = CallSeen(
        step=0,
        kind="returned",
        seconds=0.1,
        cookie="<900 chars #old>",
        cookie_access_token="old-access",
        cookie_refresh_token="old",
        authenticated=True,
        sealed_session="str",
        seal=seal(),
    )
    return replace(given, **changes)


def failure(reason: Any = "invalid_grant", **changes: Any) -> CallSeen:
    return success(
        **{"authenticated": False, "sealed_session": "missing", "seal": None, "reason": reason, **changes}
    )


def raising(message: str = "no luck", **changes: Any) -> CallSeen:
    nothing: dict[str, Any] = {"authenticated": None, "sealed_session": "missing", "seal": None}
    return success(**nothing, kind="raised", raised="SomeError", message=message, **changes)


def hanging(**changes: Any) -> CallSeen:
    return failure(None, kind="silent", authenticated=None, seconds=25.0, **changes)


def post(**changes: Any) -> ExchangeSeen:
    made = ExchangeSeen(
        call=0,
        kind="authenticate",
        origin="endpoint",
        method="POST",
        path="/user_management/authenticate",
        status=200,
        said="200 tokens",
        fields={
            "grant_type": "refresh_token",
            "client_id": "client_1",
            "client_secret": "<API key>",
            "refresh_token": "<refresh token>",
        },
        credentials=("client_secret", "bearer"),
        sent_refresh_token="old",
        access_token="new-access",
        refresh_token="new",
        user=USER,
    )
    return replace(made, **changes)


def refusal(said: str = "400 invalid_grant", **changes: Any) -> ExchangeSeen:
    return post(
        **{"status": 400, "said": said, "access_token": None, "refresh_token": None, "user": None, **changes}
    )


def key_set(**changes: Any) -> ExchangeSeen:
    path = "/sso/jwks/client_1"
    return replace(ExchangeSeen(0, "key-set", "endpoint", "GET", path, 200, "200"), **changes)


def observed(*calls: CallSeen, sent: Sequence[ExchangeSeen] = (), leaks: Sequence[Leak] = ()) -> Observation:
    return Observation(calls, tuple(sent), tuple(leaks))


GOOD = observed(success(), sent=[key_set(), post()])
REFUSED = observed(failure(), sent=[refusal()])


# -- judging


def ruling(requirement: str, seen: Observation, case: Case = PLAIN, about: About = ABOUT) -> Ruling:
    """The ruling on an observation, and the same on one that was stored and read again."""
    stored = from_json(json.loads(json.dumps(asdict(seen))))
    assert stored == seen

    ruled = judge(requirement, case, seen, about)

    assert ruled == judge(requirement, case, stored, about)
    return ruled


# -- targets


def refreshed(request: RefreshRequest) -> Answer:
    """The answer of an implementation that trusts everybody and does no more than it must."""
    if not request.session_data:
        return Returned({"authenticated": False, "reason": "no_session_cookie_provided"})
    payload = IRON.open(request.session_data, request.cookie_password or "")
    body = {
        "grant_type": "refresh_token",
        "client_id": request.endpoint.client_id,
        "client_secret": request.endpoint.api_key,
        "refresh_token": payload["refresh_token"],
    }
    url = f"{request.endpoint.base_url}/user_management/authenticate"
    answer = httpx.post(url, json=body, verify=False, trust_env=False)  # noqa: S501 - plain HTTP
    sealed = IRON.seal(answer.json(), request.cookie_password or "", rng(), {})
    return Returned({"authenticated": True, "sealed_session": sealed})


@dataclass
class FakeTarget:
    """A target that gives the answers of a function, and remembers what it was asked."""

    answer: Callable[[RefreshRequest], Answer] = refreshed
    about: About = ABOUT
    sealing: Format = field(default_factory=IronFormat)
    printed: str = ""
    asked: list[RefreshRequest] = field(default_factory=list)
    deadlines: list[float] = field(default_factory=list)

    def refresh(self, requests: Sequence[RefreshRequest], deadline_s: float) -> tuple[Answer, ...]:
        self.asked += requests
        self.deadlines.append(deadline_s)
        return tuple(self._answer(request) for request in requests)

    def output(self) -> str:
        text, self.printed = self.printed, ""
        return text

    def close(self) -> None:
        pass

    def _answer(self, request: RefreshRequest) -> Answer:
        try:
            return self.answer(request)
        except ResealError:
            raise
        except Exception as err:  # noqa: BLE001 - as a real target does
            return Raised(type(err).__name__, str(err), repr(err))
