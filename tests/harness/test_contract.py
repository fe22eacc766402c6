from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from reseal import UsageError, cases, contract

ROWS = contract.load().requirements
ids = [row.id for row in ROWS]

ROW = """
[[requirement]]
id = "cookie.none"
title = "Without a cookie"
origin = "documented"
quote = "a quote"
source = "page"
checked = 2026-11-24
since = "2026-11"
"""


def load(folder: Path, text: str) -> contract.Contract:
    (folder / "contract.toml").write_text(text, "utf-8")
    return contract.load.__wrapped__()


def document(rows: str = ROW) -> str:
    return f'edition = "2026-11"\n[sources]\npage = "https://example.com/page"\n{rows}'


def test_a_row_has_defaults(folder: Path) -> None:
    """A row that says no more than it must is a `must` that is judged on the cases that name it."""
    row = load(folder, document())["cookie.none"]

    assert ("case", "must", "cookie", "2026-11-24") == (row.scope, row.level, row.group, row.checked)


@pytest.mark.parametrize(
    ("source", "expanded"),
    [
        ("page", "https://example.com/page"),
        ("page; RFC 8725, section 3.2", "https://example.com/page; RFC 8725, section 3.2"),
        ("RFC 9700, page", "RFC 9700, https://example.com/page"),
        ("the page", "the page"),
    ],
)
def test_short_names_of_sources_are_written_out(folder: Path, source: str, expanded: str) -> None:
    """The short name of a source stands for the whole of it, and for no part of another word."""
    loaded = load(folder, document(ROW.replace('source = "page"', f'source = "{source}"')))

    assert expanded == loaded["cookie.none"].source


@pytest.mark.parametrize(
    ("change", "to", "error"),
    [
        ('origin = "documented"', 'origin = "rumour"', "requirement[0].origin: 'rumour' is not one of"),
        ('id = "cookie.none"', 'id = "biscuit.none"', "requirement[0].id: 'biscuit.none' does not match"),
        ('since = "2026-11"\n', "", "requirement[0]: 'since' is a required property"),
        ('since = "2026-11"', 'sinec = "2026-11"', "requirement[0]: "),
        ("edition", "editon", "the whole: "),
        ('origin = "documented"', 'origin = "documented"\nscope = "some"', "requirement[0].scope: 'some'"),
        ('origin = "documented"', 'origin = "documented"\nlevel = "may"', "requirement[0].level: 'may'"),
    ],
)
def test_an_error_names_file_and_field(folder: Path, change: str, to: str, error: str) -> None:
    """What is malformed is refused, with the file and the field."""
    assert load(folder, document()).edition == "2026-11"

    with pytest.raises(UsageError, match=rf"^contract\.toml: {re.escape(error)}"):
        load(folder, document().replace(change, to, 1))


def test_two_of_the_same_id(folder: Path) -> None:
    """An id that stands twice is refused, with advice."""
    with pytest.raises(UsageError, match=r"^contract.toml: requirement cookie.none stands twice\. Give the"):
        load(folder, document(ROW + ROW))


@pytest.mark.parametrize(
    "text", ["edition = ", "\x00", 'edition = "\ud800"'.encode("utf-8", "replace").decode()[:9]]
)
def test_a_file_that_is_no_toml(folder: Path, text: str) -> None:
    """A file that cannot be read is named."""
    with pytest.raises(UsageError, match=r"^contract\.toml: cannot be read as TOML: "):
        load(folder, text)


def test_a_missing_file(folder: Path) -> None:
    """A file that is not there is named."""
    (folder / "contract.toml").unlink()

    with pytest.raises(UsageError, match=r"^contract\.toml: cannot be read: No such file"):
        contract.load.__wrapped__()


def test_look_up() -> None:
    """A contract is asked by id, and knows what it does not have."""
    loaded = contract.load()

    assert "cookie.none" in loaded
    assert "cookie.nine" not in loaded
    assert loaded["cookie.none"].title.startswith("Without a cookie")


# -- the contract as shipped


def test_ids_are_unique() -> None:
    """No two requirements share an id."""
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("row", ROWS, ids=ids)
def test_every_requirement_is_judged_somewhere(row: contract.Requirement) -> None:
    """A requirement is named by a case, or judged on every one; there are no others."""
    named = any(row.id in case.requirements for case in cases.load())

    assert named or row.scope == "every"


@pytest.mark.parametrize("row", ROWS, ids=ids)
def test_every_requirement_has_a_source_and_a_date(row: contract.Requirement) -> None:
    """A source is written out, and was read on a real day that is not before the contract was begun."""
    assert len(row.source) > 6
    assert dt.date.fromisoformat(row.checked) >= dt.date(2026, 1, 1)
    assert row.since <= contract.load().edition


def test_only_what_looks_at_everything_is_judged_everywhere() -> None:
    """Shapes, what may be sent and what may leak are judged on every case."""
    groups = {row.group for row in ROWS if row.scope == "every"}

    assert {"result", "request", "secrecy"} == groups
    assert {row.id for row in ROWS if row.scope == "every"} == set(contract.load().everywhere())
