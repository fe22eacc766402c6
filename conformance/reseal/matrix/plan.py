"""Which cells a matrix has: from the words of the command to one target string for each column."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from ..errors import UsageError
from ..target.open import kind_of
from ..target.packages import KINDS, parse
from ..target.releases import operations, releases

_SHARD = re.compile(r"([0-9]{1,4})/([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class Column:
    """A cell that is still to be run; the fields are those of `Cell`."""

    spec: str
    package: str
    version: str
    operation: str | None


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of a matrix, counted from 1."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read ``2/5``.  Raises UsageError."""
        found = _SHARD.fullmatch(text)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise UsageError(f"--shard {text!r} is no part of a whole. Write it as 2/5, from 1/5 to 5/5.")
        return cls(int(found[1]), int(found[2]))

    def of_columns(self, columns: Sequence[Column]) -> tuple[Column, ...]:
        """Every ``of``-th column, so that old and new releases are spread over the parts."""
        return tuple(columns[self.number - 1 :: self.of])


def plan(targets: Sequence[str], versions: str | None = None) -> tuple[Column, ...]:
    """The columns of a matrix of ``targets``, package by package, oldest release first.

    A package stands for all its releases, or for those in the range behind its name
    (``pypi:workos>=5.10``), or else in ``versions``; and for all its operations, unless one is named.

    Raises UsageError for a malformed target or range, TargetError where releases cannot be listed.
    """
    found = {column.spec: column for target in targets for column in _columns(target, versions)}
    return tuple(found.values())


def in_turn(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The same columns in the order in which to run them.

    The packages take turns, because some wait where others compute; the operations of a package
    follow each other, so that no release is installed twice at the same time.
    """
    queues: dict[str, dict[str | None, list[Column]]] = {}
    for column in columns:
        queues.setdefault(column.package, {}).setdefault(column.operation, []).append(column)
    rows = ([column for queue in by.values() for column in queue] for by in queues.values())
    return tuple(column for turn in zip_longest(*rows) for column in turn if column is not None)


def digest(columns: Sequence[Column]) -> str:
    """A short name of a plan: two parts of one matrix have the same."""
    return hashlib.sha256("\n".join(column.spec for column in columns).encode()).hexdigest()[:12]


def _columns(target: str, versions: str | None) -> list[Column]:
    registry, _, rest = target.partition(":")
    kind = KINDS.get(registry)
    if kind is None:
        kind_of(target)  # raises where it is a slip of the pen
        return [Column(target, target, "", None)]
    behind, _, operation = rest.partition("#")
    package = f"{registry}:{kind.package}"
    wanted = _range(target, behind, kind.package, kind.before_version, versions)
    if wanted is None:
        single = parse(target)
        assert single.version is not None  # noqa: S101 - one without is a range
        found: tuple[str, ...] = (single.version,)
    else:
        parse(f"{package}#{operation}")
        found = releases(package, wanted)
    chosen = (operation,) if operation else operations(package)
    return [
        Column(f"{package}{kind.before_version}{version}#{name}", package, version, name)
        for version in found
        for name in chosen
    ]


def _range(target: str, behind: str, name: str, before_version: str, versions: str | None) -> str | None:
    """The range that ``target`` asks for; None where it names one release."""
    if not behind.startswith(name):
        parse(target)  # raises, and says what can be named
    rest = behind.removeprefix(name)
    if not rest:
        return versions or ""
    if before_version == "@" and rest.startswith("@"):
        return None if re.fullmatch(r"@\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?", rest) else rest[1:]
    if re.match(r"\s*(==[0-9][^*,]*$)", rest):
        return None
    if re.match(r"\s*[<>=!~]", rest):
        return rest
    parse(target)
    raise AssertionError  # pragma: no cover - `parse` refuses what is no version
