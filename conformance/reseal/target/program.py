"""One life of an adapter's process, kept within bounds.

* Time: nothing here waits longer than it is told to; a program that neither reads nor writes does not either.
* Memory of ours: a line has 8 MiB at most, and no more than eight wait to be read; then the pipe
  fills, and the program waits.
* Memory and disk of its own, where the system can bound them (Linux): 8 GiB of data for a process and
  256 MiB for a file, which also ends a flood on stderr.
* Its end: SIGKILL to its whole process group, children included.  Only a child that leaves the
  group, as a daemon does, outlives it.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import IO, Any

_BYE_S = 2.0
_LOOK_S = 0.5  # how soon the end of a program is noticed whose pipe a child holds open
_MAX_LINE = 8 * 1024 * 1024  # bytes; a cookie of 1 MiB fits many times
_MAX_LINES = 8
_MAX_DATA = 8 * 1024**3  # bytes; not of address space, of which Node.js reserves far more than it uses
_MAX_FILE = 256 * 1024 * 1024


class ProtocolBreach(Exception):  # noqa: N818 - becomes a TargetError, which knows the target
    """What the adapter did, in words that follow "the adapter"."""


class Program:
    """A running adapter.  Raises OSError where it cannot be started."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], stderr: IO[bytes], folder: Path | None
    ) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - to run the user's command is the purpose
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=dict(env),
            cwd=folder,
            # A group of its own: commands such as npx leave the work to a child, which must end too.
            start_new_session=True,
        )
        _bound(self._process.pid)
        self._next_id = 1
        self._waiting: set[int] = set()
        self._is_over = False
        self._is_killed = threading.Event()
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lines: queue.Queue[bytes | None] = queue.Queue(_MAX_LINES)
        self._early: dict[int, Mapping[str, Any]] = {}
        # Threads, because a program that neither reads nor writes must not hold up the deadline.
        self._reader = threading.Thread(target=self._read, daemon=True, name="reseal-adapter")
        self._writer = threading.Thread(target=self._write, daemon=True, name="reseal-adapter")
        self._reader.start()
        self._writer.start()

    def send(self, message: Mapping[str, Any]) -> int:
        """Send ``message`` and return its id.  Raises ProtocolBreach where an answer is there already."""
        if not self._waiting and any(line is not None for line in tuple(self._lines.queue)):
            raise ProtocolBreach(
                "wrote a line that nobody asked for. Answer each request once, when it comes"
            )
        number = self._next_id
        self._next_id += 1
        self._waiting.add(number)
        self._outgoing.put(json.dumps({"id": number, **message}).encode() + b"\n")
        return number

    def receive(self, number: int, seconds: float) -> Mapping[str, Any] | None:
        """The answer to ``number``; None where it does not come in time.  Raises ProtocolBreach."""
        ends = monotonic() + seconds
        while number not in self._early:
            try:
                line = self._line(ends)
            except queue.Empty:
                return None
            if line is None:
                self._is_over = True
                raise ProtocolBreach(
                    f"ended (status {self._status()}) before its answer. "
                    'An implementation that raises must be reported as "raised"'
                )
            reply = self._parse(line)
            self._waiting.remove(reply["id"])
            self._early[reply["id"]] = reply
        return self._early.pop(number)

    def has_ended(self) -> bool:
        return self._is_over or self._process.poll() is not None

    def say_goodbye(self) -> None:
        with contextlib.suppress(ProtocolBreach):
            self.send({"op": "bye"})
            self._status()

    def kill(self) -> None:
        """End the process and its children."""
        self._is_killed.set()
        # Once the process is gone, its id is ours only as long as a child is there, holding the pipe.
        if hasattr(os, "killpg") and (self._process.poll() is None or self._reader.is_alive()):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        self._outgoing.put(None)
        self._reader.join(_BYE_S)
        self._writer.join(_BYE_S)

    def _line(self, ends: float) -> bytes | None:
        """The next line; None at the end.  Raises queue.Empty where none comes before ``ends``."""
        was_over = False
        while True:
            left = max(0.0, ends - monotonic())
            try:
                return self._lines.get(timeout=min(left, _LOOK_S))
            except queue.Empty:
                if was_over:  # its last words have had the time to come
                    return None
                if left <= _LOOK_S:
                    raise
            was_over = self._process.poll() is not None

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - made with a pipe
        with contextlib.suppress(OSError), self._process.stdout as lines:
            while (line := lines.readline(_MAX_LINE)) and self._hand_on(line):
                pass
        self._hand_on(None)

    def _hand_on(self, line: bytes | None) -> bool:
        """Wait until somebody wants ``line``; False where nobody will, because the program is killed."""
        while not self._is_killed.is_set():
            with contextlib.suppress(queue.Full):
                self._lines.put(line, timeout=_LOOK_S)
                return True
        return False

    def _write(self) -> None:
        assert self._process.stdin is not None  # noqa: S101 - made with a pipe
        # Where nobody reads any more, `receive` meets the end.
        with contextlib.suppress(OSError), self._process.stdin as lines:
            while (line := self._outgoing.get()) is not None:
                lines.write(line)
                lines.flush()

    def _parse(self, line: bytes) -> dict[str, Any]:
        if len(line) == _MAX_LINE and not line.endswith(b"\n"):
            raise ProtocolBreach(f"wrote a line of more than {_MAX_LINE // 1024**2} MiB")
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError) as err:
            raise ProtocolBreach(
                f"wrote a line of {len(line)} bytes that is no JSON. "
                "Keep stdout for answers and print to stderr"
            ) from err
        number = reply.get("id") if isinstance(reply, dict) else None
        if type(number) is not int or number not in self._waiting:
            raise ProtocolBreach(
                "gave an answer that has no id of a request that waits for one. "
                "Repeat the id of the request in its answer"
            )
        return dict(reply)

    def _status(self) -> int | None:
        try:
            return self._process.wait(_BYE_S)
        except subprocess.TimeoutExpired:
            return None


def _bound(pid: int) -> None:
    """Bound what a process, and those that it starts, may take, where another process's bounds can be set."""
    if sys.platform != "linux":
        return
    import resource

    # From outside: what runs between fork and exec, in a process with threads, can lock up.
    with contextlib.suppress(OSError, ValueError):  # it has ended, or has narrower bounds
        resource.prlimit(pid, resource.RLIMIT_DATA, (_MAX_DATA, _MAX_DATA))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (_MAX_FILE, _MAX_FILE))
