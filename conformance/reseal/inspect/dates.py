"""Dates in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def in_words(at_s: float, now_s: float) -> str:
    """``25 November 2026, 10:00:00 UTC (3 days ago)``."""
    date = date_of(at_s)
    if date is None:
        return "a date beyond the calendar"
    return f"{date.day} {date:%B %Y, %H:%M:%S} UTC ({distance(at_s - now_s)})"


def distance(seconds: float) -> str:
    """How far away in time, in the two largest units that fit."""
    left = round(abs(seconds))
    if left == 0:
        return "now"
    first = next(index for index, (_, size) in enumerate(_UNITS) if left >= size)
    said = []
    for unit, size in _UNITS[first : first + 2]:
        count, left = divmod(left, size)
        if count:
            said.append(f"{count:,} {unit}{'' if count == 1 else 's'}")
    words = " and ".join(said)
    return f"in {words}" if seconds > 0 else f"{words} ago"


def date_of(at_s: float) -> datetime | None:
    """The date; None where the calendar ends before it."""
    try:
        return _EPOCH + timedelta(seconds=at_s)
    except (OverflowError, ValueError):
        return None
