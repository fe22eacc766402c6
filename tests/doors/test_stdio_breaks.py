"""Programs that break the adapter protocol, or hang: the adapter's fault, never a verdict."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reseal.errors import TargetError
from reseal.target import Returned, Silent, program, stdio
from reseal.target.stdio import StdioTarget

from .support import observed, request

Start = Callable[..., StdioTarget]

SOON_S, LONG_S = 0.5, 30.0


def ends_after(words: str) -> str:
    return f"def refresh(m): print({words!r}, file=sys.stderr); sys.exit(2)"


@pytest.mark.parametrize(
    ("replaced", "said"),
    [
        (
            "def refresh(m): print('one moment', flush=True)",
            "wrote a line of 11 bytes that is no JSON. Keep stdout",
        ),
        ("def refresh(m): print('[]', flush=True)", "no id of a request that waits for one. Repeat the id"),
        ("def refresh(m): print('{}', flush=True)", "no id of a request that waits for one."),
        ("def refresh(m): tell(99, ok={})", "no id of a request that waits for one."),
        ("def refresh(m): tell(1, ok={})", "no id of a request that waits for one."),
        ("def refresh(m): tell(True, ok={})", "no id of a request that waits for one."),
        ("def refresh(m): tell(m['id'])", "gave a wrong answer to 'refresh': "),
        (
            "def refresh(m): tell(m['id'], raised='no')",
            "answer to 'refresh': raised: 'no' is not of type 'object'.",
        ),
        (
            "def refresh(m): sys.exit(7)",
            "ended (status 7) before its answer. An implementation that raises must be",
        ),
        ("def refresh(m): 1 / 0", "On stderr it said: ZeroDivisionError: division by zero"),
        (
            ends_after("TypeError: no go\n  at a.mjs:1\n\nNode.js v20.2"),
            "On stderr it said: TypeError: no go",
        ),
        (ends_after("panic: no map\n\ngoroutine 1 [running]:"), "On stderr it said: panic: no map"),
        (ends_after("one\ntwo"), "On stderr it said: two"),
        ("def refresh(m): print('x' * 5_000_000, file=sys.stderr); sys.exit(8)", "ended (status 8)"),
    ],
)
def test_a_break(start: Start, replaced: str, said: str) -> None:
    """What breaks the protocol is told in its own words, and is the adapter's fault: never a verdict."""
    assert observed(start()).blame is None

    run = observed(start(replaced))

    assert run.blame == "adapter"
    assert {finding.state for finding in run.findings} == {"error"}
    assert run.findings[0].got.startswith("target 'stdio:mine': the adapter ")
    assert said in run.findings[0].got


@pytest.mark.parametrize(
    ("replaced", "said"),
    [
        (
            "def hello(m): tell(m['id'], ok={'name': 'mine', 'seal': 'iron'})",
            "'language' is a required property",
        ),
        (
            "def hello(m): tell(m['id'], ok={'name': 'm', 'language': 'x', 'seal': 'jwe'})",
            "seal: 'jwe' is not one of",
        ),
        ("def hello(m): tell(m['id'], ok='hello')", "'hello': the whole: 'hello' is not of type 'object'"),
        (
            "def hello(m): tell(m['id'], raised={'type': 'ImportError', 'message': 'no SDK'})",
            'could not do \'hello\': {"type": "ImportError", "message": "no SDK"}',
        ),
        ("def hello(m): tell(m['id'])", "gave a wrong answer to 'hello': the whole:"),
        ("def hello(m): tell(m['id'], raised='x')", "gave a wrong answer to 'hello': raised: 'x' is not of"),
        (
            "def hello(m): tell(m['id'], raised=None)",
            "gave a wrong answer to 'hello': raised: None is not of",
        ),
        ("def hello(m): sys.exit(3)", "the adapter ended (status 3) before its answer."),
        (
            "import no_such_module",
            "On stderr it said: ModuleNotFoundError: No module named 'no_such_module'",
        ),
    ],
)
def test_a_break_at_once(start: Start, replaced: str, said: str) -> None:
    """A program that does not say properly what it is cannot be run."""
    start()

    with pytest.raises(TargetError) as error:
        start(replaced)

    assert said in str(error.value)


def test_a_hang_at_once(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor can one that does not say what it is at all."""
    monkeypatch.setattr(stdio, "_HELLO_S", SOON_S)

    with pytest.raises(TargetError, match=r"did not answer 'hello' within 0\.5 s\."):
        start("def hello(m): time.sleep(60)")


def test_an_output_that_is_closed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that closes its stdout has ended, for all that can be asked of it, and is started again."""
    monkeypatch.setattr(program, "_BYE_S", SOON_S)
    target = start("def refresh(m): os.close(1) if m['session_data'] == 'close' else tell(m['id'], ok={})")

    with pytest.raises(TargetError, match=r"ended \(status None\) before its answer"):
        target.refresh([request(session_data="close")], LONG_S)
    assert target.refresh([request()], LONG_S) == (Returned({}),)


def test_a_break_holds_no_secret(start: Start) -> None:
    """An adapter that breaks down over what it was given does not bring it into the report."""
    run = observed(start("def refresh(m): sys.exit(m['cookie_password'] + m['session_data'])"))

    assert run.blame == "adapter"
    assert "On stderr it said: <cookie password><cookie>" in run.findings[0].got


# Hangs


@pytest.mark.parametrize("size", [10, 2_000_000], ids=["small", "more than a pipe holds"])
def test_a_hang(start: Start, size: int) -> None:
    """A program that does not answer is left at the deadline, and started again for the next request."""
    target = start(
        "def refresh(m): tell(m['id'], ok={}) if m['session_data'] == 'a cookie' else time.sleep(60)"
    )

    assert target.refresh([request()], LONG_S) == (Returned({}),)
    assert target.refresh([request(session_data="x" * size)], SOON_S) == (Silent(SOON_S),)
    assert target.refresh([request()], LONG_S) == (Returned({}),)


def test_a_program_that_does_not_read(start: Start) -> None:
    """Nor does one that stops reading hold up the deadline, however long the cookie is."""
    target = start(
        """
        def hello(m):
            tell(m["id"], ok={"name": "mine", "language": "python", "seal": "iron"})
            time.sleep(60)
        """
    )

    assert target.refresh([request(session_data="x" * 2_000_000)], SOON_S) == (Silent(SOON_S),)


@pytest.mark.skipif(os.name == "nt", reason="there are no process groups")
def test_a_hang_behind_another_program(start: Start, tmp_path: Path) -> None:
    """A command that leaves the work to a child, as npx does, takes no longer to stop."""
    start("def refresh(m): time.sleep(60)").close()
    target = StdioTarget("stdio:mine", ["sh", "-c", f"{sys.executable} {tmp_path / 'adapter-0.py'}; true"])

    running = target._program
    assert running is not None
    answers = target.refresh([request()], SOON_S)
    target.close()

    assert answers == (Silent(SOON_S),)
    # Its child held the pipe; where that is read to its end, the child is gone as well.
    assert not running._reader.is_alive()


def test_restarts_are_bounded(start: Start) -> None:
    """A program that ends over and over is not started for ever: then the rest is not run."""
    target = start("def refresh(m): sys.exit(1)")

    found = [observed(target) for _ in range(7)]

    assert [run.findings[0].state for run in found] == ["error"] * 5 + ["not_run"] * 2
    assert "before its answer" in found[4].findings[0].got
    assert "the adapter broke down 5 times: it is not started again." in found[-1].findings[0].got
    assert found[-1].blame == "adapter"
