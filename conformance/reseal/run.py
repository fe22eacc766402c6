"""A whole run: cases against a target, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from time import monotonic

from . import cases as cases_module
from . import contract as contract_module
from . import deviations as deviations_module
from .cases import Case
from .deviations import Deviation
from .endpoint import Transport
from .engine import CaseRun, Engine
from .observation import Observation
from .target import About, Target
from .verdict import Finding, Level, State, by_requirement, combined, conforms, summary


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run; all the arithmetic starts here.

    Attributes:
        findings: With deviations applied.
        is_target_broken: Whether the adapter failed; then no verdict on the whole is worth much.
    """

    about: About
    level: Level
    seed: int
    transport: Transport
    cases: tuple[Case, ...]
    findings: tuple[Finding, ...]
    observations: dict[str, Observation]
    duration_s: float
    is_target_broken: bool = False

    def states(self) -> dict[str, State]:
        """The verdict of each requirement that was selected."""
        return {
            requirement: combined(f.state for f in rows)
            for requirement, rows in self.by_requirement().items()
        }

    def by_requirement(self) -> dict[str, tuple[Finding, ...]]:
        """The findings by requirement; one that was not selected is left out.

        In a whole run every requirement is selected, also one that nothing was observed of.
        """
        contract = contract_module.load()
        rows = by_requirement(self.findings, contract)
        if self.is_whole:
            return rows
        selected = {requirement for case in self.cases for requirement in case.requirements}
        selected |= {requirement for requirement, found in rows.items() if found}
        return {requirement: found for requirement, found in rows.items() if requirement in selected}

    @property
    def is_whole(self) -> bool:
        """Whether no case was left out."""
        return len(self.cases) == len(cases_module.load())

    def summary(self) -> dict[contract_module.Origin, dict[State, int]]:
        return summary(self.states(), contract_module.load())

    @property
    def conforms(self) -> bool:
        return not self.is_target_broken and conforms(self.states(), contract_module.load(), self.level)


def assemble(
    about: About,
    runs: Iterable[CaseRun],
    *,
    level: Level,
    seed: int,
    transport: Transport,
    duration_s: float,
    deviations: Sequence[Deviation] = (),
) -> Run:
    """Put case runs together, whoever ran them."""
    runs = list(runs)
    findings = (finding for run in runs for finding in run.findings)
    return Run(
        about=about,
        level=level,
        seed=seed,
        transport=transport,
        cases=tuple(run.case for run in runs),
        findings=deviations_module.apply(findings, deviations),
        observations={run.case.id: run.observation for run in runs if run.observation is not None},
        duration_s=duration_s,
        is_target_broken=any(run.blame == "adapter" for run in runs),
    )


def check(
    open_target: Callable[[], Target],
    cases: Sequence[Case],
    *,
    level: Level = "documented",
    seed: int = 0,
    transport: Transport = "loopback",
    deviations: Sequence[Deviation] = (),
    workers: int = 1,
    progress: Callable[[CaseRun], None] = lambda _: None,
) -> Run:
    """Run ``cases`` against the target that ``open_target`` starts.

    ``workers`` threads each have a target of their own.  A target in this process is run by one:
    what it prints cannot be told apart by thread.

    Raises UsageError or TargetError where the target cannot be started.
    """
    started = monotonic()
    targets = [open_target()]
    try:
        about = targets[0].about
        if about.spec.startswith(("stdio:", "pypi:", "npm:")) and transport == "loopback":
            targets += [open_target() for _ in range(min(workers, len(cases)) - 1)]
        engines: SimpleQueue[Engine] = SimpleQueue()
        for target in targets:
            engines.put(Engine(target, seed=seed, transport=transport))

        def one(case: Case) -> CaseRun:
            engine = engines.get()
            try:
                run = engine.run(case)
            finally:
                engines.put(engine)
            progress(run)
            return run

        with ThreadPoolExecutor(len(targets)) as pool:
            runs = list(pool.map(one, cases))
    finally:
        for target in targets:
            target.close()
    return assemble(
        about,
        runs,
        level=level,
        seed=seed,
        transport=transport,
        duration_s=monotonic() - started,
        deviations=deviations,
    )
