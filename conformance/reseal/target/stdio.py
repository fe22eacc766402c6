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

import json
import os
import queue
import shlex
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from time import monotonic
from typing import IO, Any

from .. import _data
from ..errors import TargetError
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


class StdioTarget:
    """A program behind the adapter protocol."""

    def __init__(
        self,
        spec: str,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self._spec = spec
        self._command = list(command)
        self._env = {**clean_environment(), **(env or {})}
        self._notes = tuple(notes)
        self._starts = 0
        self._program: _Program | None = None
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
        self._read_to = 0
        try:
            self.about, self._hello = self._greet()
            self.sealing: Format = format_of(self.about.seal, self._seal, self._unseal)
        except BaseException:
            self.close()
            raise

    @classmethod
    def of_command(cls, spec: str, command: str) -> StdioTarget:
        """A target that runs ``command``, split as a shell splits words."""
        try:
            words = shlex.split(command)
        except ValueError as err:
            raise TargetError(f"target {spec!r}: the command cannot be split into words: {err}.") from err
        return cls(spec, words)

    def refresh(self, requests: Sequence[RefreshRequest], deadline_s: float) -> tuple[Answer, ...]:
        messages = [{"op": "refresh", **asdict(request)} for request in requests]
        ends = monotonic() + deadline_s
        program = self._running()
        ids = [program.send(message) for message in messages]
        answers: list[Answer] = []
        for number in ids:
            reply = program.receive(number, max(0.0, ends - monotonic()))
            answers.append(Silent(deadline_s) if reply is None else self._answer(reply))
        if any(isinstance(answer, Silent) for answer in answers):
            # It may still be busy with what it was asked: the next case gets a fresh one.
            self._kill()
        return tuple(answers)

    def output(self) -> str:
        # stderr is a file that the program writes to itself: what it wrote before it answered is there.
        self._stderr.seek(self._read_to)
        data = self._stderr.read(_MAX_STDERR)
        self._read_to = self._stderr.seek(0, os.SEEK_END)
        return data.decode("utf-8", "replace")

    def close(self) -> None:
        if self._program is not None:
            self._program.say_goodbye()
        self._kill()
        self._stderr.close()

    # -- the conversation

    def _greet(self) -> tuple[About, Mapping[str, Any]]:
        hello = self._ask({"op": "hello", "protocol": _PROTOCOL}, _HELLO_S)
        if error := _data.first_error(hello, "adapter", "hello"):
            raise TargetError(f"target {self._spec!r}: its answer to hello is wrong: {error}.")
        about = About(
            spec=self._spec,
            name=hello["name"],
            version=hello.get("version", ""),
            language=hello["language"],
            seal=hello["seal"],
            capabilities=tuple(hello.get("capabilities", ())),
            extra_reasons=tuple(hello.get("extra_reasons", ())),
            notes=self._notes,
        )
        return about, hello

    def _ask(self, message: Mapping[str, Any], seconds: float) -> Any:
        """The ``ok`` of an operation that is the adapter's own."""
        program = self._running()
        reply = program.receive(program.send(message), seconds)
        if reply is None:
            raise self._broken(f"did not answer {message['op']!r} within {seconds:g} s")
        if "ok" not in reply:
            raise self._broken(f"could not do {message['op']!r}: {_short(reply.get('raised'))}")
        return reply["ok"]

    def _answer(self, reply: Mapping[str, Any]) -> Answer:
        if error := _data.first_error(reply, "adapter", "answer"):
            raise self._broken(f"its answer to refresh is wrong: {error}")
        if "ok" in reply:
            return returned(reply["ok"])
        raised = reply["raised"]
        text = "\n".join(str(raised.get(name, "")) for name in ("type", "message", "text"))
        return Raised(raised["type"], raised.get("message", ""), text)

    def _seal(self, payload: Any, password: str) -> str:
        return str(self._ask({"op": "seal", "payload": payload, "cookie_password": password}, _HELLO_S))

    def _unseal(self, token: str, password: str) -> Any:
        try:
            return self._ask({"op": "unseal", "session_data": token, "cookie_password": password}, _HELLO_S)
        except TargetError as err:
            raise OpenError("its own unseal does not open it") from err

    # -- the program

    def _running(self) -> _Program:
        if self._program is None or self._program.has_ended():
            if self._starts == _MAX_STARTS:
                raise self._broken(f"ended {_MAX_STARTS} times")
            self._starts += 1
            self._program = _Program(self._spec, self._command, self._env, self._stderr)
        return self._program

    def _kill(self) -> None:
        if self._program is not None:
            self._program.kill()
            self._program = None

    def _broken(self, what: str) -> TargetError:
        said = self.output().strip().splitlines()
        last = f" Its stderr ends with: {said[-1][:300]}" if said else ""
        return TargetError(f"target {self._spec!r}: the adapter {what}.{last}")


class _Program:
    """One life of the adapter's process."""

    def __init__(self, spec: str, command: Sequence[str], env: Mapping[str, str], stderr: IO[bytes]) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603 - to run the user's command is the purpose
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, env=dict(env)
            )
        except OSError as err:
            raise TargetError(
                f"target {spec!r}: cannot start {command[0]!r}: {err.strerror}. Is it installed?"
            ) from err
        self._spec = spec
        self._next_id = 1
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._early: dict[int, Mapping[str, Any]] = {}
        threading.Thread(target=self._read, daemon=True, name="reseal-adapter").start()

    def send(self, message: Mapping[str, Any]) -> int:
        """Send ``message`` and return its id."""
        number = self._next_id
        self._next_id += 1
        line = json.dumps({"id": number, **message}) + "\n"
        assert self._process.stdin is not None  # noqa: S101 - made with a pipe
        try:
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()
        except OSError as err:
            raise TargetError(
                f"target {self._spec!r}: the adapter ended with status {self._status()}."
            ) from err
        return number

    def receive(self, number: int, seconds: float) -> Mapping[str, Any] | None:
        """The answer to ``number``; None where it does not come in time."""
        ends = monotonic() + seconds
        while number not in self._early:
            try:
                line = self._lines.get(timeout=max(0.0, ends - monotonic()))
            except queue.Empty:
                return None
            if line is None:
                raise TargetError(
                    f"target {self._spec!r}: the adapter ended (status {self._status()}) before its answer. "
                    'An implementation that raises must be reported as "raised".'
                )
            reply = self._parse(line)
            self._early[reply["id"]] = reply
        return self._early.pop(number)

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def say_goodbye(self) -> None:
        try:
            self.send({"op": "bye"})
            self._process.wait(_BYE_S)
        except (TargetError, subprocess.TimeoutExpired):
            return

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was still to be written has no reader
                    continue

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - made with a pipe
        try:
            while line := self._process.stdout.readline(_MAX_LINE):
                self._lines.put(line)
        except (OSError, ValueError):  # closed under our hands: the program was killed
            pass
        self._lines.put(None)

    def _parse(self, line: bytes) -> dict[str, Any]:
        try:
            reply = json.loads(line)
        except ValueError as err:
            raise TargetError(
                f"target {self._spec!r}: the adapter wrote a line of {len(line)} bytes that is no JSON. "
                "Keep stdout for answers and print to stderr."
            ) from err
        if (
            not isinstance(reply, dict)
            or not isinstance(reply.get("id"), int)
            or reply["id"] >= self._next_id
        ):
            raise TargetError(
                f"target {self._spec!r}: the adapter's answer has no id of a request that was sent. "
                "Repeat the id of the request in its answer."
            )
        return reply

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


def _short(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 200 else f"{text[:197]}…"
