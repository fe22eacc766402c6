"""Adapters that are hostile: they take neither our time nor our memory, and there is always a report."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from reseal import _data
from reseal.errors import GivenUpError, TargetError
from reseal.target import Raised, Returned, Silent, patience, program, stderr
from reseal.target.stdio import StdioTarget

from .support import Ended, observed, request, run_pytest

Start = Callable[..., StdioTarget]

SOON_S, LONG_S = 0.3, 30.0
HANGS = "def refresh(m): tell(m['id'], ok={}) if m['session_data'] == 'answer' else time.sleep(60)"
CLOSED = "{'authenticated': False, 'reason': 'invalid_grant'}"


# Memory and disk


@pytest.mark.parametrize(
    "replaced",
    [
        "def refresh(m): sys.stdout.write('x' * 3_000_000); sys.stdout.flush(); time.sleep(60)",
        "def refresh(m): tell(m['id'], ok={'reason': 'x' * 3_000_000}); time.sleep(60)",
    ],
    ids=["a line without an end", "a huge answer"],
)
def test_a_line_that_is_too_long(start: Start, monkeypatch: pytest.MonkeyPatch, replaced: str) -> None:
    """A line is read up to a bound, and no further."""
    monkeypatch.setattr(program, "_MAX_LINE", 2 * 1024 * 1024)

    with pytest.raises(TargetError, match=r"the adapter wrote a line of more than 2 MiB\."):
        start(replaced).refresh([request()], LONG_S)


def test_json_that_is_too_deep(start: Start) -> None:
    """An answer that no JSON reader takes is the adapter's fault, and no error of ours."""
    run = observed(start("def refresh(m): print('[' * 200_000, flush=True)"))

    assert run.blame == "adapter"
    assert "wrote a line of 200001 bytes that is no JSON" in run.findings[0].got


def test_a_flood_that_nobody_reads(start: Start) -> None:
    """What is written between two calls waits in the pipe, and not in our memory."""
    target = start(
        "def refresh(m):\n  tell(m['id'], ok={})\n  while True: print('x' * 1_000_000, flush=True)"
    )
    target.refresh([request()], LONG_S)
    running = target._program
    assert running is not None

    with pytest.raises(TargetError, match=r"wrote a line that nobody asked for|is no JSON"):
        target.refresh([request()], LONG_S)

    assert running._lines.qsize() <= program._MAX_LINES
    assert not running._reader.is_alive()


def test_a_flood_on_stderr(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was printed to stderr is not kept for ever, and nothing is lost of what comes later."""
    monkeypatch.setattr(stderr, "_MAX_KEPT", 1_000)
    target = start("def refresh(m): print(m['session_data'], file=sys.stderr); tell(m['id'], ok={})")

    target.refresh([request(session_data="x" * 5_000)], LONG_S)
    first = target.output()
    target.refresh([request(session_data="later")], LONG_S)

    assert len(first) == 5_001
    assert target.output() == "later\n"
    assert Path(target._stderr._file.name).stat().st_size == len("later\n")


@pytest.mark.skipif(sys.platform != "linux", reason="bounds of another process can be set on Linux alone")
def test_what_a_program_may_take(start: Start) -> None:
    """Its memory and its files have bounds, and so has what it starts."""
    target = start(
        """
        import resource, subprocess
        def refresh(m):
            of_a_child = subprocess.run(["sh", "-c", "ulimit -f"], capture_output=True, text=True).stdout
            data, _ = resource.getrlimit(resource.RLIMIT_DATA)
            size, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
            tell(m["id"], ok={"authenticated": data, "sealed_session": size, "reason": of_a_child.strip()})
        """
    )

    (answer,) = target.refresh([request()], LONG_S)

    assert isinstance(answer, Returned)
    assert answer.fields["authenticated"] == program._MAX_DATA
    assert answer.fields["sealed_session"] == program._MAX_FILE
    assert answer.fields["reason"].isdigit()


# Time


def test_hangs_at_first(start: Start) -> None:
    """A target that has never answered is asked three times."""
    target = start(HANGS)

    answers = [target.refresh([request()], SOON_S) for _ in range(patience._AT_FIRST)]

    assert answers == [(Silent(SOON_S),)] * patience._AT_FIRST
    with pytest.raises(GivenUpError, match=r"the first 3 calls did not end .* is not asked any more\. Run"):
        target.refresh([request()], SOON_S)


def test_hangs_from_some_call_on(start: Start) -> None:
    """One that has answered is given more time, and is started again as often as it hangs."""
    target = start(HANGS)
    target.refresh([request(session_data="answer")], LONG_S)

    answers = [target.refresh([request()], SOON_S) for _ in range(patience._IN_A_ROW)]

    assert answers == [(Silent(SOON_S),)] * patience._IN_A_ROW
    with pytest.raises(GivenUpError, match="the last 6 calls did not end"):
        target.refresh([request()], SOON_S)


def test_hangs_now_and_then() -> None:
    """A call that is answered makes good for those before it, but not without end."""
    mine = patience.Patience("mine")
    for _ in range(patience._IN_ALL - 1):
        mine.note([Returned({}), Silent(SOON_S)])
        mine.note([Returned({}), Raised("Error", "refused")])
        mine.require()
    mine.note([Silent(SOON_S)])

    with pytest.raises(GivenUpError, match="target 'mine': 20 calls in all did not end"):
        mine.require()


def test_what_is_not_asked_is_not_run(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a target hangs always, the rest costs no time, is blamed on it, and is never green."""
    monkeypatch.setattr("reseal.observe.SLACK_S", SOON_S - 5.0)
    target = start(HANGS)

    runs = [observed(target) for _ in range(patience._AT_FIRST + 1)]

    assert runs[0].findings[0].state == "fail"
    assert runs[-1].findings[0].state == "not_run"
    assert runs[-1].blame == "adapter"


def test_an_end_behind_an_open_pipe(start: Start) -> None:
    """A program that ends has ended, though a child of its own still holds its output open."""
    target = start(
        "def refresh(m):\n  import subprocess\n  subprocess.Popen(['sleep', '60'])\n  os._exit(9)",
    )

    with pytest.raises(TargetError, match=r"the adapter ended \(status 9\) before its answer"):
        target.refresh([request()], LONG_S)


@pytest.mark.skipif(os.name == "nt", reason="there are no process groups")
def test_children_that_stay(start: Start) -> None:
    """What a program has started ends with it, also where it ignores every signal that can be ignored."""
    target = start(
        """
        import signal, subprocess
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        def refresh(m):
            child = subprocess.Popen(["sh", "-c", "trap '' TERM HUP INT; sleep 60"])
            tell(m["id"], ok={"authenticated": child.pid})
        def bye(m): time.sleep(60)
        """
    )
    (answer,) = target.refresh([request()], LONG_S)
    assert isinstance(answer, Returned)
    running = target._program
    assert running is not None

    running.kill()

    # Its children held the pipe; where that is read to its end, they are gone as well.
    assert not running._reader.is_alive()


# Reports


def command(source: str) -> str:
    return f"stdio:{shlex.quote(sys.executable)} -c {shlex.quote(source)}"


BY_THE_BOOK = (
    "import json, os, sys\n"
    "def say(**o): print(json.dumps(o), flush=True)\n"
    "for i, line in enumerate(sys.stdin):\n"
    "    m = json.loads(line)\n"
    "    if m['op'] == 'hello': say(id=m['id'], ok={'name': 'n', 'language': 'python', 'seal': 'iron'})\n"
    f"    elif i < %d: say(id=m['id'], ok={CLOSED})\n"
    "    else: os._exit(7)\n"
)


@pytest.mark.parametrize(
    ("spec", "states"),
    [
        ("stdio:no-such-command-here", {"not_run"}),
        (command("raise SystemExit(1)"), {"not_run"}),
        (command(BY_THE_BOOK % 1), {"error", "not_run", "not_applicable"}),
        (command(BY_THE_BOOK % 9), {"error", "not_run", "not_applicable"}),
    ],
    ids=["not there", "ends at once", "ends when it is asked", "ends half-way"],
)
def test_there_is_always_a_report(
    reseal: Callable[..., Ended], folder: Path, spec: str, states: set[str]
) -> None:
    """Whatever becomes of an adapter, all three reports are written, say that it failed, and add up."""
    ended = reseal("check", spec, "--json", "report.json", "--junit", "report.xml", "-k", "refresh.cookie")
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    suite = ET.parse(folder / "report.xml").getroot()  # noqa: S314 - our own

    assert ended.status == 3
    assert "NO VERDICT: the adapter failed" in ended.out
    assert _data.first_error(report, "report") is None
    assert report["conformant"] is False
    found = {case["verdict"] for row in report["requirements"] for case in row["cases"]}
    assert found - {"pass"} == states
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
    undone = [case for case in suite if not {child.tag for child in case} & {"error", "failure", "skipped"}]
    assert len(undone) <= sum(
        case["verdict"] == "pass" for row in report["requirements"] for case in row["cases"]
    )
    assert int(suite.attrib["errors"]) + int(suite.attrib["failures"]) > 0


def test_what_pytest_shows_of_it(folder: Path) -> None:
    """No item is green once a target is not asked any more, whatever its level."""
    source = command(BY_THE_BOOK % 1)
    (folder / "reseal.toml").write_text(f"target = {json.dumps(source)}\n")

    ended = run_pytest(folder, "-q", "-n", "0", "-k", "refresh.cookie.huge or refresh.cookie.garbage")

    assert ended.status == 1
    assert "passed" not in ended.out.splitlines()[-1]
    assert "the adapter broke down 5 times" in ended.out
