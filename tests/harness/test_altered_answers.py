"""Answers that bring a token again, are filled, have tokens of a provider, or stand in a field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import jwt
import pytest

from reseal import RefreshRequest
from reseal.cases import Answer as Scripted
from reseal.cases import Setup
from reseal.endpoint import Model
from reseal.endpoint.signing import signing_keys
from reseal.exchanges import in_short
from reseal.observation import Leak
from reseal.observe import observe
from reseal.redact import fingerprint
from reseal.target import Answer, Raised

from .asking import endpoint, fields, refresh, said, send
from .support import IRON, PLAIN, FakeTarget


def altered(**tokens: Any) -> Model:
    return endpoint(Setup(answers=(Scripted(tokens=tokens),)))


def body_of(model: Model) -> Mapping[str, Any]:
    body: Mapping[str, Any] = said(refresh(model))[1]
    return body


# -- the access token of before


@pytest.mark.parametrize("how", ["damaged", "stripped", "replaced"])
def test_a_token_comes_again_under_another_signature(how: str) -> None:
    """What is signed is that of the answer before; the signature is none that holds for it."""
    model = endpoint()
    first = body_of(model)
    model.script([Scripted(tokens={"again": how})])

    again = body_of(model)

    signed, _, signature = again["access_token"].rpartition(".")
    assert (signed, signature) != tuple(first["access_token"].rpartition(".")[::2])
    assert signed == first["access_token"].rpartition(".")[0]
    assert (signature == "") == (how == "stripped")
    assert again["refresh_token"] == model.session.live != first["refresh_token"]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(again["access_token"], signing_keys()[0].private.public_key(), algorithms=["RS256"])


def test_a_replaced_signature_is_one_of_a_key() -> None:
    """It is no noise: the key of a stranger has made it."""
    token = body_of(altered(again="replaced"))["access_token"]
    off: Any = dict.fromkeys(("verify_exp", "verify_iat", "verify_aud"), False)

    jwt.decode(token, signing_keys()[-1].private.public_key(), algorithms=["RS256"], options=off)


# -- a user of 64 KiB


@pytest.mark.parametrize("after", [0, 1])
def test_a_user_is_filled(after: int) -> None:
    """The metadata have nearly 64 KiB, in values that the API has room for, and as they are spelled."""
    reply = refresh(altered(filled_with={"text": "🦊", "after": after}))
    metadata = said(reply)[1]["user"]["metadata"]

    assert 60_000 < len(reply.body) < 65_536
    assert metadata.pop("shift") == "x" * after
    assert {*metadata.values()} == {"🦊" * 600}
    assert len(metadata) < 50


def test_long_texts_are_told_in_short() -> None:
    """What is kept of such a user are fingerprints, by which two can be compared."""
    long = "🦊" * 600

    short = in_short({"a": [long, "b"], "c": None})

    assert short == {"a": [fingerprint(long), "b"], "c": None}


# -- tokens in other places


def test_tokens_of_a_provider() -> None:
    """An answer can pass on what the provider gave, which is as secret."""
    model = altered(oauth_tokens=True, omit=["refresh_token"])

    body = body_of(model)

    given = body["oauth_tokens"]
    assert "refresh_token" not in body
    assert model.journal[-1].issued is not None
    assert model.journal[-1].issued.others == (given["access_token"], given["refresh_token"])


def test_tokens_of_a_provider_that_were_not_given_before() -> None:
    """A replay gets the answer that it had, without them."""
    model = endpoint()
    sent = fields(model)
    first = said(send(model, sent))
    model.script([Scripted(tokens={"oauth_tokens": True})])

    assert said(send(model, sent)) == first
    assert model.journal[-1].issued is not None
    assert model.journal[-1].issued.others == ()


def test_an_answer_in_a_field() -> None:
    """All of the usual answer, one level further down."""
    model = altered(**{"in": "data"})

    body = body_of(model)

    assert body.keys() == {"data"}
    assert body["data"].keys() == body_of(endpoint()).keys()
    assert body["data"]["refresh_token"] == model.session.live


def quoted(request: RefreshRequest) -> Answer:
    """Raise what the endpoint answers."""
    session = IRON.open(request.session_data or "", request.cookie_password or "")
    sent = {"grant_type": "refresh_token", "client_id": request.endpoint.client_id}
    url = f"{request.endpoint.base_url}/user_management/authenticate"
    with httpx.Client(verify=False, trust_env=False) as client:  # noqa: S501 - plain HTTP
        answer = client.post(url, json={**sent, "refresh_token": session["refresh_token"]})
    return Raised("KeyError", answer.text)


@pytest.mark.parametrize(
    ("tokens", "secrets"),
    [
        ({"in": "data"}, ("new access token", "new refresh token")),
        (
            {"oauth_tokens": True, "omit": ["access_token", "refresh_token"]},
            ("provider's token",),
        ),
    ],
)
def test_tokens_are_found_wherever_they_stand(tokens: Mapping[str, Any], secrets: tuple[str, ...]) -> None:
    """Who quotes such an answer gives secrets away."""
    case = replace(PLAIN, setup=Setup(answers=(Scripted(tokens=tokens),)))

    observation = observe(case, FakeTarget(quoted), transport="respx")

    assert observation.leaks == tuple(Leak(name, "exception") for name in secrets)
