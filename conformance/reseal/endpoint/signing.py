"""Access tokens: signed as the API signs them, and wrong in one named way.

The keys are fixtures (``fixtures/keys``): to make one takes longer than to run a case.
"""

from __future__ import annotations

import functools
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicKey,
    RSAPublicNumbers,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm
from jwt.utils import base64url_decode, from_base64url_uint

from .. import _data

LIFETIME_S = 300


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A test key: private for signing, ``public`` as it stands in a key set."""

    private: RSAPrivateKey = field(repr=False)
    public: Mapping[str, Any]

    @property
    def kid(self) -> str:
        return str(self.public["kid"])


@functools.cache
def signing_keys() -> tuple[SigningKey, ...]:
    """The test keys, in order; the last belongs to nobody and signs forgeries."""
    rows = _data.read_json(_data.fixtures_root() / "keys" / "signing.json")["keys"]
    return tuple(SigningKey(_private_key(row["private"], row["public"]), row["public"]) for row in rows)


def _private_key(private: Mapping[str, str], public: Mapping[str, Any]) -> RSAPrivateKey:
    """The key of a row.  To test whether its numbers are primes takes longer than ten cases."""
    numbers = RSAPrivateNumbers(
        d=from_base64url_uint(private["d"]),
        p=from_base64url_uint(private["p"]),
        q=from_base64url_uint(private["q"]),
        dmp1=from_base64url_uint(private["dp"]),
        dmq1=from_base64url_uint(private["dq"]),
        iqmp=from_base64url_uint(private["qi"]),
        public_numbers=RSAPublicNumbers(
            e=from_base64url_uint(public["e"]), n=from_base64url_uint(public["n"])
        ),
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def key_set(names: Iterable[str], key: SigningKey) -> dict[str, Any]:
    """A key set of the keys ``names``, where ``key`` is the one that signs."""
    keys = ({"kid": key.kid, "use": "sig", **_KEYS[name](key)} for name in names)
    return {"keys": [{field: value for field, value in each.items() if value is not None} for each in keys]}


def sign(claims: Mapping[str, Any], key: SigningKey) -> str:
    """An access token.  Its claims are UTF-8, as JavaScript writes them; PyJWT's own have escapes."""
    text = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return jwt.PyJWS().encode(text, key.private, algorithm="RS256", headers={"kid": key.kid})


def forge(
    fault: str, claims: Mapping[str, Any], key: SigningKey, foreign_keys: Callable[[], str] | None = None
) -> str:
    """An access token that differs from `sign`'s in ``fault`` alone.

    ``foreign_keys`` gives the URL of a key set that has the stranger's key, for a token that leads there.
    """
    if fault == "foreign-key-set" and foreign_keys is not None:
        return _by_stranger(claims, {"jku": foreign_keys()})
    return FAULTS[fault](dict(claims), key)


def resigned(token: str, how: str) -> str:
    """``token`` to the last claim, under another signature: ``damaged``, ``stripped``, or a stranger's.

    ``altered`` is the other way about: its signature, under the claims of another user.
    """
    signed, _, signature = token.rpartition(".")
    match how:
        case "altered":
            header, _, claims = signed.partition(".")
            return f"{header}.{_part({**json.loads(base64url_decode(claims)), **_SOMEBODY_ELSE})}.{signature}"
        case "stripped":
            return f"{signed}."
        case "damaged":
            return f"{signed}.{_encode(bytes(byte ^ 1 for byte in base64url_decode(signature)))}"
    return (
        f"{signed}.{_encode(jwt.get_algorithm_by_name('RS256').sign(signed.encode(), _stranger().private))}"
    )


_SOMEBODY_ELSE = {"sub": "user_somebody_else"}


def _stranger() -> SigningKey:
    return signing_keys()[-1]


def _before(key: SigningKey) -> SigningKey:
    """The key that signed before ``key`` does: they take turns, but for the stranger's."""
    keys = signing_keys()[:-1]
    return keys[keys.index(key) - 1]


def _bad_signature(claims: dict[str, Any], key: SigningKey) -> str:
    return jwt.encode(claims, _stranger().private, algorithm="RS256", headers={"kid": key.kid})


def _by_stranger(claims: Mapping[str, Any], headers: Mapping[str, Any]) -> str:
    # A token that brings its own key, or says where to fetch it, vouches for itself (RFC 8725, 3.10).
    key = _stranger()
    return jwt.encode(dict(claims), key.private, algorithm="RS256", headers={"kid": key.kid, **headers})


def _tampered(claims: dict[str, Any], key: SigningKey) -> str:
    header, _, signature = sign(claims, key).split(".")
    return f"{header}.{_part({**claims, **_SOMEBODY_ELSE})}.{signature}"


def _unsigned(header: Mapping[str, Any]) -> Callable[[dict[str, Any], SigningKey], str]:
    def token(claims: dict[str, Any], key: SigningKey) -> str:
        return f"{_part({**header, 'typ': 'JWT', 'kid': key.kid})}.{_part(claims)}."

    return token


def _alg_none_signed(claims: dict[str, Any], key: SigningKey) -> str:
    return _unsigned({"alg": "none"})(claims, key) + sign(claims, _stranger()).rpartition(".")[2]


def _confused(
    secret: Callable[[RSAPublicKey], bytes], algorithm: str = "HS256"
) -> Callable[[dict[str, Any], SigningKey], str]:
    """HMAC keyed with the public key, which everybody knows, in a form that it is kept in (RFC 8725, 2.1).

    PyJWT refuses to make one from a PEM text, so it is made by hand.
    """

    def token(claims: dict[str, Any], key: SigningKey) -> str:
        signed = f"{_part({'alg': algorithm, 'typ': 'JWT', 'kid': key.kid})}.{_part(claims)}"
        signature = jwt.get_algorithm_by_name(algorithm).sign(
            signed.encode(), secret(key.private.public_key())
        )
        return f"{signed}.{_encode(signature)}"

    return token


def _pem(key: RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _der(key: RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _pkcs1(key: RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.PKCS1)


def _modulus(key: RSAPublicKey) -> bytes:
    return key.public_numbers().n.to_bytes(key.key_size // 8, "big")


def _shifted(**dates: int) -> Callable[[dict[str, Any], SigningKey], str]:
    def token(claims: dict[str, Any], key: SigningKey) -> str:
        return sign({**claims, **{name: claims["iat"] + seconds for name, seconds in dates.items()}}, key)

    return token


def _no_expiry(claims: dict[str, Any], key: SigningKey) -> str:
    return sign({name: value for name, value in claims.items() if name != "exp"}, key)


def _part(value: Mapping[str, Any]) -> str:
    return _encode(json.dumps(value, separators=(",", ":")).encode())


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _private(key: SigningKey) -> dict[str, Any]:
    return {**RSAAlgorithm.to_jwk(key.private, as_dict=True), **key.public}


# The point is that of RFC 7517, appendix A.1: a key like any other, and nobody's secret.
_EC: Mapping[str, Any] = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
}
_KEYS: Mapping[str, Callable[[SigningKey], Mapping[str, Any]]] = {
    "own": lambda key: key.public,
    "own-private": _private,
    "own-for-encryption": lambda key: {**key.public, "use": "enc"},
    "own-for-another-use": lambda key: {**key.public, "use": "tls"},
    "own-without-use": lambda key: {**key.public, "use": None},
    "own-without-alg": lambda key: {**key.public, "alg": None},
    "own-of-another-alg": lambda key: {**key.public, "alg": "RS512"},
    "before": lambda key: _before(key).public,
    "stranger": lambda _: _stranger().public,
    "stranger-as-own": lambda key: {**_stranger().public, "kid": key.kid},
    "ec": lambda _: {**_EC, "kid": "elliptic"},
    "ec-as-own": lambda _: _EC,
    "unknown-kind": lambda _: {"kty": "XYZ", "kid": "unheard-of", "alg": "XYZ256", "xyz": "AQAB"},
    "oct-as-own": lambda _: {"kty": "oct", "k": _encode(b"a key that both sides would have to know")},
}

FAULTS: Mapping[str, Callable[[dict[str, Any], SigningKey], str]] = {
    "bad-signature": _bad_signature,
    "tampered": _tampered,
    "stripped": lambda claims, key: sign(claims, key).rpartition(".")[0] + ".",
    "alg-none": _unsigned({"alg": "none"}),
    "alg-none-in-capitals": _unsigned({"alg": "NONE"}),
    "alg-none-signed": _alg_none_signed,
    "alg-missing": _unsigned({}),
    "alg-confusion": _confused(_pem),
    "alg-confusion-hs512": _confused(_pem, "HS512"),
    "alg-confusion-der": _confused(_der),
    "alg-confusion-pkcs1": _confused(_pkcs1),
    "alg-confusion-modulus": _confused(_modulus),
    "unknown-kid": lambda claims, _: sign(claims, _stranger()),
    "embedded-key": lambda claims, _: _by_stranger(claims, {"jwk": _stranger().public}),
    "foreign-key-set": lambda claims, _: _by_stranger(claims, {"jku": "https://elsewhere.invalid/keys"}),
    "retired-key": lambda claims, key: sign(claims, _before(key)),
    "no-kid": lambda claims, key: jwt.encode(claims, key.private, algorithm="RS256"),
    "expired": _shifted(iat=-7_200, exp=-3_600),
    "expired-5-min": _shifted(iat=-600, exp=-300),
    "expired-65-s": _shifted(iat=-365, exp=-65),
    "not-yet-valid": _shifted(nbf=3_600),
    "issued-in-an-hour": _shifted(iat=3_600, nbf=3_600, exp=7_200),
    "valid-in-90-s": _shifted(nbf=90),
    "issued-in-5-s": _shifted(iat=5),
    "expires-in-40-s": _shifted(exp=40),
    "no-expiry": _no_expiry,
    "not-a-jwt": lambda claims, key: "not-a-jwt-at-all",  # noqa: ARG005
    "four-parts": lambda claims, key: f"{sign(claims, key)}.{_encode(b'more')}",
    "empty-fourth-part": lambda claims, key: f"{sign(claims, key)}.",
    "two-parts": lambda claims, key: sign(claims, key).rpartition(".")[0],
    "not-json": lambda claims, key: (
        f"{_encode(b'not json')}.{_part(claims)}.{sign(claims, key).rpartition('.')[2]}"
    ),
}
