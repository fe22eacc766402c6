"""Case → Observation → judge → Finding.  Knows nothing of pytest or of a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Literal

from . import cases as cases_module
from . import contract as contract_module
from .cases import Case
from .endpoint import Transport
from .errors import GivenUpError, HarnessError, TargetError, UsageError
from .judges import judge, meets_outcome
from .observation import Observation
from .observe import observe
from .target import About, Target
from .target.open import is_program
from .verdict import Finding, State

_EXAMPLES = 10
_EXAMPLES_OF_A_WALK = 30  # few, so that a short walk comes to every rule
_SHOWN = 400  # characters of an example; the whole is in its row
Blame = Literal["adapter", "harness"]


@dataclass(frozen=True, slots=True)
class CaseRun:
    """One case against one target.

    Attributes:
        observation: None where the case did not apply or could not be run.
        findings: One for each requirement that the case was judged by.
        blame: Who is at fault where it could not be run.
        example: Of a generated case, the example that was judged.
        seed: With which it was observed; that of an example is one of its own.
    """

    case: Case
    observation: Observation | None
    findings: tuple[Finding, ...]
    blame: Blame | None = None
    example: Case | None = None
    seed: int = 0


class Engine:
    """Runs cases against one target; keeps the observations of the positive controls.

    Raises UsageError where ``transport`` cannot be seen by the target.
    """

    def __init__(self, target: Target, *, seed: int = 0, transport: Transport = "loopback") -> None:
        if transport == "respx" and is_program(target.about.spec):
            raise UsageError(
                f"transport respx is seen by Python code in this process alone, and {target.about.spec!r} "
                "is a program of its own. Use loopback."
            )
        self._target = target
        self._seed = seed
        self._transport = transport
        self._by_id = cases_module.by_id()
        self._everywhere = contract_module.load().everywhere()
        self._seen: dict[str, Observation] = {}

    def run(self, case: Case, *, walk: int | None = None, until: float = inf) -> CaseRun:
        """Run ``case``, its positive control first.

        With ``walk``, a number, a generated case takes other examples than usual, and more; none after
        ``until`` of the monotonic clock, but one is always tried.
        """
        why = self.inapplicable(case)
        if why is not None:
            return CaseRun(case, None, self._all(case.requirements, case, "not_applicable", why))
        try:
            broken_control = self._broken_control(case)
            if case.generate is None:
                example, observation, seed = case, self._observe(case), self._seed
            else:
                example, observation, seed = self._example(case, walk, until)
        except (HarnessError, TargetError) as err:
            blame: Blame = "harness" if isinstance(err, HarnessError) else "adapter"
            state: State = "not_run" if isinstance(err, GivenUpError) else "error"
            return CaseRun(case, None, self._all(case.requirements, case, state, str(err)), blame)
        if broken_control is not None:
            named = self._all(case.requirements, case, "not_run", broken_control)
        else:
            named = tuple(
                self._finding(requirement, example, observation) for requirement in case.requirements
            )
        everywhere = (r for r in self._everywhere if r not in case.requirements)
        found = tuple(self._finding(requirement, example, observation) for requirement in everywhere)
        findings = named + tuple(f for f in found if f.state != "not_applicable")
        found_in = example if case.generate else None
        return CaseRun(case, observation, findings, example=found_in, seed=seed)

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
        """What is seen of ``case``; of a parent, what was seen the first time."""
        if case.id not in self._seen:
            self._seen[case.id] = observe(case, self._target, seed=self._seed, transport=self._transport)
        return self._seen[case.id]

    def _example(self, case: Case, walk: int | None, until: float) -> tuple[Case, Observation, int]:
        """The simplest example of a generated case that fails; where none does, one that passes."""
        from .generate import falsify

        tried: list[tuple[Case, Observation, int]] = []
        failed: list[tuple[Case, Observation, int]] = []
        broken: list[HarnessError | TargetError] = []

        def passes(example: Case) -> bool:
            if broken or (failed and failed[-1][1].last.kind == "silent"):
                return False  # to look for a simpler one could take a day
            if tried and monotonic() > until:
                return True
            # Another client id each time: implementations keep clients and key sets by it.
            seed = self._seed + len(tried) + 1
            try:
                observation = observe(example, self._target, seed=seed, transport=self._transport)
            except (HarnessError, TargetError) as err:
                # Not through Hypothesis, which asks again, and calls flaky what happens once.
                broken.append(err)
                return False
            tried.append((example, observation, seed))
            found = [self._finding(requirement, example, observation) for requirement in case.requirements]
            if all(each.state in ("pass", "not_applicable") for each in found):
                return True
            failed.append((example, observation, seed))
            return False

        examples = _EXAMPLES if walk is None else _EXAMPLES_OF_A_WALK
        falsify(case, self._target.about.seal, passes, examples=examples, walk=walk)
        if broken:
            raise broken[0]
        return failed[-1] if failed else tried[-1]

    def _finding(self, requirement: str, case: Case, observation: Observation) -> Finding:
        return finding(requirement, case, observation, self._target.about)

    def _all(self, requirements: Iterable[str], case: Case, state: State, why: str) -> tuple[Finding, ...]:
        return tuple(Finding(requirement, case.id, state, "", why) for requirement in requirements)


def finding(requirement: str, case: Case, observation: Observation, about: About) -> Finding:
    """What one observation shows of one requirement.  Pure, as `judge` is."""
    ruling = judge(requirement, case, observation, about)
    got = ruling.got
    if ruling.state == "fail" and case.example:
        got = f"{got}; in the example {_shortened(case.example)}"
    return Finding(requirement, case.id, ruling.state, ruling.expected, got)


def _shortened(example: str) -> str:
    return example if len(example) <= _SHOWN else f"{example[:_SHOWN]}… ({len(example):,} characters)"
