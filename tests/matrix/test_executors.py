"""Local processes: each cell once, a lost process costs one retry, and stopping stops."""

from __future__ import annotations

from pathlib import Path

from reseal.matrix.executors import LocalExecutor

from .support import cell

_ENDS_ONCE = """
import os
from pathlib import Path

def refresh(request):
    mark = Path({mark!r})
    if not mark.exists():
        mark.touch()
        os._exit(7)
    return {{"authenticated": False, "reason": "no_session_cookie_provided"}}
"""
_ALWAYS_ENDS = """
import os

def refresh(request):
    os._exit(7)
"""


def test_every_cell_comes_back(folder: Path) -> None:
    """More cells than processes: each comes back once."""
    cells = [cell("reference", folder, cases="cookie.none", version=str(i)) for i in range(5)]

    found = list(LocalExecutor(2).results(cells))

    assert len(found) == 5
    assert all("report" in result for result in found)


def test_a_process_that_is_lost(folder: Path) -> None:
    """A cell whose process ends is run again; one that always ends its process fails alone."""
    (folder / "once.py").write_text(_ENDS_ONCE.format(mark=str(folder / "mark")))
    (folder / "always.py").write_text(_ALWAYS_ENDS)
    specs = ["once:refresh", "always:refresh", "reference"]

    found = {
        result["spec"]: result
        for result in LocalExecutor(2).results([cell(spec, folder, cases="cookie.none") for spec in specs])
    }

    assert "report" in found["once:refresh"]
    assert "report" in found["reference"]
    assert found["always:refresh"]["failed"] == "the process that ran it ended (status 7), 2 times"


def test_stopping(folder: Path) -> None:
    """Closing the results ends the processes at once, whatever they are busy with."""
    (folder / "hangs.py").write_text("import time\ndef refresh(request):\n    time.sleep(600)\n")
    cells = [cell(spec, folder, cases="cookie.none") for spec in ("reference", "hangs:refresh")]
    executor = LocalExecutor(2)

    results = executor.results(cells)
    first = next(results)
    results.close()

    assert first["spec"] == "reference"
    assert not any(worker.is_running for worker in executor.workers)
