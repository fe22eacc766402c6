"""A failing case, with all that it takes to see it fail again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .. import __version__
from .. import contract as contract_module
from ..cases import Case
from ..contract import ORIGINS, Requirement
from ..endpoint import Transport
from ..observation import Observation
from ..run import Run
from ..target import About
from ..verdict import Finding


@dataclass(frozen=True, slots=True)
class Bundle:
    """One case that failed.

    Attributes:
        case: Of a generated case, the example.  Its setup and its events are the endpoint's script.
        seed: With which it was observed.
        clock: When it was, in ISO 8601, UTC: tokens are dated by the real clock.
        about: What it was run against, as it described itself.
        findings: Those that fail.
        observation: What was seen, without a secret.
        edition: Of the contract that it was judged by.
        version: Of the reseal that wrote it.
    """

    case: Case
    seed: int
    transport: Transport
    clock: str
    about: About
    findings: tuple[Finding, ...]
    observation: Observation
    edition: str
    version: str = __version__

    @property
    def main(self) -> tuple[Requirement, Finding]:
        """What weighs most: the documented before the observed, and that before the hardening."""
        contract = contract_module.load()
        rows = [(contract[finding.requirement], finding) for finding in self.findings]
        # What the case is there for comes before what is judged on every case.
        own = self.case.requirements
        return min(rows, key=lambda row: (ORIGINS.index(row[0].origin), row[0].id not in own))


def of_run(run: Run, clock: str) -> Iterator[Bundle]:
    """A bundle for each case of ``run`` in which something failed."""
    edition = contract_module.load().edition
    for case in run.cases:
        failed = tuple(f for f in run.findings if f.case == case.id and f.state == "fail")
        if failed:
            yield Bundle(
                case=run.examples.get(case.id, case),
                seed=run.seeds[case.id],
                transport=run.transport,
                clock=clock,
                about=run.about,
                findings=failed,
                observation=run.observations[case.id],
                edition=edition,
            )
