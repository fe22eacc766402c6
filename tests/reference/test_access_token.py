from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from reseal_reference import KeyCache, TransientError
from reseal_reference._access_token import verify
from reseal_reference._http import Reply, Request, Steps

from .support import CLAIMS, KEYS_URL, NOW_S, Answer, Endpoint, Signer, replies


def run(steps: Steps[Any], endpoint: Endpoint) -> Any:
    """What ``steps`` return when ``endpoint`` answers them."""
    reply: Any = None
    while True:
        try:
            request: Request = steps.send(reply)
        except StopIteration as stop:
            return stop.value
        response = endpoint(httpx.Request(request.method, request.url, content=request.body))
        reply = Reply(response.status_code, response.headers, response.content)


def serving(*jwks: Answer) -> Endpoint:
    """An endpoint with only key sets, one after the other."""
    remaining = iter(jwks)

    def next_set(request: httpx.Request) -> httpx.Response:
        return next(remaining)(request)

    return Endpoint(jwks=next_set, authenticate=replies(500))


def verified(
    token: str, signer: Signer, *, now_s: float = NOW_S, leeway_s: float = 0.0
) -> dict[str, Any] | None:
    endpoint = serving(*[replies(body=signer.key_set())] * 2)
    return run(verify(token, KeyCache(), KEYS_URL, now_s, leeway_s), endpoint)


def refused(token: str, signer: Signer, *, leeway_s: float = 0.0) -> bool:
    """Whether ``token`` does not verify where a good one does."""
    good = verified(signer.token(), signer, leeway_s=leeway_s)
    return good == CLAIMS and verified(token, signer, leeway_s=leeway_s) is None


def segment(value: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def public_pem(signer: Signer) -> bytes:
    return signer.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signed_with_hmac(secret: bytes) -> str:
    signed = f"{segment({'alg': 'HS256', 'kid': 'key_1'})}.{segment(CLAIMS)}"
    digest = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def test_good_token(signer: Signer) -> None:
    """A token that the key set verifies gives its claims."""
    assert verified(signer.token(), signer) == CLAIMS


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_other_rsa_algorithms(signer: Signer, algorithm: str) -> None:
    """Of the algorithms that the right key can do, only RS256 is accepted."""
    assert refused(signer.token(algorithm=algorithm), signer)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_unsigned(signer: Signer, algorithm: str) -> None:
    """A token that says it needs no signature does not verify, with a signature or without."""
    _, _, signature = signer.token().split(".")
    unsigned = f"{segment({'alg': algorithm, 'kid': 'key_1'})}.{segment(CLAIMS)}"

    assert refused(f"{unsigned}.", signer)
    assert refused(f"{unsigned}.{signature}", signer)


def test_public_key_as_secret(signer: Signer) -> None:
    """A token whose HMAC was made with the public key does not verify."""
    pem = public_pem(signer)

    assert refused(signed_with_hmac(pem), signer)
    assert refused(signed_with_hmac(pem.strip()), signer)


def test_symmetric_key_in_the_set(signer: Signer) -> None:
    """A secret in the key set verifies nothing."""
    secret = {"kty": "oct", "kid": "key_1", "alg": "HS256", "k": "A" * 43}
    endpoint = serving(*[replies(body={"keys": [secret, signer.jwk("key_2")]})] * 2)

    assert run(verify(signed_with_hmac(bytes(32)), KeyCache(), KEYS_URL, NOW_S, 0), endpoint) is None


def test_elliptic_key_in_the_set(signer: Signer) -> None:
    """An elliptic curve key in the set verifies nothing, not even what it has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "key_1"}
    endpoint = serving(*[replies(body={"keys": [jwk, signer.jwk("key_2")]})] * 4)
    own = jwt.encode(CLAIMS, key, algorithm="ES256", headers={"kid": "key_1"})

    assert run(verify(own, KeyCache(), KEYS_URL, NOW_S, 0), endpoint) is None
    assert run(verify(signer.token(), KeyCache(), KEYS_URL, NOW_S, 0), endpoint) is None


def test_private_key_in_the_set(signer: Signer) -> None:
    """A private key in the set verifies nothing: whoever reads the set could have signed."""
    private = {**RSAAlgorithm.to_jwk(signer.key, as_dict=True), "kid": "key_1"}
    endpoint = serving(*[replies(body={"keys": [private, signer.jwk("key_2")]})] * 2)

    assert run(verify(signer.token(), KeyCache(), KEYS_URL, NOW_S, 0), endpoint) is None


def test_other_claims_under_the_signature(signer: Signer) -> None:
    """A token whose claims were changed after it was signed does not verify."""
    header, _, signature = signer.token().split(".")

    assert refused(f"{header}.{segment({**CLAIMS, 'sub': 'user_2'})}.{signature}", signer)


@pytest.mark.parametrize("kid", ["key_2", "", None, "KEY_1"])
def test_unknown_key_id(signer: Signer, kid: str | None) -> None:
    """A token that names no key of the set does not verify, though the only key has signed it."""
    assert refused(signer.token(kid=kid), signer)


@pytest.mark.parametrize(
    "token", ["", "a", "a.b", "a.b.c", "..", "é.é.é", "\ud800", "W10.W10.W10", "x" * 9999]
)
def test_no_token(signer: Signer, token: str) -> None:
    """What is no token at all does not verify either."""
    assert refused(token, signer)


@pytest.mark.parametrize(
    "header", [{"alg": "RS256", "kid": 7}, {"alg": "RS256", "kid": ["key_1"]}, {"kid": "key_1"}]
)
def test_odd_header(signer: Signer, header: dict[str, object]) -> None:
    """A token with a header of the wrong types does not verify."""
    _, claims, signature = signer.token().split(".")

    assert refused(f"{segment(header)}.{claims}.{signature}", signer)


def test_missing_expiration(signer: Signer) -> None:
    """A token that never expires does not verify."""
    assert refused(signer.token({"sub": "user_1"}), signer)


@pytest.mark.parametrize("name", ["exp", "nbf"])
@pytest.mark.parametrize("value", [None, "1900000000", [], {}, [1_900_000_000]])
def test_dates_are_numbers(signer: Signer, name: str, value: object) -> None:
    """A token with a date that is no number does not verify."""
    assert refused(signer.token({**CLAIMS, name: value}), signer)


@pytest.mark.parametrize(
    ("dates", "leeway_s"),
    [
        ({"exp": NOW_S + 0.001}, 0),
        ({"exp": int(NOW_S) + 1}, 0),
        ({"exp": NOW_S - 4.9}, 5),
        ({"exp": 10**400}, 5.0),
        ({"nbf": NOW_S}, 0),
        ({"nbf": NOW_S + 5}, 5),
        ({"nbf": -(10**400)}, 5.0),
        ({"iat": NOW_S + 1000}, 0),
    ],
)
def test_current(signer: Signer, dates: dict[str, float], leeway_s: float) -> None:
    """A token verifies from its nbf to just before its exp, with the leeway at both ends."""
    claims = {**CLAIMS, **dates}

    assert claims == verified(signer.token(claims), signer, leeway_s=leeway_s)


@pytest.mark.parametrize(
    ("dates", "leeway_s"),
    [
        ({"exp": NOW_S}, 0),
        ({"exp": NOW_S - 5}, 5),
        ({"exp": 0}, 0),
        ({"exp": -(10**400)}, 5.0),
        ({"nbf": NOW_S + 0.001}, 0),
        ({"nbf": NOW_S + 5.1}, 5),
        ({"nbf": 10**400}, 5.0),
    ],
)
def test_not_current(signer: Signer, dates: dict[str, float], leeway_s: float) -> None:
    """A token that has expired or is not yet valid does not verify."""
    assert refused(signer.token({**CLAIMS, **dates}), signer, leeway_s=leeway_s)


def test_the_clock_is_the_argument(signer: Signer) -> None:
    """The system's clock has no say in whether a token is current."""
    token = signer.token({**CLAIMS, "exp": 1000})

    assert verified(token, signer, now_s=999.0) == {**CLAIMS, "exp": 1000}
    assert verified(token, signer, now_s=1000.0) is None


def test_rotated_key(signer: Signer) -> None:
    """A key id that is not in the cache makes for one look at the endpoint's key set."""
    endpoint = serving(replies(body=signer.key_set("key_1")), replies(body=signer.key_set("key_2")))

    assert run(verify(signer.token(kid="key_2"), KeyCache(), KEYS_URL, NOW_S, 0), endpoint) == CLAIMS
    assert endpoint.key_fetches == 2


def test_withdrawn_key(signer: Signer) -> None:
    """A key that the second look did not bring is not asked for a third time."""
    endpoint = serving(*[replies(body=signer.key_set("key_1"))] * 3)

    assert run(verify(signer.token(kid="key_2"), KeyCache(), KEYS_URL, NOW_S, 0), endpoint) is None
    assert endpoint.key_fetches == 2


@pytest.mark.parametrize(("later_s", "fetches"), [(0, 1), (299.999, 1), (300, 2), (1e6, 2), (-0.001, 2)])
def test_cached_for_five_minutes(signer: Signer, later_s: float, fetches: int) -> None:
    """A key set is kept for less than 300 seconds, and not at all when the clock was set back."""
    cache, endpoint = KeyCache(), serving(*[replies(body=signer.key_set())] * 2)

    run(cache.keys(KEYS_URL, NOW_S), endpoint)
    run(cache.keys(KEYS_URL, NOW_S + later_s), endpoint)

    assert fetches == endpoint.key_fetches


def test_refetching_starts_the_five_minutes_anew(signer: Signer) -> None:
    """A key set that was fetched for an unknown key id is kept from then on."""
    cache, endpoint = KeyCache(), serving(*[replies(body=signer.key_set())] * 2)

    run(cache.keys(KEYS_URL, NOW_S), endpoint)
    run(cache.keys(KEYS_URL, NOW_S + 200, refetch=True), endpoint)
    run(cache.keys(KEYS_URL, NOW_S + 499), endpoint)

    assert endpoint.key_fetches == 2


def test_cached_by_url(signer: Signer) -> None:
    """The key set of one client is not used for another."""
    cache = KeyCache()
    endpoint = serving(replies(body=signer.key_set("key_1")), replies(body=signer.key_set("key_2")))

    first = run(cache.keys(KEYS_URL, NOW_S), endpoint)
    second = run(cache.keys(f"{KEYS_URL}2", NOW_S), endpoint)

    assert list(first) == ["key_1"]
    assert list(second) == ["key_2"]
    assert [KEYS_URL, f"{KEYS_URL}2"] == [str(request.url) for request in endpoint.requests]


def test_failed_fetch_keeps_the_old_set(signer: Signer) -> None:
    """A fetch that fails leaves in the cache what was there."""
    cache, endpoint = KeyCache(), serving(replies(body=signer.key_set()), replies(500))

    run(cache.keys(KEYS_URL, NOW_S), endpoint)
    with pytest.raises(TransientError):
        run(cache.keys(KEYS_URL, NOW_S, refetch=True), endpoint)

    assert list(run(cache.keys(KEYS_URL, NOW_S), endpoint)) == ["key_1"]


def without(jwk: Mapping[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in jwk.items() if key != name}


@pytest.mark.parametrize(
    "changes",
    [
        {"kid": ["key_1"]},
        {"kid": None},
        {"kid": ""},
        {"kty": ["RSA"]},
        {"kty": "oct", "k": 5},
        {"kty": "EC"},
        {"alg": ["RS256"]},
        {"alg": "nope"},
        {"n": 5},
        {"n": ""},
        {"n": "é"},
        {"e": None},
    ],
    ids=repr,
)
def test_unusable_key(signer: Signer, changes: dict[str, object]) -> None:
    """A key set of which no key can be used is as good as none: try again later."""
    good, bad = {"keys": [signer.jwk()]}, {"keys": [{**signer.jwk(), **changes}]}

    assert list(run(KeyCache().keys(KEYS_URL, NOW_S), serving(replies(body=good)))) == ["key_1"]
    with pytest.raises(TransientError, match="could not be read"):
        run(KeyCache().keys(KEYS_URL, NOW_S), serving(replies(body=bad)))


def test_unusable_key_beside_a_good_one(signer: Signer) -> None:
    """Keys of a kind that is not known do not hide the others."""
    keys = [{"kty": "new", "kid": "key_0"}, without(signer.jwk(), "kid"), signer.jwk()]

    assert list(run(KeyCache().keys(KEYS_URL, NOW_S), serving(replies(body={"keys": keys})))) == ["key_1"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"5",
        b"null",
        b"[]",
        b"{}",
        b'{"keys":null}',
        b'{"keys":[]}',
        b'{"keys":[1]}',
        b'{"keys":"x"}',
        b"[" * 1_000_000,
    ],
    ids=lambda body: repr(body[:16]),
)
def test_garbage_key_set(body: bytes) -> None:
    """An answer that is no key set means: try again later."""
    with pytest.raises(TransientError, match="the key set could not be read"):
        run(KeyCache().keys(KEYS_URL, NOW_S), serving(replies(body=body)))


@pytest.mark.parametrize("status", [201, 204, 302, 401, 404, 429, 500, 503])
def test_failed_key_set(signer: Signer, status: int) -> None:
    """A status other than 200 means: try again later, whatever the body."""
    with pytest.raises(TransientError, match=f"the key set was answered with {status}"):
        run(KeyCache().keys(KEYS_URL, NOW_S), serving(replies(status, signer.key_set())))
