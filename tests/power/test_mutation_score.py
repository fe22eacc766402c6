"""What the score of the mutants counts, and what it does not let pass."""

from __future__ import annotations

import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from .mutants import score
from .mutants.score import Kind, Listed, Report

_LINE = "return 1"


def outcome(name: str, verdict: str) -> Any:
    mutant = SimpleNamespace(id=name, line=_LINE)
    why = None if verdict == "survived" else "a.requirement in a.case"
    return SimpleNamespace(
        mutant=mutant, verdict=verdict, why=why, is_killed=verdict in ("killed", "timeout")
    )


def report(killed: int, survivors: dict[str, Kind], *, gate: float = 0.95) -> Report:
    """Of a run that killed so many, and in which all that survives is listed."""
    dead = [outcome(f"killed.{number}", "killed") for number in range(killed)]
    outcomes = (*dead, *(outcome(name, "survived") for name in survivors))
    listed = {name: Listed(name, kind, "a reason", _LINE) for name, kind in survivors.items()}
    return Report(outcomes, listed, {each.mutant.id for each in outcomes}, gate)


def test_the_gate_is_on_what_is_not_equivalent() -> None:
    """95 of 104 pass where nine are equivalent, since no suite could kill those: the score is 95 of 95."""
    equivalent: dict[str, Kind] = {f"same.{number}": "equivalent" for number in range(9)}

    found = report(95, equivalent)

    assert found.score == 1.0
    assert found.is_good
    assert "killed / in scope:               91.3%" in list(found.lines())
    assert "killed / (in scope - equivalent): 100.0% (gate 95%)" in list(found.lines())


@pytest.mark.parametrize(("killed", "is_good"), [(95, True), (94, False)])
def test_what_nobody_speaks_of_counts(killed: int, is_good: bool) -> None:
    """A survivor that somebody could tell from the original counts against the suite, listed or not."""
    unspoken: dict[str, Kind] = {f"other.{number}": "unspoken" for number in range(100 - killed)}

    assert report(killed, unspoken).is_good is is_good


def test_a_row_does_not_excuse_what_is_killed() -> None:
    """A mutant that is listed as equivalent and killed counts as killed, and the row must go."""
    listed = {"killed.0": Listed("killed.0", "equivalent", "a reason", _LINE)}

    found = Report((outcome("killed.0", "killed"),), listed, {"killed.0"}, 0.95)

    assert (found.score, found.equivalent, found.is_good) == (1.0, 0, False)
    assert list(found.lines())[-1].endswith("Delete the row.")


def test_what_is_shown_is_what_is_listed() -> None:
    """The figures that are kept are of these survivors: so many are equivalent, and all others killed."""
    here = Path(score.__file__).parent
    kept = tomllib.loads((here / "last_run.toml").read_text("utf-8"))
    listed = score.read(here / "survivors.toml")

    assert kept["killed"] + len(listed) == kept["in_scope"]
    assert kept["equivalent"] == sum(row.kind == "equivalent" for row in listed.values())
