"""The page as the text of a file."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import pytest

from reseal.page import of_one, to_html

from .matrices import RIGHT, WRONG, cell, failed, matrix, report_of, small

HOSTILE = "x</script><script>alert(1)</script><!--"


def embedded(html: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_loads_nothing() -> None:
    """The page names no file and no host to load from."""
    html = to_html(small())

    assert re.findall(r"<(?:link|img|iframe|object|script[^>]* src)", html) == []
    assert re.findall(r"@import|url\(", html) == []


@pytest.mark.parametrize(("part", "tag"), [("script-src", 'script type="module"'), ("style-src", "style")])
def test_the_policy(part: str, tag: str) -> None:
    """The policy allows the script and the style of the page by their hashes, and nothing else."""
    html = to_html(small())
    found = re.search(rf"<{tag}>(.*?)</{tag.split(maxsplit=1)[0]}>", html, re.DOTALL)
    assert found is not None

    digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()

    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    directives = dict(
        words.strip().split(" ", 1) for words in policy[1].replace("&#39;", "'").split(";") if words.strip()
    )
    assert directives["default-src"] == "'none'"
    assert directives[part] == f"'sha256-{digest}'"


def test_hostile_texts_stay_data() -> None:
    """A target's name or a reason can neither end the element that it stands in, nor begin one."""
    plain = to_html(matrix(failed(RIGHT, "why")))

    html = to_html(matrix(failed(f"pypi:{HOSTILE}==1", HOSTILE)))

    assert embedded(html)["columns"][0]["failed"] == HOSTILE
    assert html.count("<script") == plain.count("<script") == 2
    assert "<!--" not in html


def test_half_a_character() -> None:
    """A text that UTF-8 cannot hold does not stop the page from being written."""
    html = to_html(matrix(failed("pypi:demo\ud800==1")))

    assert "pypi:demo?==1" in html
    html.encode("utf-8")


def test_modules_are_put_together() -> None:
    """The script has no import left, and no export: an inline module cannot have them."""
    html = to_html(small())

    assert re.findall(r"^(?:import|export) ", html, re.MULTILINE) == []


def test_of_one() -> None:
    """A report alone is a matrix of one cell, under the same address as in a larger one."""
    report = report_of(WRONG, is_wrong=True)

    one = of_one(report, started="2026-11-25")

    assert [c.spec for c in one.cells] == [cell(WRONG, is_wrong=True).spec]
    assert one.seed == report["seed"]
    assert f"<h1>{WRONG}</h1>" in to_html(one)
