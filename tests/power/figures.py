"""What the power run counts, gathered over the workers of pytest-xdist and printed at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Figures:
    """The rows of one test; plain lists, so that they travel as JSON."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def killed(self, mutant: str, own: Sequence[str], killers: Sequence[str]) -> None:
        self.rows.append({"kind": "mutant", "name": mutant, "own": list(own), "killers": list(killers)})

    def accused(self, variant: str, accusations: Sequence[str]) -> None:
        self.rows.append({"kind": "variant", "name": variant, "accusations": list(accusations)})

    def passed(self, null: str, passed: Sequence[str], deserved: Sequence[str]) -> None:
        undeserved = sorted(set(passed) - set(deserved))
        self.rows.append({"kind": "null", "name": null, "passed": list(passed), "undeserved": undeserved})


def told(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The kill matrix and the figures, as lines."""
    mutants = sorted((row for row in rows if row["kind"] == "mutant"), key=lambda row: row["own"])
    variants = [row for row in rows if row["kind"] == "variant"]
    nulls = sorted((row for row in rows if row["kind"] == "null"), key=lambda row: row["name"])
    killed = [row for row in mutants if set(row["own"]) <= set(row["killers"])]
    alarms = sum(len(row["accusations"]) for row in variants)
    undeserved = sum(len(row["undeserved"]) for row in nulls)
    lines = ["mutant: requirements that it breaks | others that fail with it"]
    for row in mutants:
        others = [killer for killer in row["killers"] if killer not in row["own"]]
        lines.append(f"  {row['name']}: {', '.join(row['own'])} | {', '.join(others) or '-'}")
    lines.append("null implementation: what it passes")
    lines += [f"  {row['name']}: {', '.join(row['passed']) or '-'}" for row in nulls]
    return [
        *lines,
        f"mutants killed by their own requirements: {len(killed)} of {len(mutants)}",
        f"false alarms on {len(variants)} implementations that are right but different: {alarms}",
        f"undeserved passes of {len(nulls)} null implementations: {undeserved}",
    ]
