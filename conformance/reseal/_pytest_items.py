"""Files, items and the summary of the pytest plugin; imported when a ``reseal.toml`` is met."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import time
from typing import Any

import click
import pytest

from . import cases, config, contract, deviations
from .cases import Case
from .config import Config
from .deviations import Deviation
from .engine import CaseRun, Engine
from .errors import TargetError, UsageError
from .plugin import run_seed
from .report.as_text import conclusion, evidence, heading, repeat_command, table
from .run import Run, assemble
from .target import About, Target, open_target
from .verdict import Finding, counts, is_undone, within

_FAILING = ("error", "fail", "fixed", "not_run")


class CaseFile(pytest.File):
    """One ``reseal.toml``, and the target that it names."""

    def collect(self) -> Iterator[CaseItem]:
        try:
            self.settings: Config = config.load(self.path)
            every = cases.load()
        except UsageError as err:
            raise self.CollectError(str(err)) from err
        if self.settings.target is None:
            raise self.CollectError(f"{self.path.name}: target is missing. Name what is to be checked.")
        self._engine: Engine | str | None = None
        self._target: Target | None = None
        self.in_force: tuple[Deviation, ...] = ()
        for case in every:
            item: CaseItem = CaseItem.from_parent(self, name=case.id)
            item.case = case
            yield item

    def engine(self) -> Engine:
        """The engine on the running target, started when the first item asks for it."""
        if self._engine is None:
            self._engine = self._start()
        if isinstance(self._engine, str):
            raise TargetError(self._engine)
        return self._engine

    @property
    def about(self) -> About:
        assert self._target is not None  # noqa: S101 - an engine is asked for first
        return self._target.about

    @property
    def seed(self) -> int:
        return run_seed(self.config) if self.settings.seed is None else self.settings.seed

    def teardown(self) -> None:
        if self._target is not None:
            self._target.close()
        self._engine = self._target = None

    def _start(self) -> Engine | str:
        try:
            self._target = open_target(
                self.settings.target or "", self.settings.declared, folder=self.path.parent
            )
            about, known = self.about, self.settings.deviations
            self.in_force = deviations.in_force(known, about.name, about.version)
            return Engine(self._target, seed=self.seed, transport=self.settings.transport)
        except (UsageError, TargetError) as err:
            return str(err)


class CaseItem(pytest.Item):
    """One case."""

    case: Case
    parent: CaseFile

    def runtest(self) -> None:
        engine, began = self.parent.engine(), time()
        run = engine.run(self.case)
        self.reseal_found = _portable(run, self.parent, began, time())
        findings = deviations.apply(run.findings, self.parent.in_force, on=deviations.today(), is_whole=False)
        if all(finding.state == "not_applicable" for finding in findings):
            pytest.skip(findings[0].got)
        is_broken = run.blame is not None
        bad = [f for f in findings if is_undone(f, is_target_broken=is_broken) or self._fails(f)]
        if bad:
            raise NotConforming(bad, run)
        excused = [finding for finding in findings if finding.state == "known"]
        if excused:
            pytest.xfail(excused[0].got)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, NotConforming):
            return self._told(excinfo.value)
        if isinstance(excinfo.value, TargetError):
            return f"{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{self.case.id}: {self.case.title}"

    def _fails(self, finding: Finding) -> bool:
        return finding.state in _FAILING and counts(
            contract.load()[finding.requirement], self.parent.settings.level
        )

    def _told(self, failure: NotConforming) -> str:
        first = failure.findings[0]
        # The first line is what pytest's short summary shows.
        lines = [f"{first.requirement}: {first.got}", "", f"{self.case.title} ({self.case.id})", ""]
        for finding in failure.findings:
            row = contract.load()[finding.requirement]
            lines += [*heading(row, finding.state), *evidence(finding, failure.run.observation), ""]
        settings = self.parent.settings
        repeat = repeat_command(
            self.parent.about,
            self.case.id,
            level=settings.level,
            transport=settings.transport,
            seed=self.parent.seed,
        )
        return click.unstyle("\n".join([*lines, f"repeat: {repeat}"]))


class NotConforming(Exception):  # noqa: N818 - a verdict, not an error
    """The implementation did not do what the case asks."""

    def __init__(self, findings: Sequence[Finding], run: CaseRun) -> None:
        super().__init__(", ".join(finding.requirement for finding in findings))
        self.findings = findings
        self.run = run


@dataclass(frozen=True, slots=True)
class Summary:
    """What all items of one file came to."""

    file: str
    run: Run

    @property
    def is_overdue(self) -> bool:
        return self.run.is_whole and "fixed" in self.run.states().values()

    def text(self, *, with_colours: bool) -> str:
        besides = [
            requirement
            for requirement, state in self.run.states().items()
            if state in ("fail", "not_run")
            and not within(contract.load()[requirement].origin, self.run.level)
        ]
        note = f"\nfound besides, not counted: {', '.join(besides)}" if besides else ""
        for finding in self.run.findings:
            if finding.state == "fixed":
                note += f"\nfixed: {finding.requirement} in {finding.case}: {finding.got}"
        text = f"{table(self.run)}{note}\n{conclusion(self.run)}"
        return text if with_colours else click.unstyle(text)


def summed_up(file: str, found: Sequence[dict[str, Any]]) -> Summary:
    """Put together what the items of ``file`` sent, wherever they ran."""
    settings = config.load(Path(file))
    known = cases.by_id()
    runs = [
        CaseRun(known[row["case"]], None, tuple(Finding(**f) for f in row["findings"]), row["blame"])
        for row in found
    ]
    about: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in found[0]["about"].items()}
    target = About(**about)
    run = assemble(
        target,
        runs,
        level=settings.level,
        seed=found[0]["seed"],
        transport=settings.transport,
        duration_s=max(row["ended"] for row in found) - min(row["began"] for row in found),
        deviations=deviations.in_force(settings.deviations, target.name, target.version),
    )
    return Summary(file, run)


def _portable(run: CaseRun, file: CaseFile, began: float, ended: float) -> str:
    """A case run as JSON text, which pytest-xdist carries faster than what it stands for.

    The times are in seconds since 1970: other clocks of several workers cannot be compared.
    """
    row = {
        "file": str(file.path),
        "about": asdict(file.about),
        "seed": file.seed,
        "case": run.case.id,
        "blame": run.blame,
        "began": began,
        "ended": ended,
        "findings": [asdict(finding) for finding in run.findings],
    }
    return json.dumps(row)
