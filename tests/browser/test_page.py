"""The page in use: with the mouse, the keyboard, an address."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from reseal.matrix.values import Cell, Matrix
from tests.page.matrices import (
    BROKEN,
    FAILING,
    FAILING_CASE,
    MENDED,
    NOT_INSTALLED,
    OTHER,
    RIGHT,
    WRONG,
    cell,
    failed,
    matrix,
    report_of,
    small,
)

from .conftest import Show

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def address(requirement: str, spec: str) -> str:
    return f"#{requirement}/{quote(spec, safe=':/@=')}"


CELL = address(FAILING, WRONG)
COLUMNS = [RIGHT, WRONG, MENDED, OTHER, BROKEN]


def row(page: Page, requirement: str) -> Locator:
    return page.locator(
        "#matrix tr", has=page.locator(".id", has_text=re.compile(f"^{re.escape(requirement)}$"))
    )


def cell_of(page: Page, requirement: str, spec: str) -> Locator:
    return row(page, requirement).locator("td").nth(COLUMNS.index(spec))


def head_of(page: Page, spec: str) -> Locator:
    return page.locator("thead th[data-column]").nth(COLUMNS.index(spec))


def rows_shown(page: Page) -> list[str]:
    return page.locator("#matrix tr[data-row]:visible .id").all_inner_texts()


def columns_shown(page: Page) -> list[str]:
    return page.locator("thead th[data-column]").evaluate_all("all => all.map(th => th.ariaLabel)")


def is_in_focus(locator: Locator) -> bool:
    return bool(locator.evaluate("element => element === document.activeElement"))


# What is seen first


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


# Cells, releases, requirements


def test_the_exchange_of_a_failing_case(show: Show) -> None:
    """A click on a failing cell tells what is asked and by whom, what was sent, and how to repeat it."""
    page = show(small())

    cell_of(page, FAILING, WRONG).click()

    panel = page.locator("#panel")
    text = panel.inner_text()
    assert page.url.endswith(CELL)
    assert panel.locator("h2").inner_text() == FAILING
    assert "returned, authenticated false, reason 'invalid_grant'" in text
    assert "returned authenticated False, reason 'invalid_session_cookie'" in text
    assert "POST /user_management/authenticate → 400 invalid_grant" in text
    assert '"refresh_token": "<refresh token>"' in text
    assert re.search(r"cookie <\d+ chars #[0-9a-f]{8}>; in it refresh token <\d+ chars #", text)
    assert panel.locator("code.command").inner_text() == f"reseal check '{WRONG}' -k {FAILING_CASE} --seed 1"
    source = panel.locator("blockquote a").first
    assert source.get_attribute("href").startswith("https://workos.com/docs/")


def test_what_was_in_the_seal(show: Show) -> None:
    """Where a failing case brought a seal, the panel shows what is inside, and no secret of it."""
    report = report_of(RIGHT)
    plain = next(r for r in report["requirements"] if r["id"] == "success.new-tokens")
    spoilt = {**plain, "verdict": "fail", "cases": [{**c, "verdict": "fail"} for c in plain["cases"]]}
    made = {**report, "requirements": [spoilt if r is plain else r for r in report["requirements"]]}
    page = show(matrix(cell(RIGHT, made=made), cell(MENDED)))

    row(page, "success.new-tokens").locator("td").first.click()

    inside = (
        page.locator("#panel dt", has_text="in the new seal").locator("xpath=following-sibling::dd").first
    )
    assert '"email": "grace.hopper@example.com"' in inside.inner_text()
    assert re.search(r'"refresh_token": "<\d+ chars #[0-9a-f]{8}>"', inside.inner_text())


def test_a_release(show: Show) -> None:
    """A click on a release shows its whole report: conclusion, summary, each requirement with its cases."""
    page = show(small())

    head_of(page, WRONG).click()

    panel = page.locator("#panel")
    details = panel.locator("details.requirement")
    assert panel.locator(".lead").first.inner_text().startswith("DOES NOT CONFORM at level documented: 1 of")
    assert panel.locator("table.summary td").count() == 21
    assert details.count() == len(report_of(WRONG, is_wrong=True)["requirements"])
    assert details.locator(".case").count() == 0  # made when they are asked for
    failing = details.filter(has=page.locator("code", has_text=re.compile(f"^{FAILING}$")))
    failing.locator("summary").first.click()
    assert "POST /user_management/authenticate → 400 invalid_grant" in failing.inner_text()


def test_the_passing_cases(show: Show) -> None:
    """Cases with nothing wrong are there as well, behind one more click."""
    page = show(small(), address("result.failure-shape", RIGHT))

    page.locator("#panel details.fine > summary").click()

    cases = next(r["cases"] for r in report_of(RIGHT)["requirements"] if r["id"] == "result.failure-shape")
    assert page.locator("#panel details.case").count() == len(cases) > 1


def test_a_failed_cell(show: Show) -> None:
    """A release that could not be checked says why, as text."""
    page = show(small())

    cell_of(page, FAILING, BROKEN).click()

    assert page.locator("#panel .failed pre").inner_text() == NOT_INSTALLED


def test_a_requirement(show: Show) -> None:
    """A requirement's name leads to its words, and to its cell in each release."""
    page = show(small())

    row(page, FAILING).locator("th").click()
    page.locator("#panel li a", has_text=WRONG).click()

    assert page.url.endswith(CELL)
    assert page.locator("#panel details.case").count() == 1


# Addresses


def test_a_cell_by_its_address(show: Show) -> None:
    """The address of a cell opens it, marks it in the table, and brings it into view."""
    page = show(small(), CELL)

    marked = page.locator('#matrix [aria-selected="true"]')

    assert page.locator("#panel h2").inner_text() == FAILING
    assert marked.evaluate_all(
        "(all, wanted) => all.length === 1 && all[0] === wanted",
        cell_of(page, FAILING, WRONG).element_handle(),
    )
    assert marked.evaluate("e => e.getBoundingClientRect().bottom <= innerHeight")


def test_back(show: Show) -> None:
    """The browser's own way back leads from cell to cell, and to the table alone."""
    page = show(small())
    cell_of(page, FAILING, WRONG).click()
    head_of(page, RIGHT).click()

    page.go_back()
    first = page.locator("#panel h2").inner_text()
    page.go_back()

    assert first == FAILING
    assert page.locator("#panel").is_hidden()


@pytest.mark.parametrize("anchor", ["#nowhere", "#nowhere/x", "#/x", "#diff?from=x&to=y"])
def test_an_address_that_leads_nowhere(show: Show, anchor: str) -> None:
    """An address of something that is not here says so."""
    page = show(small(), anchor)

    assert page.locator("#panel h2").inner_text() == "Not on this page"
    assert page.locator('#matrix [aria-selected="true"]').count() == 0


def test_half_an_address(show: Show) -> None:
    """What cannot be decoded opens nothing, and breaks nothing."""
    page = show(small(), "#a/%E0%A4%A")

    assert page.locator("#panel").is_hidden()
    assert len(rows_shown(page)) > 1


# The difference of two releases


def compare(page: Page, before: str, after: str) -> None:
    page.get_by_label("Compare").fill(before)
    page.get_by_label("with", exact=True).fill(after)
    page.get_by_role("button", name="Show what differs").click()


def test_what_regressed(show: Show) -> None:
    """The difference of any two columns names what regressed, with the cases and both cells."""
    page = show(small())

    compare(page, RIGHT, WRONG)
    panel = page.locator("#panel")
    change = panel.locator("details.requirement")
    change.filter(has_text=FAILING).first.locator("summary").click()

    assert "regressed" in panel.locator(".lead").inner_text()
    assert "Regressed" in panel.locator("h3").first.inner_text()
    assert FAILING_CASE in change.filter(has_text=FAILING).first.inner_text()
    panel.get_by_role("link", name="1.1.0", exact=True).click()
    assert page.url.endswith(CELL)


def test_what_was_fixed(show: Show) -> None:
    """The other way round it is fixed, and the address of the difference can be passed on."""
    page = show(small(), f"#diff?from={quote(WRONG, safe='')}&to={quote(MENDED, safe='')}")

    assert "Fixed" in page.locator("#panel h3").first.inner_text()


def test_no_difference(show: Show) -> None:
    """Two releases that do the same are said to."""
    page = show(small())

    compare(page, RIGHT, MENDED)

    assert page.locator("#panel .lead").inner_text() == "No requirement has another verdict."


def test_the_difference_to_a_failed_one(show: Show) -> None:
    """A release that could not be checked has no difference, but a reason."""
    page = show(small())

    compare(page, RIGHT, BROKEN)

    assert "no such release" in page.locator("#panel").inner_text()
    assert page.locator("#panel details").count() == 0


def test_an_unknown_release(show: Show) -> None:
    """A release that is not on the page is not compared; the field says so."""
    page = show(small())

    compare(page, RIGHT, "pypi:demo==9")

    assert page.locator("#panel").is_hidden()
    assert "of this page" in page.locator("#to").evaluate("field => field.validationMessage")


def test_since_the_one_before(show: Show) -> None:
    """A release offers its difference from the one before it, which the first of a kind does not have."""
    page = show(small())
    head_of(page, RIGHT).click()
    first = page.get_by_role("link", name="What changed since").count()

    head_of(page, WRONG).click()
    page.get_by_role("link", name="What changed since 1.0.0").click()

    assert first == 0
    assert page.locator("#panel h2").inner_text() == f"{RIGHT} → {WRONG}"


# The keyboard


def test_the_keyboard_alone(show: Show) -> None:
    """From the top of the page to a case's evidence and back, without a mouse and without a trap."""
    page = show(small())
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to the table

    page.keyboard.press("Control+End")
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    on_release = is_in_focus(head_of(page, WRONG))
    while not is_in_focus(cell_of(page, FAILING, WRONG)):
        before = page.evaluate("document.activeElement.parentElement.rowIndex")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.parentElement.rowIndex") > before
    page.keyboard.press("Enter")
    opened = page.url.endswith(CELL) and is_in_focus(page.locator("#panel h2"))
    page.keyboard.press("Escape")

    assert on_release
    assert opened
    assert page.locator("#panel").is_hidden()
    assert is_in_focus(cell_of(page, FAILING, WRONG))


def test_one_stop_in_the_table(show: Show) -> None:
    """The Tab key enters the table once, and leaves it with the next press."""
    page = show(small())
    page.locator("#legend").locator("xpath=preceding-sibling::summary").focus()

    page.keyboard.press("Tab")
    inside = page.evaluate("document.activeElement.closest('#matrix') !== null")
    page.keyboard.press("Tab")

    assert inside
    assert page.evaluate("document.activeElement.closest('#matrix') === null")


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (["Control+End"], ("last", 5)),
        (["Control+End", "Home"], ("last", 0)),
        (["End"], ("first", 5)),
        (["ArrowUp", "ArrowLeft"], ("first", 0)),
        (["PageDown", "PageUp"], ("first", 0)),
    ],
)
def test_moving_in_the_table(show: Show, keys: list[str], place: tuple[str, int]) -> None:
    """The keys move to the ends and not beyond them; what a filter hides is passed over."""
    page = show(small())
    page.locator("#group").select_option("error")
    page.locator("#matrix thead tr").nth(1).locator("th").first.focus()
    page.locator('#matrix [tabindex="0"]').focus()
    page.keyboard.press("Control+Home")

    for key in keys:
        page.keyboard.press(key)

    lines = page.locator("#matrix tr:visible:not(.groups):not(.group)")
    line = lines.last if place[0] == "last" else lines.first
    assert is_in_focus(line.locator("th, td").nth(place[1]))


def test_focus_is_not_hidden(show: Show) -> None:
    """The cell in focus never lies under the heading or the names of the requirements."""
    page = show(wide(60, 70))
    page.locator('#matrix [tabindex="0"]').focus()
    page.keyboard.press("Control+End")

    for key in ["Home", "ArrowUp", *["PageUp"] * 3, "ArrowRight", "ArrowUp", "End", *["ArrowLeft"] * 45]:
        page.keyboard.press(key)

    assert page.evaluate(
        """() => {
            const box = document.activeElement.getBoundingClientRect();
            const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            return document.activeElement === top || document.activeElement.contains(top);
        }"""
    )


# What an SDK may say

HOSTILE = "x</script><script>alert(1)</script><img src=x onerror=alert(2)>"


def test_hostile_texts(show: Show) -> None:
    """Markup in names, versions, reasons, and evidence is shown as text, and neither run nor loaded."""
    report = report_of(WRONG, is_wrong=True)
    requirement = next(r for r in report["requirements"] if r["id"] == FAILING)
    said = {**requirement["cases"][0], "got": HOSTILE, "expected": HOSTILE}
    made = {
        **report,
        "target": {**report["target"], "name": HOSTILE, "notes": [HOSTILE]},
        "requirements": [{**requirement, "cases": [said]}],
    }
    hostile = replace(cell(WRONG, made=made), spec=f"pypi:{HOSTILE}", package=HOSTILE, version=HOSTILE)
    page = show(matrix(hostile, failed(BROKEN, HOSTILE)), address(FAILING, f"pypi:{HOSTILE}"))

    evidence = page.locator("#panel").inner_text()
    page.locator("thead th[data-column]").first.click()
    release = page.locator("#panel").inner_text()
    page.locator("thead th[data-column]").nth(1).click()
    reason = page.locator("#panel pre").inner_text()

    assert evidence.count(HOSTILE) == 3
    assert release.count(HOSTILE) == 3
    assert reason == HOSTILE
    assert page.locator("img").count() == 0
    assert page.locator("h1").inner_text().startswith(HOSTILE)


# Size


def wide(columns: int, rows: int) -> Matrix:
    """A matrix of any size, out of one report."""
    report = report_of(WRONG, is_wrong=True)
    some = [r for r in report["requirements"] if r["cases"]]
    requirements = [{**some[n % len(some)], "id": f"group{n // 10}.row-{n}"} for n in range(rows)]
    made = {**report, "requirements": requirements}
    return matrix(
        *(cell(f"pypi:demo=={n}.0.0#{'async' if n % 2 else 'sync'}", made=made) for n in range(columns))
    )


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
