"""A case as a row of ``fixtures/cases``: so that what was found once is tried ever after."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from .cases import Answer, Call, Case, Event, Expect, Setup, Step
from .wrapping import cut

_SHOWN = 60  # characters of an example in its title


def row_of(example: Case) -> dict[str, Any]:
    """The row of an example, with an id that is its own and a title to be written."""
    mark = f"{zlib.crc32(example.example.encode()):08x}"
    return {
        **as_row(example),
        "id": f"refresh.found.{example.id.rpartition('.')[2]}-{mark}",
        "title": f"{example.title}: {cut(example.example, _SHOWN)}",
    }


def as_row(case: Case) -> dict[str, Any]:
    """The row that ``case`` was read from, or could have been; `cases.read` reads it."""
    row: dict[str, Any] = {
        "id": case.id,
        "title": case.title,
        "requirements": list(case.requirements),
        "parent": case.parent,
        "mutation": case.mutation,
        "formats": list(case.formats),
        "needs": list(case.needs),
        "setup": _changed(case.setup, Setup()),
        "steps": [_step(step) for step in case.steps],
        "expect": {"outcome": case.expect.outcome, **_changed(case.expect, Expect(case.expect.outcome))},
        "generate": case.generate,
    }
    return {name: value for name, value in row.items() if value not in (None, [], {})}


def _step(step: Step) -> dict[str, Any]:
    if isinstance(step, Call):
        return {"call": _changed(step, Call())}
    return {"event": {"do": step.do, **_changed(step, Event(step.do))}}


def _changed(value: Any, usual: Any) -> dict[str, Any]:
    """The fields of ``value`` that differ from those of ``usual``."""
    pairs = {field.name: (getattr(value, field.name), getattr(usual, field.name)) for field in fields(value)}
    return {name: _plain(got) for name, (got, default) in pairs.items() if got != default}


def _plain(value: Any) -> Any:
    if isinstance(value, Answer):
        row = _changed(value, Answer())
        says_nothing = not row.keys() & {"json", "text", "fault", "redirect", "tokens", "keys"}
        return {**row, "json": None} if says_nothing else row
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value
