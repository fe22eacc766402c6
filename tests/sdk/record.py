"""Write the verdicts on a release down: ``python -m tests.sdk.record TARGET``."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from reseal import cases
from reseal.run import Run, check
from reseal.target import open_target

# What is made up may turn out otherwise with another release of Hypothesis.
FIXED = [case for case in cases.load() if case.generate is None]
EXPECTED = Path(__file__).parent / "expected"


def path_of(target: str) -> Path:
    return EXPECTED / (re.sub(r"[^A-Za-z0-9.]+", "-", target).strip("-") + ".json")


def verdicts(run: Run) -> dict[str, Any]:
    """The verdict of each requirement; where it fails, in which cases."""
    found: dict[str, Any] = {}
    for requirement, findings in run.by_requirement().items():
        state = run.states()[requirement]
        failing = [finding.case for finding in findings if finding.state == "fail"]
        found[requirement] = {"fail": failing} if failing else state
    return found


def main() -> None:
    for target in sys.argv[1:]:
        run = check(lambda target=target: open_target(target), FIXED, seed=1, workers=3)  # type: ignore[misc]
        text = json.dumps({"target": target, "verdicts": verdicts(run)}, indent=1)
        path_of(target).write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
