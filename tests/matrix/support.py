"""What the tests of the matrix share: cells by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reseal import cases, report
from reseal.matrix.file import header_of
from reseal.matrix.normal import normalized
from reseal.matrix.survey import facts
from reseal.run import check
from reseal.selection import select
from reseal.target import open_target

EXPRESSION = "(refresh.success.plain or cookie.none) and not circumstances"
FACTS = facts(0, "documented", EXPRESSION)
PACKAGES = ("pypi:workos", "npm:@workos-inc/node")
HEADER = header_of(FACTS, "2026-11-25", PACKAGES)


def a_report(spec: str = "reference") -> dict[str, Any]:
    """A real report of two cases."""
    return normalized(report.to_json(check(lambda: open_target(spec), select(cases.load(), EXPRESSION))))


def row(version: str, operation: str = "sync", **fields: Any) -> dict[str, Any]:
    """A cell as `run_cell` returns it."""
    spec = f"pypi:workos=={version}#{operation}"
    outcome = fields or {"report": a_report()}
    named = {"spec": spec, "package": "pypi:workos", "version": version, "operation": operation}
    return {**named, "seconds": 1.0, **outcome}


def cell(target: str, folder: Path, **changed: Any) -> dict[str, Any]:
    """What `run_cell` is given."""
    named = {"spec": target, "package": target, "version": "", "operation": None}
    return {**named, **FACTS, "folder": str(folder), **changed}
