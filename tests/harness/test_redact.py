from __future__ import annotations

import base64
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reseal.redact import Secrets, _encoded, fingerprint, in_common

from .support import PROPERTY

PASSWORD = "pass word/with?odd&signs"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEifQ.c2lnbmF0dXJl"
IRON = "Fe26.2*1*0a1b2c3d4e5f60718293a4b5c6d7e8f9*iv*ct**salt*mac~2"
FERNET = "gAAAAABrBNRT-SIHKqAG688qWUWUHEUr4xRC"

secrets_of_any_kind = st.text(st.characters(), min_size=8, max_size=40)


def planted(**secrets: str | None) -> Secrets:
    kept = Secrets()
    for name, value in secrets.items():
        kept.plant(name, value)
    return kept


@pytest.mark.parametrize("spelled", [PASSWORD, quote(PASSWORD, safe="")])
def test_a_secret_is_found_and_replaced(spelled: str) -> None:
    """A secret is found and replaced by its name, plainly or percent-encoded."""
    kept = planted(password=PASSWORD)

    assert kept.found_in(f"a={spelled}&b") == ("password",)
    assert kept.redacted(f"a={spelled}&b={spelled}") == "a=<password>&b=<password>"


@PROPERTY
@given(secret=secrets_of_any_kind, before=st.text(), after=st.text())
def test_no_secret_survives(secret: str, before: str, after: str) -> None:
    """Whatever surrounds a secret, it is found, and not left in the text."""
    kept = planted(it=secret)

    assert kept.found_in(before + secret + after) == ("it",)
    assert secret not in kept.redacted(before + secret + after).replace("<it>", "")


@pytest.mark.parametrize("text", ["", "short", "nothing of it in here", PASSWORD[:-1]])
def test_other_text_stays(text: str) -> None:
    """A text without a secret is left as it is."""
    kept = planted(password=PASSWORD)

    assert kept.found_in(text) == ()
    assert kept.redacted(text) == text


@pytest.mark.parametrize("value", [None, "", "1234567"])
def test_what_is_too_short_is_no_secret(value: str | None) -> None:
    """What would be found by chance is not looked for; eight characters are enough."""
    assert planted(it="12345678").found_in("12345678") == ("it",)
    assert planted(it=value).found_in("1234567 and more") == ()


def test_the_first_name_stays() -> None:
    """A value that is two secrets is told by the name that it had first."""
    assert planted(first=PASSWORD, second=PASSWORD).found_in(PASSWORD) == ("first",)


def test_names_are_sorted() -> None:
    """Of several secrets each is told once, in the order of their names."""
    kept = planted(b="b" * 8, a="a" * 8)

    assert kept.found_in("bbbbbbbb aaaaaaaa bbbbbbbb") == ("a", "b")


def test_a_secret_within_another() -> None:
    """Where one secret holds another, the whole of the longer is replaced."""
    kept = planted(token="abcdefgh", cookie="12abcdefgh34")

    assert kept.redacted("12abcdefgh34 abcdefgh") == "<cookie> <token>"


@pytest.mark.parametrize("token", [JWT, IRON, FERNET])
def test_what_looks_like_a_secret(token: str) -> None:
    """A token that nobody planted is replaced by its fingerprint."""
    assert Secrets().redacted(f"got '{token}'") == f"got '{fingerprint(token)}'"


@pytest.mark.parametrize("text", ["eyes.on.me", "Fe26.2*1*", "gAAAAA==", "a.b.c", "Fe26.2*1*~2"])
def test_what_does_not_look_like_a_secret(text: str) -> None:
    """Short pieces that only begin like a token are left."""
    assert Secrets().redacted(f"got '{text}'") == f"got '{text}'"


@pytest.mark.parametrize("length", [1_999, 2_000])
def test_a_long_text_stays(length: int) -> None:
    """A text of up to 2,000 characters is whole."""
    assert Secrets().redacted("x" * length) == "x" * length


def test_a_longer_text_is_cut() -> None:
    """A longer one is cut, after its secrets were replaced, and says how long it was."""
    kept = planted(it="s" * 100)

    assert kept.redacted("x" * 1_990 + "s" * 100) == "x" * 1_990 + "<it>"
    assert kept.redacted("x" * 2_001) == "x" * 2_000 + "… (2001 characters in all)"


@pytest.mark.parametrize("value", ["", "x", "é" * 40, "\ud800"])
def test_fingerprints(value: str) -> None:
    """A fingerprint tells two values apart by length and hash, and shows neither."""
    assert re.fullmatch(rf"<{len(value)} chars #[0-9a-f]{{8}}>", fingerprint(value))
    assert fingerprint(value) == fingerprint(value) != fingerprint(value + "x")


def test_secrets_do_not_show_themselves() -> None:
    """What is printed of the secrets is not the secrets."""
    assert PASSWORD not in repr(planted(password=PASSWORD))


TOKEN = "q3Zt8VbXw2LkP0sYd7HfRm4CnJ6gAe1u"
KEY = f"sk_test_{TOKEN[::-1]}"


def hexed(data: bytes) -> str:
    return data.hex().upper()


@pytest.mark.parametrize("name", ["cookie password", "API key", "refresh token", "new refresh token"])
@pytest.mark.parametrize("before", ["", "a", "ab", "abc", '{"refresh_token": "'])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, bytes.hex, hexed])
def test_an_encoded_secret_is_found(name: str, before: str, encode: Callable[[bytes], bytes | str]) -> None:
    """Hex and base64 hide nothing, whatever is encoded along with the secret."""
    encoded = encode(f"{before}{TOKEN}?>~ÿ".encode())
    text = encoded.decode() if isinstance(encoded, bytes) else encoded
    kept = Secrets()
    kept.plant(name, TOKEN)

    assert kept.found_in(f"sealed {text}") == (name,)
    assert f"<{name}>" in kept.redacted(f"sealed {text}")


@pytest.mark.parametrize(
    "value", [TOKEN.encode(), KEY.encode(), b"\xff\xfb\xef\xbe" * 8, bytes(range(200, 231))]
)
@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("after", range(3))
def test_base64_of_any_bytes(value: bytes, before: int, after: int) -> None:
    """Of any bytes, at any place, in either alphabet, one spelling stands in the text."""
    whole = b"\xff" * before + value + b"\xff" * after

    for text in (base64.b64encode(whole).decode(), base64.urlsafe_b64encode(whole).decode()):
        assert any(spelling in text for spelling in _encoded(value))


@pytest.mark.parametrize("length", [16, 24, 31])
def test_a_part_of_a_secret_is_found(length: int) -> None:
    """Sixteen characters from either end are found, and nothing next to them is left."""
    kept = Secrets()
    kept.plant("refresh token", TOKEN)

    for part in (TOKEN[:length], TOKEN[-length:]):
        assert kept.found_in(f"refreshing {part}...") == ("refresh token",)
        assert kept.redacted(f"refreshing {part}...") == "refreshing <part of refresh token>..."


@pytest.mark.parametrize(
    "text", [TOKEN[:15], TOKEN[-15:], TOKEN[8:24], "sk_test_", TOKEN.lower(), TOKEN.swapcase()]
)
def test_too_little_of_a_secret(text: str) -> None:
    """What may be shown to tell tokens apart is not found."""
    kept = Secrets()
    kept.plant("refresh token", TOKEN)
    kept.plant("API key", KEY)

    assert kept.found_in(text) == ()


@pytest.mark.parametrize(("name", "value"), [("access token", JWT), ("cookie", IRON), ("new cookie", FERNET)])
def test_beginnings_that_are_alike(name: str, value: str) -> None:
    """JWTs and seals begin like others of their kind, so that a beginning says nothing."""
    kept = Secrets()
    kept.plant(name, value)

    assert kept.found_in(f"{value[:16]}...") == ()


@pytest.mark.parametrize(
    "flood",
    ["x" * 1_000_000, "ey" * 500_000, f"-{TOKEN[:16]}-x " * 50_000, f"{TOKEN[-16:]}" * 60_000],
)
def test_a_flood(flood: str) -> None:
    """Of a text without end its beginning is kept, with its length, and nothing of a secret."""
    secrets = Secrets()
    secrets.plant("refresh token", TOKEN)
    kept = secrets.redacted(flood)

    assert len(kept) < 2_100
    assert kept.endswith(" characters in all)")
    assert TOKEN[:16] not in kept
    assert TOKEN[-16:] not in kept


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [("", "", 0), ("a", "", 0), ("ab", "ab", 2), ("abc", "abd", 2), ("ab", "abc", 2)],
)
def test_in_common(one: str, other: str, count: int) -> None:
    assert in_common(one, other) == count == in_common(other, one)


def test_the_secret_that_begins_alike() -> None:
    """Of several, the one whose beginning goes on for longest; without any, an empty text."""
    secrets = Secrets()
    assert secrets.alike("rt_01 a") == ""
    secrets.plant("refresh token", "rt_01+aaaa")
    secrets.plant("new refresh token", "rt_02+bbbb")

    assert secrets.alike("rt_02 bbbb") == "rt_02+bbbb"
