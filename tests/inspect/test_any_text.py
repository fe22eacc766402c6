"""``reseal inspect`` on anything: it always has an answer, and never shows a secret."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reseal import _data
from reseal.inspect import inspect_cookie, to_json, to_text

from . import by_hand
from .cookies import IRON, KEY, NOW_S, ROWS, SESSION

PROPERTY = settings(derandomize=True, deadline=None, database=None, max_examples=150)

passwords = st.none() | st.sampled_from([IRON, KEY, ""]) | st.text(st.characters(exclude_categories=["Cs"]))
cookies = st.sampled_from([row.text for row in ROWS])
texts = (
    st.text() | st.text("Fe26.2*~gA=+/-_ \n%\"';{}01") | st.binary().map(lambda data: data.decode("latin-1"))
)
numbers = st.integers() | st.floats()
payloads = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["access_token", "refresh_token", "user", "exp", "x"]), inner)
    ),
    max_leaves=12,
)


def inspected(text: str, password: str | None) -> dict[str, Any]:
    """The JSON of an inspection, which must be valid and must have a text to it."""
    found = inspect_cookie(text, password=password, now_s=NOW_S)
    assert to_text(found)
    value = json.loads(json.dumps(to_json(found), allow_nan=False))
    assert _data.first_error(value, "inspect") is None
    return value


@PROPERTY
@given(text=texts, password=passwords)
def test_any_text(text: str, password: str | None) -> None:
    """Any text has a verdict, and what no application has sealed does not open."""
    assert inspected(text, password)["verdict"] in ("not-a-seal", "does-not-open", "no-password")


@PROPERTY
@given(
    cookie=cookies, password=passwords, at=st.floats(0, 1), cut=st.integers(0, 40), put=st.text(max_size=6)
)
def test_any_damage(cookie: str, password: str | None, at: float, cut: int, put: str) -> None:
    """However a cookie is damaged, there is an answer, and a cause for every verdict that is none."""
    start = int(len(cookie) * at)

    value = inspected(cookie[:start] + put + cookie[start + cut :], password)

    causes = [finding for finding in value["findings"] if finding["kind"] == "cause"]
    assert bool(causes) == (value["verdict"] not in ("would-refresh", "no-password"))


@PROPERTY
@given(payload=payloads)
def test_any_payload(payload: Any) -> None:
    """Whatever is sealed, the seal opens, and no token inside is shown."""
    token = "a-secret-token-of-some-length"
    sealed = {**SESSION, "refresh_token": token, "inside": payload}

    value = inspected(by_hand.fernet(sealed, KEY), KEY)

    assert "would-refresh" == value["verdict"]
    assert token not in json.dumps(value)


def test_deep_nesting() -> None:
    """A payload that is nested deeply is cut off, not tripped over."""
    text = "[" * 800 + "]" * 800

    assert "not-an-object" == inspected(by_hand.iron(None, IRON, plaintext=text), IRON)["findings"][0]["id"]
