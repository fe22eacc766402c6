"""Whatever an endpoint answers, a refresh ends in a result or in one of its own errors."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from reseal_reference import RefreshError, RefreshResult, refresh_and_seal_session_data

from .support import FERNET, IRON, PROPERTY, Answer, Endpoint, Format, Signer, any_json, application, replies

codes = st.sampled_from(["invalid_grant", "organization_not_authorized", "sso_required", "invalid_client"])
answer_changes = st.dictionaries(
    st.sampled_from(["access_token", "refresh_token", "user", "impersonator", "error", "code"]),
    any_json() | codes,
    max_size=2,
)
metadata = any_json() | st.sampled_from([float("nan"), float("inf"), {"__proto__": 1}])
claim_changes = st.dictionaries(st.sampled_from(["exp", "nbf", "org_id", "iat"]), metadata, max_size=2)
jwk_changes = st.dictionaries(st.sampled_from(["kty", "kid", "alg", "use", "n", "e", "k", "crv"]), any_json())
retry_after = st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)) | st.builds(
    "Wed, 21 Oct {} {}:00:00 {}".format, st.integers(), st.integers(), st.integers() | st.just("GMT")
)
statuses = st.just(200) | st.integers(200, 599)

both_formats = pytest.mark.parametrize("seal", [IRON, FERNET], ids=lambda seal: seal.name)


def outcome(jwks: Answer, authenticate: Answer, seal: Format) -> RefreshResult | RefreshError:
    transport = httpx.MockTransport(Endpoint(jwks, authenticate))
    with httpx.Client(transport=transport) as client:
        try:
            return refresh_and_seal_session_data(
                seal.cookie(), seal.password, application(seal), http_client=client
            )
        except RefreshError as error:
            return error


def sound(ended: RefreshResult | RefreshError, seal: Format) -> bool:
    """An error or a reason; else a session that opens and can be refreshed again."""
    note(repr(ended))
    if isinstance(ended, RefreshError) or not ended.authenticated:
        return True
    session = seal.unseal(ended.sealed_session)
    return bool(session["user"] and session[seal.access_token] and session[seal.refresh_token])


@both_formats
@PROPERTY
@given(status=statuses, changes=answer_changes, inside=metadata, wait=retry_after)
def test_any_object(
    signer: Signer, seal: Format, status: int, changes: dict[str, object], inside: object, wait: str
) -> None:
    """Any JSON object near a good answer, with any status, ends soundly."""
    user = {"id": "user_1", "metadata": inside}
    headers = {"retry-after": wait, "date": "Wed, 21 Oct 2026 12:00:00 GMT"}
    authenticate = replies(status, {**signer.answer(user=user), **changes}, headers)

    assert sound(outcome(replies(body=signer.key_set()), authenticate, seal), seal)


@both_formats
@PROPERTY
@given(status=statuses, body=st.binary() | any_json().map(lambda value: json.dumps(value).encode()))
def test_any_body(signer: Signer, seal: Format, status: int, body: bytes) -> None:
    """Any body at all, with any status, ends soundly, for a refresh as for a key set."""
    keys, answer = replies(body=signer.key_set()), replies(body=signer.answer())

    assert sound(outcome(keys, replies(status, body), seal), seal)
    assert sound(outcome(replies(status, body), answer, seal), seal)


@PROPERTY
@given(changes=claim_changes)
def test_any_claims(signer: Signer, changes: dict[str, object]) -> None:
    """Any claims under a good signature end soundly."""
    claims = {"exp": 1_900_000_000, **changes}
    answer = signer.answer(claims=claims)

    assert sound(outcome(replies(body=signer.key_set()), replies(body=answer), IRON), IRON)


@PROPERTY
@given(changes=jwk_changes)
def test_any_key(signer: Signer, changes: dict[str, object]) -> None:
    """Any JSON near a good key in the key set ends soundly."""
    keys = {"keys": [{**signer.jwk(), **changes}]}

    assert sound(outcome(replies(body=keys), replies(body=signer.answer()), IRON), IRON)


@PROPERTY
@given(session=any_json() | answer_changes.map(lambda changes: IRON.session(**changes)))
def test_any_session(signer: Signer, session: object) -> None:
    """Any JSON in a good seal ends soundly."""
    cookie = IRON.seal(session)
    transport = httpx.MockTransport(Endpoint(replies(body=signer.key_set()), replies(body=signer.answer())))
    with httpx.Client(transport=transport) as client:
        result = refresh_and_seal_session_data(cookie, IRON.password, application(), http_client=client)

    assert sound(result, IRON)
