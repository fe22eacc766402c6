"""What a second matrix costs: ``python benchmarks/matrix_cached.py``.  Needs the registries.

Three runs over the same releases.  The first starts from nothing: the environments of the releases are
made, in a cache of its own.  The second finds them, and writes to another file: every cell is run.
The third is the second's command again: its cells are finished, so none is run.  The last is what
repeats a survey after a new release, and what takes up one that was interrupted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGETS = ("npm:@workos-inc/node@>=10.8", "pypi:workos>=10.7#sync")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = seconds(folder, "first.jsonl")
        other = seconds(folder, "second.jsonl")
        again = seconds(folder, "second.jsonl")
    print(f"nothing cached                  {first:6.1f} s")
    print(f"environments cached             {other:6.1f} s, {other / first:.2f} of it")
    print(
        f"cells cached: everything cached {again:6.1f} s, {again / first:.2f} of it, the goal is below 0.25"
    )


def seconds(folder: Path, name: str) -> float:
    """How long the command takes that writes the file ``name``."""
    command = [sys.executable, "-c", "from reseal.cli import main; main()", "matrix", *TARGETS]
    started = time.perf_counter()
    subprocess.run(  # noqa: S603 - the words are ours
        [*command, "--json", str(folder / name)],
        env={**os.environ, "RESEAL_CACHE": str(folder / "cache")},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
