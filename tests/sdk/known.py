"""Write down what is known of the releases of the SDKs, from a matrix of them, or several.

    python -m tests.sdk.known MATRIX.jsonl [MORE.jsonl …]

A matrix of the cases that came later adds to the first.  It makes ``fixtures/deviations/*.toml``: one
row for each requirement, run of versions and set of cases that fail in all of these.  A run that reaches
the newest release is open, so that the next one inherits it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w
from packaging.version import Version

from reseal import cases, contract
from reseal.matrix.file import read
from reseal.matrix.values import Cell

FOLDER = Path(__file__).parents[2] / "fixtures" / "deviations"
FILES = {"pypi:workos": "pypi-workos.toml", "npm:@workos-inc/node": "npm-workos-inc-node.toml"}
LONGEST = 150

Place = tuple[str, str]  # requirement and case


def main(matrices: Sequence[Path]) -> None:
    cells = [cell for matrix in matrices for cell in read(matrix).cells if cell.report is not None]
    for package, name in FILES.items():
        rows = list(known(cell for cell in cells if cell.package == package))
        head = f"# What is known of the releases of {package}, by tests/sdk/known.py.\n\n"
        (FOLDER / name).write_text(head + tomli_w.dumps({"deviation": rows}), "utf-8")
        print(f"{name}: {len(rows)} rows")  # noqa: T201 - a tool for developers


def known(cells: Iterable[Cell]) -> Iterator[dict[str, Any]]:
    """The rows of one package; rows that two operations have in common become one."""
    rows: dict[str, dict[str, Any]] = {}
    by_name: dict[str, dict[str, list[Cell]]] = {}
    for cell in cells:
        assert cell.report is not None
        by_name.setdefault(cell.report["target"]["name"], {}).setdefault(cell.version, []).append(cell)
    for name, releases in by_name.items():
        for row in of_implementation([releases[version] for version in sorted(releases, key=Version)]):
            same = rows.setdefault(repr((row["requirement"], row["cases"], row["versions"])), row)
            same.setdefault("implementations", []).append(name)
    yield from rows.values()


def of_implementation(columns: Sequence[Sequence[Cell]]) -> Iterator[dict[str, Any]]:
    """``columns`` are the releases in order, each with its cells."""
    failed = [{place: row for cell in cells for place, row in failures(cell).items()} for cells in columns]
    runs: dict[tuple[str, int, int], list[str]] = {}
    for requirement, case in dict.fromkeys(place for found in failed for place in found):
        for first, last in spans([(requirement, case) in found for found in failed]):
            runs.setdefault((requirement, first, last), []).append(case)
    for (requirement, first, last), ids in sorted(runs.items()):
        found = failed[last][requirement, ids[0]]
        yield {
            "requirement": requirement,
            "cases": ids,
            "versions": versions(columns, first, last),
            "reason": in_short(found["got"]),
            "issue": f"reseal check {columns[last][0].spec} -k {ids[0]} --level hardening",
        }


def failures(cell: Cell) -> Mapping[Place, Mapping[str, Any]]:
    assert cell.report is not None
    return {
        (row["id"], case["id"]): case
        for row in cell.report["requirements"]
        for case in row["cases"]
        if case["verdict"] == "fail" and is_judged(row["id"], case["id"])
    }


def is_judged(requirement: str, case_id: str) -> bool:
    """Whether the case, of which an older run may tell, is still evidence for the requirement."""
    case = cases.by_id().get(case_id)
    is_everywhere = requirement in contract.load() and contract.load()[requirement].scope == "every"
    return case is not None and (is_everywhere or requirement in case.requirements)


def spans(happens: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The first and last index of each run of True."""
    start = None
    for i, happened in enumerate([*happens, False]):
        if happened and start is None:
            start = i
        elif not happened and start is not None:
            yield start, i - 1
            start = None


def versions(columns: Sequence[Sequence[Cell]], first: int, last: int) -> str:
    if last == len(columns) - 1:
        return f">={columns[first][0].version}"
    if first == last:
        return f"=={columns[first][0].version}"
    return f">={columns[first][0].version},<={columns[last][0].version}"


def in_short(got: str) -> str:
    """What was got, without what differs from run to run."""
    text = re.sub(r" #[0-9a-f]{8}>", ">", got.partition("; in the example ")[0])
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
