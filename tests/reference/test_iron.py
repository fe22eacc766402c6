from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reseal_reference import ConfigurationError, SealError, iron

from .by_hand import IV, encoded, encrypted, iron_token, padded, plaintext_of
from .support import IRON_PASSWORD, NOW_S, PROPERTY, Clock, any_json, edits
from .support import OTHER_IRON_PASSWORD as OTHER


def refused(token: Any, password: Any = IRON_PASSWORD) -> bool:
    with pytest.raises(SealError) as caught:
        iron.unseal(token, password, now=Clock())
    return str(caught.value) == "the seal does not open with this password"


def test_layout() -> None:
    """A seal has the eight parts of the format, the id 1, no expiration and iron-session's suffix."""
    token = iron.seal({"a": 1}, IRON_PASSWORD)

    assert re.fullmatch(
        r"Fe26\.2\*1\*[0-9a-f]{64}\*[\w-]{22}\*[\w-]{22}\*\*[0-9a-f]{64}\*[\w-]{43}~2", token, re.ASCII
    )


def test_every_part_is_its_own() -> None:
    """No two parts of a seal are the same, the two salts least of all."""
    parts = iron.seal({"a": 1}, IRON_PASSWORD).split("*")

    assert len(parts) == len(set(parts))


def test_every_seal_is_fresh() -> None:
    """Sealing twice shares neither salts nor iv nor ciphertext nor MAC."""
    first, second = (set(iron.seal({"a": 1}, IRON_PASSWORD).split("*")) for _ in range(2))

    assert {"Fe26.2", "1", ""} == first & second


@pytest.mark.parametrize("size", [0, 1, 13, 14, 15, 16, 29, 30, 31, 2500])
def test_length(size: int) -> None:
    """A token is as long as the format says for its plaintext."""
    token = iron.seal("x" * size, IRON_PASSWORD)

    ciphertext = 16 * ((size + 2) // 16 + 1)
    assert 206 + 1 + -(-4 * ciphertext // 3) + 2 == len(token)


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"a": 1, "b": [True, None]}, '{"a":1,"b":[true,null]}'),
        ("é漢😀\u2028\x7f", '"é漢😀\u2028\x7f"'),
        ('"\\/\n\x00\x1f', '"\\"\\\\/\\n\\u0000\\u001f"'),
        ("\ud800x\udfff", '"\\ud800x\\udfff"'),
        ({"\udc00": 2**60 + 1}, '{"\\udc00":1152921504606846977}'),
    ],
)
def test_plaintext(payload: object, text: str) -> None:
    """What is sealed is JSON as JavaScript writes it: no spaces, and only lone surrogates are escaped."""
    assert text == plaintext_of(iron.seal(payload, IRON_PASSWORD))


@PROPERTY
@given(any_json())
def test_round_trip(payload: object) -> None:
    """Any JSON value comes back from its seal."""
    opened = iron.unseal(iron.seal(payload, IRON_PASSWORD), IRON_PASSWORD)

    assert json.dumps(json.loads(json.dumps(payload))) == json.dumps(opened)


@pytest.mark.parametrize("payload", [float("nan"), float("inf"), {"a": -float("inf")}])
def test_only_json_numbers(payload: object) -> None:
    """What JSON cannot write is not sealed."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        iron.seal(payload, IRON_PASSWORD)


def test_by_hand() -> None:
    """A token built from the description of the format opens."""
    assert iron.unseal(iron_token(), IRON_PASSWORD) == {"a": 1}


TOKEN = iron_token('{"user":{"id":"u"}}', expiration="1900000000000")


@PROPERTY
@given(edits(TOKEN))
def test_edited_token(token: str) -> None:
    """A token that was changed, cut or lengthened by one character does not open."""
    assert iron.unseal(TOKEN, IRON_PASSWORD, now=Clock()) == {"user": {"id": "u"}}
    assert refused(token)


@pytest.mark.parametrize("length", [*range(len(TOKEN) - 2), len(TOKEN) - 1])
def test_shortened_token(length: int) -> None:
    """A token of which the end is missing does not open, unless that is the whole suffix."""
    assert iron.unseal(TOKEN[:-2], IRON_PASSWORD, now=Clock()) == {"user": {"id": "u"}}
    assert refused(TOKEN[:length])


@pytest.mark.parametrize(
    "changes",
    [
        {"prefix": "Fe26.1"},
        {"prefix": "fe26.2"},
        {"salt": ""},
        {"mac_salt": ""},
        {"iv": ""},
        {"iv": encoded(IV[:15])},
        {"iv": encoded(IV + b"0")},
        {"iv": encoded(IV) + "=="},
        {"iv": encoded(IV)[:-1]},
        {"ciphertext": ""},
        {"ciphertext": encrypted(padded(b"{}")) + "=="},
        {"ciphertext": encrypted(padded(b"{}"))[:-1]},
        {"ciphertext": encrypted(padded(b"{}")) + "A"},
        {"ciphertext": encoded(bytes(8))},
        {"ciphertext": encrypted(b"{}" + bytes(14))},
        {"ciphertext": encrypted(b"{}" + b"\x11" * 14)},
        {"plaintext": ""},
        {"plaintext": "{"},
        {"plaintext": "\ufeff{}"},
        {"plaintext": "NaN"},
        {"plaintext": "[-Infinity]"},
        {"plaintext": '{"a":{"__proto__":{}}}'},
        {"plaintext": '{"\\u005f_proto__":{}}'},
        {"plaintext": "[" * 1_000_000},
        {"expiration": "0"},
        {"expiration": "01900000000000"},
        {"expiration": "+1900000000000"},
        {"expiration": "1900000000000.5"},
        {"expiration": "1900000000000\n"},
        {"expiration": "١٩٠٠٠٠٠٠٠٠٠٠٠"},
        {"expiration": "9" * 5000},
        {"mac": ""},
        {"mac": "é"},
        {"mac": "A" * 43},
    ],
    ids=lambda changes: "-".join(f"{name}={value[:12]!a}" for name, value in changes.items()),
)
def test_malformed_token(changes: dict[str, str]) -> None:
    """A token with one bad part does not open, with a right MAC over it or not."""
    assert iron.unseal(iron_token(), IRON_PASSWORD) == {"a": 1}
    assert refused(iron_token(**changes))


@pytest.mark.parametrize("token", [None, 7, b"Fe26.2", "", "*" * 7, "Fe26.2*******"])
def test_no_token(token: object) -> None:
    """What is no token at all does not open either."""
    assert refused(token)


@pytest.mark.parametrize("tail", ["~1", "~", "~2~2", "~2 ", "%7E2", "~\uff12", "*"])
def test_suffix(tail: str) -> None:
    """Of all suffixes only ~2 is known; a token without one opens."""
    bare = iron_token().removesuffix("~2")

    assert iron.unseal(bare, IRON_PASSWORD) == {"a": 1}
    assert refused(bare + tail)


@pytest.mark.parametrize("lag_s", [-1.0, 0.0, 60.0, 60.499])
def test_expiration_has_a_minute_of_skew(lag_s: float) -> None:
    """A token opens until a minute after its expiration, to the millisecond."""
    token = iron_token(expiration=str(int(NOW_S) * 1000 + 500))

    assert iron.unseal(token, IRON_PASSWORD, now=Clock(NOW_S + lag_s)) == {"a": 1}


@pytest.mark.parametrize("lag_s", [60.5, 60.501, 1e9])
def test_expired(lag_s: float) -> None:
    """A token that expired a minute ago does not open."""
    token = iron_token(expiration=str(int(NOW_S) * 1000 + 500))

    assert iron.unseal(token, IRON_PASSWORD, now=Clock(NOW_S)) == {"a": 1}
    with pytest.raises(SealError):
        iron.unseal(token, IRON_PASSWORD, now=Clock(NOW_S + lag_s))


@pytest.mark.parametrize("digits", [14, 309, 401])
def test_far_expiration(digits: int) -> None:
    """An expiration may lie beyond what a double holds."""
    token = iron_token(expiration="9" * digits)

    assert iron.unseal(token, IRON_PASSWORD, now=Clock()) == {"a": 1}


@pytest.mark.parametrize("salt", ["AB" * 32, "not hex", "é" * 1000, "x"])
def test_salt_is_a_text(salt: str) -> None:
    """A salt is used as the text that stands in the token, hex or not."""
    assert iron.unseal(iron_token(salt=salt), IRON_PASSWORD) == {"a": 1}
    assert iron.unseal(iron_token(mac_salt=salt), IRON_PASSWORD) == {"a": 1}


def test_invalid_utf8_is_replaced() -> None:
    """Bytes that are no UTF-8 are replaced one by one, as TextDecoder does."""
    token = iron_token(ciphertext=encrypted(padded(b'"\xff\xed\xa0\x80"')))

    assert iron.unseal(token, IRON_PASSWORD) == "\ufffd" * 4


@pytest.mark.parametrize("key_id", ["1", "2", "10", "name", ""])
def test_one_password_opens_any_id(key_id: str) -> None:
    """A single password is tried on a token of any id."""
    assert iron.unseal(iron_token(key_id=key_id), IRON_PASSWORD) == {"a": 1}


@pytest.mark.parametrize(
    ("passwords", "sealing_id"),
    [
        ({"1": OTHER, "2": IRON_PASSWORD}, "2"),
        ({"10": IRON_PASSWORD, "9": OTHER}, "10"),
        ({"0": IRON_PASSWORD}, "0"),
        ({"zz": OTHER, "3": IRON_PASSWORD, "default": OTHER}, "3"),
    ],
)
def test_largest_id_seals(passwords: dict[str, str], sealing_id: str) -> None:
    """Of several passwords the one with the largest number seals, and its id stands in the token."""
    token = iron.seal({"a": 1}, passwords)

    assert sealing_id == token.split("*")[1]
    assert plaintext_of(token, IRON_PASSWORD) == '{"a":1}'
    assert iron.unseal(token, passwords) == {"a": 1}


def test_named_id_opens() -> None:
    """A token sealed before the rotation opens with the password that it names."""
    token = iron.seal({"a": 1}, {"1": OTHER})

    assert iron.unseal(token, {"1": OTHER, "2": IRON_PASSWORD}) == {"a": 1}


def test_empty_id_means_default() -> None:
    """A token without an id opens with the password of the id ``default``."""
    assert iron.unseal(iron_token(key_id=""), {"default": IRON_PASSWORD, "1": OTHER}) == {"a": 1}


@pytest.mark.parametrize("key_id", ["1", "3", "", "__proto__"])
def test_only_the_named_id_is_tried(key_id: str) -> None:
    """Another password than the named one does not open a token, were it the right one."""
    token = iron_token(key_id=key_id)

    assert iron.unseal(token, IRON_PASSWORD) == {"a": 1}
    assert refused(token, {"1": OTHER, "2": IRON_PASSWORD})


def test_wrong_password() -> None:
    """A token does not open with another password."""
    token = iron.seal({"a": 1}, IRON_PASSWORD)

    assert iron.unseal(token, IRON_PASSWORD) == {"a": 1}
    assert refused(token, OTHER)


@pytest.mark.parametrize("password", ["x" * 32, "🔑" * 16, "é" * 32, " " * 32])
def test_password_length_is_javascripts(password: str) -> None:
    """A password needs 32 UTF-16 code units, as JavaScript counts."""
    assert iron.unseal(iron.seal([], password), password) == []


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("x" * 31, "cookie_password has 31 characters, Iron needs at least 32"),
        ("é" * 31, "has 31 characters"),
        ("🔑" * 15, "has 30 characters"),
        ({"1": OTHER, "2": "short"}, "cookie_password has 5 characters"),
        ({"a b": OTHER}, "cookie_password ids must be ASCII letters, digits or _"),
        ({"é": OTHER}, "cookie_password ids must be"),
        ({"": OTHER}, "cookie_password ids must be"),
        ("", "cookie_password must be a non-empty str, got an empty str"),
        ({"1": ""}, "must be a non-empty str, got an empty str"),
        ({"1": None}, "must be a non-empty str, got NoneType"),
        ({"1": b"x" * 32}, "must be a non-empty str, got bytes"),
        ({1: OTHER}, "cookie_password ids must be str, got int. Write '1', not 1."),
        (None, "cookie_password must be a str or a mapping of ids to str, got NoneType"),
        (b"x" * 32, "got bytes"),
        ([OTHER], "got list"),
        ({}, "got dict"),
    ],
)
def test_unusable_password(password: Any, message: str) -> None:
    """A password that cannot be used is the caller's fault, whether it is to seal or to open."""
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        iron.seal({"a": 1}, password)
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        iron.unseal(iron_token(), password)


def test_no_id_to_seal_with() -> None:
    """Passwords without a numeric id open tokens but seal none."""
    assert iron.unseal(iron_token(key_id="main"), {"main": IRON_PASSWORD}) == {"a": 1}
    with pytest.raises(ConfigurationError, match="no numeric id to seal with"):
        iron.seal({"a": 1}, {"main": IRON_PASSWORD, "x9": IRON_PASSWORD})


@PROPERTY
@given(st.text(st.characters(), min_size=32, max_size=40))
def test_any_password(password: str) -> None:
    """Any text that is long enough is a password; JavaScript reads its lone surrogates as U+FFFD."""
    as_javascript_reads_it = re.sub("[\ud800-\udfff]", "\ufffd", json.loads(json.dumps(password)))

    assert iron.unseal(iron.seal([1], password), as_javascript_reads_it) == [1]
