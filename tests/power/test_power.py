"""Who tests the tests: every verdict must earn its colour.

Run by ``tox run -e power``; the figures are printed by ``conftest.py`` when the run ends.
"""

from __future__ import annotations

import shlex
import sys
import tomllib
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from hypothesis import Phase

from reseal import Implementation, RefreshRequest, cases, contract, generate, observe
from reseal.cases import Case
from reseal.endpoint import Transport
from reseal.run import Run, check
from reseal.target import Answer, open_target, stdio
from reseal.target.inprocess import InProcessTarget
from tests.broken.faults import FAULTS
from tests.broken.nulls import NULLS, PROGRAMS, Null
from tests.broken.right import Right
from tests.broken.together import groups, together
from tests.broken.variants import VARIANTS

from .figures import Figures, kept

DATA = tomllib.loads((Path(__file__).parent / "null_passes.toml").read_text("utf-8"))
ALONE = tomllib.loads((Path(__file__).parent / "alone.toml").read_text("utf-8"))
BROKEN = {
    fault: [own for own, faults in FAULTS.items() if fault in faults]
    for faults in FAULTS.values()
    for fault in faults
}
_CASES = cases.load()
_FOUND_IN: dict[str, dict[str, str]] = {
    row["name"]: row["found_in"] for row in kept() if row["kind"] == "mutant"
}


class InAHurry(InProcessTarget):
    """Waits for no call as long as it is told to."""

    def refresh(self, requests: Sequence[RefreshRequest], deadline_s: float) -> tuple[Answer, ...]:
        return super().refresh(requests, min(deadline_s, 0.1))


def checked(
    implementation: Implementation,
    selected: Sequence[Case] = _CASES,
    *,
    transport: Transport = "respx",
    in_a_hurry: bool = False,
) -> Run:
    kind = InAHurry if in_a_hurry else InProcessTarget
    target = partial(kind, implementation, implementation.name)
    return check(target, selected, level="hardening", transport=transport)


def checked_class(kind: type[Right], selected: Sequence[Case] = _CASES) -> Run:
    with closing(kind()) as instance:
        extra = getattr(kind, "extra_reasons", ())
        implementation = Implementation(
            kind.__name__, instance.refresh, seal=kind.seal_name, extra_reasons=extra
        )
        return checked(implementation, selected, transport=kind.transport)


def that_find(fault: type[Right]) -> Sequence[Sequence[Case]]:
    """The cases that found ``fault`` when it was published, then all that name a requirement which it breaks.

    Where one of those is judged on every case, that is all cases.  What else finds it is looked into when
    the figures are published.
    """
    own = BROKEN[fault]
    naming = [case for case in _CASES if not set(own).isdisjoint(case.requirements)]
    is_named = set(own) <= {requirement for case in naming for requirement in case.requirements}
    found_it = [case for case in _CASES if case.id in _FOUND_IN.get(fault.__name__, {}).values()]
    return [found_it, naming if is_named else _CASES]


@pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: fault.__name__)
def test_a_fault_is_found_by_its_own_requirement(
    fault: type[Right], figures: Figures, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    """Of the requirements that fail, all that the fault is named for are among them."""
    monkeypatch.setattr(observe, "SLACK_S", fault.slack_s)
    is_whole = pytestconfig.getoption("--publish")
    own, found = set(BROKEN[fault]), dict[str, str]()
    for part in [_CASES] if is_whole else that_find(fault):
        for finding in checked_class(fault, part).findings:
            if finding.state == "fail":
                found.setdefault(finding.requirement, finding.case)
        if own <= found.keys():
            break
    figures.killed(fault.__name__, BROKEN[fault], found, is_whole=is_whole)

    assert own <= found.keys()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is right but different is tried as several differences at once, and one by one to publish it."""
    if "variants" in metafunc.fixturenames:
        each: list[Sequence[type[Right]]] = [[variant] for variant in VARIANTS]
        chosen = [[Right], *(each if metafunc.config.getoption("--publish") else groups(VARIANTS))]
        ids = [f"{group[0].__name__}-of-{len(group)}" for group in chosen]
        metafunc.parametrize("variants", chosen, ids=ids)


def test_what_is_right_but_different_is_accused_of_nothing(
    variants: Sequence[type[Right]], figures: Figures
) -> None:
    """Not one finding but pass and not_applicable, at the highest level."""
    run = checked_class(together(variants))
    accused = [
        f"{f.requirement} in {f.case}: {f.got}"
        for f in run.findings
        if f.state not in ("pass", "not_applicable")
    ]
    for variant in variants:
        figures.accused(variant.__name__, accused)

    assert accused == [], f"--publish tries each of {[variant.__name__ for variant in variants]} alone"
    assert run.conforms


@pytest.mark.parametrize("name", NULLS)
def test_a_null_passes_only_what_it_deserves(
    name: str, figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The requirements that it passes are listed, each with a reason."""
    # What fails in every example fails in the first, and nobody reads the simplest.
    monkeypatch.setattr(generate, "_PHASES", (Phase.generate,))
    null: Null = NULLS[name]
    run = checked(Implementation(name, null), in_a_hurry=name == "hangs")
    passed = sorted(requirement for requirement, state in run.states().items() if state == "pass")
    figures.passed(name, passed, DATA["passes"][name])

    assert passed == sorted(DATA["passes"][name])
    assert set(passed) <= DATA["reasons"].keys()
    assert not run.conforms


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_null_program_gets_no_verdict(name: str, figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks the adapter protocol, or hangs, passes nothing, and the adapter is blamed."""
    monkeypatch.setattr(stdio, "_HELLO_S", 2.0)
    monkeypatch.setattr(observe, "SLACK_S", -4.0)  # of the five seconds that a call has, one is left
    spec = f"stdio:{shlex.quote(sys.executable)} -c {shlex.quote(PROGRAMS[name])}"
    passed: list[str] = []
    try:
        run = check(lambda: open_target(spec), _CASES[:8], level="hardening")
    except Exception as err:  # noqa: BLE001 - which error is asserted below
        blamed = type(err).__name__ == "TargetError"
    else:
        blamed = run.is_target_broken
        passed = [requirement for requirement, state in run.states().items() if state == "pass"]
    deserved = DATA["passes"].get(name, [])
    figures.passed(name, passed, deserved)

    assert sorted(passed) == sorted(deserved)
    assert set(passed) <= DATA["reasons"].keys()
    assert blamed


@pytest.mark.parametrize("requirement", [row.id for row in contract.load().requirements])
def test_every_requirement_is_needed(requirement: str) -> None:
    """A requirement names a fault that it alone finds, or the data say why there is none."""
    names = [fault.__name__ for fault in FAULTS[requirement]]

    assert (requirement in ALONE["alone"]) != (requirement in ALONE["shared"])
    assert ALONE["alone"].get(requirement, names[0]) in names


def test_no_requirement_is_made_up() -> None:
    """The data speak of requirements of the contract alone."""
    assert {row.id for row in contract.load().requirements} >= {*ALONE["alone"], *ALONE["shared"]}


def test_no_null_is_made_up() -> None:
    """The data speak of null implementations that there are."""
    assert set(DATA["passes"]) <= {*NULLS, *PROGRAMS}
