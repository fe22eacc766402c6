"""Python callables in this process: how they are called, and what is taken down of their answers."""

from __future__ import annotations

import asyncio
import functools
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest

from reseal import Implementation, RefreshRequest
from reseal.errors import GivenUpError
from reseal.target import Answer, Raised, Returned, Silent
from reseal.target.inprocess import InProcessTarget

from .support import request

SUCCESS = {"authenticated": True, "sealed_session": "a new cookie"}
FAILURE = {"authenticated": False, "reason": "invalid_grant"}
SOON_S, LONG_S = 0.5, 30.0


def target(refresh: Callable[..., Any], **fields: Any) -> InProcessTarget:
    return InProcessTarget(Implementation("mine", refresh, **fields), "mine:refresh")


def answer(refresh: Callable[..., Any], deadline_s: float = LONG_S) -> Answer:
    """The answer of one call."""
    return target(refresh).refresh([request()], deadline_s)[0]


async def succeed(_: RefreshRequest) -> dict[str, Any]:
    return SUCCESS


def pass_on(asked: RefreshRequest, to: Callable[[RefreshRequest], Any]) -> Any:
    return to(asked)


class Caller:
    """An object that can be called; the call is a coroutine."""

    async def __call__(self, _: RefreshRequest) -> dict[str, Any]:
        return SUCCESS


class Reason(Enum):
    INVALID_GRANT = "invalid_grant"


@dataclass(frozen=True)
class Session:
    authenticated: bool
    sealed_session: str | None = None
    reason: Reason | None = None


class Camel:
    def __init__(self, **fields: object) -> None:
        self.__dict__.update(fields)


# Calls


@pytest.mark.parametrize(
    "refresh",
    [
        lambda _: SUCCESS,
        succeed,
        functools.partial(succeed),
        functools.partial(pass_on, to=succeed),
        Caller(),
    ],
    ids=["sync", "async", "partial-of-async", "returns-a-coroutine", "object"],
)
def test_every_kind_of_callable(refresh: Callable[..., Any]) -> None:
    """A callable is called with the request; what it hands back is awaited where it can be."""
    assert answer(refresh) == Returned(SUCCESS)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_calls_at_once(is_async: bool) -> None:
    """Requests are answered at once, and each answer stands in the place of its request."""
    started = threading.Barrier(3, timeout=10)

    def refresh(asked: RefreshRequest) -> dict[str, Any]:
        started.wait()
        return {"authenticated": True, "sealed_session": asked.session_data}

    async def refresh_async(asked: RefreshRequest) -> dict[str, Any]:
        return {"authenticated": True, "sealed_session": asked.session_data}

    mine = target(refresh_async if is_async else refresh)
    answers = mine.refresh([request(session_data=name) for name in "abc"], LONG_S)

    assert [a.fields["sealed_session"] for a in answers if isinstance(a, Returned)] == ["a", "b", "c"]


# Results


@pytest.mark.parametrize(
    ("result", "fields"),
    [
        (SUCCESS, SUCCESS),
        ({"authenticated": True, "sealedSession": "s"}, {"authenticated": True, "sealed_session": "s"}),
        (Session(True, "s"), {"authenticated": True, "sealed_session": "s", "reason": None}),
        (
            Session(False, reason=Reason.INVALID_GRANT),
            {"authenticated": False, "sealed_session": None, "reason": "invalid_grant"},
        ),
        ({"authenticated": False, "reason": Reason.INVALID_GRANT}, FAILURE),
        (Camel(authenticated=True, sealedSession="s"), {"authenticated": True, "sealed_session": "s"}),
        (SimpleNamespace(authenticated=False, session="s"), {"authenticated": False}),
        ({"authenticated": "yes", "sealed_session": b"s"}, {"authenticated": "yes", "sealed_session": b"s"}),
        ({}, {}),
    ],
    ids=[
        "mapping",
        "camelCase",
        "object",
        "enum",
        "enum-in-mapping",
        "camelCase-object",
        "more",
        "odd",
        "empty",
    ],
)
def test_a_result(result: object, fields: dict[str, Any]) -> None:
    """The documented fields are read from a mapping or an object, by either spelling, and never repaired."""
    assert answer(lambda _: result) == Returned(fields)


@pytest.mark.parametrize(
    ("result", "kind"),
    [(None, "NoneType"), ("a cookie", "str"), ((True, "a cookie"), "tuple"), (object(), "object")],
)
def test_a_result_of_an_odd_type(result: object, kind: str) -> None:
    """Of a result without the documented fields, the type is kept."""
    assert answer(lambda _: result) == Returned({}, type=kind)


def test_a_property_that_raises() -> None:
    """A result that raises when it is looked at has raised."""

    class Lazy:
        @property
        def authenticated(self) -> bool:
            raise RuntimeError("not loaded")

    assert answer(lambda _: Lazy()).type == "RuntimeError"  # type: ignore[union-attr]


# Errors


def fail(_: RefreshRequest) -> None:
    try:
        {}["the cause"]
    except KeyError as err:
        raise ValueError("the message") from err


class Wordless(Exception):  # noqa: N818 - the name is not what matters
    def __str__(self) -> str:
        raise RuntimeError("nothing to say")


def test_an_exception_without_a_text() -> None:
    """An exception whose text cannot be had is what was raised, and no hang."""

    def speechless(_: RefreshRequest) -> None:
        raise Wordless

    assert answer(speechless).type == "Wordless"  # type: ignore[union-attr]


async def fail_async(asked: RefreshRequest) -> None:
    fail(asked)


@pytest.mark.parametrize(
    "refresh", [fail, fail_async, functools.partial(fail)], ids=["sync", "async", "partial"]
)
def test_an_error(refresh: Callable[..., Any]) -> None:
    """What is raised is an answer, with all of its text that its user could come to see."""
    found = answer(refresh)

    assert isinstance(found, Raised)
    assert (found.type, found.message) == ("ValueError", "the message")
    assert "KeyError: 'the cause'" in found.text
    assert "ValueError('the message')" in found.text


@pytest.mark.parametrize("error", [SystemExit(0), KeyboardInterrupt(), GeneratorExit()])
def test_an_error_that_would_end_the_program(error: BaseException) -> None:
    """Nothing that an implementation raises ends the run."""

    def refresh(_: RefreshRequest) -> None:
        raise error

    found = answer(refresh)

    assert isinstance(found, Raised)
    assert (found.type, found.message) == (type(error).__name__, str(error))


# Hangs


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """An event that does not come before the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_a_hang(never: threading.Event) -> None:
    """A call that does not end is left behind at its deadline, and the next one is made."""
    mine = target(lambda asked: never.wait() if asked.session_data == "hang" else SUCCESS)

    assert mine.refresh([request()], LONG_S) == (Returned(SUCCESS),)
    assert mine.refresh([request(session_data="hang")], SOON_S) == (Silent(SOON_S),)
    assert mine.refresh([request()], LONG_S) == (Returned(SUCCESS),)


def test_a_coroutine_that_hangs(never: threading.Event) -> None:
    """So is a coroutine, and what others answered beside it is heard."""

    async def refresh(asked: RefreshRequest) -> object:
        return await asyncio.to_thread(never.wait) if asked.session_data == "hang" else SUCCESS

    answers = target(refresh).refresh([request(session_data="hang"), request()], SOON_S)

    assert answers == (Silent(SOON_S), Returned(SUCCESS))


def test_hangs_at_once(never: threading.Event) -> None:
    """Calls that do not end together take one deadline, not one each; one that ends among them is heard."""
    mine = target(lambda asked: never.wait() if asked.session_data == "hang" else SUCCESS)
    asked = [request(session_data="hang")] * 40 + [request()]

    answers: list[Answer] = []
    waiting = threading.Thread(target=lambda: answers.extend(mine.refresh(asked, SOON_S)))
    waiting.start()
    waiting.join(20 * SOON_S)

    assert answers == [*[Silent(SOON_S)] * 40, Returned(SUCCESS)]


# Output


def noisy(asked: RefreshRequest) -> dict[str, Any]:
    print("printed")  # noqa: T201 - what is tested
    print("complained", file=sys.stderr)  # noqa: T201 - what is tested
    logging.getLogger("mine.deep").debug("logged at debug")
    logging.error("logged at the root")  # noqa: LOG015 - what is tested
    logging.getLogger("apart").info("logged apart")
    return SUCCESS


@pytest.fixture
def apart() -> Iterator[logging.Logger]:
    """A logger as many applications configure theirs: with a handler of its own, and nothing handed on."""
    logger = logging.getLogger("apart")
    before = (logger.handlers, logger.level, logger.propagate)
    logger.handlers, logger.propagate = [logging.StreamHandler()], False
    logger.setLevel(logging.INFO)
    yield logger
    logger.handlers, logger.level, logger.propagate = before


def test_output_is_kept(apart: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed or logged, at any level, is the target's output, and reaches nobody else."""
    mine = target(noisy)
    mine.refresh([request()], LONG_S)

    lines = mine.output().splitlines()

    assert lines == ["printed", "complained", "logged at debug", "logged at the root", "logged apart"]
    assert capsys.readouterr() == ("", "")


def attaching(asked: RefreshRequest) -> dict[str, Any]:
    logging.getLogger("mine").info("refreshed %s", "it", extra={"body": {"refresh_token": "canary"}})
    return SUCCESS


def test_what_is_attached_to_a_record_is_kept() -> None:
    """Whatever a log record carries besides its text is part of the output."""
    mine = target(attaching)
    mine.refresh([request()], LONG_S)

    assert mine.output() == "refreshed it {'body': {'refresh_token': 'canary'}}\n"


def test_output_is_handed_over_once() -> None:
    """Output is what came since it was asked for last."""
    mine = target(noisy)
    mine.refresh([request()], LONG_S)

    assert mine.output() != ""
    assert mine.output() == ""


def test_logging_is_left_as_it_was(apart: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a call, logging and the standard streams are what they were, whatever the call did."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "level", logging.ERROR)
    before = (root.handlers, list(root.handlers), root.level, apart.handlers, sys.stdout, sys.stderr)

    answer(noisy)
    answer(fail)

    assert (root.handlers, list(root.handlers), root.level, apart.handlers, sys.stdout, sys.stderr) == before


# What it says of itself


def test_hangs_are_bounded(never: threading.Event) -> None:
    """An implementation that hangs always is asked three times, and then not any more."""
    mine = target(lambda _: never.wait())

    answers = [mine.refresh([request()], SOON_S) for _ in range(3)]

    assert answers == [(Silent(SOON_S),)] * 3
    with pytest.raises(GivenUpError, match="the first 3 calls did not end before their deadline"):
        mine.refresh([request()], SOON_S)


def test_output_is_bounded() -> None:
    """Of what is printed the first MiB is kept, each time anew, and the implementation notices nothing."""
    written: list[int] = []

    def floods(_: RefreshRequest) -> dict[str, Any]:
        written.append(sys.stdout.write("x" * 900_000) + sys.stdout.write("y" * 900_000))
        return SUCCESS

    mine = target(floods)
    mine.refresh([request()], LONG_S)
    first = mine.output()
    mine.refresh([request()], LONG_S)

    assert len(first) == 1024 * 1024
    assert mine.output() == first
    assert written == [1_800_000, 1_800_000]


def test_a_thread_that_prints_later(capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed when the call has ended is not taken for its output."""
    go, done = threading.Event(), threading.Event()

    def later() -> None:
        go.wait()
        print("later")  # noqa: T201 - it talks
        done.set()

    def refresh(_: RefreshRequest) -> dict[str, Any]:
        threading.Thread(target=later, daemon=True).start()
        return SUCCESS

    mine = target(refresh)
    mine.refresh([request()], LONG_S)
    go.set()
    done.wait()

    assert mine.output() == ""
    assert capsys.readouterr().out == "later\n"
