"""A whole run: cases against a target, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from time import monotonic

from . import cases as cases_module
from . import contract as contract_module
from . import deviations as deviations_module
from .cases import Case
from .deviations import Deviation
from .endpoint import Transport
from .engine import CaseRun, Engine, unrun
from .observation import Observation
from .target import About, Target
from .target.open import is_program
from .verdict import Finding, Level, State, by_requirement, combined, conforms, summary


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run; all the arithmetic starts here.

    Attributes:
        findings: With deviations applied.
        rounds: How many rounds of made-up examples were tried beyond the usual ones.
        explore_s: For how many seconds.
        examples: Of each generated case, the example that was judged.
        seeds: With which each case, or its example, was observed.
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
    rounds: int = 0
    explore_s: float = 0.0
    examples: Mapping[str, Case] = field(default_factory=dict)
    seeds: Mapping[str, int] = field(default_factory=dict)

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
    rounds: int = 0,
    explore_s: float = 0.0,
) -> Run:
    """Put case runs together, whoever ran them; ``deviations`` are those in force."""
    runs = list(runs)
    findings = deviations_module.apply(
        (finding for run in runs for finding in run.findings),
        deviations,
        on=deviations_module.today(),
        is_whole=len(runs) == len(cases_module.load()),
    )
    return Run(
        about=about,
        level=level,
        seed=seed,
        transport=transport,
        cases=tuple(run.case for run in runs),
        findings=findings,
        observations={run.case.id: run.observation for run in runs if run.observation is not None},
        duration_s=duration_s,
        is_target_broken=any(run.blame == "adapter" for run in runs),
        rounds=rounds,
        explore_s=explore_s,
        examples={run.case.id: run.example for run in runs if run.example is not None},
        seeds={run.case.id: run.seed for run in runs if run.observation is not None},
    )


def not_started(
    about: About,
    cases: Sequence[Case],
    why: str,
    *,
    level: Level,
    seed: int,
    transport: Transport,
) -> Run:
    """What is to be reported of a target that could not be started: no case was run."""
    runs = [CaseRun(case, None, unrun(case, "not_run", why), "adapter") for case in cases]
    return assemble(about, runs, level=level, seed=seed, transport=transport, duration_s=0.0)


def check(
    open_target: Callable[[], Target],
    cases: Sequence[Case],
    *,
    level: Level = "documented",
    seed: int = 0,
    transport: Transport = "loopback",
    deviations: Sequence[Deviation] = (),
    workers: int = 1,
    explore_s: float = 0.0,
    progress: Callable[[CaseRun], None] = lambda _: None,
) -> Run:
    """Run ``cases`` against the target that ``open_target`` starts.

    ``workers`` threads each have a target of their own.  A target in this process is run by one:
    what it prints cannot be told apart by thread.  For ``explore_s`` seconds more, generated cases
    take examples that depend on the seed, until one fails.

    Raises UsageError or TargetError where the target cannot be started.  What goes wrong later is
    the verdict of a case, ``error`` or ``not_run``: there is always a run to report.
    """
    started = monotonic()
    targets = [open_target()]
    try:
        about = targets[0].about
        in_force = deviations_module.in_force(deviations, about.name, about.version)
        if is_program(about.spec) and transport == "loopback":
            for _ in range(min(workers, len(cases)) - 1):
                targets.append(open_target())  # noqa: PERF401 - those that run are closed if one does not
        engines = [Engine(target, seed=seed, transport=transport) for target in targets]
        runs = _runs(engines, cases, progress)
        rounds = _explore(runs, engines[0], seed, started=monotonic(), seconds=explore_s)
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
        deviations=in_force,
        rounds=rounds,
        explore_s=explore_s,
    )


def _runs(
    engines: Sequence[Engine], cases: Sequence[Case], progress: Callable[[CaseRun], None]
) -> list[CaseRun]:
    """Each case with the next engine that is free, in the order of ``cases``."""
    free: SimpleQueue[Engine] = SimpleQueue()
    for engine in engines:
        free.put(engine)

    def one(case: Case) -> CaseRun:
        engine = free.get()
        try:
            run = engine.run(case)
        finally:
            free.put(engine)
        progress(run)
        return run

    # Those that wait go first where others can go on beside them: at the end, all would wait for them.
    order = sorted(cases, key=lambda case: -case.waits_s) if len(engines) > 1 else cases
    with ThreadPoolExecutor(len(engines)) as pool:
        found = {run.case.id: run for run in pool.map(one, order)}
    return [found[case.id] for case in cases]


def _explore(runs: list[CaseRun], engine: Engine, seed: int, *, started: float, seconds: float) -> int:
    """Walk through other examples of the generated cases of ``runs``, and put what fails in their place.

    Returns how many rounds of examples were tried.
    """
    generated = [i for i, run in enumerate(runs) if run.case.generate is not None and not _is_found(run)]
    until, rounds = started + seconds, 0
    while generated and monotonic() < until:
        for i in generated:
            run = engine.run(runs[i].case, walk=seed + rounds, until=until)
            if _is_found(run):
                runs[i] = run
        generated = [i for i in generated if not _is_found(runs[i])]
        rounds += 1
    return rounds


def _is_found(run: CaseRun) -> bool:
    return any(finding.state in ("fail", "error") for finding in run.findings)
