"""A run of many cases: in which order, and with how many targets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reseal import cases
from reseal.cases import Case
from reseal.engine import CaseRun, Engine
from reseal.run import check

from .support import ABOUT, FakeTarget

PLAIN, CHAIN, ROTATION, EXPIRED = (
    "refresh.success.plain",
    "refresh.success.chain",
    "refresh.jwt.key-rotation",
    "refresh.jwt.expired",
)
SELECTED = [cases.by_id()[name] for name in (PLAIN, CHAIN, ROTATION, EXPIRED)]


@pytest.mark.parametrize(
    ("spec", "workers", "opened", "first"),
    [
        ("pypi:mine", 2, 2, ROTATION),
        ("pypi:mine", 1, 1, PLAIN),
        ("mine:refresh", 2, 1, PLAIN),
    ],
)
def test_the_order(monkeypatch: pytest.MonkeyPatch, spec: str, workers: int, opened: int, first: str) -> None:
    """Who waits begins, where others can go on beside it; what is reported keeps the order it was given."""
    targets: list[FakeTarget] = []
    begun: list[str] = []

    def opens() -> FakeTarget:
        targets.append(FakeTarget(about=replace(ABOUT, spec=spec)))
        return targets[-1]

    def runs(_: Engine, case: Case, **_more: object) -> CaseRun:
        begun.append(case.id)
        return CaseRun(case, None, ())

    monkeypatch.setattr(Engine, "run", runs)
    run = check(opens, SELECTED, workers=workers)

    assert len(targets) == opened
    assert first in begun[:opened]
    assert sorted(begun) == sorted(case.id for case in SELECTED)
    assert list(run.cases) == SELECTED


def test_what_waits() -> None:
    """What a case waits in all, in seconds; most do not."""
    assert [case.waits_s for case in SELECTED] == [0.0, 0.0, pytest.approx(31.2), 0.0]
