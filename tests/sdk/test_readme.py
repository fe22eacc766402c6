"""The report that the README shows is the one that the command prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.doors.support import run_reseal

_README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


@pytest.mark.sdk
def test_the_report_of_the_readme(tmp_path: Path) -> None:
    """Each line stands in the report, in this order; only the time may differ."""
    shown = _lines(_README.split("```text\n")[1].split("```")[0])

    ended = run_reseal(tmp_path, "check", "pypi:workos==10.8.0", "--seed", "1")
    printed = iter(_lines(ended.out))

    assert ended.status == 1, ended.err
    # `in` takes from the iterator up to the line that it finds, so the next must come after it.
    assert [line for line in shown if line.strip() != "…" and line not in printed] == []


def _lines(text: str) -> list[str]:
    return re.sub(r"cases in [\d.]+ s", "cases in … s", text).splitlines()
