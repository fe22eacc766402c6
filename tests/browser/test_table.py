"""What is seen first, and filters."""

from __future__ import annotations

import pytest

from tests.page.matrices import BROKEN, FAILING, MENDED, OTHER, RIGHT, WRONG, cell, matrix, report_of, small

from .conftest import Show
from .support import COLUMNS, cell_of, columns_shown, row, rows_shown


def test_a_glyph_in_each_cell(show: Show) -> None:
    """A cell tells its verdict by a glyph and by a word for screen readers, not by colour alone."""
    page = show(small())

    seen = {spec: cell_of(page, FAILING, spec) for spec in COLUMNS}

    assert {spec: found.inner_text() for spec, found in seen.items()} == {
        RIGHT: "✓",
        WRONG: "✗",
        MENDED: "✓",
        OTHER: "✓",
        BROKEN: "∅",
    }
    assert seen[WRONG].get_attribute("aria-label") == "fail"
    assert seen[BROKEN].get_attribute("aria-label") == "not checked"


def test_the_conclusion_and_the_counts(show: Show) -> None:
    """Above the table stands the conclusion in words, and in each column how much is not met."""
    page = show(small())

    counts = page.locator("tr.counts", has_text="not met: documented").locator("td").all_inner_texts()

    assert page.locator(".conclusion").all_inner_texts()[0].startswith("3 of 4 releases that were checked")
    assert counts == ["0", "1", "0", "0", "∅"]


# Filters


@pytest.mark.parametrize(
    ("name", "value", "rows"),
    [
        ("group", "error", {FAILING}),
        ("verdict", "f", {FAILING}),
        ("text", "invalid-grant", {FAILING}),
    ],
)
def test_a_filter_of_rows(show: Show, name: str, value: str, rows: set[str]) -> None:
    """A filter leaves the rows that it names, says how many, and can be undone."""
    page = show(small())
    before = rows_shown(page)
    field = page.locator(f"#{name}")

    field.fill(value) if name == "text" else field.select_option(value)

    found = rows_shown(page)
    told = page.locator("#count").inner_text()
    page.get_by_role("button", name="Reset").click()
    assert rows <= set(found) < set(before)
    assert told.startswith(f"{len(found)} of {len(before)} requirements")
    page.wait_for_function(
        "number => document.querySelectorAll('tr[data-row]:not([hidden])').length === number", arg=len(before)
    )


@pytest.mark.parametrize(("name", "value"), [("origin", "hardening"), ("level", "should")])
def test_origin_and_level(show: Show, name: str, value: str) -> None:
    """Origin and level leave the requirements that have them."""
    report = report_of(RIGHT)
    last = {**report["requirements"][-1], "origin": "hardening", "level": "should"}
    rest = [{**r, "origin": "documented"} for r in report["requirements"][:-1]]
    page = show(matrix(cell(RIGHT, made={**report, "requirements": [*rest, last]})))

    page.locator(f"#{name}").select_option(value)

    assert rows_shown(page) == [last["id"]]


def test_only_rows_that_differ(show: Show) -> None:
    """Rows that are alike in all releases that were checked go; the others stay."""
    page = show(small())

    page.get_by_label("Only rows that differ").check()

    found = rows_shown(page)
    assert FAILING in found
    for requirement in found:
        glyphs = row(page, requirement).locator("td").all_inner_texts()
        assert len(set(glyphs) - {"∅"}) > 1


@pytest.mark.parametrize(
    ("name", "value", "columns"),
    [
        ("package", "npm:@demo/node", [BROKEN]),
        ("operation", "async", [OTHER]),
        ("release", "1.1.0", [WRONG, OTHER]),
        ("release", "nowhere", []),
    ],
)
def test_a_filter_of_columns(show: Show, name: str, value: str, columns: list[str]) -> None:
    """A filter leaves the columns that it names, also none at all."""
    page = show(small())
    field = page.locator(f"#{name}")

    field.fill(value) if name == "release" else field.select_option(value)

    assert columns_shown(page) == columns
    assert page.locator("#count").inner_text().endswith(f"{len(columns)} of 5 releases")
