"""What an SDK may say."""

from __future__ import annotations

from dataclasses import replace

from tests.page.matrices import BROKEN, FAILING, WRONG, cell, failed, matrix, report_of

from .conftest import Show
from .support import address

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
