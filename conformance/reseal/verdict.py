"""Verdicts, and how many of them make one.

A requirement's verdict is the worst of its cases'; a run conforms where every ``must`` at or below its
level is ``pass``, ``known`` or ``not_applicable``.  What did not run is never green.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from .contract import ORIGINS, Contract, Origin
from .errors import HarnessError

State = Literal["pass", "fail", "known", "fixed", "not_applicable", "not_run", "error"]
STATES: tuple[State, ...] = get_args(State)

Level = Origin
_WORST_FIRST: tuple[State, ...] = ("error", "fail", "fixed", "not_run", "known", "pass", "not_applicable")
_CONFORMING: frozenset[State] = frozenset({"pass", "known", "not_applicable"})


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one requirement in one case.

    Attributes:
        expected, got: In words; ``got`` of a verdict other than pass or fail is its reason.
    """

    requirement: str
    case: str
    state: State
    expected: str
    got: str


def combined(states: Iterable[State]) -> State:
    """The verdict of a requirement whose cases have ``states``; ``not_run`` where there are none."""
    present = set(states)
    return next((state for state in _WORST_FIRST if state in present), "not_run")


def by_requirement(findings: Iterable[Finding], contract: Contract) -> dict[str, tuple[Finding, ...]]:
    """The findings of each requirement that was selected, in the order of the contract."""
    grouped: dict[str, list[Finding]] = {row.id: [] for row in contract.requirements}
    for finding in findings:
        grouped[finding.requirement].append(finding)
    return {requirement: tuple(rows) for requirement, rows in grouped.items()}


def within(origin: Origin, level: Level) -> bool:
    """Whether requirements of ``origin`` count at ``level``."""
    return ORIGINS.index(origin) <= ORIGINS.index(level)


class Countable(Protocol):
    """A requirement, or what is known of one."""

    @property
    def level(self) -> str: ...
    @property
    def origin(self) -> Origin: ...


def counts(row: Countable, level: Level) -> bool:
    """Whether ``row`` decides about conformance at ``level``."""
    return row.level == "must" and within(row.origin, level)


def is_undone(finding: Finding, *, is_target_broken: bool) -> bool:
    """Whether ``finding`` is no success at any level: what a broken target left undone is none."""
    return finding.state == "error" or (finding.state == "not_run" and is_target_broken)


def conforms(states: Mapping[str, State], contract: Contract, level: Level) -> bool:
    """Whether a run with the requirement verdicts ``states`` conforms at ``level``.

    One in which nothing applies shows nothing.
    """
    rows = (contract[requirement] for requirement in states)
    counted = [row.id for row in rows if counts(row, level)]
    is_judged = any(states[requirement] != "not_applicable" for requirement in counted)
    return is_judged and all(states[requirement] in _CONFORMING for requirement in counted)


def summary(states: Mapping[str, State], contract: Contract) -> dict[Origin, dict[State, int]]:
    """How many requirements of each origin have each verdict.

    Raises HarnessError where the sum is not the number of requirements that were selected.
    """
    counts = {origin: Counter(dict.fromkeys(STATES, 0)) for origin in ORIGINS}
    for requirement, state in states.items():
        counts[contract[requirement].origin][state] += 1
    if sum(sum(counter.values()) for counter in counts.values()) != len(states):
        raise HarnessError(
            f"{len(states)} requirements were selected, but the verdicts do not add up to that"
        )
    return {origin: dict(counter) for origin, counter in counts.items()}
