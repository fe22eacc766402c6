from __future__ import annotations

import re
from urllib.parse import urlencode

import jwt
import pytest

from reseal import _data
from reseal.cases import Setup
from reseal.endpoint.fields import MISMATCH

from .asking import (
    AUTHENTICATE,
    INFO,
    JSON,
    NOW_S,
    Clock,
    Fields,
    endpoint,
    fields,
    get_key_set,
    refresh,
    refused,
    said,
    send,
)

ORGANIZATIONS = Setup(organization="org_1", memberships=("org_1", "org_2"))


# -- a refresh


def test_a_refresh_gives_new_tokens() -> None:
    """A well-formed refresh is answered as the published description says, and may not be stored."""
    model = endpoint()
    old = model.session.live

    status, body = said(reply := refresh(model))

    assert status == 200
    assert _data.first_error(body, "wire", "success") is None
    assert body["refresh_token"] == model.session.live != old
    assert dict(reply.headers) == {"content-type": "application/json", "cache-control": "no-store"}
    assert model.breaches == []


def test_the_access_token_is_of_this_session() -> None:
    """The new access token verifies under the published key, and speaks of session, user and application."""
    model = endpoint(Setup(organization="org_1", impersonator={"email": "a@example.com", "reason": None}))

    body = said(refresh(model))[1]

    token = body["access_token"]
    assert body["impersonator"] == model.session.impersonator
    keys = said(get_key_set(model))[1]
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["RS256"], options={"verify_iat": False})
    assert claims["sub"] == model.session.user["id"]
    assert claims["sid"] == model.session.id
    assert claims["client_id"] == INFO.client_id
    assert claims["iss"] == f"{INFO.base_url}/user_management/{INFO.client_id}"
    assert (claims["iat"], claims["exp"], claims["auth_time"]) == (NOW_S, NOW_S + 300, NOW_S)
    assert (claims["org_id"], claims["act"]) == ("org_1", {"sub": "a@example.com"})


def test_a_session_without_an_organization_names_none() -> None:
    """Neither answer nor token of a plain session has an organization or an impersonator."""
    body = said(refresh(endpoint()))[1]

    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert not {"organization_id", "impersonator"} & set(body)
    assert not {"org_id", "role", "act"} & set(claims)


@pytest.mark.parametrize("grace_s", [30.0, 0.5])
def test_a_replay_within_the_grace(grace_s: float) -> None:
    """A token that was just exchanged gives the very same answer again."""
    model = endpoint(Setup(grace_s=grace_s), clock := Clock())
    sent = fields(model)
    first = send(model, sent)

    clock.now_s += grace_s - 0.25
    again = send(model, sent)

    assert first.body == again.body
    assert model.session.live == said(first)[1]["refresh_token"]


@pytest.mark.parametrize("grace_s", [30.0, 0.0])
def test_a_replay_after_the_grace(grace_s: float) -> None:
    """A token that was exchanged earlier is worth nothing, and the live one is left alone."""
    model = endpoint(Setup(grace_s=grace_s))
    sent = fields(model)
    new = said(send(model, sent))[1]["refresh_token"]

    model.advance(grace_s)

    assert refused("invalid_grant", "Refresh token already exchanged.") == said(send(model, sent))
    assert said(refresh(model, refresh_token=new))[0] == 200


def test_an_ended_session() -> None:
    """A session that has ended is not refreshed, not even within the grace."""
    model = endpoint()
    sent = fields(model)
    assert send(model, sent).status == 200

    model.end_session()

    assert refused("invalid_grant", "The session has ended.") == said(send(model, sent))
    assert refused("invalid_grant", "The session has ended.") == said(refresh(model))


def test_a_revoked_token() -> None:
    """A token that was replaced elsewhere is worth nothing, and its successor is."""
    model = endpoint()
    sent = fields(model)

    model.revoke()

    assert refused("invalid_grant", "Invalid refresh token.") == said(send(model, sent))
    assert refresh(model).status == 200


def test_an_unknown_token() -> None:
    """A token that was never given is worth nothing."""
    assert refused("invalid_grant", "Invalid refresh token.") == said(
        refresh(endpoint(), refresh_token="made-up")
    )


# -- organizations


def test_ids_look_like_those_of_the_api() -> None:
    """Sessions, tokens and token ids have the form that the API gives them."""
    model = endpoint()

    claims = jwt.decode(said(refresh(model))[1]["access_token"], options={"verify_signature": False})

    assert re.fullmatch(r"session_01[0-9A-HJKMNP-TV-Z]{24}", model.session.id)
    assert re.fullmatch(r"01[0-9A-HJKMNP-TV-Z]{24}", claims["jti"])
    assert re.fullmatch(r"[A-Za-z0-9]{32}", model.session.live)


@pytest.mark.parametrize("setup", [Setup(organization="org_1"), ORGANIZATIONS])
def test_a_session_is_of_an_organization_of_its_user(setup: Setup) -> None:
    """Whose session is of an organization is a member of it, whether that is said or not."""
    assert refresh(endpoint(setup), organization_id="org_1").status == 200
    assert endpoint().session.memberships == ()


@pytest.mark.parametrize(("asked", "given"), [(None, "org_1"), ("org_1", "org_1"), ("org_2", "org_2")])
def test_an_organization_of_the_user(asked: str | None, given: str) -> None:
    """A session goes to the organization that is asked for, stays where none is, and remembers."""
    model = endpoint(ORGANIZATIONS)

    first = said(refresh(model, organization_id=asked))[1]
    second = said(refresh(model))[1]

    assert given == first["organization_id"] == second["organization_id"]


@pytest.mark.parametrize(
    ("organization", "refusal"),
    [
        ("org_9", refused("organization_not_found", "The organization was not found.")),
        ("", refused("organization_not_found", "The organization was not found.")),
        (
            "org_without_membership",
            refused("organization_membership_not_found", "The user is not a member of the organization."),
        ),
    ],
)
def test_another_organization(organization: str, refusal: tuple[int, Fields]) -> None:
    """An organization that is not the user's is refused, and the refresh token stays good."""
    model = endpoint(ORGANIZATIONS)

    assert refusal == said(refresh(model, organization_id=organization))
    assert refresh(model).status == 200


# -- malformed requests


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"client_id": None}, "client_id is missing"),
        ({"client_id": ""}, "client_id is missing"),
        ({"grant_type": None}, "grant_type is missing"),
        ({"refresh_token": None}, "refresh_token is missing"),
        ({"refresh_token": ""}, "refresh_token is missing"),
        ({"refresh_token": 12}, "refresh_token is int, not a string"),
        ({"client_id": ["client_1"]}, "client_id is list, not a string"),
        ({"client_secret": 12}, "client_secret is int, not a string"),
        ({"organization_id": {}}, "organization_id is dict, not a string"),
        ({"grant_type": True}, "grant_type is bool, not a string"),
        ({"grant_type": "password"}, "grant_type is not refresh_token"),
    ],
)
def test_fields_that_are_wrong(changes: Fields, problem: str) -> None:
    """A field that is missing, or of the wrong type, is refused and written down; nothing is exchanged."""
    model = endpoint()
    old = model.session.live

    assert refused("invalid_request", f"{problem}.") == said(refresh(model, **changes))
    assert model.journal[-1].problems == (problem,)
    assert model.session.live == old


@pytest.mark.parametrize("value", [7, [1], {"seal_session": True}, False])
def test_other_fields_may_be_anything(value: object) -> None:
    """A field that the API does not know is no problem of the endpoint's."""
    assert refresh(endpoint(), session=value).status == 200


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "the body is not JSON"),
        (b"{", "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        (b"[]", "the body is not a JSON object"),
        (b'"refresh_token"', "the body is not a JSON object"),
        (b"null", "the body is not a JSON object"),
    ],
)
def test_bodies_that_are_wrong(body: bytes, problem: str) -> None:
    """A body that is no JSON object is refused and written down."""
    model = endpoint()

    assert refused("invalid_request", f"{problem}.") == said(send(model, body))
    assert model.journal[-1].problems == (problem,)


@pytest.mark.parametrize(
    ("headers", "told"),
    [((("accept", "*/*"),), "missing"), ((("content-type", "text/plain; charset=utf-8"),), "text/plain")],
)
def test_content_types_that_are_wrong(headers: tuple[tuple[str, str], ...], told: str) -> None:
    """JSON under another name is refused, and read all the same."""
    model = endpoint()
    problem = f"content-type is {told}, not application/json"

    assert refused("invalid_request", f"{problem}.") == said(send(model, fields(model), *headers))
    assert model.journal[-1].problems == (problem,)
    assert model.journal[-1].fields == fields(model)


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_content_types_that_are_right(content_type: str) -> None:
    """The name of a type has no case, and may have parameters."""
    model = endpoint()

    assert send(model, fields(model), ("content-type", content_type)).status == 200


def test_a_form() -> None:
    """The API takes a form as well."""
    model = endpoint()

    reply = send(
        model, urlencode(fields(model)).encode(), ("content-type", "application/x-www-form-urlencoded")
    )

    assert reply.status == 200
    assert model.journal[-1].problems == ()


def test_a_null_is_no_field() -> None:
    """A field that is null counts as left out, as many JSON libraries write it."""
    model = endpoint()

    assert send(model, {**fields(model), "organization_id": None}).status == 200
    assert "organization_id" not in model.journal[-1].fields
    reply = said(send(model, {**fields(model), "refresh_token": None}))
    assert refused("invalid_request", "refresh_token is missing.") == reply


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", AUTHENTICATE),
        ("PUT", AUTHENTICATE),
        ("POST", "/user_management/authenticate/"),
        ("POST", "/"),
        ("POST", f"/sso/jwks/{INFO.client_id}"),
        ("HEAD", f"/sso/jwks/{INFO.client_id}"),
    ],
)
def test_paths_that_are_not_there(method: str, path: str) -> None:
    """A path or method that the API does not have is not found, and written down."""
    model = endpoint()

    assert (404, {"message": "Not Found"}) == said(send(model, fields(model), method=method, path=path))
    assert model.journal[-1].kind == "other"
    assert model.journal[-1].problems == (f"{method} on a path that the API does not have",)


def test_a_query_is_no_part_of_the_path() -> None:
    """A refresh with a query is a refresh; that it has one is for others to judge."""
    model = endpoint()

    assert send(model, fields(model), path=f"{AUTHENTICATE}?a=b").status == 200


# -- who asks


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({}, ()),
        ({"client_secret": None}, (("authorization", f"Bearer {INFO.api_key}"),)),
        ({}, (("authorization", f"Bearer {INFO.api_key}"),)),
        ({"client_secret": None}, ()),
    ],
    ids=["secret", "bearer", "both", "public client"],
)
def test_the_application_may_ask(changes: Fields, headers: tuple[tuple[str, str], ...]) -> None:
    """The API key comes in the body, in a header, in both, or not at all from a public client."""
    model = endpoint()

    assert send(model, fields(model, **changes), JSON, *headers).status == 200


@pytest.mark.parametrize("value", ["Bearer sk_wrong", "Bearer", "Basic c2s6", "sk_test_1"])
def test_a_wrong_bearer(value: str) -> None:
    """Another key in the header is unauthorized, whatever the body says, and nothing is exchanged."""
    model = endpoint()
    old = model.session.live

    reply = send(model, fields(model), JSON, ("authorization", value))

    assert (401, {"message": "Unauthorized"}) == said(reply)
    assert model.session.live == old


@pytest.mark.parametrize(
    "changes", [{"client_secret": "sk_wrong"}, {"client_secret": ""}, {"client_id": "client_2"}]
)
def test_another_application(changes: Fields) -> None:
    """Another application, or another key in the body, is an invalid client."""
    refusal = refused("invalid_client", "Invalid client ID or secret.")

    assert refusal == said(refresh(endpoint(), **changes))


def test_the_client_id_of_another_application() -> None:
    """Whose refresh token it is decides about the client id that goes with it; with its own it is well."""
    model = endpoint()
    token = model.sign_in_another(is_elsewhere=True).live

    refresh(model, refresh_token=token)
    refresh(model)

    assert [exchange.problems for exchange in model.journal] == [(MISMATCH,), ()]
