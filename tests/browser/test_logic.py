"""What the page works out: addresses, filters, differences."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from reseal.page.pool import Pool

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Logic = Callable[..., Any]

ROWS = [
    {"id": "error.one", "title": "A title", "origin": "documented", "level": "must"},
    {"id": "error.two", "title": "Another", "origin": "hardening", "level": "should"},
    {"id": "jwt.three", "origin": "documented", "level": "must"},
]
NO_FILTER = {
    **dict.fromkeys(("origin", "level", "group", "verdict", "text", "package", "operation", "release"), ""),
    "differing": False,
}


def column(verdicts: str, spec: str = "pypi:a==1#sync", failed: str | None = None) -> dict[str, Any]:
    release, _, operation = spec.partition("#")
    return {
        "spec": spec,
        "package": release.rpartition("==")[0],
        "operation": operation or None,
        "verdicts": verdicts,
        "failed": failed,
    }


@pytest.fixture(scope="module")
def logic(browser: Browser) -> Iterator[Logic]:
    """Calls a function of ``logic.js``, a module without a document, with JSON values."""
    source = (importlib.resources.files("reseal.page") / "assets" / "logic.js").read_text("utf-8")
    page = browser.new_page()
    load = "const logic = await import('data:text/javascript,' + encodeURIComponent(source));"

    def call(name: str, *arguments: Any) -> Any:
        script = f"async ([source, name, given]) => {{ {load} return logic[name](...given); }}"
        return page.evaluate(script, [source, name, list(arguments)])

    yield call
    page.close()


@pytest.mark.parametrize(
    ("place", "anchor"),
    [
        (
            {"requirement": "error.invalid-grant", "spec": "pypi:workos==10.8.0#sync"},
            "#error.invalid-grant/pypi:workos==10.8.0%23sync",
        ),
        ({"requirement": "jwt.x", "spec": "npm:@workos-inc/node@9.1.0"}, "#jwt.x/npm:@workos-inc/node@9.1.0"),
        ({"spec": "stdio:node a.js --b 'c d'"}, "#/stdio:node%20a.js%20--b%20'c%20d'"),
        ({"requirement": "jwt.x"}, "#jwt.x"),
        ({"requirement": "jwt.x", "spec": "ü%/?&<\"'"}, "#jwt.x/%C3%BC%25/%3F%26%3C%22'"),
    ],
)
def test_addresses(logic: Logic, place: dict[str, str], anchor: str) -> None:
    """A place has an address that can be read, and the address leads back to the place."""
    assert logic("anchorOf", place) == anchor

    found = logic("placeOf", anchor)

    assert {name: value for name, value in found.items() if name != "kind"} == place


def test_the_address_of_a_difference(logic: Logic) -> None:
    """The address of a difference names both releases, whatever is in their names."""
    place = {"from": "pypi:a==1#sync", "to": "npm:@b/c@2 &to=x"}

    found = logic("placeOf", logic("anchorOf", place))

    assert found == {"kind": "diff", **place}


@pytest.mark.parametrize("anchor", ["", "#", "#%E0%A4%A", "#a/%"])
def test_no_address(logic: Logic, anchor: str) -> None:
    """What is no address names no place, and does no harm."""
    assert logic("placeOf", anchor) is None


@pytest.mark.parametrize(
    ("chosen", "rows"),
    [
        ({}, [0, 1, 2]),
        ({"origin": "hardening"}, [1]),
        ({"level": "must"}, [0, 2]),
        ({"group": "jwt"}, [2]),
        ({"verdict": "f"}, [1]),
        ({"verdict": "-"}, [0, 1, 2]),
        ({"differing": True}, [1]),
        ({"text": "TITLE error"}, [0]),
        ({"text": "three"}, [2]),
        ({"text": "nowhere"}, []),
        ({"group": "error", "origin": "documented"}, [0]),
    ],
)
def test_rows(logic: Logic, chosen: dict[str, Any], rows: list[int]) -> None:
    """Each filter lets through what it names, two what both do; a failed column differs from none."""
    columns = [column("ppp"), column("pfp"), column("", failed="why")]

    assert logic("visibleRows", ROWS, columns, {**NO_FILTER, **chosen}) == rows


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        ({}, [0, 1, 2]),
        ({"package": "pypi:b"}, [2]),
        ({"operation": "async"}, [1]),
        ({"operation": "default"}, [2]),
        ({"release": "A==1 SYNC"}, [0, 1]),
    ],
)
def test_columns(logic: Logic, chosen: dict[str, str], shown: list[int]) -> None:
    """Columns are chosen by package, operation, and words of the target string."""
    columns = [column("p"), column("p", "pypi:a==1#async"), column("p", "pypi:b==2")]

    assert logic("visibleColumns", columns, {**NO_FILTER, **chosen}) == shown


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        *((good, bad, "regressed") for good in "pkn" for bad in "frxe"),
        *((bad, good, "fixed") for good in "pkn" for bad in "frxe"),
        ("p", "k", "changed"),
        ("r", "f", "changed"),
        (" ", "f", "covered"),
        ("f", " ", "gone"),
    ],
)
def test_differences(logic: Logic, before: str, after: str, kind: str) -> None:
    """A requirement that is not met any more regressed; what is known or does not apply counts as met."""
    found = logic("diffColumns", ROWS[:2], column("p" + before), column("p" + after))

    assert {name: rows for name, rows in found.items() if rows} == {
        kind: [{"index": 1, "before": before, "after": after}]
    }


def test_differences_of_cases(logic: Logic) -> None:
    """Cases that turned out otherwise are paired, and those that only one release has are told."""
    same, gone = {"id": "a", "verdict": "pass"}, {"id": "b", "verdict": "pass"}
    old, new = {"id": "c", "verdict": "pass"}, {"id": "c", "verdict": "fail"}
    fresh = {"id": "d", "verdict": "pass"}

    found = logic("diffCases", [same, gone, old], [same, new, fresh])

    assert found == [[gone, None], [old, new], [None, fresh]]


def test_groups_of_columns(logic: Logic) -> None:
    """Neighbours of one package and operation are one group."""
    columns = [column("p"), column("p"), column("p", "pypi:a==1#async"), column("p", "pypi:b==2")]

    found = logic("columnGroups", columns, [0, 1, 2, 3])

    assert [(group["name"], group["operation"], group["size"]) for group in found] == [
        ("pypi:a", "sync", 2),
        ("pypi:a", "async", 1),
        ("pypi:b", None, 1),
    ]


def test_reads_a_pool(browser: Browser) -> None:
    """The page reads what Python stored."""
    value = {"id": "a", "rows": [1, True, None, "", 1.5, [], {}, ["a", "a"]]}
    pool = Pool()
    number = pool.add(value)
    source = (importlib.resources.files("reseal.page") / "assets" / "logic.js").read_text("utf-8")
    page = browser.new_page()

    found = page.evaluate(
        """async ([source, entries, shapes, number]) => {
            const logic = await import('data:text/javascript,' + encodeURIComponent(source));
            return JSON.stringify(logic.poolReader(entries, shapes)(number));
        }""",
        [source, pool.entries, pool.shapes, number],
    )
    page.close()

    assert json.loads(found) == value
