"""A Dask cluster on this machine runs a matrix; a worker that is killed in the middle costs nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import distributed
import pytest

from reseal.errors import TargetError, UsageError
from reseal.matrix import executors
from reseal.matrix.executors import DaskExecutor

from .support import cell

pytestmark = pytest.mark.filterwarnings("default")  # Dask's own

_START_S = 60

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Starts a process of Dask in a group of its own; all are ended after the test."""
    running: list[subprocess.Popen[bytes]] = []

    def run(*words: str) -> subprocess.Popen[bytes]:
        log = (folder / f"{len(running)}.log").open("wb")
        command = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
        running.append(subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True))
        log.close()
        return running[-1]

    yield run
    for process in running:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with all that it started: a machine that is lost."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def cluster(start: Start) -> tuple[str, list[subprocess.Popen[bytes]]]:
    """A scheduler and two workers, ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    options = ("--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", "--local-directory", ".")
    workers = [start("dask_worker", address, *options) for _ in range(2)]
    with distributed.Client(address, timeout=_START_S, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=_START_S)
    return address, workers


def test_a_worker_that_is_killed(cluster: tuple[str, list[subprocess.Popen[bytes]]], folder: Path) -> None:
    """Twelve cells, one of two workers killed after the third: all twelve come back, once, whole."""
    address, workers = cluster
    targets = ["reference", "reference-async"]
    cells = [cell(t, folder, cases="refresh.success", seed=i) for i in range(6) for t in targets]

    results = DaskExecutor(address).results(cells)
    found = [next(results) for _ in range(3)]
    end(workers[0])
    found += results

    assert workers[0].poll() is not None
    assert workers[1].poll() is None
    assert len(found) == 12
    assert [result.get("failed") for result in found] == [None] * 12
    seen = sorted((result["spec"], result["report"]["seed"]) for result in found)
    assert seen == sorted((c["spec"], c["seed"]) for c in cells)


def test_a_cell_that_ends_its_worker(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], folder: Path
) -> None:
    """A cell that ends every worker that runs it fails alone; the workers come back for the others."""
    (folder / "always.py").write_text("import os\ndef refresh(request):\n    os._exit(7)\n")
    cells = [cell(target, folder, cases="cookie.none") for target in ("always:refresh", "reference")]

    found = {result["spec"]: result for result in DaskExecutor(cluster[0]).results(cells)}

    assert found["always:refresh"]["failed"] == "the cluster gave it up: KilledWorker"
    assert "report" in found["reference"]


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody answers, the address is named."""
    monkeypatch.setattr(executors, "_CONNECT_S", 0.2)

    with pytest.raises(TargetError, match=r"^--dask tcp://127\.0\.0\.1:9: no scheduler answers there"):
        DaskExecutor("tcp://127.0.0.1:9")


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Dask, the message says what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(UsageError, match=r"pip install 'reseal\[distributed\]'"):
        DaskExecutor("tcp://127.0.0.1:9")
