"""Any program that speaks the adapter protocol: JSON Lines on stdin and stdout.

::

    > {"id": 1, "op": "hello", "protocol": 1}
    < {"id": 1, "ok": {"name": "…", "version": "…", "language": "…", "seal": "iron"}}
    > {"id": 2, "op": "refresh", "session_data": "…", "cookie_password": "…", …}
    < {"id": 2, "ok": {"authenticated": true, "sealed_session": "…"}}
    < {"id": 2, "raised": {"type": "Error", "message": "…"}}

A program that breaks down is started again, a few times; so is one that hangs, within `Patience`.
Whatever breaks the protocol is the adapter's fault, never a verdict on the implementation: it raises
TargetError, and GivenUpError once the program is not started again.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

from .. import _data
from ..errors import GivenUpError, NoSuchOperationError, TargetError, UsageError
from ..formats import Format, format_of
from ..formats.naming import OpenError
from ..protocol import RefreshRequest
from .base import About, Answer, Raised, Silent, returned
from .patience import Patience
from .program import Program, ProtocolBreach
from .stderr import Stderr

_PROTOCOL = 1
_HELLO_S = 30.0
_MAX_BREAKDOWNS = 5
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
        self._breakdowns = 0
        self._patience = Patience(spec)
        self._program: Program | None = None
        self._stderr = Stderr()
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
        self._patience.require()
        ends = monotonic() + deadline_s
        program = self._running()
        answers: list[Answer] = []
        try:
            ids = [self._send(program, message) for message in messages]
            for number in ids:
                reply = self._receive(program, number, max(0.0, ends - monotonic()))
                answers.append(Silent(deadline_s) if reply is None else self._answer(reply))
        except TargetError:
            # A program that broke the protocol once is not to be believed again.
            self._break_down()
            raise
        self._patience.note(answers)
        if any(isinstance(answer, Silent) for answer in answers):
            # It may still be busy with what it was asked: the next case gets a fresh one.
            self._kill()
        return tuple(answers)

    def output(self) -> str:
        return self._stderr.take()

    def close(self) -> None:
        if self._program is not None:
            self._program.say_goodbye()
        self._kill()
        self._stderr.close()

    # -- the conversation

    def _greet(self, program: Program) -> About:
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
            self._require_answer(operation, reply)
            raised = json.dumps(reply["raised"])
            if reply["raised"].get("type") == "NoSuchOperation":
                raise NoSuchOperationError(f"target {self._spec!r}: {reply['raised'].get('message', '')}.")
            raise self._broken(f"could not do {operation!r}: {raised[:_MAX_SAID]}")
        return reply["ok"]

    def _reply(self, program: Program, message: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
        try:
            reply = self._receive(program, self._send(program, message), seconds)
            if reply is None:
                raise self._broken(f"did not answer {message['op']!r} within {seconds:g} s")
        except TargetError:
            self._break_down()
            raise
        return reply

    def _send(self, program: Program, message: Mapping[str, Any]) -> int:
        try:
            return program.send(message)
        except ProtocolBreach as err:
            raise self._broken(str(err)) from err

    def _receive(self, program: Program, number: int, seconds: float) -> Mapping[str, Any] | None:
        try:
            return program.receive(number, seconds)
        except ProtocolBreach as err:
            raise self._broken(str(err)) from err

    def _answer(self, reply: Mapping[str, Any]) -> Answer:
        self._require_answer("refresh", reply)
        if "ok" in reply:
            return returned(reply["ok"])
        raised = reply["raised"]
        text = "\n".join(str(raised.get(name, "")) for name in ("type", "message", "text"))
        return Raised(raised["type"], raised.get("message", ""), text)

    def _require_answer(self, operation: str, reply: Mapping[str, Any]) -> None:
        if error := _data.first_error(reply, "adapter", "answer"):
            raise self._broken(f"gave a wrong answer to {operation!r}: {error}")

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

    def _running(self) -> Program:
        if self._program is not None and self._program.has_ended():
            self._break_down()
        if self._program is None:
            if self._breakdowns >= _MAX_BREAKDOWNS:
                raise GivenUpError(
                    f"target {self._spec!r}: the adapter broke down {self._breakdowns} times: "
                    f"it is not started again.{self._last_words()}"
                )
            self._program = self._started()
            try:
                self.about = self._greet(self._program)
            except TargetError:
                self._break_down()
                raise
        return self._program

    def _started(self) -> Program:
        try:
            return Program(self._command, self._env, self._stderr.sink, self._folder)
        except OSError as err:
            raise TargetError(
                f"target {self._spec!r}: cannot start {self._command[0]!r}: {err.strerror}. Is it installed?"
            ) from err

    def _kill(self) -> None:
        if self._program is not None:
            self._program.kill()
            self._program = None

    def _break_down(self) -> None:
        """Leave a program that is not to be believed again; where it is left already, it is counted."""
        self._breakdowns += self._program is not None
        self._kill()

    def _broken(self, what: str) -> TargetError:
        return TargetError(
            f"target {self._spec!r}: the adapter {what.removesuffix('.')}.{self._last_words()}"
        )

    def _last_words(self) -> str:
        said = self._stderr.telling_line()
        return f" On stderr it said: {said[:_MAX_SAID]}" if said else ""


def clean_environment() -> dict[str, str]:
    """The environment without what would configure an SDK behind our back, or send it through a proxy."""
    unwanted = {"http_proxy", "https_proxy", "all_proxy", "node_options"}
    return {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("WORKOS_") and name.lower() not in unwanted
    }
