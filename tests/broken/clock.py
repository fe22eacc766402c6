"""Time as broken implementations tell it, so that what the suite waits for can pass at once."""

from __future__ import annotations

import time

_waited_s: list[float] = []


def now() -> float:
    """In seconds since 1970, and what was waited for besides."""
    return time.time() + sum(_waited_s)


def wait(seconds: float) -> None:
    """Let ``seconds`` pass, in place of `time.sleep`."""
    _waited_s.append(seconds)
