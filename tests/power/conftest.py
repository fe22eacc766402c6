"""Gathers the figures of all workers, prints them, and keeps ``docs/power.md`` current."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from reseal import observe
from tests.broken import clock

from .figures import PUBLISHED, Figures, Row, Told, page, published

_FIGURES = pytest.StashKey[Figures]()
_ROWS: list[dict[str, Any]] = []
_HERE = Path(__file__).parent
_PAGE = _HERE.parent.parent / "docs" / "power.md"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--publish", action="store_true", help="write docs/power.md, anew in what is run")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the suite waits for passes at once: to the implementations here time is `tests.broken.clock`."""
    monkeypatch.setattr(observe, "sleep", clock.wait)


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
    """Write the page, with the figures of what was run in place of those that it had; not of what fails."""
    is_worker = hasattr(session.config, "workerinput")
    if not exitstatus and not is_worker and session.config.getoption("--publish"):
        rows = published(_ROWS)
        PUBLISHED.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n", "utf-8")
        _PAGE.write_text(_page(rows), "utf-8")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not _ROWS or hasattr(config, "workerinput"):
        return
    terminalreporter.section("power")
    for line in (*Told.of(_ROWS).figures(), _mutation_score()):
        terminalreporter.write_line(line)


def _page(rows: Sequence[Row]) -> str:
    shared = tomllib.loads((_HERE / "alone.toml").read_text("utf-8"))["shared"]
    reasons = tomllib.loads((_HERE / "null_passes.toml").read_text("utf-8"))["reasons"]
    return page(rows, shared, reasons)


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
