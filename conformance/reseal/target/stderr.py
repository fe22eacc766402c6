"""What is written to a descriptor: kept in a file, so that nothing is lost and memory is bounded."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

_MAX_READ = 1024 * 1024  # bytes that are searched after a call; more is not kept in memory
_MAX_KEPT = 16 * 1024 * 1024  # bytes on disk between calls
# Behind the error come the places in Node.js, and its version last; in Go, all that was going on.
_ERROR = re.compile(r"\s*(Uncaught )?([\w.$]*(Error|Exception)\b|panic: |fatal error: |PHP Fatal error)")


class Stderr:
    """A file that the target writes to itself: what it wrote before it answered is there."""

    def __init__(self) -> None:
        # Opened twice, so that where we read has no bearing on where the program writes.
        self._file = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed in `close`
        self.sink = Path(self._file.name).open("ab")  # noqa: SIM115 - likewise
        self._read_to = 0

    def peek(self) -> str:
        """What was written since `take`, from its start."""
        self._file.seek(self._read_to)
        return self._file.read(_MAX_READ).decode("utf-8", "replace")

    def take(self) -> str:
        """What was written since this was called last, once."""
        text = self.peek()
        self._read_to = self._file.seek(0, os.SEEK_END)
        if self._read_to > _MAX_KEPT:
            # The program appends, so it goes on at the new end.
            self._file.truncate(0)
            self._read_to = 0
        return text

    def telling_line(self) -> str:
        """The last line since `take` that names an error, else the last; empty where there is none."""
        end = self._file.seek(0, os.SEEK_END)
        self._file.seek(max(self._read_to, end - _MAX_READ))
        lines = self._file.read(_MAX_READ).decode("utf-8", "replace").strip().splitlines()
        last = lines[-1] if lines else ""
        return next((line.strip() for line in reversed(lines) if _ERROR.match(line)), last)

    def close(self) -> None:
        self.sink.close()
        self._file.close()
