"""Where things are on the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from reseal.matrix.values import Matrix
from tests.page.matrices import BROKEN, FAILING, MENDED, OTHER, RIGHT, WRONG, cell, matrix, report_of

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


def wide(columns: int, rows: int) -> Matrix:
    """A matrix of any size, out of one report."""
    report = report_of(WRONG, is_wrong=True)
    some = [r for r in report["requirements"] if r["cases"]]
    requirements = [{**some[n % len(some)], "id": f"group{n // 10}.row-{n}"} for n in range(rows)]
    made = {**report, "requirements": requirements}
    return matrix(
        *(cell(f"pypi:demo=={n}.0.0#{'async' if n % 2 else 'sync'}", made=made) for n in range(columns))
    )
