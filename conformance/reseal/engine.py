"""Case → Observation → judge → Finding.  Knows nothing of pytest or of a terminal."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Literal

from . import cases as cases_module
from . import contract as contract_module
from .cases import Case
from .endpoint import Transport
from .errors import GivenUpError, HarnessError, TargetError, UsageError, place_of
from .judges import judge, meets_outcome
from .observation import Observation
from .observe import observe
from .redact import Secrets
from .target import About, Target
from .target.open import is_program
from .verdict import Finding, State
from .wrapping import cut

_EXAMPLES = 10
_EXAMPLES_OF_A_WALK = 30  # few, so that a short walk comes to every rule
_EARLIER = 8  # cases before, whose secrets a thread may print late
_RUN = re.compile(r"(.)\1{39,}")  # nobody counts so many, and what comes after is not seen for them
_SHOWN = 400  # characters of an example; the whole is in its row
Blame = Literal["adapter", "harness"]
_Shows = Literal["fault", "fault besides", "nothing wrong", "nothing"]


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
        self._seen: dict[tuple[str, str], Observation] = {}
        self._earlier: deque[Secrets] = deque(maxlen=_EARLIER)

    def run(self, case: Case, *, walk: int | None = None, until: float = inf) -> CaseRun:
        """Run ``case``, its positive control first.  Whatever goes wrong is its verdict, and is not raised.

        With ``walk``, a number, a generated case takes other examples than usual, and more; none after
        ``until`` of the monotonic clock, but one is always tried.
        """
        try:
            return self._run(case, walk, until)
        except TargetError as err:
            state: State = "not_run" if isinstance(err, GivenUpError) else "error"
            return CaseRun(case, None, unrun(case, state, str(err)), "adapter")
        except HarnessError as err:
            return CaseRun(case, None, unrun(case, "error", str(err)), "harness")
        except Exception as err:  # noqa: BLE001 - whatever it is, the verdicts on the other cases stand
            why = f"reseal itself failed: {place_of(err)}. Please report it"
            return CaseRun(case, None, unrun(case, "error", why), "harness")

    def _run(self, case: Case, walk: int | None, until: float) -> CaseRun:
        why = inapplicable(case, self._target.about)
        if why is not None:
            return CaseRun(case, None, unrun(case, "not_applicable", why))
        broken_control = self._broken_control(case)
        seen = (case, self._observe(case), self._seed) if case.generate is None else None
        seen = seen or self._example(case, walk, until)
        if seen is None:
            why = "none of its examples says more than the cases do that they are made of"
            return CaseRun(case, None, unrun(case, "not_applicable", why))
        example, observation, seed = seen
        if broken_control is not None:
            named = unrun(case, "not_run", broken_control)
        else:
            named = tuple(
                self._finding(requirement, example, observation) for requirement in case.requirements
            )
        everywhere = (r for r in self._everywhere if r not in case.requirements)
        found = tuple(self._finding(requirement, example, observation) for requirement in everywhere)
        findings = named + tuple(f for f in found if f.state != "not_applicable")
        found_in = example if case.generate else None
        return CaseRun(case, observation, findings, example=found_in, seed=seed)

    def _broken_control(self, case: Case) -> str | None:
        """What the valid parent did wrong: without it, a failure of ``case`` proves nothing."""
        if case.parent is None:
            return None
        parent = self._by_id[case.parent]
        ruling = meets_outcome(parent, self._observe(parent), self._target.about)
        return None if ruling.state == "pass" else f"its positive control {parent.id} failed: {ruling.got}"

    def _observe(self, case: Case) -> Observation:
        """What is seen of ``case``; of a parent, what was seen the first time."""
        key = (case.id, case.example)
        if key not in self._seen:
            self._seen[key] = self._observe_anew(case, self._seed)
        return self._seen[key]

    def _observe_anew(self, case: Case, seed: int) -> Observation:
        return observe(case, self._target, seed=seed, transport=self._transport, earlier=self._earlier)

    def _example(self, case: Case, walk: int | None, until: float) -> tuple[Case, Observation, int] | None:
        """The simplest example of a generated case that fails; where none does, one that passes, if any.

        One that fails only what is judged everywhere is no reason to look for a simpler one, since that
        may fail in many ways; it is taken where there is no other.
        """
        from .generate import falsify

        tried = 0
        found: dict[_Shows, list[tuple[Case, Observation, int]]] = defaultdict(list)

        def passes(example: Case) -> bool:
            nonlocal tried
            if any(observation.last.kind == "silent" for _, observation, _ in found["fault"][-1:]):
                return False  # to look for a simpler one could take a day
            if tried and monotonic() > until:
                return True
            # Another client id each time: implementations keep clients and key sets by it.
            tried += 1
            seed = self._seed + tried
            observation = self._observe_anew(example, seed)
            shown = self._shown(case.requirements, example, observation)
            found[shown].append((example, observation, seed))
            return shown != "fault"

        examples = _EXAMPLES if walk is None else _EXAMPLES_OF_A_WALK
        about = self._target.about
        falsify(case, about.seal, passes, examples=examples, walk=walk, capabilities=about.capabilities)
        return next(
            iter(found["fault"][-1:] or found["fault besides"][:1] or found["nothing wrong"][-1:]), None
        )

    def _shown(self, requirements: Sequence[str], example: Case, observation: Observation) -> _Shows:
        """What an example of a case for ``requirements`` shows."""
        judged = [self._finding(r, example, observation) for r in {*requirements, *self._everywhere}]
        wrong = {each.requirement for each in judged if each.state not in ("pass", "not_applicable")}
        if not all(self._is_right(each, wrong) for each in (example.like if wrong else ())):
            return "nothing"
        return "fault" if wrong & {*requirements} else "fault besides" if wrong else "nothing wrong"

    def _is_right(self, case: Case, requirements: Collection[str]) -> bool:
        """Whether ``case`` comes out as it should, and shows nothing against ``requirements``."""
        observation, about = self._observe(case), self._target.about
        judged = {*case.requirements, *self._everywhere} & {*requirements}
        states = {self._finding(requirement, case, observation).state for requirement in judged}
        return states | {meets_outcome(case, observation, about).state} <= {"pass", "not_applicable"}

    def _finding(self, requirement: str, case: Case, observation: Observation) -> Finding:
        return finding(requirement, case, observation, self._target.about)


def inapplicable(case: Case, about: About) -> str | None:
    """Why ``case`` says nothing about the target; None where it does."""
    if about.seal not in case.formats:
        return f"it is about seals of the format {' and '.join(case.formats)}"
    missing = [need for need in case.needs if need not in about.capabilities]
    return f"the target does not declare the capability {missing[0]!r}" if missing else None


def unrun(case: Case, state: State, why: str) -> tuple[Finding, ...]:
    """The findings of a case that was not judged, for each requirement that it names."""
    return tuple(Finding(requirement, case.id, state, "", why) for requirement in case.requirements)


def finding(requirement: str, case: Case, observation: Observation, about: About) -> Finding:
    """What one observation shows of one requirement.  Pure, as `judge` is."""
    ruling = judge(requirement, case, observation, about)
    got = ruling.got
    if ruling.state == "fail" and case.example:
        got = f"{got}; in the example {_shortened(case.example)}"
    return Finding(requirement, case.id, ruling.state, ruling.expected, got)


def _shortened(example: str) -> str:
    return cut(_RUN.sub(lambda run: f"{run[1]}… {len(run[0]):,} times", example), _SHOWN, told=True)
