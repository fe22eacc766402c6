"""The summary under pytest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reseal import cases
from reseal._pytest_items import summed_up

ABOUT = {"spec": "mine:refresh", "name": "mine", "version": "1", "language": "python", "seal": "iron"}


def row(file: Path, case: str, began: float, ended: float) -> dict[str, Any]:
    return {
        "file": str(file),
        "about": {**ABOUT, "capabilities": [], "extra_reasons": []},
        "seed": 1,
        "case": case,
        "blame": None,
        "began": began,
        "ended": ended,
        "findings": [],
    }


def test_the_duration(tmp_path: Path) -> None:
    """From the first to the last, as who waits for it counts; not the sum of what ran side by side."""
    file = tmp_path / "reseal.toml"
    file.write_text('target = "mine:refresh"\n')
    first, second, third = (case.id for case in cases.load()[:3])
    rows = [row(file, first, 100.0, 104.0), row(file, second, 101.0, 103.0), row(file, third, 104.0, 106.5)]

    summary = summed_up(str(file), json.loads(json.dumps(rows)))

    assert summary.run.duration_s == 6.5
    assert "3 cases in 6.5 s" in summary.text(with_colours=False)
