"""A Python callable in this process, sync or async.

What such a callable can do to us, and what comes of it:

* It raises anything, `SystemExit` and `KeyboardInterrupt` included: that is what was observed.
* It hangs: its thread is left behind, and after a few hangs it is not asked any more (`Patience`).
* It prints without end: the first MiB of a case is kept and searched.
* It writes past `sys.stdout` and `sys.stderr`, or starts a program that does: descriptors 1 and 2 lead
  into a file during the call.
* A thread of its own prints after the call has ended: between calls that is nobody's, and later it falls
  into the output of another case, which is searched for the secrets of those before it too.
* It calls ``os._exit``, or takes all memory: then this process is gone, report and all.  Whoever must
  survive that puts the callable behind the adapter protocol, in a process of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import Any

from ..errors import TargetError
from ..formats import Format, format_of
from ..protocol import Implementation, RefreshRequest
from .base import About, Answer, Raised, Silent, returned
from .patience import Patience
from .stderr import Stderr

_MAX_OUTPUT = 1024 * 1024  # characters that are kept between two looks at it


class InProcessTarget:
    """Calls an `Implementation` in threads of its own, so that one that hangs can be left behind."""

    def __init__(self, implementation: Implementation, spec: str) -> None:
        self._refresh = implementation.refresh
        self.about = About(
            spec,
            implementation.name,
            implementation.version,
            "python",
            implementation.seal,
            # Threads and tasks are ours to make, so any callable can be called ten times at once.
            (*implementation.capabilities, "concurrent"),
            implementation.extra_reasons,
        )
        self.sealing: Format = format_of(
            implementation.seal, implementation.seal_data, implementation.unseal_data
        )
        self._output = _Kept()
        self._patience = Patience(spec)

    def refresh(self, requests: Sequence[RefreshRequest], deadline_s: float) -> tuple[Answer, ...]:
        self._patience.require()
        answers: list[Answer | TargetError] = [Silent(deadline_s)] * len(requests)
        with _captured(self._output):
            if inspect.iscoroutinefunction(self._refresh):
                work = [lambda: _call_together(self._refresh, requests, answers)]
            else:
                work = [
                    lambda i=i, request=request: _call(self._refresh, request, answers, i)  # type: ignore[misc]
                    for i, request in enumerate(requests)
                ]
            threads = [threading.Thread(target=job, daemon=True, name="reseal-call") for job in work]
            for thread in threads:
                thread.start()
            ends = monotonic() + deadline_s
            for thread in threads:
                thread.join(max(0.0, ends - monotonic()))
        # A copy: a thread that was left behind may still write into the list.
        ended = tuple(_answer(answer) for answer in tuple(answers))
        self._patience.note(ended)
        return ended

    def output(self) -> str:
        text = self._output.getvalue()
        self._output.seek(0)
        self._output.truncate()
        return text

    def close(self) -> None:
        """Nothing to stop: threads that hang end with the process."""


def _answer(answer: Answer | TargetError) -> Answer:
    # Raised by the user's adapter itself: it cannot call the implementation, which is nobody's verdict.
    if isinstance(answer, TargetError):
        raise answer
    return answer


class _Kept(io.StringIO):
    """Keeps what is written first, and takes the rest without a word."""

    def write(self, text: str, /) -> int:
        super().write(text[: max(0, _MAX_OUTPUT - self.tell())])
        return len(text)


def _call(
    refresh: Callable[[RefreshRequest], Any],
    request: RefreshRequest,
    answers: list[Answer | TargetError],
    i: int,
) -> None:
    try:
        result = refresh(request)
        # An object may hand back an awaitable: inspect does not look into an asynchronous __call__.
        answers[i] = returned(asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result)
    except TargetError as err:
        answers[i] = err
    except BaseException as err:  # noqa: BLE001 - whatever it raises is what was observed
        answers[i] = raised(err)


def _call_together(
    refresh: Callable[[RefreshRequest], Any],
    requests: Sequence[RefreshRequest],
    answers: list[Answer | TargetError],
) -> None:
    async def one(i: int) -> None:
        try:
            answers[i] = returned(await refresh(requests[i]))
        except TargetError as err:
            answers[i] = err
        except BaseException as err:  # noqa: BLE001 - whatever it raises is what was observed
            answers[i] = raised(err)

    async def every() -> None:
        await asyncio.gather(*(one(i) for i in range(len(requests))))

    asyncio.run(every())


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def raised(err: BaseException) -> Raised:
    """An exception as its user could come to see it: its text, its causes, its repr, its traceback."""
    try:
        message, shown = str(err), repr(err)
    except Exception as broken:  # noqa: BLE001 - of the implementation's making, like the first
        message = shown = f"its text cannot be had: {type(broken).__name__}"
    return Raised(type(err).__name__, message, "".join(traceback.format_exception(err)) + shown)


class _InFull(logging.Formatter):
    """A record with whatever is attached to it: loggers that write JSON write that as well."""

    _USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

    def format(self, record: logging.LogRecord) -> str:
        extra = {name: value for name, value in vars(record).items() if name not in self._USUAL}
        return f"{super().format(record)} {extra!r}" if extra else super().format(record)


@contextlib.contextmanager
def _captured(output: io.StringIO) -> Iterator[None]:
    """Take what is printed or logged, at any level."""
    root = logging.getLogger()
    loggers = [root, *_apart(root.manager)]
    handlers, level = [logger.handlers for logger in loggers], root.level
    handler = logging.StreamHandler(output)
    handler.setFormatter(_InFull())
    # Ours alone: others, pytest's among them, would show what they are never asked for at this level.
    for logger in loggers:
        logger.handlers = [handler]
    root.setLevel(logging.DEBUG)
    try:
        with (
            _descriptors(output),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
        ):
            yield
    finally:
        for logger, before in zip(loggers, handlers, strict=True):
            logger.handlers = before
        root.setLevel(level)


@contextlib.contextmanager
def _descriptors(output: io.StringIO) -> Iterator[None]:
    """Take what is written to descriptors 1 and 2 themselves, by whomever."""
    with contextlib.closing(Stderr()) as file:
        _flush()  # what was written before is not the target's
        try:
            with contextlib.ExitStack() as until_the_end:
                for descriptor, stream in ((1, sys.__stdout__), (2, sys.__stderr__)):
                    # Without the stream it was closed from the start, and may be a socket by now.
                    if stream is not None:
                        until_the_end.enter_context(_led_into(file.sink.fileno(), descriptor))
                try:
                    yield
                finally:
                    _flush()
        finally:
            output.write(file.take())


@contextlib.contextmanager
def _led_into(sink: int, descriptor: int) -> Iterator[None]:
    try:
        before = os.dup(descriptor)
    except OSError:  # it was closed since
        yield
        return
    try:
        os.dup2(sink, descriptor)
        yield
    finally:
        os.dup2(before, descriptor)
        os.close(before)


def _flush() -> None:
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            # Closed, or of somebody's own making: whatever it raises is no business of the call.
            with contextlib.suppress(Exception):
                stream.flush()


def _apart(manager: logging.Manager) -> list[logging.Logger]:
    """The loggers that hand nothing on to the root, as many applications configure theirs."""
    loggers = [logger for logger in manager.loggerDict.values() if isinstance(logger, logging.Logger)]
    return [logger for logger in loggers if not logger.propagate]
