"""Programs behind the adapter protocol: what they may do, and what becomes of those that break it."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reseal import cases
from reseal.engine import CaseRun, Engine
from reseal.errors import TargetError
from reseal.formats import OpenError
from reseal.target import Raised, Returned, Silent, stdio
from reseal.target.stdio import StdioTarget

from .support import Ended, request

SOON_S = 0.5
LONG_S = 30.0

# An adapter that answers by the book; each test replaces one of its functions.
ADAPTER = """
import json, os, sys, threading, time

def tell(number, **reply):
    print(json.dumps({"id": number, **reply}), flush=True)

def hello(m):
    tell(m["id"], ok={"name": "mine", "language": "python", "seal": "iron", "capabilities": ["concurrent"]})

def refresh(m):
    tell(m["id"], ok={"authenticated": True, "sealed_session": m["session_data"]})

def seal(m):
    tell(m["id"], ok=json.dumps(m["payload"]))

def unseal(m):
    tell(m["id"], ok=json.loads(m["session_data"]))

def bye(m):
    sys.exit()

# the function that a test replaces

for line in sys.stdin:
    m = json.loads(line)
    globals()[m["op"]](m)
"""
Start = Callable[..., StdioTarget]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the adapter with a function replaced, and stops it after the test."""
    running: list[StdioTarget] = []

    def run(replaced: str = "", **env: str) -> StdioTarget:
        text = ADAPTER.replace("# the function that a test replaces", textwrap.dedent(replaced))
        script = tmp_path / f"adapter-{len(running)}.py"
        script.write_text(text)
        target = StdioTarget("stdio:mine", [sys.executable, str(script)], env)
        running.append(target)
        return target

    yield run
    for target in running:
        target.close()


def observed(target: StdioTarget) -> CaseRun:
    """What comes of the simplest case."""
    return Engine(target).run(cases.by_id()["refresh.success.plain"])


# By the book


def test_an_answer(start: Start) -> None:
    """A result is handed on as it came."""
    target = start()

    assert target.refresh([request()], LONG_S) == (
        Returned({"authenticated": True, "sealed_session": "a cookie"}),
    )
    assert (target.about.name, target.about.language, target.about.seal) == ("mine", "python", "iron")


def test_what_is_asked(start: Start, tmp_path: Path) -> None:
    """The program is told who asks, and then all that a refresh needs, a line for each."""
    target = start(
        """
        log = open(os.environ["LOG"], "w")
        def refresh(m):
            log.write(line)
            log.flush()
            tell(m["id"], ok={})
        """,
        LOG=str(tmp_path / "log"),
    )
    target.refresh([request(session_data=None, max_retries=0)], LONG_S)

    assert json.loads((tmp_path / "log").read_text()) == {
        "id": 2,
        "op": "refresh",
        "session_data": None,
        "cookie_password": "a password of more than thirty-two characters",
        "organization_id": None,
        "endpoint": {"base_url": "http://127.0.0.1:9", "client_id": "client_1", "api_key": "sk_test_1"},
        "timeout_s": 2.0,
        "max_retries": 0,
    }


def test_answers_in_any_order(start: Start) -> None:
    """Answers are told apart by their ids: ten requests may be answered from the last to the first."""
    target = start(
        """
        waiting = []
        def refresh(m):
            waiting.append(m)
            if len(waiting) == 10:
                for each in reversed(waiting):
                    tell(each["id"], ok={"authenticated": True, "sealed_session": each["session_data"]})
        """
    )
    answers = target.refresh([request(session_data=f"cookie {i}") for i in range(10)], LONG_S)

    assert [a.fields["sealed_session"] for a in answers if isinstance(a, Returned)] == [
        f"cookie {i}" for i in range(10)
    ]


def test_what_is_raised(start: Start) -> None:
    """An error that the adapter reports is an answer, with all that it says of it."""
    target = start(
        """
        def refresh(m):
            tell(m["id"], raised={"type": "OauthError", "message": "refused", "text": "at line 3"})
        """
    )

    assert target.refresh([request()], LONG_S) == (
        Raised("OauthError", "refused", "OauthError\nrefused\nat line 3"),
    )


def test_stderr_is_kept(start: Start) -> None:
    """What is printed to stderr is output, and handed over once, however much it is."""
    target = start(
        """
        def refresh(m):
            print("x" * 100_000, file=sys.stderr)
            print("the end", file=sys.stderr)
            tell(m["id"], ok={})
        """
    )
    target.refresh([request()] * 3, LONG_S)

    assert target.output().count("the end") == 3
    assert target.output() == ""


def test_stderr_is_searched(start: Start) -> None:
    """A secret on stderr is a leak, and does not stand in the observation itself."""
    run = observed(
        start("def refresh(m): print(m['cookie_password'], file=sys.stderr); tell(m['id'], ok={})")
    )

    assert run.observation is not None
    assert [(leak.secret, leak.where) for leak in run.observation.leaks] == [("cookie password", "output")]
    assert run.observation.output == "<cookie password>\n"


def test_the_environment_is_clean(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable configures an SDK behind our back, or sends it through a proxy; others are handed on."""
    for name in (
        "WORKOS_API_KEY",
        "workos_client_id",
        "HTTP_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "NODE_OPTIONS",
    ):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("MY_SETTING", "x")
    target = start("def refresh(m): tell(m['id'], ok={'reason': ' '.join(sorted(os.environ))})", MORE="x")

    names = target.refresh([request()], LONG_S)[0].fields["reason"].split()  # type: ignore[union-attr]

    assert {"MY_SETTING", "MORE", "PATH"} <= set(names)
    assert [name for name in names if name.upper().startswith("WORKOS") or "PROXY" in name.upper()] == []
    assert "NODE_OPTIONS" not in names


def test_a_format_of_its_own_conforms(reseal: Callable[..., Ended]) -> None:
    """An implementation with a format of its own can meet every documented requirement, and all others."""
    adapter = Path(__file__).with_name("own_format.py")

    ended = reseal("check", f"stdio:{sys.executable} {adapter}", "--level", "hardening", "-n", "2")

    assert ended.status == 0, ended.out
    assert ", python, own seals" in ended.out


def test_a_seal_that_its_own_format_does_not_open(start: Start) -> None:
    """What its own unseal refuses is a seal that does not open; another answer is the adapter's fault."""
    own = "def hello(m): tell(m['id'], ok={'name': 'mine', 'language': 'x', 'seal': 'own'})\n"
    refusing = "def unseal(m): tell(m['id'], raised={'type': 'ValueError'})"
    sealing, strict = start(own).sealing, start(own + refusing).sealing

    assert sealing.open(sealing.seal({"user": "ann"}, "password", None, {}), "password") == {"user": "ann"}  # type: ignore[arg-type]
    with pytest.raises(OpenError, match="its own unseal does not open it"):
        strict.open("{}", "password")
    with pytest.raises(TargetError, match="the adapter ended"):
        start(own + "def unseal(m): sys.exit()").sealing.open("{}", "password")
    with pytest.raises(TargetError, match="gave a wrong answer to 'seal': a NoneType, not a text"):
        start(own + "def seal(m): tell(m['id'], ok=None)").sealing.seal({}, "password", None, {})  # type: ignore[arg-type]


# Breaks


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
        ("def refresh(m): os.close(1); time.sleep(60)", "before its answer. An implementation that raises"),
        ("def refresh(m): 1 / 0", "Its stderr ends with: ZeroDivisionError: division by zero"),
        ("def refresh(m): print('x' * 5_000_000, file=sys.stderr); sys.exit(8)", "ended (status 8)"),
    ],
)
def test_a_break(start: Start, monkeypatch: pytest.MonkeyPatch, replaced: str, said: str) -> None:
    """What breaks the protocol is told in its own words, and is the adapter's fault: never a verdict."""
    monkeypatch.setattr(stdio, "_BYE_S", SOON_S)
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
        ("def hello(m): sys.exit(3)", "the adapter ended (status 3) before its answer."),
        (
            "import no_such_module",
            "Its stderr ends with: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        ("def hello(m): time.sleep(60)", "did not answer 'hello' within 0.5 s."),
    ],
)
def test_a_break_at_once(start: Start, monkeypatch: pytest.MonkeyPatch, replaced: str, said: str) -> None:
    """A program that does not say properly what it is cannot be run."""
    start()
    monkeypatch.setattr(stdio, "_HELLO_S", SOON_S)

    with pytest.raises(TargetError) as error:
        start(replaced)

    assert said in str(error.value)


def test_a_break_holds_no_secret(start: Start) -> None:
    """An adapter that breaks down over what it was given does not bring it into the report."""
    run = observed(start("def refresh(m): sys.exit(m['cookie_password'] + m['session_data'])"))

    assert run.blame == "adapter"
    assert "Its stderr ends with: <cookie password><cookie>" in run.findings[0].got


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

    answers = target.refresh([request()], SOON_S)
    target.close()

    assert answers == (Silent(SOON_S),)
    assert target._program is None


def test_restarts_are_bounded(start: Start) -> None:
    """A program that ends over and over is not started for ever, and says so in the end."""
    target = start("def refresh(m): sys.exit(1)")

    found = [observed(target).findings[0].got for _ in range(7)]

    assert ["before its answer" in got for got in found] == [True] * 5 + [False] * 2
    assert "the adapter ended, or did not answer, 5 times: it is not started again." in found[-1]


def test_it_ends_when_it_is_told_to(start: Start) -> None:
    """A target that is closed leaves no process behind, and can be closed again."""
    target = start()
    process = target._program._process  # type: ignore[union-attr]

    target.close()

    assert process.returncode == 0


def test_a_command_that_is_run_elsewhere(tmp_path: Path) -> None:
    """A command is run in the folder of the configuration that names it."""
    (tmp_path / "adapter.py").write_text(ADAPTER)

    target = StdioTarget.of_command("stdio:mine", f"{sys.executable} adapter.py", tmp_path)
    target.close()

    assert target.about.name == "mine"
