"""The same seal in another spelling: what lenient readers make of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reseal.formats import Format
from reseal.formats.naming import lenient_bytes
from reseal.vectors.mutations import CLOCK_S

from .support import FERNET, IRON, OWN, PROPERTY, rng

IRON_TOKEN = IRON.seal({"a": 1}, IRON.new_password(rng()), rng(), {})
FERNET_TOKEN = FERNET.seal({"a": 1}, FERNET.new_password(rng()), rng(), {"sealed_at": CLOCK_S})
HEAD, _, MAC = IRON_TOKEN.removesuffix("~2").rpartition("*")
LAST = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", b""),
        ("AAEC", b"\x00\x01\x02"),
        ("AAE=", b"\x00\x01"),
        ("AAE", b"\x00\x01"),
        ("AAECA", b"\x00\x01\x02"),
        (" A A\nE!C ", b"\x00\x01\x02"),
        ("_-_-", b"\xff\xef\xfe"),
        ("/+/+", b"\xff\xef\xfe"),
        ("AAéEC", b"\x00\x01\x02"),
        ("=AAEC=", b"\x00\x01\x02"),
    ],
)
def test_lenient_readers(text: str, data: bytes) -> None:
    """A lenient reader takes both alphabets, and drops padding, white space and whatever it does not know."""
    assert lenient_bytes(text) == data


@PROPERTY
@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    """A lenient reader makes something of any text."""
    assert isinstance(lenient_bytes(text), bytes)


@pytest.mark.parametrize(
    ("form", "token", "original"),
    [
        (IRON, IRON_TOKEN, IRON_TOKEN),
        (IRON, IRON_TOKEN.removesuffix("~2"), IRON_TOKEN),
        (IRON, f"{HEAD}*{MAC}~1", IRON_TOKEN),
        (IRON, f"{HEAD}*{MAC}=~2", IRON_TOKEN),
        (IRON, f"{HEAD}*{MAC[:20]} {MAC[20:]}~2", IRON_TOKEN),
        (IRON, f"{HEAD}*{MAC.replace('-', '+').replace('_', '/')}~2", IRON_TOKEN),
        (IRON, f"{HEAD}*{MAC[:-1]}{LAST[LAST.index(MAC[-1]) ^ 1]}~2", IRON_TOKEN),
        (FERNET, FERNET_TOKEN, FERNET_TOKEN),
        (FERNET, FERNET_TOKEN.rstrip("="), FERNET_TOKEN),
        (FERNET, f"{FERNET_TOKEN}=", FERNET_TOKEN),
        (FERNET, f"{FERNET_TOKEN[:10]}\n{FERNET_TOKEN[10:]}", FERNET_TOKEN),
        (FERNET, f"{FERNET_TOKEN}{FERNET_TOKEN}", FERNET_TOKEN),
        (OWN, "sealed", "sealed"),
    ],
)
def test_the_same_seal(form: Format, token: str, original: str) -> None:
    """A text that some reader takes for the same seal is the same seal."""
    assert form.is_same(token, original)


@pytest.mark.parametrize(
    ("form", "token", "original"),
    [
        (IRON, f"{HEAD}*{MAC[:-3]}~2", IRON_TOKEN),
        (IRON, f"{HEAD}*{MAC}A~2"[:-4] + "AAAA~2", IRON_TOKEN),
        (IRON, f"{HEAD}=*{MAC}~2", IRON_TOKEN),
        (IRON, f"{HEAD[:-1]}*{MAC}~2", IRON_TOKEN),
        (IRON, f" {IRON_TOKEN}", IRON_TOKEN),
        (IRON, "", IRON_TOKEN),
        (FERNET, FERNET_TOKEN[:-4], FERNET_TOKEN),
        (FERNET, f"A{FERNET_TOKEN}", FERNET_TOKEN),
        (FERNET, "", FERNET_TOKEN),
        (OWN, "sealed=", "sealed"),
    ],
)
def test_another_seal(form: Format, token: str, original: str) -> None:
    """A text in which anything else was changed is another seal."""
    assert form.is_same(original, original)
    assert not form.is_same(token, original)
