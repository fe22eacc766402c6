from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import given

from reseal_reference import ConfigurationError, SealError, fernet

from .by_hand import fernet_token
from .support import FERNET_KEY, IRON_PASSWORD, PROPERTY, Clock, any_json, edits
from .support import OTHER_FERNET_KEY as OTHER_KEY

TOKEN = fernet_token(b'{"user": {"id": "u"}}')


def refused(token: Any, password: Any = FERNET_KEY) -> bool:
    with pytest.raises(SealError) as caught:
        fernet.unseal(token, password)
    return str(caught.value) == "the seal does not open with this password"


def test_seal_is_fernet() -> None:
    """A seal is a Fernet token of the time that the clock gives."""
    token = fernet.seal({"a": 1}, FERNET_KEY, now=Clock(1_700_000_000.9))

    assert Fernet(FERNET_KEY).decrypt(token) == b'{"a": 1}'
    assert Fernet(FERNET_KEY).extract_timestamp(token) == 1_700_000_000


@pytest.mark.parametrize(
    ("payload", "plaintext"),
    [
        ({"a": 1, "b": [True, None]}, b'{"a": 1, "b": [true, null]}'),
        ("é😀", b'"\\u00e9\\ud83d\\ude00"'),
        ("\ud800", b'"\\ud800"'),
    ],
)
def test_plaintext(payload: object, plaintext: bytes) -> None:
    """What is sealed is JSON as Python writes it: spaces after the separators, and ASCII only."""
    assert plaintext == Fernet(FERNET_KEY).decrypt(fernet.seal(payload, FERNET_KEY))


@PROPERTY
@given(any_json())
def test_round_trip(payload: object) -> None:
    """Any JSON value comes back from its seal."""
    opened = fernet.unseal(fernet.seal(payload, FERNET_KEY), FERNET_KEY)

    assert json.dumps(json.loads(json.dumps(payload))) == json.dumps(opened)


@pytest.mark.parametrize("payload", [float("nan"), float("inf"), {"a": -float("inf")}])
def test_only_json_numbers(payload: object) -> None:
    """What JSON cannot write is not sealed."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        fernet.seal(payload, FERNET_KEY)


@PROPERTY
@given(edits(TOKEN))
def test_edited_token(token: str) -> None:
    """A token that was changed, cut or lengthened by one character does not open."""
    assert fernet.unseal(TOKEN, FERNET_KEY) == {"user": {"id": "u"}}
    assert refused(token)


@pytest.mark.parametrize("length", range(len(TOKEN)))
def test_shortened_token(length: int) -> None:
    """A token of which the end is missing does not open."""
    assert fernet.unseal(TOKEN, FERNET_KEY) == {"user": {"id": "u"}}
    assert refused(TOKEN[:length])


@pytest.mark.parametrize(
    "spelling",
    [
        TOKEN + "=",
        TOKEN + "====",
        TOKEN + TOKEN,
        TOKEN + "\n",
        " " + TOKEN,
        f'"{TOKEN}"',
        TOKEN[:20] + "\r\n" + TOKEN[20:],
        TOKEN[:20] + "=" + TOKEN[20:],
        TOKEN.replace("-", "+").replace("_", "/"),
        TOKEN.replace("=", "%3D"),
        TOKEN.rstrip("="),
    ],
)
def test_one_spelling(spelling: str) -> None:
    """Of the texts that a lenient base64 decoder takes for a token, only the canonical one opens."""
    assert fernet.unseal(TOKEN, FERNET_KEY) == {"user": {"id": "u"}}
    assert spelling != TOKEN
    assert refused(spelling)


def test_trailing_bits() -> None:
    """A token whose last bits, which decode to nothing, are not zero does not open."""
    body, last = TOKEN[:-2], TOKEN[-2]
    spelling = f"{body}{chr(ord(last) + 1)}="

    assert base64.urlsafe_b64decode(TOKEN) == base64.urlsafe_b64decode(spelling)
    assert refused(spelling)


@pytest.mark.parametrize(
    "plaintext",
    [
        b"",
        b"{",
        b"\xef\xbb\xbf{}",
        b'{"a":"\xff"}',
        b"NaN",
        b"[Infinity]",
        b'{"__proto__":{}}',
        b"[" * 1_000_000,
    ],
    ids=lambda plaintext: repr(plaintext[:16]),
)
def test_no_json_inside(plaintext: bytes) -> None:
    """A token with something else than strict JSON inside does not open."""
    assert fernet.unseal(fernet_token(b"[]"), FERNET_KEY) == []
    assert refused(fernet_token(plaintext))


@pytest.mark.parametrize("token", [None, 7, TOKEN.encode(), "", "=", "é", "\ud800", "Fe26.2*******"])
def test_no_token(token: object) -> None:
    """What is no token at all does not open either."""
    assert refused(token)


@pytest.mark.parametrize("timestamp", [0, 1_700_000_000, 2**53 + 1, 2**64 - 1])
def test_time_stamp_is_not_checked(timestamp: int) -> None:
    """A token of any time opens, since the SDK sets no limit."""
    assert fernet.unseal(fernet_token(b"[]", timestamp), FERNET_KEY) == []


@pytest.mark.parametrize("passwords", [{"1": OTHER_KEY, "2": FERNET_KEY}, {"10": FERNET_KEY, "9": OTHER_KEY}])
def test_largest_id_seals(passwords: dict[str, str]) -> None:
    """Of several keys the one with the largest number seals."""
    assert fernet.unseal(fernet.seal([1], passwords), FERNET_KEY) == [1]


@pytest.mark.parametrize("key_id", ["1", "2", "name"])
def test_any_id_opens(key_id: str) -> None:
    """A token names no key, so each of several is tried on it."""
    assert fernet.unseal(TOKEN, {"1": OTHER_KEY, "7": OTHER_KEY, key_id: FERNET_KEY}) == {"user": {"id": "u"}}


@pytest.mark.parametrize("password", [OTHER_KEY, {"1": OTHER_KEY, "2": OTHER_KEY}])
def test_wrong_key(password: Any) -> None:
    """A token does not open with other keys."""
    assert fernet.unseal(TOKEN, FERNET_KEY) == {"user": {"id": "u"}}
    assert refused(TOKEN, password)


@pytest.mark.parametrize(
    ("password", "message"),
    [
        (IRON_PASSWORD, "must be a Fernet key (32 bytes in URL-safe base64, 44 characters), got 34"),
        (FERNET_KEY[:-1], "got 43 characters"),
        ({"1": FERNET_KEY, "2": "é" * 44}, "cookie_password must be a Fernet key"),
        ({"1": "\ud800"}, "got 1 characters"),
        ("", "must be a non-empty str, got an empty str"),
        ({1: FERNET_KEY}, "cookie_password ids must be str, got int"),
        (FERNET_KEY.encode(), "got bytes"),
        (None, "got NoneType"),
    ],
)
def test_unusable_password(password: Any, message: str) -> None:
    """A password that is no Fernet key is the caller's fault, whether it is to seal or to open."""
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        fernet.seal([], password)
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        fernet.unseal(TOKEN, password)


def test_no_id_to_seal_with() -> None:
    """Keys without a numeric id open tokens but seal none."""
    assert fernet.unseal(TOKEN, {"main": FERNET_KEY, "²": OTHER_KEY}) == {"user": {"id": "u"}}
    with pytest.raises(ConfigurationError, match="no numeric id to seal with"):
        fernet.seal([], {"main": FERNET_KEY, "²": OTHER_KEY})
