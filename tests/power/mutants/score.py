"""The score, and whether the list of survivors is still the truth."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .trial import Outcome

Kind = Literal["equivalent", "unspoken"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A survivor that is known.

    Attributes:
        kind: ``equivalent``: nobody can tell it from the original.  ``unspoken``: somebody could,
            but no requirement speaks of the difference.
    """

    id: str
    kind: Kind
    reason: str
    line: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a run has shown.

    Attributes:
        listed: The known survivors, by id.
        in_scope: The ids of all mutants in scope, tried or not.
        gate: The least `score` that is good.
    """

    outcomes: tuple[Outcome, ...]
    listed: Mapping[str, Listed]
    in_scope: AbstractSet[str]
    gate: float

    @property
    def score(self) -> float:
        """Killed, of those tried that are not equivalent."""
        return self.killed / max(1, len(self.outcomes) - self.equivalent)

    @property
    def is_good(self) -> bool:
        return bool(self.outcomes) and self.score >= self.gate and not list(self._complaints())

    def lines(self) -> Iterator[str]:
        survivors = [o for o in self.outcomes if not o.is_killed]
        timeouts = sum(o.verdict == "timeout" for o in self.outcomes)
        yield f"killed {self.killed}, of them {timeouts} by time-out; survived {len(survivors)}: "
        yield (
            f"    {self.equivalent} equivalent, "
            f"{sum(self._kind(o) == 'unspoken' for o in survivors)} unspoken, "
            f"{sum(self._kind(o) is None for o in survivors)} not listed"
        )
        yield f"killed / in scope:               {self.killed / max(1, len(self.outcomes)):.1%}"
        yield f"killed / (in scope - equivalent): {self.score:.1%} (gate {self.gate:.0%})"
        yield from self._complaints()

    @property
    def killed(self) -> int:
        return sum(outcome.is_killed for outcome in self.outcomes)

    @property
    def equivalent(self) -> int:
        """Survivors that nobody can tell from the original."""
        return sum(not o.is_killed and self._kind(o) == "equivalent" for o in self.outcomes)

    def _kind(self, outcome: Outcome) -> Kind | None:
        row = self.listed.get(outcome.mutant.id)
        return row.kind if row else None

    def _complaints(self) -> Iterator[str]:
        for outcome in self.outcomes:
            row, mutant = self.listed.get(outcome.mutant.id), outcome.mutant
            if outcome.verdict == "untrusted":
                yield f"{mutant.id}: the harness objects, which says nothing of it: {outcome.why}"
            elif row is None and not outcome.is_killed:
                yield f"{mutant.id} survives and is not listed. Add a case, or a row to survivors.toml."
            elif row is not None and outcome.is_killed:
                yield f"{mutant.id} is listed as a survivor, but killed by {outcome.why}. Delete the row."
            elif row is not None and row.line != mutant.line:
                yield f"{mutant.id} is listed for another line: {row.line!r} is now {mutant.line!r}."
        for lost in self.listed.keys() - self.in_scope:
            yield f"{lost} is listed, but no such mutant is in scope. Delete the row."


def read(path: Path) -> dict[str, Listed]:
    """The survivors that are known, by id."""
    groups = tomllib.loads(path.read_text("utf-8")).get("survivors", [])
    rows = [
        Listed(mutant["id"], group["kind"], group["reason"], mutant["line"])
        for group in groups
        for mutant in group["mutants"]
    ]
    return {row.id: row for row in rows}
