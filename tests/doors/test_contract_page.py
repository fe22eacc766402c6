"""The contract as a page of the documentation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reseal import contract

from .support import Ended

PAGE = Path(__file__).parents[2] / "docs" / "contract.md"


def test_the_page_is_current(reseal: Callable[..., Ended]) -> None:
    """The page of the documentation is what the command makes of the contract today."""
    ended = reseal("contract", "--markdown")

    assert (ended.status, ended.err) == (0, "")
    assert ended.out == PAGE.read_text("utf-8")


def test_every_requirement_has_an_anchor(reseal: Callable[..., Ended]) -> None:
    """Each requirement stands on the page once, with its title, its words and its source."""
    page = reseal("contract", "--markdown").out

    rows = contract.load().requirements
    assert [row.id for row in rows if page.count(f'<a id="{row.id}"></a>') != 1] == []
    assert [row.id for row in rows if not all(t in page for t in (row.title, row.quote, row.source))] == []
