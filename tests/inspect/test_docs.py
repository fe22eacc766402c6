"""The page on `reseal inspect`."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from reseal.inspect import SDKS, diagnosis

from .cookies import NODE, ROWS

_PACKAGE = Path(diagnosis.__file__).parent
_SOURCE = "".join(path.read_text("utf-8") for path in sorted(_PACKAGE.glob("*.py")))
_PAGE = (Path(__file__).parents[2] / "docs" / "inspect.md").read_text("utf-8")
FINDINGS = sorted(set(re.findall(r"\b(?:Finding|note|guess)\(\s*\"([a-z0-9-]+)\"", _SOURCE)))
_ONLY_SHOWN = {"empty", "is-a-jwt", "is-json", "is-an-id", "is-nothing", "unknown", "no-password"}


@pytest.mark.parametrize("finding", sorted(set(FINDINGS) - _ONLY_SHOWN))
def test_every_finding_is_explained(finding: str) -> None:
    """The page names every finding that says what happened to a seal."""
    assert f"`{finding}`" in _PAGE


@pytest.mark.parametrize("sdk", SDKS)
def test_every_sdk_is_named(sdk: str) -> None:
    """The page names every value of --for."""
    assert f"`{sdk}`" in _PAGE


def test_every_finding_comes_first_somewhere() -> None:
    """Each cause that can be found is the first finding of some cookie in the table, but for two."""
    # The first can never come before another one, the second needs PyNaCl to be missing.
    never_first = {"changed", "needs-libsodium"}

    assert set(FINDINGS) - never_first == {row.first for row in ROWS if row.first}


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the documentation, as a user does."""
    path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path}
    env.pop("WORKOS_COOKIE_PASSWORD", None)
    words = ["bash", "-c", command]
    return subprocess.run(
        words, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_first_example(tmp_path: Path) -> None:
    """The first command of the page prints what stands below it."""
    found = re.search(r"```sh\n(.*?)```\n\n```text\n(.*?)```\n", _PAGE, re.DOTALL)
    assert found is not None

    done = run(found[1], tmp_path)

    assert (found[2], "", 1) == (done.stdout, done.stderr, done.returncode)


def test_the_second_example(tmp_path: Path) -> None:
    """The command for another SDK's cookie prints the beginning that stands below it."""
    found = re.search(r"```text\n\$ (.*?)\n(.*?)…\n```\n", _PAGE, re.DOTALL)
    assert found is not None
    (tmp_path / "cookie.txt").write_text(NODE)

    done = run(found[1], tmp_path)

    assert done.stdout.startswith(found[2])
    assert 1 == done.returncode


@pytest.mark.parametrize("page", ["docs/fixtures.md", "fixtures/README.md"])
def test_the_commands_for_fixtures(page: str, tmp_path: Path) -> None:
    """The first block of commands of both pages on fixtures copies them, and finds them whole."""
    text = (Path(__file__).parents[2] / page).read_text("utf-8")
    found = re.search(r"```sh\n(.*?)```\n", text, re.DOTALL)
    assert found is not None

    done = run(found[1], tmp_path)

    assert (0, "The fixtures are whole.") == (done.returncode, done.stdout.splitlines()[-1])
