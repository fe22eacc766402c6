"""Gathers the figures of all workers, prints them, and keeps ``docs/power.md`` current."""

from __future__ import annotations

import tomllib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from .figures import Figures, Told, page

_FIGURES = pytest.StashKey[Figures]()
_ROWS: list[dict[str, Any]] = []
_HERE = Path(__file__).parent
_PAGE = _HERE.parent.parent / "docs" / "power.md"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--publish", action="store_true", help="write docs/power.md")


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


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the page of a whole run; what is selected or fails says nothing of it."""
    if not exitstatus and _is_whole(session.config) and session.config.getoption("--publish"):
        _PAGE.write_text(_published(), "utf-8")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not _ROWS or hasattr(config, "workerinput"):
        return
    terminalreporter.section("power")
    for line in (*Told.of(_ROWS).figures(), _mutation_score()):
        terminalreporter.write_line(line)


def _is_whole(config: pytest.Config) -> bool:
    from .test_power import ROWS

    return not hasattr(config, "workerinput") and len(_ROWS) == ROWS


def _published() -> str:
    shared = tomllib.loads((_HERE / "alone.toml").read_text("utf-8"))["shared"]
    reasons = tomllib.loads((_HERE / "null_passes.toml").read_text("utf-8"))["reasons"]
    return page(_ROWS, shared, reasons)


def _mutation_score() -> str:
    run = tomllib.loads((_HERE / "mutants" / "last_run.toml").read_text("utf-8"))
    killed, scope, generated = run["killed"], run["in_scope"], run["generated"]
    different = scope - run["equivalent"]
    return (
        f"mutation score of the reference ({run['date']}): {killed / different:.1%} "
        f"({killed} of {different} that are in scope and not equivalent; {killed / scope:.1%} of {scope} in "
        f"scope); where all that is out of scope counts as a survivor: "
        f"{killed / generated:.1%} of {generated}"
    )
