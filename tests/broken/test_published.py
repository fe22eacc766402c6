"""The page of proofs speaks of every implementation that there is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from reseal import contract
from tests.power.figures import kept

from .faults import FAULTS
from .nulls import NULLS, PROGRAMS
from .right import Right
from .variants import VARIANTS

POWER = Path(__file__).parents[1] / "power"
ALONE = tomllib.loads((POWER / "alone.toml").read_text("utf-8"))
KILLERS = {row["name"]: row["killers"] for row in kept() if row["kind"] == "mutant"}
PAGE = (Path(__file__).parents[2] / "docs" / "power.md").read_text("utf-8")
MUTANTS = [(requirement, fault.__name__) for requirement, faults in FAULTS.items() for fault in faults]
ROWS = {
    name: breaks
    for name, breaks, *_ in (line.strip("| ").split(" | ") for line in PAGE.splitlines() if " | " in line)
}
ACCUSED_OF_NOTHING = (
    PAGE.partition("Accused of nothing, at the highest level: ")[2].partition(".")[0].split(", ")
)


@pytest.mark.parametrize(("requirement", "fault"), MUTANTS, ids=[f"{r}-{name}" for r, name in MUTANTS])
def test_a_fault_is_published(requirement: str, fault: str) -> None:
    """With the requirement that it breaks; else the power run has to be published anew."""
    assert requirement in ROWS[fault].split(", ")


@pytest.mark.parametrize(("requirement", "fault"), ALONE["alone"].items())
def test_a_requirement_is_needed(requirement: str, fault: str) -> None:
    """A fault that is said to be found by one requirement alone was found by no other."""
    assert KILLERS[fault] == [requirement]


@pytest.mark.parametrize("requirement", ALONE["shared"])
def test_a_requirement_that_is_never_alone(requirement: str) -> None:
    """Where no fault is said to be found by it alone, none was."""
    assert [requirement] not in KILLERS.values()


def test_what_is_right_is_published() -> None:
    """And no other is named."""
    assert sorted(ACCUSED_OF_NOTHING) == sorted(kind.__name__ for kind in (Right, *VARIANTS))


def test_nulls_are_published() -> None:
    """Each with what it passes."""
    assert ROWS.keys() >= {*NULLS, *PROGRAMS}


def test_every_requirement_has_a_fault() -> None:
    """A check that nothing can fail checks nothing."""
    assert {row.id for row in contract.load().requirements} == set(FAULTS)
