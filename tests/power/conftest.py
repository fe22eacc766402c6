from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from .figures import Figures, told

_FIGURES = pytest.StashKey[Figures]()
_ROWS: list[dict[str, Any]] = []


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    figures = request.node.stash[_FIGURES] = Figures()
    return figures


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    if report.when == "call" and _FIGURES in item.stash:
        report.power = item.stash[_FIGURES].rows
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _ROWS.extend(getattr(report, "power", []))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if _ROWS and not hasattr(config, "workerinput"):
        terminalreporter.section("power")
        for line in told(_ROWS):
            terminalreporter.write_line(line)
