"""What the page shows, as data."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import Any

from reseal.page.data import page_data

from .matrices import (
    BROKEN,
    FAILING,
    FAILING_CASE,
    MENDED,
    NOT_INSTALLED,
    OTHER,
    RIGHT,
    WRONG,
    cell,
    matrix,
    report_of,
    small,
)
from .test_pool import read


def report_in(data: dict[str, Any], spec: str) -> Any:
    column = next(column for column in data["columns"] if column["spec"] == spec)

    class Stored:
        entries = data["pool"]
        shapes = data["shapes"]

    return read(Stored, column["report"])  # type: ignore[arg-type]


def test_columns_stand_with_their_kind() -> None:
    """Columns of one package and operation are neighbours, in the order in which they came."""
    data = page_data(small())

    assert [column["spec"] for column in data["columns"]] == [RIGHT, WRONG, MENDED, OTHER, BROKEN]


def test_a_letter_for_each_verdict() -> None:
    """A column has one letter for each requirement, which stands for the verdict of its report."""
    data = page_data(small())
    report = report_of(WRONG, is_wrong=True)
    verdicts = {row["id"]: row["verdict"] for row in report["requirements"]}

    letters = data["columns"][1]["verdicts"]

    shown = {
        row["id"]: data["letters"][letter] for row, letter in zip(data["requirements"], letters, strict=True)
    }
    assert shown == verdicts
    assert shown[FAILING] == "fail"


def test_a_requirement_that_one_report_lacks() -> None:
    """Where a release was not asked about a requirement, its column has a space."""
    whole = report_of(RIGHT)
    part = {**whole, "requirements": whole["requirements"][1:]}

    data = page_data(matrix(cell(RIGHT), cell(MENDED, made=part)))

    assert data["columns"][1]["verdicts"][0] == " "
    assert data["columns"][0]["verdicts"][1:] == data["columns"][1]["verdicts"][1:]


def test_a_requirement_of_another_edition() -> None:
    """A requirement that this contract does not have is shown without its words, after the others."""
    whole = report_of(RIGHT)
    unknown = {**whole["requirements"][0], "id": "later.addition"}

    data = page_data(matrix(cell(RIGHT, made={**whole, "requirements": [unknown, *whole["requirements"]]})))

    assert data["requirements"][-1] == {"id": "later.addition", "origin": "documented", "level": "must"}
    assert "quote" in data["requirements"][0]


def test_a_failed_cell() -> None:
    """A release without a report has its reason, and no verdict."""
    column = page_data(small())["columns"][-1]

    assert column["failed"] == NOT_INSTALLED
    assert column["verdicts"] == ""
    assert "report" not in column


def test_the_exchange_of_what_fails() -> None:
    """A case that fails has its observation, also where another requirement's row of it passes."""
    report = report_in(page_data(small()), WRONG)

    assert set(report["observations"]) == {FAILING_CASE}
    exchange = report["observations"][FAILING_CASE]["exchanges"][-1]
    assert (exchange["path"], exchange["status"]) == ("/user_management/authenticate", 400)


def test_the_command_that_repeats() -> None:
    """Around the id of a case stands the command that repeats it, at the level of the requirement."""
    report = report_in(page_data(small()), WRONG)

    before, after = report["repeat"]["hardening"]

    assert shlex.split(before + FAILING_CASE + after) == [
        *("reseal", "check", WRONG, "-k", FAILING_CASE, "--level", "hardening", "--seed", "1"),
    ]


def test_what_is_not_met() -> None:
    """A column counts what is not met by origin; what is known is no part of it."""
    report = report_of(WRONG, is_wrong=True)
    documented = {**report["summary"]["documented"], "known": 3, "not_run": 1, "error": 1, "fixed": 1}
    made = {**report, "summary": {**report["summary"], "documented": documented}}

    column = page_data(matrix(cell(WRONG, made=made)))["columns"][0]

    assert column["unmet"]["documented"] == documented["fail"] + 3


def test_releases_that_behave_alike_cost_nothing() -> None:
    """A hundred releases with one report take hardly more room than one."""
    made = report_of(RIGHT)
    one = cell(RIGHT, made=made)
    many = [replace(one, spec=f"pypi:demo==1.{n}.0#sync", version=f"1.{n}.0") for n in range(100)]

    sizes = [len(json.dumps(page_data(matrix(*cells)))) for cells in ([one], many)]

    assert sizes[1] - sizes[0] < 100 * 400
