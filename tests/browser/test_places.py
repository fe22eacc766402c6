"""What is opened: cells, releases, requirements and differences, by a click or by an address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.page.matrices import (
    BROKEN,
    FAILING,
    FAILING_CASE,
    MENDED,
    NOT_INSTALLED,
    RIGHT,
    WRONG,
    cell,
    matrix,
    report_of,
    small,
)

from .conftest import Show
from .support import CELL, address, cell_of, head_of, row, rows_shown

if TYPE_CHECKING:
    from playwright.sync_api import Page


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
