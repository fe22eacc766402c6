from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest

from reseal.cases import Answer, Setup
from reseal.endpoint import Model
from reseal.endpoint.signing import signing_keys
from reseal.endpoint.wire import HttpReply, HttpRequest

from .asking import (
    AUTHENTICATE,
    ELSEWHERE,
    INFO,
    JSON,
    endpoint,
    fields,
    get_key_set,
    refresh,
    refused,
    said,
    send,
)

NO = Answer(503, json={"message": "no"})


def scripted(*answers: Answer) -> Model:
    return endpoint(Setup(answers=answers))


# -- how often


@pytest.mark.parametrize(
    ("times", "statuses"), [(1, [503, 200, 200, 200]), (2, [503, 503, 200, 200]), (0, [503, 503, 503, 503])]
)
def test_a_scripted_answer_is_given_so_often(times: int, statuses: list[int]) -> None:
    """A scripted answer is given once, a number of times, or always."""
    model = scripted(Answer(503, json={"message": "no"}, times=times))

    assert statuses == [refresh(model).status for _ in range(4)]


def test_scripted_answers_come_in_order() -> None:
    """Scripted answers come one after the other; one for always is the last."""
    model = scripted(NO, Answer(429, text=""), Answer(400, json={}, times=0), Answer(401, json={}))

    assert [503, 429, 400, 400] == [refresh(model).status for _ in range(4)]


def test_a_script_can_be_replaced() -> None:
    """What was scripted before is forgotten when something else is."""
    model = scripted(Answer(503, text="", times=0))
    assert refresh(model).status == 503

    model.script([Answer(429, text="")])

    assert [429, 200] == [refresh(model).status for _ in range(2)]


@pytest.mark.parametrize("changes", [{"grant_type": "password"}, {"client_secret": "sk_wrong"}])
def test_a_script_is_for_good_requests(changes: dict[str, str]) -> None:
    """Who asks in the wrong way gets the refusal for that, and uses up nothing."""
    model = scripted(NO)

    assert refresh(model, **changes).status == 400
    assert refresh(model).status == 503


def test_a_scripted_answer_exchanges_nothing() -> None:
    """Behind a scripted refusal the refresh token stays good."""
    model = scripted(NO)
    old = model.session.live

    refresh(model)

    assert model.session.live == old
    assert model.journal[-1].issued is None


# -- what is given


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (
            Answer(429, {"retry-after": "1"}, {"error": "x"}),
            HttpReply(429, (("content-type", "application/json"), ("retry-after", "1")), b'{"error": "x"}'),
        ),
        (Answer(json=[]), HttpReply(200, (("content-type", "application/json"),), b"[]")),
        (
            Answer(502, {"content-type": "text/html"}, text="<p>é"),
            HttpReply(502, (("content-type", "text/html"),), "<p>é".encode()),
        ),
        (Answer(503, text=""), HttpReply(503)),
        (Answer(204, {"x": "y"}, {"a": 1}), HttpReply(204, (("x", "y"),))),
        (Answer(304, text="unchanged"), HttpReply(304)),
        (Answer(307, redirect="elsewhere"), HttpReply(307, (("location", ELSEWHERE + AUTHENTICATE),))),
        (
            Answer(308, {"x": "y"}, redirect="same"),
            HttpReply(308, (("location", INFO.base_url + AUTHENTICATE), ("x", "y"))),
        ),
    ],
)
def test_scripted_answers(answer: Answer, reply: HttpReply) -> None:
    """An answer is given as it was written: status, headers, JSON or text, or the way to somewhere else."""
    assert reply == refresh(scripted(answer))


def test_repeated_text() -> None:
    """A text can stand in the body many times, so that a case need not."""
    assert refresh(scripted(Answer(text="[1", repeat=3))) == HttpReply(body=b"[1[1[1")


@pytest.mark.parametrize(
    "answer", [Answer(json={}), Answer(text="x"), Answer(tokens={}), Answer(keys=["own"])]
)
def test_delivery(answer: Answer) -> None:
    """How a body goes out is the transport's to do, whatever the body."""
    assert refresh(scripted(answer)).delivery is None
    assert refresh(scripted(replace(answer, delivery="padded"))).delivery == "padded"


def test_a_key_set_by_names() -> None:
    """A key set is answered with the keys that are named; a redirect of it leads to its own path."""
    redirect = Answer(302, redirect="elsewhere")
    model = endpoint(Setup(key_set=(Answer(keys=["own", "stranger"]), redirect)))

    keys = said(get_key_set(model))[1]["keys"]
    moved = get_key_set(model)

    assert [key["kid"] for key in keys] == [signing_keys()[0].kid, signing_keys()[-1].kid]
    assert moved.headers == (("location", f"{ELSEWHERE}/sso/jwks/{INFO.client_id}"),)


@pytest.mark.parametrize("fault", ["reset", "truncated", "closed", "stalled", "stalled-body"])
def test_scripted_faults(fault: Any) -> None:
    """A fault is the transport's to show; there is the beginning of a body to cut off."""
    reply = refresh(scripted(Answer(fault=fault)))

    assert reply.fault == fault
    assert reply.body.startswith(b'{"user"')


# -- altered tokens


def test_altered_fields() -> None:
    """The usual answer can have fields set and left out; what was given is written down in full."""
    model = scripted(Answer(tokens={"set": {"expires_in": 300}, "omit": ["access_token"]}))

    status, body = said(refresh(model))

    assert status == 200
    assert (body["expires_in"], body["refresh_token"]) == (300, model.session.live)
    assert "access_token" not in body
    assert model.journal[-1].issued
    assert model.journal[-1].issued.access_token


def test_altered_claims() -> None:
    """Claims of the new access token can be set and left out; it is signed all the same."""
    model = scripted(Answer(tokens={"claims": {"set": {"aud": "x", "exp": "never"}, "omit": ["sub"]}}))

    token = said(refresh(model))[1]["access_token"]
    options: Any = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
    claims = jwt.decode(token, signing_keys()[0].private.public_key(), algorithms=["RS256"], options=options)

    assert (claims["aud"], claims["exp"]) == ("x", "never")
    assert "sub" not in claims
    assert claims["sid"] == model.session.id


def test_tokens_without_a_change() -> None:
    """An alteration that alters nothing is the usual answer."""
    assert set(said(refresh(scripted(Answer(tokens={}))))[1]) == set(said(refresh(endpoint()))[1])


def test_an_access_token_with_a_fault() -> None:
    """The access token of the answer can be wrong; it is the refresh token that a replay gets again."""
    model = scripted(Answer(tokens={"fault": "alg-none"}))
    sent = fields(model)

    first, again = (said(send(model, sent))[1] for _ in range(2))

    assert jwt.get_unverified_header(first["access_token"])["alg"] == "none"
    assert first == again


def test_altered_answers_need_a_good_token() -> None:
    """Altered tokens are given for a good refresh token only."""
    model = scripted(Answer(tokens={"set": {"a": 1}}))

    assert refused("invalid_grant", "Invalid refresh token.") == said(refresh(model, refresh_token="made-up"))


# -- self-accusation


def with_user(folder: Path, user: dict[str, Any], *answers: Answer) -> Model:
    (folder / "users.json").write_text(json.dumps({"plain": user}))
    return endpoint(Setup(answers=answers))


def test_the_endpoint_accuses_itself(folder: Path) -> None:
    """An answer of its own that breaks the published schema is a breach, with the field."""
    model = with_user(folder, {"object": "user", "id": 7})

    assert refresh(model).status == 200
    (breach,) = model.breaches
    assert breach.startswith("the endpoint's own 200 answer breaks the published schema: user")


def test_a_breach_on_purpose_is_none(folder: Path) -> None:
    """What a case scripts is meant as it is."""
    model = with_user(folder, {"id": 7}, Answer(tokens={"set": {"a": 1}}), Answer(400, json={"error": 7}))

    assert [refresh(model).status for _ in range(2)] == [200, 400]
    assert model.breaches == []


# -- the journal


def test_the_journal() -> None:
    """Every request is written down in order, with what was given for it and the call that it came in."""
    model = endpoint()
    get_key_set(model)
    model.call = 3

    body = said(refresh(model))[1]

    first, second = model.journal
    assert [(first.kind, first.call), (second.kind, second.call)] == [("key-set", 0), ("authenticate", 3)]
    assert second.issued
    assert (second.issued.access_token, second.issued.refresh_token) == (
        body["access_token"],
        body["refresh_token"],
    )
    assert second.issued.body == body


def test_secrets_do_not_show_in_the_journal() -> None:
    """What is printed of a journal has no token and no key."""
    model = endpoint()
    tokens = [model.session.live, said(refresh(model))[1]["access_token"], model.session.live, INFO.api_key]

    shown = repr(model.journal) + repr(model.session) + repr(INFO)

    assert [token for token in tokens if token in shown] == []


@pytest.mark.parametrize(("grace_s", "statuses"), [(0.0, [200] + [400] * 9), (30.0, [200] * 10)])
def test_ten_at_once(grace_s: float, statuses: list[int]) -> None:
    """Of ten requests at once with one token, one rotates it; the others are replays."""
    model = endpoint(Setup(grace_s=grace_s))
    sent = fields(model)

    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(lambda _: send(model, sent), range(10)))

    assert statuses == sorted(reply.status for reply in replies)
    assert len({reply.body for reply in replies if reply.status == 200}) == 1


def test_a_request_is_read() -> None:
    """The path of a request is without its query, and the first of equal headers counts."""
    request = HttpRequest("GET", "/a?b=/c", (("x", "1"), ("x", "2")))

    assert (request.path, request.header("x"), request.header("y")) == ("/a", "1", "")


# -- the key set


def test_a_key_set_has_the_key_that_signs() -> None:
    """The key set has one key, which signs; after a rotation the next, and no more the old."""
    model = endpoint()
    before = said(get_key_set(model))[1]["keys"]

    model.rotate_keys()

    after = said(get_key_set(model))[1]["keys"]
    token = said(refresh(model))[1]["access_token"]
    assert [[signing_keys()[0].public], [signing_keys()[1].public]] == [before, after]
    assert jwt.get_unverified_header(token)["kid"] == after[0]["kid"]


def test_the_key_set_of_another_application() -> None:
    """The key set of another client is not found, and that it was asked for is written down."""
    model = endpoint()

    assert (404, {"message": "Client not found."}) == said(get_key_set(model, "client_2"))
    assert model.journal[-1].problems == ("the key set of another client was asked for",)


def test_a_scripted_key_set() -> None:
    """A scripted answer stands in place of the key set until it is taken back."""
    model = endpoint(Setup(key_set=(Answer(503, json={"message": "no"}, times=0),)))
    assert [get_key_set(model).status for _ in range(2)] == [503, 503]

    model.script_key_set(())

    assert get_key_set(model).status == 200


# -- elsewhere


def test_another_origin_has_nothing() -> None:
    """The other origin answers nothing, and writes down what came."""
    model = endpoint()
    request = HttpRequest("POST", AUTHENTICATE, (JSON,), json.dumps(fields(model)).encode(), "elsewhere")

    assert (404, {"message": "Not Found"}) == said(model.handle(request))
    assert (model.journal[-1].kind, model.journal[-1].request.origin) == ("other", "elsewhere")
    assert ELSEWHERE != INFO.base_url
