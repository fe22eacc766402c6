"""One mutant before the suite, in a process of its own that is forked from one that has read everything else.

A mutant is never written to disk: a finder hands its source to the import of the child.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import resource
import signal
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from time import monotonic
from types import ModuleType
from typing import Literal

from . import suite
from .catalogue import PACKAGE, Mutant

Verdict = Literal["killed", "timeout", "survived", "untrusted"]

_PATIENCE = 20
"""How many times its limit of processor time a mutant may take by the clock: the machine may be busy."""

_FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant.

    Attributes:
        verdict: ``untrusted`` where the harness, not the suite, objected.
        why: The finding that killed it.
    """

    mutant: Mutant
    verdict: Verdict
    why: str
    seconds: float

    @property
    def is_killed(self) -> bool:
        return self.verdict in ("killed", "timeout")


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        is_it = fullname == self._mutant.module
        return importlib.util.spec_from_loader(fullname, self) if is_it else None

    def get_source(self, fullname: str) -> str:
        return self._mutant.source


def outcomes(mutants: Iterable[Mutant], *, jobs: int, timeout_s: int) -> Iterator[Outcome]:
    """Try each of ``mutants``, ``jobs`` at a time, in the order in which they come to an end.

    ``timeout_s`` is processor time: on a busy machine the clock would kill what merely waits for its turn.
    """
    suite.warm_up()
    if any(name.partition(".")[0] == PACKAGE for name in sys.modules):
        raise RuntimeError(f"{PACKAGE} is imported already: every mutant would be the original")
    waiting = iter(mutants)
    running: dict[Connection, tuple[Mutant, BaseProcess, float]] = {}
    while True:
        while len(running) < jobs and (mutant := next(waiting, None)) is not None:
            receiver, process = _started(mutant, timeout_s)
            running[receiver] = (mutant, process, monotonic())
        if not running:
            return
        ready = set(wait(list(running), timeout=0.5))
        for receiver, (mutant, process, began) in list(running.items()):
            seconds = monotonic() - began
            if receiver in ready:
                verdict, why = _received(receiver, process)
            elif seconds > timeout_s * _PATIENCE:
                verdict, why = "untrusted", f"no end within {seconds:.0f} s, which it spent waiting"
            else:
                continue
            process.kill()
            process.join()
            receiver.close()
            del running[receiver]
            yield Outcome(mutant, verdict, why, seconds)


def _started(mutant: Mutant, timeout_s: int) -> tuple[Connection, BaseProcess]:
    receiver, sender = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_try, args=(mutant, sender, timeout_s), daemon=True)
    process.start()
    sender.close()
    return receiver, process


def _received(receiver: Connection, process: BaseProcess) -> tuple[Verdict, str]:
    try:
        verdict, why = receiver.recv()
    except EOFError:
        process.join()
        if process.exitcode == -signal.SIGXCPU:
            return "timeout", "no end within its processor time"
        return "killed", "the process ended"
    return verdict, why


def _try(mutant: Mutant, sender: Connection, timeout_s: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (timeout_s, timeout_s + 5))
    sys.meta_path.insert(0, _Mutated(mutant))
    verdict: Verdict
    try:
        why = suite.first_complaint()
        verdict = "survived" if why is None else "killed"
    except suite.HarnessAtFaultError as err:
        verdict, why = "untrusted", str(err)
    except Exception as err:  # noqa: BLE001 - a mutant that cannot be imported, or breaks its adapter
        where = traceback.extract_tb(err.__traceback__)[-1]
        verdict, why = "killed", f"{type(err).__name__} at {where.name}: {err}"
    sender.send((verdict, why))
    sender.close()
