"""What pytest's own options, and those of its plugins, do to the cases; and deviations."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from reseal import cases

from .support import DEVIATION, FAILING_CASE, MENDED, NO_COOKIE, WRONG, outcome, project, run_pytest

GRANTS = [case.id for case in cases.load() if "reason.invalid-grant" in case.id]
SELECTED = ("-k", f"reason.invalid-grant or {NO_COOKIE}")


def test_the_first_failure(tmp_path: Path) -> None:
    """-x stops at the first failure; the summary speaks of what was run, and of no verdict on the whole."""
    project(tmp_path, "mine", WRONG)

    ended = run_pytest(tmp_path, *SELECTED, "-x")

    assert ended.status == 1
    assert "stopping after 1 failures" in ended.out
    assert outcome(ended.out).startswith("1 failed, 1 passed, ")
    assert re.search(r"requirements that were selected not met\. 2 cases in ", ended.out)


def test_the_last_failures(tmp_path: Path) -> None:
    """--lf runs again what failed; one that is mended is green."""
    project(tmp_path, "mine", WRONG)
    wrong = run_pytest(tmp_path, *SELECTED)
    project(tmp_path, "mine", MENDED)
    mended = run_pytest(tmp_path, "--lf")

    assert outcome(wrong.out).startswith(f"{len(GRANTS)} failed, 1 passed, ")
    assert outcome(mended.out) == f"{len(GRANTS)} passed", mended.out + mended.err
    assert mended.status == 0


def test_one_case_by_its_id(tmp_path: Path) -> None:
    """The id of an item names it on the command line; the folder of the run does not matter."""
    project(tmp_path / "deep", "mine", WRONG)

    ended = run_pytest(tmp_path, f"deep/reseal.toml::{FAILING_CASE}", "--rootdir", "deep")

    assert outcome(ended.out) == "1 failed"


def test_workers(tmp_path: Path) -> None:
    """-n spreads the cases; the summary is of all, they share a seed, and --junit-xml has each of them."""
    project(tmp_path, "mine", WRONG)

    ended = run_pytest(tmp_path, "-n", "2", "--junit-xml", "r.xml", "-k", "refresh.reason or refresh.cookie")
    suite = ET.fromstring((tmp_path / "r.xml").read_text("utf-8"))[0]  # noqa: S314 - pytest's
    names = [str(row.get("name")) for row in suite.findall("testcase")]
    failed = [str(row.get("name")) for row in suite.findall("testcase") if row.find("failure") is not None]

    assert ended.status == 1
    assert sorted(names) == sorted(
        case.id for case in cases.load() if case.id.startswith(("refresh.reason", "refresh.cookie"))
    )
    assert sorted(failed) == sorted(GRANTS)
    assert re.search(rf"1 of \d+ requirements that were selected not met\. {len(names)} cases", ended.out)
    assert len(set(re.findall(r"--seed (\d+)", ended.out))) == 1


def test_deviations(tmp_path: Path) -> None:
    """What is known is expected to fail; what a deviation does not speak of still fails."""
    project(tmp_path / "a", "whole", WRONG, DEVIATION.format("error.invalid-grant"))
    project(tmp_path / "b", "part", WRONG, DEVIATION.format(f"error.invalid-grant:{FAILING_CASE}"))

    ended = run_pytest(tmp_path, *SELECTED, "-rx")
    known = re.findall(
        r"^XFAIL (\S+) - .*\(known: until 2\.0, https://tracker.example/1\)$", ended.out, re.MULTILINE
    )

    assert ended.status == 1
    assert outcome(ended.out).startswith(f"{len(GRANTS) - 1} failed, 2 passed, ")
    assert sorted(known) == sorted(
        [*(f"a/reseal.toml::{case}" for case in GRANTS), f"b/reseal.toml::{FAILING_CASE}"]
    )


def test_an_overdue_deviation(tmp_path: Path) -> None:
    """A whole run in which a deviation no longer happens is red, and names what to remove."""
    toml = 'transport = "respx"\n' + DEVIATION.format("cookie.none")
    project(tmp_path, "mine", MENDED, toml)

    whole = run_pytest(tmp_path)

    assert whole.status == 1
    assert re.search(rf"1 of \d+ requirements not met\. {len(cases.load())} cases", whole.out)
    assert (
        "fixed: cookie.none in refresh.cookie.none: it passes now: remove the deviation "
        "(until 2.0, https://tracker.example/1)" in whole.out
    )


def test_an_overdue_deviation_of_a_case(tmp_path: Path) -> None:
    """A deviation of one case is overdue as soon as that case passes, whatever else is run."""
    project(tmp_path, "mine", MENDED, DEVIATION.format("cookie.none:refresh.cookie.none"))

    ended = run_pytest(tmp_path, "-k", "cookie.none")

    assert ended.status == 1
    assert "FIXED cookie.none" in ended.out
    assert "it passes now: remove the deviation" in ended.out
