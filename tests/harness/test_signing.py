from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reseal import _data
from reseal.endpoint.signing import FAULTS, LIFETIME_S, SigningKey, forge, key_set, sign, signing_keys

from .asking import NOW_S

KEY = signing_keys()[0]
CLAIMS = {"sub": "user_1", "iat": int(NOW_S), "exp": int(NOW_S) + LIFETIME_S}


def verified(token: str, *required: str) -> dict[str, Any]:
    """The claims, at the time of issue and under the published key; raises where they do not hold."""
    keys = jwt.PyJWKSet.from_dict({"keys": [dict(KEY.public)]})
    key = keys[jwt.get_unverified_header(token).get("kid") or KEY.kid]
    options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "require": list(required)}
    claims = jwt.decode(token, key, algorithms=["RS256"], options=options)
    if claims.get("exp", NOW_S) < NOW_S:
        raise jwt.ExpiredSignatureError
    if claims.get("nbf", NOW_S) > NOW_S:
        raise jwt.ImmatureSignatureError
    return claims


def test_a_sound_token() -> None:
    """A token verifies under the published key, and says what it was given to say."""
    assert verified(sign(CLAIMS, KEY), "exp") == CLAIMS


REFUSED = {
    "bad-signature": jwt.InvalidSignatureError,
    "tampered": jwt.InvalidSignatureError,
    "stripped": jwt.InvalidSignatureError,
    "alg-none": jwt.InvalidAlgorithmError,
    "alg-none-in-capitals": jwt.InvalidAlgorithmError,
    "alg-none-signed": jwt.InvalidAlgorithmError,
    "alg-missing": jwt.InvalidAlgorithmError,
    "alg-confusion": jwt.InvalidAlgorithmError,
    "alg-confusion-hs512": jwt.InvalidAlgorithmError,
    "alg-confusion-der": jwt.InvalidAlgorithmError,
    "alg-confusion-pkcs1": jwt.InvalidAlgorithmError,
    "alg-confusion-modulus": jwt.InvalidAlgorithmError,
    "unknown-kid": KeyError,
    "expired": jwt.ExpiredSignatureError,
    "expired-5-min": jwt.ExpiredSignatureError,
    "expired-65-s": jwt.ExpiredSignatureError,
    "retired-key": KeyError,
    "embedded-key": KeyError,
    "foreign-key-set": KeyError,
    "not-yet-valid": jwt.ImmatureSignatureError,
    "valid-in-90-s": jwt.ImmatureSignatureError,
    "issued-in-an-hour": jwt.ImmatureSignatureError,
    "no-expiry": jwt.MissingRequiredClaimError,
    "not-a-jwt": jwt.DecodeError,
    "two-parts": jwt.DecodeError,
    "four-parts": jwt.DecodeError,
    "empty-fourth-part": jwt.DecodeError,
    "not-json": jwt.DecodeError,
}


@pytest.mark.parametrize(("fault", "error"), REFUSED.items())
def test_a_faulty_token_is_refused(fault: str, error: type[Exception]) -> None:
    """A token that is wrong in one way is refused for that, and the same without the fault is not."""
    assert verified(sign(CLAIMS, KEY), "exp")

    with pytest.raises(error):
        verified(forge(fault, CLAIMS, KEY), "exp")


@pytest.mark.parametrize("fault", ["no-expiry", "no-kid"])
def test_a_token_that_only_the_strict_refuse(fault: str) -> None:
    """What a token leaves out is missed by those alone who ask for it."""
    claims = verified(forge(fault, CLAIMS, KEY))

    assert claims.items() <= CLAIMS.items()


def test_every_fault_is_tested() -> None:
    """No fault is left out above."""
    assert {*REFUSED, "no-kid", "issued-in-5-s", "expires-in-40-s"} == set(FAULTS)


@pytest.mark.parametrize(
    ("fault", "algorithm", "encoding", "form"),
    [
        ("alg-confusion", "HS256", Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        ("alg-confusion-hs512", "HS512", Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        ("alg-confusion-der", "HS256", Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        ("alg-confusion-pkcs1", "HS256", Encoding.PEM, PublicFormat.PKCS1),
    ],
)
def test_a_token_under_the_public_key(
    fault: str, algorithm: str, encoding: Encoding, form: PublicFormat
) -> None:
    """Who takes that form of the public key for a secret finds the token good."""
    secret = KEY.private.public_key().public_bytes(encoding, form)
    signed, _, signature = forge(fault, CLAIMS, KEY).rpartition(".")

    hmac = jwt.get_algorithm_by_name(algorithm)
    assert hmac.verify(signed.encode(), secret, jwt.utils.base64url_decode(signature))


def test_a_token_under_the_modulus() -> None:
    """The text of the key set's own ``n``, decoded, is its secret."""
    secret = jwt.utils.base64url_decode(KEY.public["n"])

    assert (
        jwt.decode(
            forge("alg-confusion-modulus", CLAIMS, KEY),
            secret,
            ["HS256"],
            {"verify_exp": False, "verify_iat": False},
        )
        == CLAIMS
    )


def test_claims_are_utf_8() -> None:
    """What JavaScript writes, and no escapes."""
    part = sign({**CLAIMS, "name": "山田"}, KEY).split(".")[1]

    assert "山田".encode() in jwt.utils.base64url_decode(part)


@pytest.mark.parametrize(
    ("fault", "header", "has_signature"),
    [
        ("stripped", {"alg": "RS256"}, False),
        ("alg-none", {"alg": "none"}, False),
        ("alg-none-in-capitals", {"alg": "NONE"}, False),
        ("alg-none-signed", {"alg": "none"}, True),
        ("alg-missing", {}, False),
    ],
)
def test_a_token_without_a_signature_of_its_own(
    fault: str, header: dict[str, str], has_signature: bool
) -> None:
    """Its claims are those of a sound one; of header and signature one thing is not."""
    token = forge(fault, CLAIMS, KEY)

    assert json.loads(jwt.utils.base64url_decode(token.split(".")[0])) == {
        **header,
        "typ": "JWT",
        "kid": KEY.kid,
    }
    assert json.loads(jwt.utils.base64url_decode(token.split(".")[1])) == CLAIMS
    assert bool(token.split(".")[2]) is has_signature


@pytest.mark.parametrize(
    ("fault", "name", "seconds"), [("issued-in-5-s", "iat", 5), ("expires-in-40-s", "exp", 40)]
)
def test_a_token_of_another_clock(fault: str, name: str, seconds: int) -> None:
    """It is as good as any, and was issued in the future, or ends soon."""
    assert verified(forge(fault, CLAIMS, KEY), "exp") == {**CLAIMS, name: CLAIMS["iat"] + seconds}


@pytest.mark.parametrize(
    ("fault", "header"),
    [("embedded-key", {"jwk": signing_keys()[-1].public}), ("foreign-key-set", {"jku": "http://other/keys"})],
)
def test_a_token_that_vouches_for_itself(fault: str, header: dict[str, object]) -> None:
    """It is the stranger's, and says in its header where to get the key."""
    token = forge(fault, CLAIMS, KEY, lambda: "http://other/keys")

    assert jwt.get_unverified_header(token).items() >= header.items()
    assert (
        jwt.decode(
            token,
            signing_keys()[-1].private.public_key(),
            ["RS256"],
            {"verify_exp": False, "verify_iat": False},
        )
        == CLAIMS
    )


def parts(token: str) -> list[bytes]:
    return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]


@pytest.mark.parametrize(
    "fault",
    [
        "bad-signature",
        "tampered",
        "expired",
        "expired-5-min",
        "expired-65-s",
        "not-yet-valid",
        "no-expiry",
        "not-json",
    ],
)
def test_a_fault_is_the_only_one(fault: str) -> None:
    """A faulty token differs from the sound one in one part of two, besides the signature."""
    sound, faulty = parts(sign(CLAIMS, KEY)), parts(forge(fault, CLAIMS, KEY))

    assert len(faulty) == 3
    assert sum(mine == theirs for mine, theirs in zip(sound[:2], faulty[:2], strict=True)) >= 1
    assert sound != faulty


@pytest.mark.parametrize(
    ("fault", "claims"),
    [
        ("bad-signature", CLAIMS),
        ("alg-none", CLAIMS),
        ("alg-confusion", CLAIMS),
        ("unknown-kid", CLAIMS),
        ("no-kid", CLAIMS),
        ("retired-key", CLAIMS),
        ("tampered", {**CLAIMS, "sub": "user_somebody_else"}),
        ("expired", {**CLAIMS, "iat": CLAIMS["iat"] - 7_200, "exp": CLAIMS["iat"] - 3_600}),
        ("not-yet-valid", {**CLAIMS, "nbf": CLAIMS["iat"] + 3_600}),
        ("no-expiry", {"sub": CLAIMS["sub"], "iat": CLAIMS["iat"]}),
    ],
)
def test_claims_of_a_faulty_token(fault: str, claims: dict[str, object]) -> None:
    """A fault of the signature leaves the claims alone, and a fault of a claim the others."""
    assert claims == json.loads(parts(forge(fault, CLAIMS, KEY))[1])


def test_keys() -> None:
    """Every test key is published under an id of its own, but for the last, which belongs to nobody."""
    keys = signing_keys()

    assert len(keys) == len({key.kid for key in keys}) == 4
    assert "stranger" in keys[-1].kid


@pytest.mark.parametrize("key", signing_keys(), ids=[key.kid for key in signing_keys()])
def test_a_key_is_published_as_it_signs(key: SigningKey) -> None:
    """The public half is that of the private one, in the published shape, and has nothing private in it."""
    public = jwt.PyJWK(dict(key.public)).key

    assert public.public_numbers() == key.private.public_key().public_numbers()
    assert _data.first_error({"keys": [key.public]}, "wire", "key_set") is None
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key.public)
    assert "private" not in repr(key)


@pytest.mark.parametrize("key", signing_keys(), ids=[key.kid for key in signing_keys()])
def test_a_key_is_sound(key: SigningKey) -> None:
    """Its numbers, which nobody tests when it is read, are those of an RSA key."""
    numbers = key.private.private_numbers()

    assert numbers.private_key().private_numbers() == numbers


# -- key sets


@pytest.mark.parametrize(
    ("name", "kind", "kid"),
    [
        ("own", "RSA", KEY.kid),
        ("own-private", "RSA", KEY.kid),
        ("stranger", "RSA", signing_keys()[-1].kid),
        ("stranger-as-own", "RSA", KEY.kid),
        ("ec-as-own", "EC", KEY.kid),
        ("oct-as-own", "oct", KEY.kid),
    ],
)
def test_keys_of_a_set(name: str, kind: str, kid: str) -> None:
    """Each key is of its kind, can be read, and has the id of the signing key where its name says so."""
    (key,) = key_set([name], KEY)["keys"]

    assert (key["kty"], key["kid"]) == (kind, kid)
    assert jwt.PyJWK(key, "RS256" if kind == "RSA" else None).key
    assert ("d" in key) == (name == "own-private")
