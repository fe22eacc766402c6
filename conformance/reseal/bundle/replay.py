"""A failure again: run anew, or judged anew from what was seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..behaviour import Difference, behaviour, differences
from ..endpoint import Transport
from ..engine import Engine, finding, inapplicable
from ..errors import HarnessError, TargetError, UsageError
from ..observation import Observation
from ..target import About, Target
from ..target.open import is_program
from ..verdict import Finding
from .values import Bundle

Change = Literal["same", "differently", "passes", "silent", "unknown"]

# What differs from run to run, whatever an implementation does.
_PASSING = re.compile(r"<\d+ chars #[0-9a-f]{8}>|0x[0-9a-f]+|\b\d+\.\d+ s\b|(?<=:)\d{4,5}\b")


@dataclass(frozen=True, slots=True)
class Again:
    """One finding, then and now.

    Attributes:
        change: Whether it fails in the ``same`` way, or ``differently``; ``passes``; is ``silent``, where
            the requirement says nothing about what was seen now; or is ``unknown``, where nothing was
            learned, mostly because the positive control failed.
    """

    then: Finding
    now: Finding
    change: Change


@dataclass(frozen=True, slots=True)
class Replay:
    """A bundle, and what came of it now.

    Attributes:
        about: What it was run against now.
        observation: What was seen now; of a bundle that was only judged, what was seen then.
        differences: In what the behaviour is not what it was.
    """

    bundle: Bundle
    about: About
    observation: Observation | None
    found: tuple[Again, ...]
    differences: tuple[Difference, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether nothing that failed does, and something could be learned."""
        changes = {again.change for again in self.found}
        return "passes" in changes and changes <= {"passes", "silent"}


def run_again(bundle: Bundle, target: Target) -> Replay:
    """Run the case of ``bundle`` against ``target``, its positive control first.

    Raises UsageError where the case says nothing about the target, TargetError where it cannot be asked.
    """
    engine = Engine(target, seed=bundle.seed, transport=_transport(bundle, target.about))
    why = inapplicable(bundle.case, target.about)
    if why is not None:
        raise UsageError(f"TARGET: case {bundle.case.id} says nothing about {target.about.spec!r}: {why}.")
    run = engine.run(bundle.case)
    if run.blame is not None:
        blamed = HarnessError if run.blame == "harness" else TargetError
        raise blamed(run.findings[0].got)
    now = {finding.requirement: finding for finding in run.findings}
    changed = (
        differences(behaviour(bundle.observation), behaviour(run.observation)) if run.observation else ()
    )
    found = tuple(_again(then, now.get(then.requirement, _unseen(then))) for then in bundle.findings)
    return Replay(bundle, target.about, run.observation, found, changed)


def judge_again(bundle: Bundle) -> Replay:
    """Judge what was seen then by the judges of today.  Runs nothing."""
    now = [
        finding(then.requirement, bundle.case, bundle.observation, bundle.about) for then in bundle.findings
    ]
    found = tuple(_again(*pair) for pair in zip(bundle.findings, now, strict=True))
    return Replay(bundle, bundle.about, bundle.observation, found)


def _transport(bundle: Bundle, about: About) -> Transport:
    # Another target may be a program, which sees a socket alone.
    return "loopback" if is_program(about.spec) else bundle.transport


def _unseen(then: Finding) -> Finding:
    return Finding(then.requirement, then.case, "not_applicable", "", "no case came to what it judges")


def _again(then: Finding, now: Finding) -> Again:
    changes: dict[str, Change] = {"pass": "passes", "not_applicable": "silent"}
    if now.state != "fail":
        return Again(then, now, changes.get(now.state, "unknown"))
    return Again(then, now, "same" if _lasting(then.got) == _lasting(now.got) else "differently")


def _lasting(got: str) -> str:
    return _PASSING.sub("", got)
