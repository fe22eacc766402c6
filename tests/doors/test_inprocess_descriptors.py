"""What a Python callable writes past `sys.stdout` and `sys.stderr`."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reseal import Implementation, RefreshRequest
from reseal.target.inprocess import InProcessTarget

from .support import request


def output(write: Callable[[], object]) -> str:
    """The target's output after one call that does ``write``."""

    def refresh(_: RefreshRequest) -> dict[str, object]:
        write()
        return {"authenticated": False, "reason": "invalid_grant"}

    target = InProcessTarget(Implementation("mine", refresh), "mine:refresh")
    target.refresh([request()], 30.0)
    return target.output()


def program(descriptor: int) -> list[str]:
    return [sys.executable, "-c", f"import os; os.write({descriptor}, b'canary')"]


WAYS: dict[str, Callable[[], object]] = {
    "stdout": lambda: os.write(1, b"canary"),
    "stderr": lambda: os.write(2, b"canary"),
    "device": lambda: Path("/dev/stderr").write_text("canary"),
    "program-stdout": lambda: subprocess.run(program(1), check=True),
    "program-stderr": lambda: subprocess.run(program(2), check=True),
}


@pytest.mark.parametrize("way", WAYS)
def test_descriptors_are_kept(way: str, capfd: pytest.CaptureFixture[str]) -> None:
    """What goes past `sys` is the target's output, and reaches nobody else; afterwards all is as before."""
    seen = output(WAYS[way])
    os.write(1, b"after")
    os.write(2, b"wards")

    assert seen == "canary"
    assert capfd.readouterr() == ("after", "wards")


def test_what_was_buffered_before(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """What the process had in a buffer is not the target's."""
    with os.fdopen(os.dup(1), "w") as stdout:
        monkeypatch.setattr(sys, "__stdout__", stdout)
        stdout.write("before")
        seen = output(lambda: os.write(1, b"canary"))

    assert (seen, capfd.readouterr().out) == ("canary", "before")


def test_what_is_left_in_a_buffer(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """What the target writes to the stream that the process began with is the target's."""
    with os.fdopen(1, "w", closefd=False) as stdout:
        monkeypatch.setattr(sys, "__stdout__", stdout)
        seen = output(lambda: stdout.write("canary"))

    assert (seen, capfd.readouterr().out) == ("canary", "")


class Odd:
    def flush(self) -> None:
        raise RuntimeError("no luck")


@pytest.mark.parametrize("stream", [Odd(), "closed"])
def test_odd_streams(stream: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process whose streams are closed or of its own making calls targets all the same."""
    if stream == "closed":
        stream = (tmp_path / "stdout").open("w")
        stream.close()  # type: ignore[attr-defined]
    monkeypatch.setattr(sys, "__stdout__", stream)
    monkeypatch.setattr(sys, "__stderr__", stream)

    assert output(lambda: os.write(2, b"canary")) == "canary"


def test_a_stdout_that_was_closed_from_the_start() -> None:
    """Its number may be a socket's by then, the endpoint's even, and is let be."""
    words = ["check", "reference", "-k", "refresh.success.plain"]
    command = [sys.executable, "-c", "from reseal.cli import main; main()", *words]

    done = subprocess.run(["/bin/sh", "-c", f"{shlex.join(command)} >&-"], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


def test_closed_descriptors(tmp_path: Path) -> None:
    """Without descriptors 1 and 2, as of some services, calls go on."""
    report = tmp_path / "report"
    script = f"""
import os
from reseal import Implementation
from reseal.target.inprocess import InProcessTarget
from tests.doors.support import request

os.close(1)
os.close(2)
target = InProcessTarget(Implementation("mine", lambda _: {{"authenticated": False, "reason": "x"}}), "mine")
(answer,) = target.refresh([request()], 30.0)
with open({str(report)!r}, "w") as file:
    file.write(answer.fields["reason"])
"""

    done = subprocess.run([sys.executable, "-c", script], check=False, cwd=Path(__file__).parents[2])

    assert (done.returncode, report.read_text()) == (0, "x")
