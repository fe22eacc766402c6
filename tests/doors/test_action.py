"""The steps of the GitHub action, run as the runner runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .support import MENDED, WRONG

ACTION = yaml.safe_load((Path(__file__).parents[2] / "action.yml").read_text("utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"]}
RESEAL = str(Path(sys.executable).with_name("reseal"))


@pytest.fixture
def some(tmp_path: Path) -> str:
    """A reseal command that runs some of the cases."""
    command = tmp_path / "reseal"
    command.write_text(f'#!/bin/sh\nfirst=$1\nshift\nexec {RESEAL} "$first" -k "reason or plain" "$@"\n')
    command.chmod(0o755)
    return str(command)


def step(name: str, folder: Path, **inputs: str) -> tuple[int, str, str]:
    """Exit status, output and job summary of a step, with ``inputs`` besides the defaults."""
    given = {key: row.get("default", "") for key, row in ACTION["inputs"].items()}
    given |= {key.replace("_", "-"): value for key, value in inputs.items()}
    expressions = {f"${{{{ inputs.{key} }}}}": value for key, value in given.items()}
    own = {key: expressions[value] for key, value in STEPS[name].get("env", {}).items()}
    summary = folder / "summary.md"
    summary.touch()
    runner = {"RUNNER_TEMP": str(folder), "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_ACTION_PATH": "."}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]],
        cwd=folder,
        env={**os.environ, **runner, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, summary.read_text()


@pytest.mark.parametrize(("text", "status"), [(MENDED, 0), (WRONG, 1)])
def test_check(tmp_path: Path, some: str, text: str, status: int) -> None:
    """The step ends as the check does, and its report is in the log and in the summary."""
    (tmp_path / "mine.py").write_text(text)

    got, out, summary = step("Check", tmp_path, reseal=some, target="mine:refresh")

    assert got == status
    assert "CONFORM at level documented" in out.replace("CONFORMS", "CONFORM")
    assert summary.startswith("### reseal check\n\n    reseal ")


def test_deviations(tmp_path: Path, some: str) -> None:
    """Deviations are handed on."""
    (tmp_path / "mine.py").write_text(WRONG)
    (tmp_path / "known.toml").write_text(
        '[[deviation]]\nrequirement = "error.invalid-grant"\nreason = "x"\nissue = "y"\n'
    )

    got, _, summary = step(
        "Check", tmp_path, reseal=some, target="mine:refresh", deviations="known.toml", as_known="true"
    )

    assert got == 0
    assert "CONFORMS BUT FOR KNOWN DEVIATIONS" in summary


def test_compare(tmp_path: Path, some: str) -> None:
    """What the new one does otherwise is in the summary, and fails the step where it is worse."""
    (tmp_path / "old.py").write_text(MENDED)
    (tmp_path / "new.py").write_text(WRONG)

    same, _, _ = step("Compare", tmp_path, reseal=some, target="old:refresh", compare_with="old:refresh")
    worse, _, summary = step(
        "Compare", tmp_path, reseal=some, target="new:refresh", compare_with="old:refresh"
    )

    assert (same, worse) == (0, 1)
    assert "error.invalid-grant" in summary


@pytest.mark.parametrize("name", ["target", "level", "deviations", "compare_with"])
def test_an_input_is_no_program(tmp_path: Path, name: str) -> None:
    """Whatever an input says, no shell takes it for a command or an option."""
    hostile = {
        "target": "mine:refresh",
        "compare_with": "mine:refresh",
        name: '--help"; touch "$RUNNER_TEMP/owned',
    }
    step_name = "Compare" if name == "compare_with" else "Check"

    got, out, _ = step(step_name, tmp_path, reseal=RESEAL, **hostile)

    assert got not in (0, 1)
    assert "Usage:" not in out or "Error:" in out
    assert not (tmp_path / "owned").exists()


def test_no_expression_in_a_script() -> None:
    """No script has an expression in it: inputs come as environment."""
    assert [name for name, one in STEPS.items() if re.search(r"\$\{\{", one["run"])] == []
