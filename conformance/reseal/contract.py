"""The contract: what the documentation, the SDKs and the RFCs ask of a refresh."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from . import _data
from .errors import UsageError

Origin = Literal["documented", "observed", "hardening"]
ORIGINS: tuple[Origin, ...] = ("documented", "observed", "hardening")
Scope = Literal["case", "every"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of ``fixtures/contract.toml``.

    Attributes:
        origin: ``documented``: the page says so.  ``observed``: the SDKs agree, the page is silent.
            ``hardening``: an RFC, or a bug that users met.
        level: ``must`` decides about conformance, ``should`` is reported only.
        scope: ``case``: judged on the cases that name it.  ``every``: on whatever is observed.
        quote: The words of the source, or the rationale where there are none.
        source: Where the words stand, in full.
        checked: When the source was read, as an ISO date.
        since: The edition of the contract that brought it.
    """

    id: str
    title: str
    origin: Origin
    level: Literal["must", "should"]
    scope: Scope
    quote: str
    source: str
    checked: str
    since: str

    @property
    def group(self) -> str:
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Contract:
    edition: str
    requirements: tuple[Requirement, ...]

    def __getitem__(self, requirement_id: str) -> Requirement:
        return self._by_id()[requirement_id]

    def __contains__(self, requirement_id: object) -> bool:
        return requirement_id in self._by_id()

    def everywhere(self) -> tuple[str, ...]:
        """The requirements that are judged on every case."""
        return tuple(row.id for row in self.requirements if row.scope == "every")

    def _by_id(self) -> dict[str, Requirement]:
        return {row.id: row for row in self.requirements}


@functools.cache
def load() -> Contract:
    """The contract as installed.  Raises UsageError, naming file and field, where it is malformed."""
    path = _data.fixtures_root() / "contract.toml"
    table = _data.read_toml(path)
    _data.validate_own(table, "contract", path.name)
    rows = tuple(_requirement(row, table["sources"]) for row in table["requirement"])
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            raise UsageError(
                f"{path.name}: requirement {row.id} stands twice. Give the second an id of its own."
            )
        seen.add(row.id)
    return Contract(table["edition"], rows)


def _requirement(row: Mapping[str, Any], sources: Mapping[str, str]) -> Requirement:
    # A source that is used often has a short name in the file.
    source = "".join(sources.get(part, part) for part in re.split(r"([,;] )", row["source"]))
    return Requirement(
        **{"scope": "case", "level": "must", **row, "source": source, "checked": str(row["checked"])}
    )
