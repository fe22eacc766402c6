"""Implementations that are right until an access token is wrong, or right, in an unusual form."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reseal import RefreshRequest

from .faults_alone import Remembers
from .registry import breaks
from .right import Raised, Result, Right


def parts(token: str) -> tuple[bytes, bytes]:
    """What is signed, and the signature."""
    signed, _, signature = token.rpartition(".")
    return signed.encode(), jwt.utils.base64url_decode(signature)


# -- without a signature


class _TakesUnsigned(Right):
    def is_taken(self, alg: Any, signature: bytes) -> bool:
        raise NotImplementedError

    def decode(self, token: str, key: Any) -> bool:
        _, signature = parts(token)
        return self.is_taken(jwt.get_unverified_header(token).get("alg"), signature) or super().decode(
            token, key
        )


@breaks("jwt.alg-none")
class KnowsNoneInSmallLettersOnly(_TakesUnsigned):
    """Refuses ``none`` by its name, and leaves the rest to a library that reads names as they come."""

    def is_taken(self, alg: Any, signature: bytes) -> bool:
        return isinstance(alg, str) and alg != "none" and alg.lower() == "none"


@breaks("jwt.alg-none")
class TakesNoneForSigned(_TakesUnsigned):
    """Refuses a token whose signature is empty, and no other of those that say none."""

    def is_taken(self, alg: Any, signature: bytes) -> bool:
        return alg == "none" and signature != b""


@breaks("jwt.alg-none")
class NeedsNoAlgorithm(_TakesUnsigned):
    def is_taken(self, alg: Any, signature: bytes) -> bool:
        return alg is None


@breaks("jwt.bad-signature")
class VerifiesSignaturesThatAreThere(_TakesUnsigned):
    def is_taken(self, alg: Any, signature: bytes) -> bool:
        return alg == "RS256" and signature == b""


# -- HMAC


class _TakesHMAC(Right):
    """Takes the key for a secret where the header asks for HMAC, in the form that it has it in."""

    algorithms: Mapping[str, str] = {"HS256": "sha256"}

    def secret(self, key: RSAPublicKey) -> bytes:
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def decode(self, token: str, key: Any) -> bool:
        digest = self.algorithms.get(jwt.get_unverified_header(token).get("alg"))
        if digest is None:
            return super().decode(token, key)
        signed, signature = parts(token)
        return hmac.compare_digest(hmac.digest(self.secret(key), signed, digest), signature)


@breaks("jwt.alg-confusion")
class TakesHS512(_TakesHMAC):
    algorithms = {"HS384": "sha384", "HS512": "sha512"}


@breaks("jwt.alg-confusion")
class TakesTheDERForASecret(_TakesHMAC):
    def secret(self, key: RSAPublicKey) -> bytes:
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@breaks("jwt.alg-confusion")
class TakesThePKCS1ForASecret(_TakesHMAC):
    def secret(self, key: RSAPublicKey) -> bytes:
        return key.public_bytes(Encoding.PEM, PublicFormat.PKCS1)


@breaks("jwt.alg-confusion")
class TakesTheModulusForASecret(_TakesHMAC):
    def secret(self, key: RSAPublicKey) -> bytes:
        return key.public_numbers().n.to_bytes(key.key_size // 8, "big")


# -- dates and other claims


class _ReadsNotBefore(Right):
    """Leaves a not-before date of one type alone."""

    type: type

    def options_for(self, token: str) -> Mapping[str, Any]:
        is_odd = isinstance(self.claims(token).get("nbf", 0), self.type)
        return {**self.options, "verify_nbf": not is_odd}

    def has_dates(self, token: str) -> bool:
        claims = self.claims(token)
        return self.is_date(claims.get("exp")) and (
            isinstance(claims.get("nbf"), self.type) or self.is_date(claims.get("nbf", 0))
        )


@breaks("jwt.dates")
class TakesNullForNoNotBefore(_ReadsNotBefore):
    type = type(None)


@breaks("jwt.dates")
class TakesAnObjectForNoNotBefore(_ReadsNotBefore):
    type = dict


@breaks("jwt.dates")
class ReadsDigitsOfNotBefore(Right):
    def has_dates(self, token: str) -> bool:
        claims = self.claims(token)
        not_before = claims.get("nbf", 0)
        return self.is_date(claims["exp"]) and (str(not_before).isdigit() or self.is_date(not_before))


@breaks("jwt.template-claims")
class RefusesLongTokens(Right):
    def decode(self, token: str, key: Any) -> bool:
        return len(token) < 4_096 and super().decode(token, key)


@breaks("jwt.template-claims")
class ReadsClaimsInASCII(Right):
    def decode(self, token: str, key: Any) -> bool:
        return super().decode(token, key) and jwt.utils.base64url_decode(token.split(".")[1]).isascii()


@breaks("jwt.template-claims")
class TakesAClaimForAnError(Right):
    def decode(self, token: str, key: Any) -> bool:
        return super().decode(token, key) and "error" not in self.claims(token)


# -- the status


@breaks("error.transient")
class LooksForOrganizationsFirst(Right):
    """Reads one of the codes before the status."""

    def is_terminal(self, response: httpx.Response, code: str) -> bool:
        return code == "organization_not_authorized" or super().is_terminal(response, code)


_TRANSIENT = (408, 429, 500, 502, 503, 504)


@breaks("error.transient")
class KnowsFourStatuses(Right):
    """Takes the statuses that it has met for transient, and reads the code of any other."""

    def is_terminal(self, response: httpx.Response, code: str) -> bool:
        is_refusal = response.status_code >= 400 and response.status_code not in _TRANSIENT
        return is_refusal and code in ("invalid_grant", "organization_not_authorized")


@breaks("error.organization-membership")
class EndsTheSessionOfAFormerMember(Right):
    """Takes a membership that ended for a session that did, where no organization was asked for."""

    def refused(self, request: RefreshRequest, response: httpx.Response) -> Result:
        if request.organization_id is None and self.code(response) == "organization_membership_not_found":
            return self.failed("invalid_grant")
        return super().refused(request, response)


@breaks("concurrency.after-failure")
class RemembersWhatWillNotGetBetter(Remembers):
    """Gives a session up where the endpoint's answer was none that a proxy gives in a bad minute."""

    def exchange(self, request: RefreshRequest, session: dict[str, Any]) -> Result:
        try:
            return super().exchange(request, session)
        except Raised as err:
            if not str(err).startswith(("refused: 3", "refused: 429", "refused: 5")):
                self.burnt.add(request.session_data)
            raise
