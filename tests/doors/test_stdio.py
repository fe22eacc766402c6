"""Programs behind the adapter protocol: what they are asked, and what they may do."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reseal.errors import TargetError
from reseal.formats import OpenError
from reseal.target import Raised, Returned
from reseal.target.stdio import StdioTarget

from .support import ADAPTER, Ended, observed, request

Start = Callable[..., StdioTarget]

LONG_S = 30.0


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


def test_stderr_is_not_overwritten(start: Start) -> None:
    """Where we read in stderr has no bearing on where the program writes."""
    target = start("def refresh(m): print(m['session_data'], file=sys.stderr); tell(m['id'], ok={})")

    target.refresh([request(session_data="first")], LONG_S)
    target._stderr._file.seek(0)
    target.refresh([request(session_data="again")], LONG_S)

    assert target.output() == "first\nagain\n"


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


@pytest.mark.parametrize(
    ("seal", "status", "error"),
    [("iron", 1, ""), ("fernet", 2, "seal: 'fernet' is asked for, and 'stdio:")],
)
def test_a_seal_that_is_asked_for(
    reseal: Callable[..., Ended], folder: Path, seal: str, status: int, error: str
) -> None:
    """An adapter speaks for itself: who says otherwise is told so, and not ignored."""
    (folder / "adapter.py").write_text(ADAPTER)
    target = f"stdio:{shlex.quote(sys.executable)} adapter.py"

    ended = reseal("check", target, "-k", "refresh.cookie.empty", "--seal", seal)

    assert ended.status == status
    assert error in ended.err


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
