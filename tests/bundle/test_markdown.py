"""Text of others cannot leave its block, its line or its cell."""

from __future__ import annotations

import pytest

from reseal.markdown import code, fenced, quoted, wrapped


@pytest.mark.parametrize(
    ("text", "fence"),
    [("plain", "```"), ("``` @everybody", "````"), ("`````\n# a heading", "``````"), ("", "```")],
)
def test_a_fence_is_longer_than_any_inside(text: str, fence: str) -> None:
    """No run of backticks in the text closes the block."""
    lines = fenced(text).splitlines()

    assert [f"{fence}text", fence] == [lines[0], lines[-1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET /x", "`GET /x`"),
        ("a|b", "`a¦b`"),
        ("a\nb", "`a b`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("", ""),
    ],
)
def test_code_stays_in_its_line_and_cell(text: str, expected: str) -> None:
    """Line breaks, bars and backticks end neither the line, nor the cell, nor the code."""
    assert expected == code(text)


def test_long_lines_are_wrapped_and_quotes_marked() -> None:
    """What is shown is readable; every line of a quote is one."""
    assert 2 == len(wrapped("word " * 30).splitlines())
    assert "> a\n>\n> b" == quoted("a\n\nb")
