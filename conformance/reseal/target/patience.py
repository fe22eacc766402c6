"""When to stop asking a target: a run ends in bounded time, whatever it is given.

A call that hangs costs its whole deadline, about 25 s, and a verdict comes of it.  Some are fine: a sound
implementation without a time-out hangs in the few cases where the endpoint does.  One that hangs
always, or from some call on, has no verdict worth minutes of waiting.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import GivenUpError
from .base import Answer, Silent

_AT_FIRST = 3  # hangs before it has answered anything at all
_IN_A_ROW = 6
_IN_ALL = 20


class Patience:
    """Counts the calls that hang."""

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self._has_answered = False
        self._in_a_row = 0
        self._in_all = 0

    def note(self, answers: Sequence[Answer]) -> None:
        """Take in what came of a call; of calls made together one that hangs is enough."""
        if any(isinstance(answer, Silent) for answer in answers):
            self._in_a_row += 1
            self._in_all += 1
        else:
            self._in_a_row = 0
            self._has_answered = True

    def require(self) -> None:
        """Raise GivenUpError where it has hung too often to be asked once more."""
        if not self._has_answered and self._in_a_row >= _AT_FIRST:
            often = f"the first {self._in_a_row} calls"
        elif self._in_a_row >= _IN_A_ROW:
            often = f"the last {self._in_a_row} calls"
        elif self._in_all >= _IN_ALL:
            often = f"{self._in_all} calls in all"
        else:
            return
        raise GivenUpError(
            f"target {self._spec!r}: {often} did not end before their deadline, so it is not asked any more. "
            "Run one case alone, with -k, to see where it hangs."
        )
