"""Many columns, small screens, single targets, and paper."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from reseal.matrix.values import Cell
from tests.page.matrices import BROKEN, FAILING, WRONG, cell, failed, matrix, small

from .conftest import Show
from .support import CELL, rows_shown, wide


def test_many_columns(show: Show) -> None:
    """160 releases and 70 requirements are little more than their cells; details are made when asked for."""
    page = show(wide(160, 70))

    elements = page.evaluate("document.getElementsByTagName('*').length")
    attributes = page.locator("#matrix td").first.evaluate("e => e.attributes.length")
    page.locator("thead th[data-column]").nth(100).click()

    assert elements < 160 * 70 * 1.25 + 1_500
    assert attributes <= 2
    assert page.locator("#panel *").count() < 70 * 15


def test_a_filter_of_rows_builds_nothing(show: Show) -> None:
    """While someone types, rows are hidden and shown, and no cell is made again."""
    page = show(wide(160, 70))
    kept = page.locator("#matrix tr[data-row] td").first.element_handle()

    page.locator("#text").press_sequentially("row-69")

    assert len(rows_shown(page)) == 1
    assert kept.evaluate("e => e.isConnected")


# Twice: what is made when details are opened has details of its own.
OPEN_ALL = """async () => {
    for (const turn of [1, 2]) {
        for (const details of document.querySelectorAll("#panel details")) details.open = true;
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    }
}"""


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("anchor", ["", CELL, f"#/{quote(WRONG, safe=':/@=')}", f"#{FAILING}"])
def test_nothing_sticks_out(show: Show, width: int, anchor: str) -> None:
    """At any width the page does not scroll sideways; the table does so within its frame."""
    page = show(small(), anchor, width=width)

    page.evaluate(OPEN_ALL)

    for scope in ("html", "#panel"):
        assert page.locator(scope).evaluate("e => e.scrollWidth <= e.clientWidth")


def test_a_wide_table_scrolls_within(show: Show) -> None:
    """A table of many releases scrolls within its frame, at 400 pixels as well."""
    page = show(wide(160, 20), width=400)

    assert page.locator("html").evaluate("e => e.scrollWidth <= e.clientWidth")
    assert page.locator(".scroller").evaluate("e => e.scrollWidth > e.clientWidth")


def test_the_panel_covers_a_small_screen(show: Show) -> None:
    """Where the panel covers the page, the Tab key does not reach what lies beneath; Close uncovers it."""
    page = show(small(), CELL, width=400)
    beneath = page.locator("main").evaluate("e => e.inert")

    page.get_by_role("button", name="Close").click()

    assert beneath
    assert not page.locator("main").evaluate("e => e.inert")
    assert page.locator("#matrix").is_visible()


def test_one_target(show: Show) -> None:
    """The page of a single target opens with its report, and offers nothing that needs two."""
    page = show(matrix(cell(WRONG, is_wrong=True)))

    assert page.locator("#panel h2").inner_text() == WRONG
    assert page.locator("#compare").is_hidden()
    assert page.get_by_label("Only rows that differ").is_hidden()
    assert page.locator("#matrix .title").first.is_visible()


@pytest.mark.parametrize("cells", [(), (failed(BROKEN),), (failed(BROKEN), failed(WRONG))])
def test_nothing_to_show(show: Show, cells: tuple[Cell, ...]) -> None:
    """A matrix without a report, or without a cell, is a page that says so."""
    page = show(matrix(*cells))

    heads = page.locator("thead th[data-column]")

    assert heads.count() == len(cells)
    assert page.locator("#count").inner_text().startswith("0 of 0 requirements")


def test_print(show: Show) -> None:
    """On paper the table is whole, and what can only be clicked is left out."""
    page = show(wide(60, 70))

    page.emulate_media(media="print")

    assert page.locator("#filters").is_hidden()
    assert page.locator(".scroller").evaluate("e => e.scrollHeight <= e.clientHeight")
