"""`reseal inspect` on the table of cookies."""

from __future__ import annotations

import json

import pytest

from reseal import UsageError, _data
from reseal.inspect import inspect_cookie, to_json, to_text

from . import by_hand
from .cookies import FERNET_SMALL, IRON, KEY, NODE, NODE_PASSWORD, NOW_S, ROWS, SESSION, SMALL, TTL, Row

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)


@every_row
def test_cookie(row: Row) -> None:
    """Of each cookie the format, the producer, the verdict and the first finding are right."""
    found = inspect_cookie(row.text, password=row.password, sdk=row.sdk, now_s=NOW_S)

    first = found.findings[0].id if found.findings else None
    assert (row.format, row.producer, row.verdict, row.first) == (
        found.format,
        found.producer,
        found.verdict,
        first,
    )


@every_row
def test_nothing_usable_is_shown(row: Row) -> None:
    """Neither text nor JSON shows a password, a token or a seal."""
    found = inspect_cookie(row.text, password=row.password, now_s=NOW_S)
    said = to_text(found) + json.dumps(to_json(found))

    secrets = [SESSION["refresh_token"], SESSION["access_token"], row.password, row.text]
    assert [] == [secret for secret in secrets if secret and len(secret) > 20 and secret in said]


@every_row
def test_json_is_valid(row: Row) -> None:
    """The JSON of each inspection keeps to its schema, and is JSON."""
    value = to_json(inspect_cookie(row.text, password=row.password, sdk=row.sdk, now_s=NOW_S))

    assert _data.first_error(value, "inspect") is None
    assert json.loads(json.dumps(value, allow_nan=False)) == value


def test_the_table_is_large_enough() -> None:
    """The table has more than 60 cookies, each with an id of its own, of every format."""
    formats = set(
        _data.read_json(_data.fixtures_root() / "schema" / "inspect.schema.json")["properties"]["format"][
            "enum"
        ]
    )

    assert len(ROWS) > 60
    assert len(ROWS) == len({row.id for row in ROWS})
    assert formats == {row.format for row in ROWS}


def test_a_wrapped_cookie_is_shown_mended() -> None:
    """What is inside is shown too where a cookie opens only once it is mended."""
    found = inspect_cookie(f'"{NODE}"', password=NODE_PASSWORD, now_s=NOW_S)

    assert found.opens is False
    assert found.content is not None
    assert found.content.would_refresh


def test_several_wraps_are_all_named() -> None:
    """A cookie that was wrapped more than once has each wrap named, the outermost first."""
    found = inspect_cookie(f'wos-session="{NODE}"; Path=/', password=NODE_PASSWORD, now_s=NOW_S)

    assert ["cookie-header", "quoted"] == [finding.id for finding in found.findings]


def test_a_guess_is_not_called_certain() -> None:
    """Another password and a change on the way cannot be told apart, so neither is certain."""
    found = inspect_cookie(SMALL, password=IRON[::-1], now_s=NOW_S)

    assert [("another-password", False), ("changed", False)] == [(f.id, f.certain) for f in found.findings]


def test_fernet_says_when_it_was_sealed() -> None:
    """A Fernet seal has a time stamp, which is exact."""
    found = inspect_cookie(FERNET_SMALL, now_s=NOW_S)

    assert (1_767_225_600.0, False) == (found.sealed_at_s, found.sealed_at_is_estimate)
    assert "sealed     1 January 2026, 00:00:00 UTC (328 days and 9 hours ago)" in to_text(found)


def test_iron_without_a_ttl_never_expires() -> None:
    """Of an Iron seal with an empty expiration that is said, but not of one that was cut before it."""
    whole = inspect_cookie(SMALL, now_s=NOW_S)
    cut = inspect_cookie(SMALL[:200], now_s=NOW_S)

    assert "expires    never" in to_text(whole)
    assert "expires" not in to_text(cut)


def test_iron_with_a_ttl_says_when_it_expires() -> None:
    """Of an Iron seal with an expiration that is shown, and the time of sealing estimated."""
    found = inspect_cookie(TTL, now_s=NOW_S)

    assert (1_796_700_000.0, 1_796_700_000.0 - 14 * 86_400) == (found.expires_at_s, found.sealed_at_s)
    assert found.sealed_at_is_estimate
    assert "expires    8 December 2026, 03:20:00 UTC (in 12 days and 17 hours)" in to_text(found)


@pytest.mark.parametrize(("past_s", "verdict"), [(59.999, "would-refresh"), (60, "does-not-open")])
def test_the_minute_of_grace(past_s: float, verdict: str) -> None:
    """An Iron seal expires a minute after its expiration, as its readers have it."""
    found = inspect_cookie(TTL, password=IRON, now_s=1_796_700_000 + past_s)

    assert verdict == found.verdict


TOKEN = "bxkQ7Wc0n4VtYzJr2mLd9Hs1P"


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps({"access_token": "x", "refresh_token": TOKEN, "user": {"id": "user_1"}}),
        json.dumps([TOKEN]),
        TOKEN,
        [TOKEN],
        [["a", [TOKEN]]],
        {"session": {"refresh": TOKEN}},
        {"state": json.dumps({"refreshToken": TOKEN})},
        {"user": {"metadata": {"odd": f"{TOKEN}/+="}}},
    ],
    ids=str,
)
def test_a_token_that_is_not_where_it_belongs(payload: object) -> None:
    """A session that was encoded twice, or put into a field of another name, shows no token either."""
    found = inspect_cookie(by_hand.iron(payload, IRON), password=IRON, now_s=NOW_S)

    assert found.content is not None
    assert TOKEN not in to_text(found) + json.dumps(to_json(found))


def test_what_is_no_token_is_shown() -> None:
    """Ids, dates, names and addresses are what one looks for."""
    user = {
        "id": "user_01E4ZCR3C56J083X43JQXF3JK5",
        "external_id": "0b9f3b1c-7d5e-4a53-9c0e-6d2f6f0a7c11",
        "created_at": "2025-06-15T12:00:00.000Z",
        "first_name": "Wolfeschlegelsteinhausenbergerdorff",
        "profile_picture_url": "https://example.com/avatars/1f0a9c3e7b5d4f6a8c2e",
    }
    found = inspect_cookie(by_hand.iron({**SESSION, "user": user}, IRON), password=IRON, now_s=NOW_S)

    assert found.content is not None
    assert set(user.values()) <= set(found.content.value["user"].values())


def test_nothing_moves_the_cursor() -> None:
    """A control character inside a seal does nothing to the terminal, of either range."""
    user = {"id": "user_1", "email": "a\x9b2Jb\x1b[2J@example.com"}
    found = inspect_cookie(by_hand.iron({**SESSION, "user": user}, IRON), password=IRON, now_s=NOW_S)

    assert not {"\x9b", "\x1b"} & set(to_text(found))


def test_a_password_that_is_no_text() -> None:
    """A password with a byte that is no UTF-8 is refused, and told apart from a wrong one."""
    with pytest.raises(UsageError, match=r"^password: it is no text in UTF-8\."):
        inspect_cookie(SMALL, password=f"{IRON}\udcff", now_s=NOW_S)


def test_php_without_libsodium(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyNaCl a seal that may be PHP's is not called wrong: what to install is said."""
    monkeypatch.setitem(__import__("sys").modules, "nacl.exceptions", None)

    found = inspect_cookie(
        by_hand.php(SESSION, KEY.replace("-", "+").replace("_", "/")), password=KEY, now_s=NOW_S
    )

    assert "needs-libsodium" == found.findings[0].id
    assert "pip install 'reseal[php]'" in found.findings[0].advice
