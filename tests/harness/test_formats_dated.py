"""What a seal shows from outside, and what it would be had it been made earlier."""

from __future__ import annotations

import struct
import time
from base64 import urlsafe_b64decode

import pytest

from reseal.formats import Format, OpenError
from reseal.formats.naming import roughly

from .support import FERNET, IRON, OWN, rng

NOW_S = 1_800_000_000.0
DAY_S = 86_400
PAYLOAD = {"refresh_token": "token", "user": {"id": "user_1"}}
PASSWORD = IRON.new_password(rng())


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        ({}, {}),
        ({"expiration": str(round(NOW_S + 15 * DAY_S) * 1_000)}, {"expiry": "15 days"}),
        ({"expiration": str(round(NOW_S + 3_600) * 1_000)}, {"expiry": "1 hour"}),
        ({"expiration": str(round(NOW_S - 1) * 1_000)}, {"expiry": "past"}),
        ({"expiration": "soon"}, {"expiry": "malformed"}),
        ({"expiration": "9" * 400}, {"expiry": "malformed"}),
        ({"password_id": "2"}, {"password id": "2"}),
        ({"suffix": ""}, {"suffix": "none"}),
        ({"suffix": "~1"}, {"suffix": "~1"}),
    ],
)
def test_the_form_of_an_iron_seal(options: dict[str, str], changed: dict[str, str]) -> None:
    """An Iron seal shows whose password it was made with, when it expires, and its version."""
    token = IRON.seal(PAYLOAD, PASSWORD, rng(), options)

    usual = {"format": "iron", "password id": "1", "expiry": "none", "suffix": "~2"}
    assert IRON.form(token, NOW_S) == usual | changed


def test_the_form_of_a_fernet_seal() -> None:
    """A Fernet token shows when it was made, and that is all."""
    token = FERNET.seal(PAYLOAD, FERNET.new_password(rng()), rng(), {})
    (sealed_at,) = struct.unpack(">Q", urlsafe_b64decode(token)[1:9])

    assert FERNET.form(token, sealed_at + 5) == {"format": "fernet", "dated": "now"}
    assert FERNET.form(token, sealed_at + 5 * DAY_S) == {"format": "fernet", "dated": "another time"}


@pytest.mark.parametrize(
    ("form", "token", "expected"),
    [
        (IRON, "gAAAAAB", "not Iron"),
        (IRON, "Fe26.1*a*b*c*d*e*f*g~2", "not Iron"),
        (IRON, "", "not Iron"),
        (FERNET, "Fe26.2*1*a*b*c*d*e*f~2", "not Fernet"),
        (FERNET, "\u00e9" * 200, "not Fernet"),
        (OWN, "anything", "own"),
    ],
)
def test_the_form_of_anything(form: Format, token: str, expected: str) -> None:
    """What is no seal of the format is called that, and nothing of it is shown."""
    assert form.form(token, NOW_S) == {"format": expected}


def test_an_iron_seal_that_is_dated_back() -> None:
    """It expires that much earlier, and is sound in all else."""
    token = IRON.seal(PAYLOAD, PASSWORD, rng(), {"expiration": str(round(NOW_S + 15 * DAY_S) * 1_000)})

    aged = IRON.aged(token, PASSWORD, DAY_S)

    assert IRON.form(aged, NOW_S)["expiry"] == "14 days"
    assert IRON.open(aged, PASSWORD) == IRON.open(token, PASSWORD) == PAYLOAD


def test_an_iron_seal_without_a_date() -> None:
    """One that never expires does not say how old it is."""
    token = IRON.seal(PAYLOAD, PASSWORD, rng(), {})

    assert IRON.aged(token, PASSWORD, DAY_S) == token


def test_a_fernet_seal_that_is_dated_back() -> None:
    """It says an earlier time, and is sound in all else."""
    password = FERNET.new_password(rng())
    token = FERNET.seal(PAYLOAD, password, rng(), {})
    (sealed_at,) = struct.unpack(">Q", urlsafe_b64decode(token)[1:9])

    aged = FERNET.aged(token, password, DAY_S)

    assert struct.unpack(">Q", urlsafe_b64decode(aged)[1:9]) == (sealed_at - DAY_S,)
    assert FERNET.open(aged, password) == PAYLOAD


@pytest.mark.parametrize(("form", "token"), [(IRON, "a*b"), (FERNET, "abcd"), (OWN, "anything")])
def test_what_cannot_be_dated_back(form: Format, token: str) -> None:
    """What has no date that the harness can change is refused, and not taken for old."""
    with pytest.raises(OpenError):
        form.aged(token, form.new_password(rng(1)), DAY_S)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "past"),
        (-5, "past"),
        (5, "under a minute"),
        (60, "1 minute"),
        (7_200, "2 hours"),
        (86_400, "1 day"),
        (15 * DAY_S - 3, "15 days"),
        (1_000 * DAY_S, "1,000 days"),
    ],
)
def test_spans_of_time(seconds: float, words: str) -> None:
    """A span of time is told so coarsely that two runs say the same."""
    assert roughly(seconds) == words


def test_a_released_seal_expires_when_the_release_says() -> None:
    """The clock that a span is told from is the one that seals are dated by."""
    token = IRON.seal(PAYLOAD, PASSWORD, rng(), {"expiration": str(round((time.time() + DAY_S) * 1_000))})

    assert IRON.form(token, time.time())["expiry"] == "1 day"
