"""Mutants whose verdict is known: where one is judged wrongly, so may be all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import catalogue, trial
from .catalogue import Mutant


def misjudged(planted: Sequence[Mapping[str, Any]], *, jobs: int, timeout_s: int) -> list[str]:
    """What is wrong with the verdicts on ``planted``; empty where they are as they must be.

    Each names a module, a text that stands in it once, what is put there, the verdict, and a part of the
    finding that must give it: a mutant that is killed by something else says nothing of that.
    """
    rows = {row["id"]: row for row in planted}
    wrong = []
    for outcome in trial.outcomes([_mutant(row) for row in planted], jobs=jobs, timeout_s=timeout_s):
        row = rows.pop(outcome.mutant.id)
        if outcome.verdict != row["verdict"] or row.get("found_by", "") not in (outcome.why or ""):
            wrong.append(
                f"{row['id']} must be {row['verdict']} by {row.get('found_by') or 'nothing'!r}, "
                f"but {outcome.verdict}: {outcome.why}"
            )
    return wrong + [f"{lost} was never judged" for lost in rows]


def _mutant(row: Mapping[str, Any]) -> Mutant:
    module = f"{catalogue.PACKAGE}.{row['module']}"
    source = catalogue.modules()[module].read_text("utf-8")
    if source.count(row["replace"]) != 1:
        raise RuntimeError(f"planted mutant {row['id']}: {row['replace']!r} must stand once in {module}")
    changed = source.replace(row["replace"], row["by"])
    return Mutant(row["id"], module, 0, row["replace"], row["by"], changed)
