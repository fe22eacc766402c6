"""Real releases get the verdicts that were found right by hand (``expected/``), and no others.

To look at a difference, run the command that the failure names; to accept one, check it against what
the SDK does first, then write the file anew with ``python -m tests.sdk.record TARGET``.
"""

from __future__ import annotations

import json

import pytest

from reseal.run import check
from reseal.target import open_target

from .record import EXPECTED, FIXED, path_of, verdicts

TARGETS = sorted(json.loads(path.read_text("utf-8"))["target"] for path in EXPECTED.glob("*.json"))


@pytest.mark.sdk
@pytest.mark.parametrize("target", TARGETS)
def test_a_release_gets_its_verdicts(target: str) -> None:
    """Each requirement has the expected verdict, and fails in the expected cases."""
    expected = json.loads(path_of(target).read_text("utf-8"))

    run = check(lambda: open_target(target), FIXED, seed=1, workers=3)

    assert verdicts(run) == expected["verdicts"], f"see for yourself: reseal check {target!r} --seed 1"
    assert not run.conforms
