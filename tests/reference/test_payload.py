"""What a refresh seals, and under which password."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet

from .support import (
    CLAIMS,
    FERNET,
    FERNET_KEY,
    IRON,
    IRON_PASSWORD,
    NEW_REFRESH_TOKEN,
    NOW_S,
    OTHER_IRON_PASSWORD,
    Clock,
    Endpoint,
    Format,
    Refresh,
    Signer,
    application,
    replies,
)

METADATA = {"plan_name": "pro", "nested_value": {"a_b": 1}, "": None}
WIRE_USER = {
    "object": "user",
    "id": "user_1",
    "email_verified": True,
    "profile_picture_url": None,
    "metadata": METADATA,
    "address_2": "x",
}
CAMEL_USER = {
    "object": "user",
    "id": "user_1",
    "emailVerified": True,
    "profilePictureUrl": None,
    "metadata": METADATA,
    "address_2": "x",
}
IMPERSONATOR = {"email": "admin@example.com", "reason_given": None}


def sealed(answer: dict[str, object], endpoint: Endpoint, seal: Format, refresh: Refresh) -> dict[str, Any]:
    """The session that a refresh with this answer seals."""
    endpoint.authenticate = replies(body=answer)
    result = refresh(endpoint, seal.cookie(), seal.password, application(seal))
    return seal.unseal(result.sealed_session)


def test_iron_payload(endpoint: Endpoint, signer: Signer, refresh: Refresh) -> None:
    """An Iron seal holds camelCase names, down to the user's fields, and metadata as it is."""
    claims = {**CLAIMS, "org_id": "org_1"}
    answer = signer.answer(
        claims=claims, user=WIRE_USER, authentication_method="SSO", impersonator=IMPERSONATOR
    )

    assert sealed(answer, endpoint, IRON, refresh) == {
        "accessToken": answer["access_token"],
        "refreshToken": NEW_REFRESH_TOKEN,
        "user": CAMEL_USER,
        "organizationId": "org_1",
        "authenticationMethod": "SSO",
        "impersonator": IMPERSONATOR,
    }


def test_fernet_payload(endpoint: Endpoint, signer: Signer, refresh: Refresh) -> None:
    """A Fernet seal holds the names of the wire."""
    claims = {**CLAIMS, "org_id": "org_1"}
    answer = signer.answer(
        claims=claims, user=WIRE_USER, authentication_method="SSO", impersonator=IMPERSONATOR
    )

    assert sealed(answer, endpoint, FERNET, refresh) == {
        "access_token": answer["access_token"],
        "refresh_token": NEW_REFRESH_TOKEN,
        "user": WIRE_USER,
        "organization_id": "org_1",
        "authentication_method": "SSO",
        "impersonator": IMPERSONATOR,
    }


@pytest.mark.parametrize(
    "extra",
    [
        {"oauth_tokens": {"access_token": "of another provider", "refresh_token": "of another provider"}},
        {"something_new": 1},
        {"sealed_session": "x", "reason": "x", "accessToken": "x", "refreshToken": "x"},
        {"authentication_method": None, "impersonator": None},
        {"organization_id": "org_of_the_body"},
    ],
    ids=lambda extra: next(iter(extra)),
)
def test_nothing_else_is_sealed(
    endpoint: Endpoint, signer: Signer, seal: Format, refresh: Refresh, extra: dict[str, object]
) -> None:
    """Tokens of other providers, unknown fields and nulls stay out of the cookie."""
    plain = sealed(signer.answer(), endpoint, seal, refresh)

    assert plain.keys() == {seal.access_token, seal.refresh_token, "user"}
    assert plain == sealed(signer.answer(**extra), endpoint, seal, refresh)


def test_organization_is_the_tokens(
    endpoint: Endpoint, signer: Signer, seal: Format, refresh: Refresh
) -> None:
    """The organization is taken from the verified access token, not from the body beside it."""
    answer = signer.answer(claims={**CLAIMS, "org_id": "org_1"}, organization_id="org_2")

    session = sealed(answer, endpoint, seal, refresh)

    assert [session.get("organizationId"), session.get("organization_id")].count("org_1") == 1
    assert "org_2" not in session.values()


@pytest.mark.parametrize("org_id", [None, 7, {"__proto__": 1}, ["org_1"], float("nan")])
def test_odd_organization(
    endpoint: Endpoint, signer: Signer, seal: Format, refresh: Refresh, org_id: object
) -> None:
    """An organization that is no text is none."""
    session = sealed(signer.answer(claims={**CLAIMS, "org_id": org_id}), endpoint, seal, refresh)

    assert session.keys() == {seal.access_token, seal.refresh_token, "user"}


def test_old_fields_are_not_kept(endpoint: Endpoint, seal: Format, refresh: Refresh) -> None:
    """Nothing of the old session is in the new one."""
    cookie = seal.cookie(impersonator=IMPERSONATOR, organizationId="org_0", organization_id="org_0")

    result = refresh(endpoint, cookie, seal.password, application(seal))

    assert seal.unseal(result.sealed_session).keys() == {seal.access_token, seal.refresh_token, "user"}


def test_unicode_survives(endpoint: Endpoint, signer: Signer, seal: Format, refresh: Refresh) -> None:
    """A user's texts are sealed as they came, whatever their characters."""
    metadata = {"\ud800": "\udfff", "n": 2**60 + 1}
    user = {"id": "user_1", "first_name": "Zoë 😀\u2028\x00", "metadata": metadata}

    session = sealed(signer.answer(user=user), endpoint, seal, refresh)

    assert metadata == session["user"]["metadata"]
    assert user["first_name"] in session["user"].values()


def test_fernet_time_stamp(endpoint: Endpoint, signer: Signer, refresh: Refresh) -> None:
    """A Fernet seal has the time of the application's clock."""
    endpoint.authenticate = replies(body=signer.answer())
    app = application(FERNET, now=Clock(NOW_S + 7.5))

    result = refresh(endpoint, FERNET.cookie(), FERNET_KEY, app)

    assert int(NOW_S) + 7 == Fernet(FERNET_KEY).extract_timestamp(result.sealed_session)


def test_iron_rotation(endpoint: Endpoint, refresh: Refresh) -> None:
    """A cookie of the old password is opened by its id, and sealed again with the new one."""
    old = IRON.module.seal(IRON.session(), {"1": IRON_PASSWORD})
    passwords = {"1": IRON_PASSWORD, "2": OTHER_IRON_PASSWORD}

    result = refresh(endpoint, old, passwords, application())

    assert result.sealed_session.startswith("Fe26.2*2*")
    assert IRON.module.unseal(result.sealed_session, {"2": OTHER_IRON_PASSWORD})["user"]["id"] == "user_1"


def test_fernet_rotation(endpoint: Endpoint, refresh: Refresh) -> None:
    """A cookie of an old key is opened by trying, and sealed again with the newest key."""
    passwords = {"1": FERNET_KEY, "2": FERNET.other_password}

    result = refresh(endpoint, FERNET.cookie(), passwords, application(FERNET))

    assert FERNET.module.unseal(result.sealed_session, FERNET.other_password)["user"]["id"] == "user_1"


def test_refreshed_cookie_is_refreshed(endpoint: Endpoint, seal: Format, refresh: Refresh) -> None:
    """What a refresh seals can be refreshed itself, with the new refresh token."""
    first = refresh(endpoint, seal.cookie(), seal.password, application(seal))
    second = refresh(endpoint, first.sealed_session, seal.password, application(seal))

    assert second.authenticated
    assert endpoint.spent[1]["refresh_token"] == NEW_REFRESH_TOKEN
