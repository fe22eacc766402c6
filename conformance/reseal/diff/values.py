"""A diff as values, and how it comes from two sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .. import cases as cases_module
from ..behaviour import Difference, behaviour, differences
from ..contract import Origin
from ..observation import Observation
from ..verdict import Level, State, counts
from .continuity import Cell
from .sides import Judged, Side

Kind = Literal["regressed", "fixed", "changed", "new", "gone"]
KINDS: tuple[Kind, ...] = ("regressed", "fixed", "changed", "new", "gone")

# What says nothing about the implementation: it was not asked.
_SILENT: frozenset[State | None] = frozenset({None, "not_applicable"})


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case that a requirement judges otherwise; None for a side that has no such case."""

    id: str
    old: State | None
    new: State | None
    got: str


@dataclass(frozen=True, slots=True)
class Change:
    """A requirement with another verdict, or with the same verdict for other cases.

    Attributes:
        kind: ``new`` where only the new side was judged, ``gone`` where only the old one was.
    """

    id: str
    kind: Kind
    origin: Origin
    level: str
    old: State | None
    new: State | None
    cases: tuple[CaseChange, ...]

    def counts(self, level: Level) -> bool:
        return counts(self, level)


@dataclass(frozen=True, slots=True)
class Group:
    """One change of behaviour, and the cases that show it.

    Attributes:
        old_said, new_said: What the two said in the first of the cases, where the change is of a result
            and they said anything: the text of an exception, or of a reason.
    """

    difference: Difference
    cases: tuple[str, ...]
    old_said: str | None = None
    new_said: str | None = None


@dataclass(frozen=True, slots=True)
class Diff:
    """All that an upgrade changes.

    Attributes:
        compared: The cases that both sides were observed in.
        only_old, only_new: The cases that one side alone was observed in.
        continuity: Empty where it could not be judged; `why_no_continuity` says why.
    """

    old: Side
    new: Side
    level: Level
    changes: tuple[Change, ...]
    behaviour: tuple[Group, ...]
    compared: tuple[str, ...]
    only_old: tuple[str, ...] = ()
    only_new: tuple[str, ...] = ()
    continuity: tuple[Cell, ...] = field(default=())
    why_no_continuity: str | None = None

    def of_kind(self, kind: Kind) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.kind == kind)

    @property
    def changed_cases(self) -> int:
        return len({case for group in self.behaviour for case in group.cases})

    @property
    def is_worse(self) -> bool:
        """Whether anything regressed that counts at the level, or cookies do not survive."""
        regressed = any(change.counts(self.level) for change in self.of_kind("regressed"))
        return regressed or any(cell.state == "breaks" for cell in self.continuity)


def compared(
    old: Side,
    new: Side,
    level: Level,
    continuity: Iterable[Cell] = (),
    why_no_continuity: str | None = None,
) -> Diff:
    """Compare two sides."""
    # What is made up differs between two runs in more than the implementation; `reseal compare` is for it.
    made_up = cases_module.made_up()
    both = [case for case in old.observations if case in new.observations and case not in made_up]
    return Diff(
        old,
        new,
        level,
        tuple(_changes(old, new)),
        _grouped(old, new, both),
        tuple(both),
        tuple(case for case in old.observations if case not in new.observations),
        tuple(case for case in new.observations if case not in old.observations),
        tuple(continuity),
        why_no_continuity,
    )


def _grouped(old: Side, new: Side, both: Iterable[str]) -> tuple[Group, ...]:
    """Each difference once, what most cases show first."""
    found: dict[Difference, list[str]] = {}
    for case in both:
        before, after = behaviour(old.observations[case]), behaviour(new.observations[case])
        for difference in differences(before, after):
            found.setdefault(difference, []).append(case)
    groups = [
        Group(
            difference, tuple(cases), *(_said(difference, side.observations[cases[0]]) for side in (old, new))
        )
        for difference, cases in found.items()
    ]
    return tuple(sorted(groups, key=lambda group: (-len(group.cases), group.difference)))


def _said(difference: Difference, seen: Observation) -> str | None:
    if difference.aspect != "result":
        return None
    texts = (call.message if call.kind == "raised" else call.reason for call in seen.calls)
    return next((text for text in texts if isinstance(text, str) and text), None)


def _changes(old: Side, new: Side) -> Iterator[Change]:
    for requirement in [*old.rows, *(name for name in new.rows if name not in old.rows)]:
        before, after = old.rows.get(requirement), new.rows.get(requirement)
        cases = tuple(_case_changes(before.cases if before else {}, after.cases if after else {}))
        states = (before.state if before else None, after.state if after else None)
        judged = tuple(case for case in cases if not {case.old, case.new} & _SILENT)
        kind = _kind(*states, judged)
        row = after or before
        if kind is not None and row is not None:
            shown = cases if kind in ("new", "gone") else judged
            yield Change(requirement, kind, row.origin, row.level, *states, shown)


def _case_changes(old: Mapping[str, Judged], new: Mapping[str, Judged]) -> Iterator[CaseChange]:
    for case in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(case), new.get(case)
        states = (before.state if before else None, after.state if after else None)
        judged = after or before
        if states[0] != states[1] and judged is not None:
            yield CaseChange(case, *states, judged.got)


def _kind(old: State | None, new: State | None, cases: tuple[CaseChange, ...]) -> Kind | None:
    """What became of a requirement; None where nothing did.

    ``cases`` are those that both sides judged.  A requirement that was met and now is not run counts
    as regressed: nothing shows that it still is met.  So does one that fails in a case that it did not
    fail in before, whatever the rest does.
    """
    if old in _SILENT or new in _SILENT:
        return None if old in _SILENT and new in _SILENT else "new" if old in _SILENT else "gone"
    if any(case.old == "pass" and case.new in ("fail", "error") for case in cases):
        return "regressed"
    if old == "pass" and new == "not_run":
        return "regressed"
    if old == "not_run" and new != "not_run":
        return "new"
    if new == "pass" and old != "pass":
        return "fixed"
    return "changed" if old != new or cases else None
