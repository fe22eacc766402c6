"""Any program that speaks the adapter protocol: JSON Lines on stdin and stdout.

::

    > {"id": 1, "op": "hello", "protocol": 1}
    < {"id": 1, "ok": {"name": "…", "version": "…", "language": "…", "seal": "iron"}}
    > {"id": 2, "op": "refresh", "session_data": "…", "cookie_password": "…", …}
    < {"id": 2, "ok": {"authenticated": true, "sealed_session": "…"}}
    < {"id": 2, "raised": {"type": "Error", "message": "…"}}

A program that ends or hangs is started again, a few times.  Whatever breaks the protocol is the
adapter's fault, never a verdict on the implementation: it raises TargetError.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shlex
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import IO, Any

from .. import _data
from ..errors import NoSuchOperationError, TargetError, UsageError
from ..formats import Format, format_of
from ..formats.naming import OpenError
from ..protocol import RefreshRequest
from .base import About, Answer, Raised, Silent, returned

_PROTOCOL = 1
_HELLO_S = 30.0
_BYE_S = 2.0
_MAX_STARTS = 5
_MAX_LINE = 8 * 1024 * 1024  # bytes; a cookie of 1 MiB fits many times
_MAX_STDERR = 1024 * 1024
_MAX_SAID = 10_000  # characters; not cut short, so that a secret in it can still be recognized


class StdioTarget:
    """A program behind the adapter protocol."""

    def __init__(
        self,
        spec: str,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        notes: Sequence[str] = (),
        folder: Path | None = None,
    ) -> None:
        self._spec = spec
        self._command = list(command)
        self._folder = folder
        self._env = {**clean_environment(), **(env or {})}
        self._notes = tuple(notes)
        self._starts = 0
        self._program: _Program | None = None
        # Opened twice, so that where we read has no bearing on where the program writes.
        self._stderr = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed in `close`
        self._sink = Path(self._stderr.name).open("ab")  # noqa: SIM115 - likewise
        self._read_to = 0
        try:
            self._running()
            self.sealing: Format = format_of(self.about.seal, self._seal, self._unseal)
        except BaseException:
            self.close()
            raise

    @classmethod
    def of_command(cls, spec: str, command: str, folder: Path | None = None) -> StdioTarget:
        """A target that runs ``command``, split as a shell splits words, in ``folder``."""
        try:
            words = shlex.split(command)
        except ValueError as err:
            raise UsageError(f"target {spec!r}: the command cannot be split into words: {err}.") from err
        if not words:
            raise UsageError(f"target {spec!r}: the command is missing. Write it after stdio:.")
        return cls(spec, words, folder=folder)

    def refresh(self, requests: Sequence[RefreshRequest], deadline_s: float) -> tuple[Answer, ...]:
        messages = [{"op": "refresh", **asdict(request)} for request in requests]
        ends = monotonic() + deadline_s
        program = self._running()
        answers: list[Answer] = []
        try:
            ids = [program.send(message) for message in messages]
            for number in ids:
                reply = self._receive(program, number, max(0.0, ends - monotonic()))
                answers.append(Silent(deadline_s) if reply is None else self._answer(reply))
        except TargetError:
            # A program that broke the protocol once is not to be believed again.
            self._kill()
            raise
        if any(isinstance(answer, Silent) for answer in answers):
            # It may still be busy with what it was asked: the next case gets a fresh one.
            self._kill()
        return tuple(answers)

    def output(self) -> str:
        # stderr is a file that the program writes to itself: what it wrote before it answered is there.
        text = self._said()
        self._read_to = self._stderr.seek(0, os.SEEK_END)
        return text

    def close(self) -> None:
        if self._program is not None:
            self._program.say_goodbye()
        self._kill()
        self._sink.close()
        self._stderr.close()

    # -- the conversation

    def _greet(self, program: _Program) -> About:
        """Say hello, as to every program at its start, and hear what it says of itself."""
        hello = self._ok("hello", self._reply(program, {"op": "hello", "protocol": _PROTOCOL}, _HELLO_S))
        if error := _data.first_error(hello, "adapter", "hello"):
            raise self._broken(f"gave a wrong answer to 'hello': {error}")
        return About(
            spec=self._spec,
            name=hello["name"],
            version=hello.get("version", ""),
            language=hello["language"],
            seal=hello["seal"],
            capabilities=tuple(hello.get("capabilities", ())),
            extra_reasons=tuple(hello.get("extra_reasons", ())),
            notes=self._notes,
        )

    def _ok(self, operation: str, reply: Mapping[str, Any]) -> Any:
        """The ``ok`` of an operation that is the adapter's own."""
        if "ok" not in reply:
            raised = json.dumps(reply.get("raised"))
            if reply["raised"].get("type") == "NoSuchOperation":
                raise NoSuchOperationError(f"target {self._spec!r}: {reply['raised'].get('message', '')}.")
            raise self._broken(f"could not do {operation!r}: {raised[:_MAX_SAID]}")
        return reply["ok"]

    def _reply(self, program: _Program, message: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
        reply = self._receive(program, program.send(message), seconds)
        if reply is None:
            self._kill()
            raise self._broken(f"did not answer {message['op']!r} within {seconds:g} s")
        return reply

    def _receive(self, program: _Program, number: int, seconds: float) -> Mapping[str, Any] | None:
        try:
            return program.receive(number, seconds)
        except ProtocolBreach as err:
            raise self._broken(str(err)) from err

    def _answer(self, reply: Mapping[str, Any]) -> Answer:
        if error := _data.first_error(reply, "adapter", "answer"):
            raise self._broken(f"gave a wrong answer to 'refresh': {error}")
        if "ok" in reply:
            return returned(reply["ok"])
        raised = reply["raised"]
        text = "\n".join(str(raised.get(name, "")) for name in ("type", "message", "text"))
        return Raised(raised["type"], raised.get("message", ""), text)

    def _seal(self, payload: Any, password: str) -> str:
        message = {"op": "seal", "payload": payload, "cookie_password": password}
        token = self._ok("seal", self._reply(self._running(), message, _HELLO_S))
        if not isinstance(token, str):
            raise self._broken(f"gave a wrong answer to 'seal': a {type(token).__name__}, not a text")
        return token

    def _unseal(self, token: str, password: str) -> Any:
        message = {"op": "unseal", "session_data": token, "cookie_password": password}
        reply = self._reply(self._running(), message, _HELLO_S)
        if "ok" not in reply:
            raise OpenError("its own unseal does not open it")
        return reply["ok"]

    # -- the program

    def _running(self) -> _Program:
        if self._program is None or self._program.has_ended():
            self._kill()
            if self._starts == _MAX_STARTS:
                raise self._broken(f"ended, or did not answer, {_MAX_STARTS} times: it is not started again")
            self._starts += 1
            self._program = self._started()
            self.about = self._greet(self._program)
        return self._program

    def _started(self) -> _Program:
        try:
            return _Program(self._command, self._env, self._sink, self._folder)
        except OSError as err:
            raise TargetError(
                f"target {self._spec!r}: cannot start {self._command[0]!r}: {err.strerror}. Is it installed?"
            ) from err

    def _kill(self) -> None:
        if self._program is not None:
            self._program.kill()
            self._program = None

    def _broken(self, what: str) -> TargetError:
        said = self._said().strip().splitlines()
        last = f" Its stderr ends with: {said[-1][:_MAX_SAID]}" if said else ""
        return TargetError(f"target {self._spec!r}: the adapter {what.removesuffix('.')}.{last}")

    def _said(self) -> str:
        """What stands on stderr since `output` was asked last."""
        self._stderr.seek(self._read_to)
        return self._stderr.read(_MAX_STDERR).decode("utf-8", "replace")


class ProtocolBreach(Exception):  # noqa: N818 - becomes a TargetError, which knows the target
    """What the adapter did, in words that follow "the adapter"."""


class _Program:
    """One life of the adapter's process."""

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
        self._next_id = 1
        self._waiting: set[int] = set()
        self._is_over = False
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._early: dict[int, Mapping[str, Any]] = {}
        # Threads, because a program that neither reads nor writes must not hold up the deadline.
        self._reader = threading.Thread(target=self._read, daemon=True, name="reseal-adapter")
        self._writer = threading.Thread(target=self._write, daemon=True, name="reseal-adapter")
        self._reader.start()
        self._writer.start()

    def send(self, message: Mapping[str, Any]) -> int:
        """Send ``message`` and return its id."""
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
                line = self._lines.get(timeout=max(0.0, ends - monotonic()))
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
        self.send({"op": "bye"})
        self._status()

    def kill(self) -> None:
        """End the process and its children."""
        # Once the process is gone, its id is ours only as long as a child is there, holding the pipe.
        if hasattr(os, "killpg") and (self._process.poll() is None or self._reader.is_alive()):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        self._outgoing.put(None)
        self._reader.join(_BYE_S)
        self._writer.join(_BYE_S)

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - made with a pipe
        with contextlib.suppress(OSError), self._process.stdout as lines:
            while line := lines.readline(_MAX_LINE):
                self._lines.put(line)
        self._lines.put(None)

    def _write(self) -> None:
        assert self._process.stdin is not None  # noqa: S101 - made with a pipe
        # Where nobody reads any more, `receive` meets the end.
        with contextlib.suppress(OSError), self._process.stdin as lines:
            while (line := self._outgoing.get()) is not None:
                lines.write(line)
                lines.flush()

    def _parse(self, line: bytes) -> dict[str, Any]:
        try:
            reply = json.loads(line)
        except ValueError as err:
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


def clean_environment() -> dict[str, str]:
    """The environment without what would configure an SDK behind our back, or send it through a proxy."""
    unwanted = {"http_proxy", "https_proxy", "all_proxy", "node_options"}
    return {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("WORKOS_") and name.lower() not in unwanted
    }
