"""The script of a bug report shows the failure with the SDK alone, as a maintainer would run it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from reseal import cases
from reseal.bundle import Bundle
from reseal.bundle.bug_report import to_markdown
from reseal.bundle.values import of_run
from reseal.run import check
from reseal.target import open_target
from reseal.target.packages import cache_folder

PYTHON, ASYNC, OLD_ASYNC = "pypi:workos==10.8.0", "pypi:workos==10.8.0#async", "pypi:workos==5.46.0#async"
NODE = "npm:@workos-inc/node@11.0.0"


def bundle_of(spec: str, case_id: str) -> Bundle:
    chosen = (cases.by_id()[case_id],)
    run = check(lambda: open_target(spec), chosen, seed=1)
    (bundle,) = of_run(run, "2026-11-25T09:30:00+00:00")
    return bundle


def _folder(pattern: str) -> Path:
    (folder,) = cache_folder().glob(pattern)
    return folder


def _python(version: str) -> Callable[[Path], Sequence[str]]:
    return lambda _: [str(next(_folder(f"pypi-workos-{version}-py?.??").glob("bin/python")))]


def _node(tmp_path: Path) -> Sequence[str]:
    (tmp_path / "node_modules").symlink_to(_folder("npm-workos-node-11.0.0") / "node_modules")
    node = shutil.which("node")
    assert node is not None
    return [node]


@pytest.mark.sdk
def test_the_commands_of_the_documentation_do_what_it_says(tmp_path: Path) -> None:
    """Each command runs, in the order of the page, and ends with the status that the page explains."""
    page = Path(__file__).parents[2] / "docs" / "bug-reports.md"
    blocks = re.findall(r"^```sh\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]
    env = {**os.environ, "PATH": f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"}

    ended = [
        subprocess.run(command, shell=True, cwd=tmp_path, env=env, capture_output=True, check=False)  # noqa: S602
        for command in commands
    ]

    assert [1, 1, 1, 0, 0] == [done.returncode for done in ended], [done.stderr for done in ended]
    assert (tmp_path / "issue.md").read_text("utf-8").startswith("# Session refresh: ")


@pytest.mark.sdk
@pytest.mark.parametrize(
    ("spec", "case_id", "interpreter", "shown"),
    [
        (
            PYTHON,
            "refresh.reason.invalid-grant.revoked",
            _python("10.8.0"),
            "got: call 1 returned authenticated=False reason='HTTP 400: Invalid refresh token.",
        ),
        (PYTHON, "refresh.cookie.none", _python("10.8.0"), "reason='invalid_session_cookie'"),
        (PYTHON, "refresh.cookie.not-an-object.array", _python("10.8.0"), "got: call 1 raised "),
        (PYTHON, "refresh.jwt.no-expiry", _python("10.8.0"), "returned authenticated=True"),
        (
            PYTHON,
            "refresh.request.redirect-elsewhere.307",
            _python("10.8.0"),
            "authenticate AT ANOTHER ORIGIN with client_secret, refresh_token",
        ),
        (ASYNC, "refresh.cookie.none", _python("10.8.0"), "reason='invalid_session_cookie'"),
        (OLD_ASYNC, "refresh.cookie.none", _python("5.46.0"), "got: call 1 "),
        (NODE, "refresh.cookie.none", _node, "got: call 1 raised "),
        (NODE, "refresh.jwt.alg-none", _node, "returned authenticated=true"),
        (
            NODE,
            "refresh.error.transient.500-says-invalid-grant",
            _node,
            "got: call 1 returned authenticated=false reason=invalid_grant",
        ),
        (NODE, "refresh.cookie.truncated.last-four", _node, "got: call 1 raised "),
        (
            NODE,
            "refresh.request.redirect-elsewhere.307",
            _node,
            "authenticate AT ANOTHER ORIGIN with client_secret, refresh_token",
        ),
    ],
)
def test_the_script_shows_the_failure(
    tmp_path: Path, spec: str, case_id: str, interpreter: Callable[[Path], Sequence[str]], shown: str
) -> None:
    """Taken out of the report and run where nothing but the SDK is, it prints what was found."""
    text = to_markdown(bundle_of(spec, case_id))
    (found,) = re.findall(r"^(`{3,})(?:python|js)\n(.*?)\n\1$", text, re.MULTILINE | re.DOTALL)
    script = tmp_path / ("reproduce.cjs" if spec == NODE else "reproduce.py")
    script.write_text(found[1], "utf-8")

    done = subprocess.run(
        [*interpreter(tmp_path), str(script)], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr
    assert shown in done.stdout
    assert "expected: " in done.stdout
