"""Dates in words."""

from __future__ import annotations

import pytest

from reseal.inspect.dates import distance, in_words

DAY_S = 86_400


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "now"),
        (0.4, "now"),
        (1, "in 1 second"),
        (-59, "59 seconds ago"),
        (-61, "1 minute and 1 second ago"),
        (3_600, "in 1 hour"),
        (-DAY_S - 7_200, "1 day and 2 hours ago"),
        (DAY_S + 59, "in 1 day"),
        (-1_234 * DAY_S, "1,234 days ago"),
    ],
)
def test_distance(seconds: float, said: str) -> None:
    """A distance has the two largest units, and leaves out one that is zero."""
    assert said == distance(seconds)


@pytest.mark.parametrize(
    ("at_s", "said"),
    [
        (1_700_000_000, "14 November 2023, 22:13:20 UTC (now)"),
        (1_700_000_060.0, "14 November 2023, 22:14:20 UTC (in 1 minute)"),
        (2**64, "a date beyond the calendar"),
        (float("inf"), "a date beyond the calendar"),
        (float("nan"), "a date beyond the calendar"),
    ],
)
def test_in_words(at_s: float, said: str) -> None:
    """A date has its distance with it; one that no calendar has is named as such."""
    assert said == in_words(at_s, 1_700_000_000)
