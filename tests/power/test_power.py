"""Who tests the tests: every verdict must earn its colour.

Run by ``tox run -e power``; the figures are printed by ``conftest.py`` when the run ends.
"""

from __future__ import annotations

import shlex
import sys
import tomllib
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from reseal import Implementation, cases, contract
from reseal.run import Run, check
from reseal.target import open_target
from reseal.target.inprocess import InProcessTarget
from tests.broken.faults import FAULTS
from tests.broken.nulls import NULLS, PROGRAMS, Null
from tests.broken.right import Right
from tests.broken.variants import VARIANTS

from .figures import Figures

DATA = tomllib.loads((Path(__file__).parent / "null_passes.toml").read_text("utf-8"))
BROKEN = {
    fault: [own for own, faults in FAULTS.items() if fault in faults]
    for faults in FAULTS.values()
    for fault in faults
}
_CASES = cases.load()


def checked(implementation: Implementation) -> Run:
    target = partial(InProcessTarget, implementation, implementation.name)
    return check(target, _CASES, level="hardening", transport="respx")


def checked_class(kind: type[Right]) -> Run:
    with closing(kind()) as instance:
        extra = getattr(kind, "extra_reasons", ())
        return checked(Implementation(kind.__name__, instance.refresh, extra_reasons=extra))


@pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: fault.__name__)
def test_a_fault_is_found_by_its_own_requirement(fault: type[Right], figures: Figures) -> None:
    """Of the requirements that fail, all that the fault is named for are among them."""
    states = checked_class(fault).states()
    killers = {requirement for requirement, state in states.items() if state == "fail"}
    figures.killed(fault.__name__, BROKEN[fault], sorted(killers))

    assert set(BROKEN[fault]) <= killers


@pytest.mark.parametrize("variant", [Right, *VARIANTS], ids=lambda variant: variant.__name__)
def test_what_is_right_but_different_is_accused_of_nothing(variant: type[Right], figures: Figures) -> None:
    """Not one finding but pass and not_applicable, at the highest level."""
    run = checked_class(variant)
    accused = [
        f"{f.requirement} in {f.case}: {f.got}"
        for f in run.findings
        if f.state not in ("pass", "not_applicable")
    ]
    figures.accused(variant.__name__, accused)

    assert accused == []
    assert run.conforms


@pytest.mark.parametrize("name", NULLS)
def test_a_null_passes_only_what_it_deserves(name: str, figures: Figures) -> None:
    """The requirements that it passes are listed, each with a reason."""
    null: Null = NULLS[name]
    run = checked(Implementation(name, null))
    passed = sorted(requirement for requirement, state in run.states().items() if state == "pass")
    figures.passed(name, passed, DATA["passes"][name])

    assert passed == sorted(DATA["passes"][name])
    assert set(passed) <= DATA["reasons"].keys()
    assert not run.conforms


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_null_program_gets_no_verdict(name: str, figures: Figures) -> None:
    """What breaks the adapter protocol passes nothing, and the adapter is blamed."""
    spec = f"stdio:{shlex.quote(sys.executable)} -c {shlex.quote(PROGRAMS[name])}"
    passed: list[str] = []
    try:
        run = check(lambda: open_target(spec), _CASES[:3], level="hardening")
    except Exception as err:  # noqa: BLE001 - which error is asserted below
        blamed = type(err).__name__ == "TargetError"
    else:
        blamed = run.is_target_broken
        passed = [requirement for requirement, state in run.states().items() if state == "pass"]
    figures.passed(name, passed, [])

    assert passed == []
    assert blamed


def test_every_requirement_has_a_fault() -> None:
    """A check that nothing can fail checks nothing."""
    assert {row.id for row in contract.load().requirements} == set(FAULTS)
