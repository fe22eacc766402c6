"""The heading and the conclusions of the page."""

from __future__ import annotations

from reseal.page import words

from .matrices import BROKEN, RIGHT, WRONG, cell, failed, matrix, report_of, small


def test_of_many() -> None:
    """The conclusion counts what was checked, what conforms, and what could not be checked."""
    assert words.title(small()) == "pypi:demo, npm:@demo/node: 5 releases"
    assert words.conclusions(small()) == [
        "3 of 4 releases that were checked conform at level documented.",
        "1 release could not be checked.",
    ]


def test_of_two_levels() -> None:
    """Releases that were checked at different levels are counted apart."""
    stricter = {**report_of(RIGHT), "level": "hardening", "conformant": False}

    lines = words.conclusions(matrix(cell(RIGHT), cell(WRONG, made=stricter)))

    assert lines == [
        "1 of 1 release that was checked conforms at level documented.",
        "0 of 1 release that was checked conforms at level hardening.",
    ]


def test_of_one() -> None:
    """The conclusion on a single target is the one of its report."""
    report = report_of(WRONG, is_wrong=True)
    one = matrix(cell(WRONG, is_wrong=True))

    assert words.title(one) == WRONG
    assert words.conclusions(one) == [f"{report['conclusion']}."]
    assert words.conclusions(one)[0].startswith("DOES NOT CONFORM at level documented: 1 of ")
    assert words.groups(one) == []


def test_of_one_that_failed() -> None:
    """Of a target that could not be checked nothing else is said."""
    assert words.conclusions(matrix(failed(BROKEN))) == ["It could not be checked."]


def test_by_group() -> None:
    """Each package and operation has a line, with what is to say of its last release."""
    lines = words.groups(small())

    assert lines[0].startswith("pypi:demo (sync): 2 of 3 releases that were checked conform. 1.2.0: CONFORMS")
    assert lines[2] == (
        "npm:@demo/node: 0 of 0 releases that were checked conform. 2.0.0: It could not be checked."
    )
