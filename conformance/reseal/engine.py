"""Case → Observation → judge → Finding.  Knows nothing of pytest or of a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from . import cases as cases_module
from . import contract as contract_module
from .cases import Case
from .endpoint import Transport
from .errors import HarnessError, TargetError
from .judges import judge, meets_outcome
from .observation import Observation
from .observe import observe
from .target import Target
from .verdict import Finding, State

Blame = Literal["adapter", "harness"]


@dataclass(frozen=True, slots=True)
class CaseRun:
    """One case against one target.

    Attributes:
        observation: None where the case did not apply or could not be run.
        findings: One for each requirement that the case was judged by.
        blame: Who is at fault where it could not be run.
    """

    case: Case
    observation: Observation | None
    findings: tuple[Finding, ...]
    blame: Blame | None = None


class Engine:
    """Runs cases against one target; keeps the observations of the positive controls."""

    def __init__(self, target: Target, *, seed: int = 0, transport: Transport = "loopback") -> None:
        self._target = target
        self._seed = seed
        self._transport = transport
        self._by_id = cases_module.by_id()
        self._everywhere = contract_module.load().everywhere()
        self._seen: dict[str, Observation] = {}

    def run(self, case: Case) -> CaseRun:
        """Run ``case``, its positive control first."""
        why = self.inapplicable(case)
        if why is not None:
            return CaseRun(case, None, self._all(case.requirements, case, "not_applicable", why))
        try:
            broken_control = self._broken_control(case)
            observation = self._observe(case)
        except (HarnessError, TargetError) as err:
            blame: Blame = "harness" if isinstance(err, HarnessError) else "adapter"
            return CaseRun(case, None, self._all(case.requirements, case, "error", str(err)), blame)
        if broken_control is not None:
            named = self._all(case.requirements, case, "not_run", broken_control)
        else:
            named = tuple(self._finding(requirement, case, observation) for requirement in case.requirements)
        everywhere = (r for r in self._everywhere if r not in case.requirements)
        found = tuple(self._finding(requirement, case, observation) for requirement in everywhere)
        return CaseRun(case, observation, named + tuple(f for f in found if f.state != "not_applicable"))

    def inapplicable(self, case: Case) -> str | None:
        """Why ``case`` says nothing about this target; None where it does."""
        about = self._target.about
        if about.seal not in case.formats:
            return f"it is about seals of the format {' and '.join(case.formats)}"
        missing = [need for need in case.needs if need not in about.capabilities]
        return f"the target does not declare the capability {missing[0]!r}" if missing else None

    def _broken_control(self, case: Case) -> str | None:
        """What the valid parent did wrong: without it, a failure of ``case`` proves nothing."""
        if case.parent is None:
            return None
        parent = self._by_id[case.parent]
        ruling = meets_outcome(parent, self._observe(parent), self._target.about)
        return None if ruling.state == "pass" else f"its positive control {parent.id} failed: {ruling.got}"

    def _observe(self, case: Case) -> Observation:
        if case.id not in self._seen:
            self._seen[case.id] = observe(case, self._target, seed=self._seed, transport=self._transport)
        return self._seen[case.id]

    def _finding(self, requirement: str, case: Case, observation: Observation) -> Finding:
        ruling = judge(requirement, case, observation, self._target.about)
        return Finding(requirement, case.id, ruling.state, ruling.expected, ruling.got)

    def _all(self, requirements: Iterable[str], case: Case, state: State, why: str) -> tuple[Finding, ...]:
        return tuple(Finding(requirement, case.id, state, "", why) for requirement in requirements)
