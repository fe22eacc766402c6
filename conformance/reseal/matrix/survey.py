"""A run of a matrix: what is still to be run is handed out, and what comes back is kept at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from .. import __version__, contract
from ..verdict import Level
from .executors import Executor
from .file import Writer, header_of
from .plan import Column, Shard, digest, in_turn


class Progress(Protocol):
    """Who wants to know how far a run is."""

    def start(self, total: int, kept: int) -> None: ...

    def cell(self, cell: Mapping[str, Any]) -> None: ...


def facts(seed: int, level: Level, expression: str) -> dict[str, Any]:
    """What all cells of one matrix have in common."""
    return {
        "reseal": __version__,
        "contract": contract.load().edition,
        "seed": seed,
        "level": level,
        "cases": expression,
    }


def header(common: Mapping[str, Any], columns: Sequence[Column], shard: Shard | None) -> dict[str, Any]:
    """The header of the file: of the whole matrix, or of one part."""
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    packages = list(dict.fromkeys(column.package for column in columns))
    part = None if shard is None else {"number": shard.number, "of": shard.of, "plan": digest(columns)}
    return header_of(common, today, packages, part)


def survey(columns: Sequence[Column], executor: Executor, writer: Writer, progress: Progress) -> None:
    """Run those of ``columns`` that ``writer`` does not have yet, and write the footer.

    An exception, KeyboardInterrupt among them, leaves a valid file with all that was finished.
    """
    missing = [column for column in in_turn(columns) if column.spec not in writer.kept]
    common = {name: writer.header[name] for name in ("reseal", "contract", "seed", "level", "cases")}
    cells = [{**asdict(column), **common, "folder": str(Path.cwd())} for column in missing]
    progress.start(len(columns), len(columns) - len(missing))
    if cells:
        # Closed here and not when it is collected: an interrupted run must stop its workers at once.
        with closing(executor.results(cells)) as results:
            for result in results:
                writer.add(result)
                progress.cell(result)
    writer.finish()
