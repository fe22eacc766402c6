"""What the terminal and a pull request are told alike, in words."""

from __future__ import annotations

from collections.abc import Sequence

from ..verdict import State
from .continuity import Cell, CellState, Direction
from .values import Change, Diff

DIRECTIONS: tuple[Direction, ...] = ("deployment", "roll-back")


def verdicts(change: Change) -> str:
    """The two verdicts: ``pass → fail``."""
    return f"{state(change.old)} → {state(change.new)}"


def state(value: State | None) -> str:
    return "not judged" if value is None else value.replace("_", " ")


def cases(number: int) -> str:
    return "1 case" if number == 1 else f"{number} cases"


def direction(diff: Diff, which: Direction) -> str:
    """Which cookies go where."""
    old, new = diff.old.label, diff.new.label
    giver, taker = (old, new) if which == "deployment" else (new, old)
    return f"{which}: cookies of {giver} in {taker}"


def tally(cells: Sequence[Cell]) -> str:
    """How many cells have each state: ``6 hold, 1 not run``."""
    words = {"holds": "hold", "breaks": "BREAK", "as before": "as before", "not run": "not run"}
    counted = [(word, sum(cell.state == name for cell in cells)) for name, word in words.items()]
    return ", ".join(f"{number} {word}" for word, number in counted if number)


def alike(cells: Sequence[Cell]) -> list[tuple[CellState, str, list[str]]]:
    """The cells that do not hold, those of one state and one reason together: state, reason, titles."""
    found: dict[tuple[CellState, str], list[str]] = {}
    for cell in cells:
        if cell.state != "holds":
            found.setdefault((cell.state, cell.why), []).append(cell.title)
    return [(state, why, titles) for (state, why), titles in found.items()]


def conclusion(diff: Diff) -> str:
    """The verdict in a line."""
    regressed = sum(change.counts(diff.level) for change in diff.of_kind("regressed"))
    broken = sum(cell.state == "breaks" for cell in diff.continuity)
    if diff.is_worse:
        parts = []
        if regressed:
            parts.append(f"{regressed} requirement{'s' * (regressed != 1)} regressed at level {diff.level}")
        if broken:
            parts.append(f"{broken} kind{'s' * (broken != 1)} of cookies do not survive")
        return f"WORSE: {' and '.join(parts)}"
    unknown = "" if diff.continuity else "; whether cookies survive was not run"
    changed = f"behaviour changed in {diff.changed_cases} of {cases(len(diff.compared))}"
    if not diff.compared:
        changed = "no case was seen on both sides"
    return f"NOTHING REGRESSED at level {diff.level}; {changed}{unknown}"
