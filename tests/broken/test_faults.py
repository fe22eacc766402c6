"""Every requirement has an implementation that breaks it, and is the one to find it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import pytest

from reseal import Implementation, cases, contract
from reseal.cases import Case
from reseal.endpoint import Transport
from reseal.run import Run, check
from reseal.target.inprocess import InProcessTarget

from .faults import FAULTS
from .right import Right

PAIRS = [(requirement, fault) for requirement, faults in FAULTS.items() for fault in faults]


def run(kind: type[Right], selected: Sequence[Case], transport: Transport = "respx") -> Run:
    with closing(kind()) as implementation:
        target = Implementation(kind.__name__, implementation.refresh)
        return check(
            lambda: InProcessTarget(target, kind.__name__), selected, level="hardening", transport=transport
        )


@pytest.fixture(scope="module")
def right() -> Run:
    return run(Right, cases.load(), "loopback")


@pytest.mark.parametrize(
    ("requirement", "fault"), PAIRS, ids=[f"{requirement}-{fault.__name__}" for requirement, fault in PAIRS]
)
def test_a_fault_fails_its_requirement(requirement: str, fault: type[Right], right: Run) -> None:
    """The right implementation meets the requirement; the same with this one fault does not."""
    naming = [case for case in cases.load() if requirement in case.requirements]

    broken = run(fault, naming or cases.load())

    assert right.states()[requirement] == "pass"
    assert broken.states()[requirement] == "fail"


def test_every_requirement_has_a_fault() -> None:
    """A check that nothing can fail checks nothing."""
    assert {row.id for row in contract.load().requirements} == set(FAULTS)


def test_the_right_implementation_is_accused_of_nothing(right: Run) -> None:
    """An implementation that is not the reference conforms at every level."""
    assert [f for f in right.findings if f.state not in ("pass", "not_applicable")] == []
    assert right.conforms
