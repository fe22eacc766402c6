"""``reseal inspect``: where cookie and password come from, and the exit statuses."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from reseal import _data
from reseal.cli.inspect import inspect_command
from reseal.formats.iron import IronFormat

from .support import Ended, run, run_reseal

Reseal = Callable[..., Ended]

PASSWORD = "kEpT-tHe-IrOn-PaSsWoRd-To-YoUrSeLf"
VARIABLE = "WORKOS_COOKIE_PASSWORD"


@pytest.fixture
def cookie(monkeypatch: pytest.MonkeyPatch) -> str:
    """A cookie that opens and would refresh, and no password in the environment."""
    monkeypatch.delenv(VARIABLE, raising=False)
    session = {"access_token": "a", "refresh_token": "b", "user": {"id": "user_1"}}
    return IronFormat().seal(session, PASSWORD, random.Random(1), {})  # noqa: S311 - any seal does


def verdict(ended: Ended) -> str:
    return json.loads(ended.out)["verdict"]


def test_an_argument(reseal: Reseal, cookie: str) -> None:
    """Without a password a whole cookie ends with 0, and it is said that nothing more can be told."""
    ended = reseal("inspect", cookie)

    assert (0, "") == (ended.status, ended.err)
    assert "Nothing is wrong as far as can be told without a password." in ended.out


def test_no_standard_input(tmp_path: Path) -> None:
    """Where there is none, as under some supervisors, that is said."""
    code = "import sys; sys.stdin = None; sys.argv[:] = ['reseal', 'inspect']; "
    ended = run([sys.executable, "-c", f"{code} from reseal.cli import main; main()"], tmp_path)

    assert (ended.status, ended.out) == (2, "")
    assert "there is no cookie, and no standard input to read it from. Pass it as --file." in ended.err


def test_the_usual_variable(reseal: Reseal, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that the SDKs read is used where nothing else is said."""
    monkeypatch.setenv(VARIABLE, PASSWORD)

    ended = reseal("inspect", cookie, "--json")

    assert (0, "would-refresh") == (ended.status, verdict(ended))


def test_another_variable(reseal: Reseal, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """--password-env names a variable, which is preferred to the usual one."""
    monkeypatch.setenv(VARIABLE, PASSWORD[::-1])
    monkeypatch.setenv("MINE", PASSWORD)

    assert "would-refresh" == verdict(reseal("inspect", cookie, "--json", "--password-env", "MINE"))


def test_files(reseal: Reseal, cookie: str) -> None:
    """A line break at the end of a file belongs neither to the cookie nor to the password."""
    Path("cookie").write_text(f"{cookie}\n")
    Path("password").write_bytes(f"{PASSWORD}\r\n".encode())

    ended = reseal("inspect", "--file", "cookie", "--password-file", "password", "--json")

    assert (0, "would-refresh") == (ended.status, verdict(ended))


def test_standard_input(cookie: str) -> None:
    """Without an argument the cookie is read from standard input."""
    done = CliRunner().invoke(
        inspect_command, ["--json", "--password-env", "MINE"], input=f"{cookie}\n", env={"MINE": PASSWORD}
    )

    assert (0, "would-refresh") == (done.exit_code, json.loads(done.output)["verdict"])


def test_a_prompt(cookie: str) -> None:
    """--ask-password asks on standard error, and does not show what is typed."""
    done = CliRunner().invoke(inspect_command, [cookie, "--json", "--ask-password"], input=f"{PASSWORD}\n")

    assert "would-refresh" == json.loads(done.stdout)["verdict"]
    assert ("Cookie password: \n", False) == (done.stderr, PASSWORD in done.output)


def test_a_cookie_that_does_not_open(reseal: Reseal, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cookie that does not open ends with 1, and the causes are numbered."""
    monkeypatch.setenv(VARIABLE, PASSWORD[::-1])

    ended = reseal("inspect", cookie)

    assert (1, "") == (ended.status, ended.err)
    assert (
        "It does not open.\nWhy, the likeliest first:\n  1. It was probably sealed with another" in ended.out
    )


def test_the_json_keeps_to_its_schema(reseal: Reseal, cookie: str) -> None:
    """What --json prints is valid."""
    ended = reseal("inspect", cookie, "--json", "--for", "python")

    assert _data.first_error(json.loads(ended.out), "inspect") is None
    assert (1, "foreign-format") == (ended.status, json.loads(ended.out)["findings"][0]["id"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("x", "--file", "cookie"), "the cookie was given twice: as an argument and as --file."),
        (("x", "--password-env", "NO_SUCH"), "--password-env: NO_SUCH is not set. Export it,"),
        (("x", "--password-env", "A", "--ask-password"), "exclude each other. Give one of them."),
        (("--file", "huge"), "the cookie is over 1,048,576 bytes. Pass one cookie alone."),
        (("x", "--password-file", "latin"), "password: it is no text in UTF-8."),
        (("x", "--for", "cobol"), "'cobol' is not one of"),
        (("--file", "missing"), "'missing' does not exist"),
    ],
)
def test_wrong_usage(reseal: Reseal, words: tuple[str, ...], said: str) -> None:
    """Wrong usage ends with 2 and a message that says what to do."""
    Path("cookie").write_text("x")
    Path("huge").write_bytes(b"x" * 1_048_577)
    Path("latin").write_bytes(b"\xff" * 40)

    ended = reseal("inspect", *words)

    assert (2, "") == (ended.status, ended.out)
    assert said in ended.err


def test_the_installed_command(tmp_path: Path, cookie: str) -> None:
    """The installed command inspects, too."""
    ended = run_reseal(tmp_path, "inspect", cookie, "--json", env={VARIABLE: PASSWORD})

    assert (0, "would-refresh") == (ended.status, verdict(ended))
