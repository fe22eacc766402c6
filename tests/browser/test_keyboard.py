"""The page without a mouse."""

from __future__ import annotations

import pytest

from tests.page.matrices import FAILING, WRONG, small

from .conftest import Show
from .support import CELL, cell_of, head_of, is_in_focus, wide


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
