"""Run the whole suite on the reference over and over, in random order, and say what was not the same.

``python -m tests.power.repeat 100`` goes through pytest with two workers, as users do.  One run before
these is not counted: the first of an installation compiles, and has nothing to say of the next.
Exit status: 0 where every run passed whole, 1 where one did not.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

_GOAL_S = 4.0  # on a machine that does nothing else
_CONFIGURATION = 'target = "reference"\nlevel = "hardening"\n'

# All workers must collect in one order, so the order comes from a seed.
_SHUFFLE = """\
import os
import random

def pytest_collection_modifyitems(items):
    random.Random(os.environ["RESEAL_ORDER"]).shuffle(items)
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """One run of the suite."""

    order: int
    seconds: float
    is_whole: bool
    failed: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.power.repeat")
    parser.add_argument("runs", type=int, help="how many runs")
    parser.add_argument("-n", "--workers", type=int, default=2, help="how many workers each has")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "reseal.toml").write_text(_CONFIGURATION)
        (folder / "conftest.py").write_text(_SHUFFLE)
        _run(folder, 0, options.workers)
        ended = [_run(folder, order, options.workers) for order in range(options.runs)]
    for line in _told(ended):
        sys.stdout.write(f"{line}\n")
    return 0 if ended and all(run.is_whole for run in ended) else 1


def _run(folder: Path, order: int, workers: int) -> Ended:
    words = [sys.executable, "-m", "pytest", "-q", "-n", str(workers), "-p", "no:cacheprovider", "-rfE"]
    began = monotonic()
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "RESEAL_ORDER": str(order)},
        capture_output=True,
        text=True,
        check=False,
    )
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return Ended(order, monotonic() - began, done.returncode == 0, tuple(failed))


def _told(ended: Sequence[Ended]) -> list[str]:
    flakes = Counter(name for run in ended for name in run.failed)
    lines = [f"  {name}: failed in {count} of {len(ended)}" for name, count in flakes.most_common()]
    lines += [f"  order {run.order} did not pass whole" for run in ended if not run.is_whole]
    seconds = [run.seconds for run in ended] or [0.0]
    failures = sum(not run.is_whole for run in ended)
    over = sum(each > _GOAL_S for each in seconds)
    return [
        *lines,
        f"{len(ended)} runs in random order: {failures} failed, {len(flakes)} cases flaked",
        f"median {statistics.median(seconds):.1f} s, slowest {max(seconds):.1f} s, {over} over {_GOAL_S} s",
    ]


if __name__ == "__main__":
    sys.exit(main())
