"""Where cells run: in processes of this machine, or on a cluster.  Both lose nothing with a worker."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Protocol

from ..errors import TargetError, UsageError
from .cell import run_cell

CellIn = Mapping[str, Any]
CellOut = dict[str, Any]
_TRIES = 2
_CONNECT_S = 30
_PUT_AWAY_S = 2  # for what a process that is stopped has to put away


class Executor(Protocol):
    """Something that runs cells."""

    def results(self, cells: Sequence[CellIn]) -> Generator[CellOut, None, None]:
        """Run ``cells``, and give each result as it comes.  Closing the iterator stops what runs."""


def usual_jobs() -> int:
    """Four for each core: most of the time a cell waits for a time-out or a cool-down of its SDK."""
    return 4 * (os.cpu_count() or 1)


def lost(cell: CellIn, why: str) -> CellOut:
    """What stands for a cell whose workers were lost."""
    named = {name: cell[name] for name in ("spec", "package", "version", "operation")}
    return {**named, "failed": why, "seconds": 0.0}


# -- this machine


class LocalExecutor:
    """Processes of this machine, ``jobs`` at once.

    `concurrent.futures.ProcessPoolExecutor` gives up all that is pending when one process dies, and
    an implementation in the process may well end it: here each process stands alone.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self.workers: list[_Worker] = []

    def results(self, cells: Sequence[CellIn]) -> Generator[CellOut, None, None]:
        workers: SimpleQueue[_Worker] = SimpleQueue()
        self.workers = [_Worker() for _ in range(min(self._jobs, len(cells)))]
        for worker in self.workers:
            workers.put(worker)

        def one(cell: CellIn) -> CellOut:
            worker = workers.get()
            try:
                return worker.run(cell)
            finally:
                workers.put(worker)

        pool = ThreadPoolExecutor(max(1, len(self.workers)))
        try:
            for future in as_completed([pool.submit(one, cell) for cell in cells]):
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in self.workers:
                worker.stop()
            pool.shutdown()


class _Worker:
    """One process, started when it is needed, and again when it was lost."""

    def __init__(self) -> None:
        self._process: Any = None
        self._pipe: Connection | None = None
        self._is_stopped = False
        self._starting = threading.Lock()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def run(self, cell: CellIn) -> CellOut:
        status = None
        for _ in range(_TRIES):
            pipe = self._started()
            if pipe is None:
                break
            try:
                pipe.send(dict(cell))
                result: CellOut = pipe.recv()
            except (EOFError, OSError):
                status = self._reap()
            else:
                return result
        return lost(cell, f"the process that ran it ended (status {status}), {_TRIES} times")

    def stop(self) -> None:
        with self._starting:
            self._is_stopped = True
        if self._process is not None:
            self._process.terminate()
            self._process.join(_PUT_AWAY_S)
            self._process.kill()  # an implementation that hangs in a thread keeps it from ending
            self._process.join()

    def _started(self) -> Connection | None:
        """The pipe to the process; None where it was stopped meanwhile."""
        with self._starting:
            if self._is_stopped:
                return None
            if self._pipe is None:
                # Not a fork: this process has threads.
                context = multiprocessing.get_context("spawn")
                self._pipe, theirs = context.Pipe()
                self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
                self._process.start()
                theirs.close()
            return self._pipe

    def _reap(self) -> int | None:
        self._process.join()
        self._pipe = None
        status: int | None = self._process.exitcode
        return status


def _serve(pipe: Connection) -> None:
    """Run cells until nobody sends any more."""
    # Ctrl-C goes to every process of a terminal; the one that started us decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _end())
    with contextlib.suppress(EOFError, OSError):
        while True:
            pipe.send(run_cell(pipe.recv()))


def _end() -> None:
    """End with what is unfinished put away: adapters stopped, half-made environments removed."""
    raise SystemExit(1)


# -- a cluster


class DaskExecutor:
    """The workers of an existing Dask cluster, each with this version of reseal."""

    def __init__(self, address: str) -> None:
        """Connect.  Raises UsageError without the extra, TargetError where nobody answers."""
        try:
            distributed: Any = importlib.import_module("distributed")  # most of it is untyped
        except ImportError as err:
            raise UsageError("--dask needs Dask. Install it with: pip install 'reseal[distributed]'") from err
        self._as_completed = distributed.as_completed
        try:
            self._client = distributed.Client(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as err:
            raise TargetError(f"--dask {address}: no scheduler answers there: {err}.") from err

    def results(self, cells: Sequence[CellIn]) -> Generator[CellOut, None, None]:
        # By name, with JSON: a function sent by value ties the versions of Python together.
        submitted = {self._client.submit(run_cell, dict(cell), pure=False): cell for cell in cells}
        coming = self._as_completed(submitted, loop=self._client.loop)
        try:
            for future in coming:
                if future.status in ("lost", "pending"):
                    coming.add(future)  # its worker went before the result was fetched; it runs again
                    continue
                yield _fetched(future, submitted.pop(future))
                future.release()
        finally:
            self._client.cancel(list(submitted))
            self._client.close()


def _fetched(future: Any, cell: CellIn) -> CellOut:
    try:
        result: CellOut = future.result()
    except Exception as err:  # noqa: BLE001 - KilledWorker, and whatever a cluster comes up with
        return lost(cell, f"the cluster gave it up: {type(err).__name__}")
    return result
