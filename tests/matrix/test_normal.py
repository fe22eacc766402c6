"""A report that is the same for the same behaviour, and tells nothing of the machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from reseal import _data, cases
from reseal.judges import judge
from reseal.matrix.normal import normalized, public
from reseal.observation import from_json
from reseal.target.packages import cache_folder

from .support import a_report

FIRST, SECOND = "<9 chars #aaaaaaaa>", "<9 chars #bbbbbbbb>"


def report_of(observation: dict[str, Any], **row: str) -> dict[str, Any]:
    seen = {"id": "x", "verdict": "pass", "expected": "", "got": "", **row, "observation": observation}
    again = {"id": "x", "verdict": "pass", "expected": "", "got": row.get("got", "")}
    return {"duration_s": 1.4, "requirements": [{"cases": [again]}, {"cases": [seen]}]}


def test_equality_survives() -> None:
    """Fingerprints are numbered in the order of the observation, alike in every row of the case."""
    found = normalized(report_of({"a": FIRST, "b": [SECOND, FIRST]}, got=f"got {SECOND}"))

    rows = [row for requirement in found["requirements"] for row in requirement["cases"]]
    assert rows[1]["observation"] == {
        "a": "<9 chars #00000001>",
        "b": ["<9 chars #00000002>", "<9 chars #00000001>"],
    }
    assert [row["got"] for row in rows] == ["got <9 chars #00000002>"] * 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("connect ECONNREFUSED 127.0.0.1:40123", "connect ECONNREFUSED 127.0.0.1:PORT"),
        ("host='127.0.0.1' port=51809", "host='127.0.0.1' port=PORT"),
        ('{"port":51809}', '{"port":PORT}'),
        ("<Session object at 0x7f3a12345678>", "<Session object at 0x…>"),
        (f"File {cache_folder()}/pypi/x.py", "File <cache>/pypi/x.py"),
        (f"File {sys.base_prefix}/lib/asyncio.py", "File <python>/lib/asyncio.py"),
        ("plain text", "plain text"),
    ],
)
def test_what_differs_from_run_to_run(text: str, expected: str) -> None:
    """Ports, addresses and places are left out; other text stays as it is."""
    found = normalized(report_of({"output": text}))

    assert found["requirements"][1]["cases"][0]["observation"] == {"output": expected}


def test_times() -> None:
    """Times are whole seconds."""
    found = normalized(report_of({"calls": [{"seconds": 0.0123}, {"seconds": 2.01}]}))

    assert found["duration_s"] == 1
    assert found["requirements"][1]["cases"][0]["observation"] == {"calls": [{"seconds": 0}, {"seconds": 2}]}


def test_two_runs_are_equal() -> None:
    """Two runs of one target with one seed give the same report, a valid one, but for how long they took."""
    one, other = a_report(), a_report()

    assert {**one, "duration_s": 0} == {**other, "duration_s": 0}
    assert _data.first_error(one, "report") is None


def test_it_can_be_judged_again() -> None:
    """The verdicts do not depend on what was left out."""
    report = a_report()
    by_id = cases.by_id()

    rows = [(r["id"], row) for r in report["requirements"] for row in r["cases"] if "observation" in row]

    assert len(rows) == 3
    for requirement, row in rows:
        about = _about()
        ruling = judge(requirement, by_id[row["id"]], from_json(row["observation"]), about)
        assert ruling.state == row["verdict"]


def _about() -> Any:
    from reseal.target import open_target

    return open_target("reference").about


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fetch https://registry.example/simple/workos/ failed", "fetch <url> failed"),
        (
            "HTTPSConnectionPool(host='pypi.example.org', port=443)",
            "HTTPSConnectionPool(host='<host>', port=443)",
        ),
        ("getaddrinfo ENOTFOUND registry.example.com", "getaddrinfo ENOTFOUND <host>"),
        ("connect ETIMEDOUT 10.1.2.3:443", "connect ETIMEDOUT <host>"),
        ("connect 127.0.0.1:443", "connect 127.0.0.1:443"),
        (f"log in {Path.home()}/.npm/_logs/x.log", "log in <path>"),
        (
            "no workos==7.15.0 of @workos-inc/node in package.json",
            "no workos==7.15.0 of @workos-inc/node in package.json",
        ),
    ],
)
def test_reasons_can_be_published(text: str, expected: str) -> None:
    """No host of a registry and no path of the machine; packages and versions stay."""
    assert public(text) == expected
