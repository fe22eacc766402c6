"""What the power run counts, gathered over the workers of pytest-xdist and printed at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.broken.faults import FAULTS
from tests.broken.nulls import NULLS, PROGRAMS
from tests.broken.right import Right
from tests.broken.variants import VARIANTS

Row = Mapping[str, Any]

PUBLISHED = Path(__file__).parent / "published.json"


def kept() -> list[Row]:
    """The rows as they were published last."""
    rows: list[Row] = json.loads(PUBLISHED.read_text("utf-8"))
    return rows


@dataclass(slots=True)
class Figures:
    """The rows of one test; plain lists, so that they travel as JSON."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def killed(self, mutant: str, own: Sequence[str], found: Mapping[str, str], *, is_whole: bool) -> None:
        """``found``: the requirements that failed, and a case in which each did.

        ``is_whole``: whether all cases were run, so that no other requirement can be a killer.
        """
        row = {"kind": "mutant", "name": mutant, "own": list(own), "killers": sorted(found)}
        found_in = {requirement: found[requirement] for requirement in own if requirement in found}
        self.rows.append({**row, "found_in": found_in, "is_whole": is_whole})

    def accused(self, variant: str, accusations: Sequence[str]) -> None:
        self.rows.append({"kind": "variant", "name": variant, "accusations": list(accusations)})

    def passed(self, null: str, passed: Sequence[str], deserved: Sequence[str]) -> None:
        undeserved = sorted(set(passed) - set(deserved))
        self.rows.append({"kind": "null", "name": null, "passed": list(passed), "undeserved": undeserved})


@dataclass(frozen=True, slots=True)
class Told:
    """The rows of a run, in an order that does not depend on it."""

    mutants: Sequence[Row]
    variants: Sequence[Row]
    nulls: Sequence[Row]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Told:
        def of_kind(kind: str, by: str) -> list[Row]:
            return sorted(
                (row for row in rows if row["kind"] == kind), key=lambda row: (row[by], row["name"])
            )

        return cls(of_kind("mutant", "own"), of_kind("variant", "name"), of_kind("null", "name"))

    def figures(self) -> list[str]:
        """What `tox run -e power` must say."""
        killed = [row for row in self.mutants if set(row["own"]) <= set(row["killers"])]
        alarms = sum(len(row["accusations"]) for row in self.variants)
        undeserved = sum(len(row["undeserved"]) for row in self.nulls)
        whole = [row for row in self.mutants if row["is_whole"]]
        alone = {row["own"][0] for row in whole if row["own"] == row["killers"] and len(row["own"]) == 1}
        broken = {own for row in whole for own in row["own"]}
        by_one = f"requirements with a mutant that they alone kill: {len(alone)} of {len(broken)}"
        return [
            f"mutants killed by their own requirements: {len(killed)} of {len(self.mutants)}",
            *[by_one] * bool(whole),
            f"false alarms on {len(self.variants)} implementations that are right but different: {alarms}",
            f"undeserved passes of {len(self.nulls)} null implementations: {undeserved}",
        ]


def published(rows: Sequence[Row]) -> list[Row]:
    """The rows of before, with those of a run in their place; what does not exist any more is gone."""
    known = {
        "mutant": {fault.__name__ for faults in FAULTS.values() for fault in faults},
        "variant": {kind.__name__ for kind in (Right, *VARIANTS)},
        "null": {*NULLS, *PROGRAMS},
    }
    newest = {(row["kind"], row["name"]): row for row in (*kept(), *rows)}
    return [newest[key] for key in sorted(newest) if key[1] in known[key[0]]]


def page(rows: Sequence[Row], shared: Mapping[str, str], reasons: Mapping[str, str]) -> str:
    """The proofs as a page of the documentation."""
    found = Told.of(rows)
    lines = [
        "# Who tests the tests",
        "",
        "Written by `tox run -e power -- -n 2 tests/power --publish`. Without `--publish` it is shorter:",
        "a fault is tried in the case that found it, and, where that does not, in all of its requirements;",
        "what else finds it is looked into here.",
        "",
        *(f"- {line}" for line in found.figures()),
        "",
        "## Which requirement finds which fault",
        "",
        "Each implementation is right but for one fault (`tests/broken/faults_*.py`). At least the",
        "requirements that it is named for must fail, the first time in the case named beside them; what",
        "fails besides does so for the same fault.",
        "",
        "| fault | breaks | found in | fails besides |",
        "|---|---|---|---|",
    ]
    for row in found.mutants:
        others = [killer for killer in row["killers"] if killer not in row["own"]]
        found_in = ", ".join(dict.fromkeys(row["found_in"].values()))
        lines.append(f"| {row['name']} | {', '.join(row['own'])} | {found_in} | {', '.join(others) or '-'} |")
    lines += ["", "No fault is found by these requirements alone:", "", "| requirement | why |", "|---|---|"]
    lines += [f"| {requirement} | {why} |" for requirement, why in shared.items()]
    lines += ["", "## What is right but different", "", "Accused of nothing, at the highest level: "]
    lines[-1] += ", ".join(row["name"] for row in found.variants) + "."
    lines += [
        "",
        "## What implementations that do nothing of use pass",
        "",
        "| implementation | passes |",
        "|---|---|",
    ]
    lines += [f"| {row['name']} | {', '.join(row['passed']) or '-'} |" for row in found.nulls]
    lines += ["", "| pass | why it is deserved |", "|---|---|"]
    lines += [f"| {requirement} | {why} |" for requirement, why in reasons.items()]
    return "\n".join(lines) + "\n"
