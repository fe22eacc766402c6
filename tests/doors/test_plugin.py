"""The pytest plugin, in pytest runs of their own, as its users start them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from reseal import cases

from .support import CHATTY, DEVIATION, FAILING_CASE, MENDED, NO_COOKIE, WRONG, outcome, project, run_pytest

PLAIN_TEST = "def test_plain():\n    assert True\n"
FEW = ("-k", f"refresh.{NO_COOKIE} or {FAILING_CASE}")


def ids(out: str, file: str) -> list[str]:
    """What `--collect-only -q` lists of a configuration."""
    return [line.removeprefix(f"{file}::") for line in out.splitlines() if line.startswith(f"{file}::")]


# Runs that are not ours


def test_a_run_without_a_configuration(tmp_path: Path) -> None:
    """In a run that meets no configuration, the plugin shows nothing and imports none of the cases."""
    told = (
        "import sys\ndef pytest_unconfigure():\n    print(sorted(m for m in sys.modules if 'reseal' in m))\n"
    )
    (tmp_path / "conftest.py").write_text(told)
    (tmp_path / "test_a.py").write_text(PLAIN_TEST)

    ended, without = run_pytest(tmp_path), run_pytest(tmp_path, "-p", "no:reseal")
    *lines, modules = ended.out.splitlines()

    assert ended.status == without.status == 0
    assert outcome("\n".join(lines)) == "1 passed"
    assert "reseal:" not in ended.out
    assert "reseal.plugin" in modules
    assert "reseal.cases" not in modules


def test_a_pyproject_that_is_not_ours(tmp_path: Path) -> None:
    """A pyproject.toml that has no table of ours, or is none, is nobody's business here."""
    texts = {"broken": "[tool", "no-table": "tool = 1", "another": "[tool.pytest]\nminversion = '9'"}
    for name, text in texts.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "pyproject.toml").write_text(text)
    (tmp_path / "test_a.py").write_text(PLAIN_TEST)

    assert outcome(run_pytest(tmp_path, "--rootdir", ".", ".").out) == "1 passed"


# What is collected


def test_collecting(tmp_path: Path) -> None:
    """One item for each case, with ids that are the same in every run, for every seed and target."""
    project(tmp_path / "a", "mine", MENDED)
    project(tmp_path / "b", "another", WRONG, "seed = 99\n")

    ended = run_pytest(tmp_path, "--collect-only", "-q")

    assert ids(ended.out, "a/reseal.toml") == [case.id for case in cases.load()]
    assert ids(ended.out, "b/reseal.toml") == [case.id for case in cases.load()]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.reseal]\ntarget = "mine:refresh"\n'),
        ("pyproject.toml", '[tool.reseal]\ntarget = "mine:refresh"\n[tool.pytest]\ntestpaths = ["tests"]\n'),
        ("pytest.ini", "[pytest]\ntestpaths = tests\n"),
    ],
    ids=["pyproject", "pyproject-testpaths", "testpaths"],
)
def test_where_it_is_found(tmp_path: Path, name: str, text: str) -> None:
    """The configuration at the root of a project is found, also where testpaths is set."""
    project(tmp_path, "mine", WRONG)
    (tmp_path / name).write_text(text)
    (tmp_path / "reseal.toml").rename(tmp_path / {"pytest.ini": "reseal.toml"}.get(name, "unused.toml"))
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(PLAIN_TEST)

    assert outcome(run_pytest(tmp_path, *FEW).out).startswith("1 failed, 1 passed, ")


HOSTILE = """\
[pytest]
python_files = *_spec.py
python_classes = Should*
python_functions = should_*
filterwarnings = error
addopts = --strict-markers --strict-config --import-mode=importlib -p no:cacheprovider
xfail_strict = true
markers = slow: takes a while
log_level = WARNING
log_cli = true
"""


def test_a_hostile_configuration_of_pytest(tmp_path: Path) -> None:
    """Whatever a project has set for its own tests, the cases are collected and judged the same."""
    project(tmp_path, "mine", WRONG)
    (tmp_path / "pytest.ini").write_text(HOSTILE)
    (tmp_path / "a_spec.py").write_text("def should_pass():\n    assert True\n")

    ended = run_pytest(tmp_path, "-k", "cookie.none or revoked or should_pass or reset or refused or huge")

    assert ended.status == 1
    assert outcome(ended.out).startswith("1 failed, ")
    assert "warning" not in outcome(ended.out)
    assert f"FAILED reseal.toml::{FAILING_CASE}" in ended.out
    assert "a_spec.py" in ended.out


# What is wrong


def test_malformed_configurations(tmp_path: Path) -> None:
    """A malformed configuration is one error of collection, in our words, and never a green run."""
    texts = {
        "a/reseal.toml": ("target = ", "reseal.toml: cannot be read as TOML: Invalid value"),
        "b/reseal.toml": ('taget = "x"', "reseal.toml: unknown field 'taget'. Known are target, level"),
        "c/reseal.toml": ("", "reseal.toml: target is missing. Name what is to be checked."),
        "d/reseal.toml": (
            DEVIATION.format("cookie.non"),
            "'cookie.non' does not exist. Did you mean 'cookie.",
        ),
        "e/pyproject.toml": (
            '[tool.reseal]\ntaget = "x"',
            "pyproject.toml: tool.reseal: unknown field 'taget'",
        ),
        "f/pyproject.toml": ("[tool]\nreseal = 1", "pyproject.toml: reseal must be a table, got 1."),
    }
    for name, (text, _) in texts.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)

    ended = run_pytest(tmp_path, "--rootdir", ".", ".")

    assert ended.status == 2
    assert outcome(ended.out) == "6 errors"
    assert [said for _, said in texts.values() if said not in ended.out] == []
    assert "Traceback" not in ended.out
    assert "_pytest_items.py" not in ended.out


def test_targets_that_cannot_be_run(tmp_path: Path) -> None:
    """Each item of a target that cannot be run fails, and says why in a line."""
    targets = {
        "nowhere:refresh": "target 'nowhere:refresh': No module named 'nowhere'. Run from the folder",
        "mine:refesh": "target 'mine:refesh': module 'mine' has no attribute 'refesh'. Name a function",
        "broken:refresh": "target 'broken:refresh': importing broken raised ZeroDivisionError: division by",
        "stdio:no-such-command": "cannot start 'no-such-command': No such file or directory. Is it",
        "mine": "target 'mine' is of no known kind. Known are reference",
    }
    for number, target in enumerate(targets):
        project(
            tmp_path / str(number), "mine" if number == 1 else "broken", "1 / 0\n" if number != 1 else MENDED
        )
        (tmp_path / str(number) / "reseal.toml").write_text(f'target = "{target}"\n')

    ended = run_pytest(tmp_path, *FEW)

    assert ended.status == 1
    assert outcome(ended.out).startswith("10 failed, ")
    assert [said for said in targets.values() if said not in ended.out] == []
    assert "_pytest_items.py" not in ended.out


def test_two_modules_of_one_name(tmp_path: Path) -> None:
    """Where two configurations name two modules alike, neither is taken for the other."""
    project(tmp_path / "a", "mine", MENDED)
    project(tmp_path / "b", "mine", WRONG)

    ended = run_pytest(tmp_path, "-k", NO_COOKIE)

    assert outcome(ended.out).startswith("1 failed, 1 passed, ")
    assert f"mine was imported from {tmp_path / 'a' / 'mine.py'} before, so {tmp_path / 'b'}" in ended.out


def test_an_adapter_that_breaks(tmp_path: Path) -> None:
    """An adapter that breaks down fails the case, at whatever level it counts; no deviation excuses it."""
    adapter = (
        "import sys\ninput()\n"
        'print(\'{"id":1,"ok":{"name":"m","language":"x","seal":"iron"}}\', flush=True)\n'
        "for line in sys.stdin: print('one moment', flush=True)\n"
    )
    # In a folder below, where the command that the configuration names is run.
    project(tmp_path / "below", "adapter", adapter, DEVIATION.format("cookie.none"))
    toml = tmp_path / "below" / "reseal.toml"
    toml.write_text(toml.read_text().replace("adapter:refresh", f"stdio:'{sys.executable}' adapter.py"))

    ended = run_pytest(tmp_path, "-k", f"{NO_COOKIE} or cookie.huge.text")

    assert outcome(ended.out).startswith("2 failed, ")
    assert "ERROR cookie.none" in ended.out
    assert "that is no JSON. Keep stdout for answers" in " ".join(ended.out.split())
    assert "NO VERDICT: the adapter failed." in ended.out


# Implementations


def test_red_and_then_green(tmp_path: Path) -> None:
    """A wrong implementation fails with all there is to know; mended, it passes."""
    project(tmp_path, "mine", WRONG)
    wrong = run_pytest(tmp_path, *FEW)
    project(tmp_path, "mine", MENDED)
    mended = run_pytest(tmp_path, *FEW)

    assert (wrong.status, mended.status) == (1, 0)
    assert outcome(wrong.out).startswith("1 failed, 1 passed, ")
    assert outcome(mended.out).startswith("2 passed, ")
    assert f"{FAILING_CASE}: " in wrong.out
    assert "error.invalid-grant: returned authenticated False, reason 'invalid_session_cookie'" in wrong.out
    assert "FAIL error.invalid-grant  (documented, must)" in wrong.out
    assert "expected  returned, authenticated false, reason 'invalid_grant'" in wrong.out
    assert re.search(rf"repeat: reseal check mine:refresh -k {FAILING_CASE} --seed \d+", wrong.out)
    assert "\x1b" not in wrong.out


def test_beyond_the_level(tmp_path: Path) -> None:
    """What does not count at the level fails no item, and is listed in the summary."""
    project(tmp_path / "lenient", "mine", CHATTY)
    project(tmp_path / "strict", "another", CHATTY, 'level = "hardening"\n')

    ended = run_pytest(tmp_path, *FEW)
    lenient, strict = ended.out.split("strict/reseal.toml =", 1)

    assert outcome(ended.out).startswith("2 failed, 2 passed, ")
    assert "found besides, not counted: secrecy.output" in lenient
    assert "found besides" not in strict
    assert ended.out.count("FAILED strict/reseal.toml::") == 2


ASYNC = MENDED.replace("def refresh(", "async def refresh(")
IMPLEMENTATION = f"""{MENDED}

from reseal import Implementation

refresh = Implementation(name="our auth", refresh=refresh, version="2.1")
"""


def test_what_can_be_named(tmp_path: Path) -> None:
    """A coroutine function, or a reseal.Implementation."""
    project(tmp_path / "a", "coroutines", ASYNC)
    project(tmp_path / "b", "declared", IMPLEMENTATION)

    ended = run_pytest(tmp_path, *FEW)

    assert ended.status == 0
    assert outcome(ended.out).startswith("4 passed, ")
