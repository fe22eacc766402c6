"""The diff for programs, schema 1 (``fixtures/schema/diff.schema.json``)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from .. import __version__
from .sides import Side
from .values import Change, Diff, Group

SCHEMA = 1


def to_json(diff: Diff) -> dict[str, Any]:
    """The diff as a JSON value."""
    return {
        "schema": SCHEMA,
        "reseal": __version__,
        "level": diff.level,
        "old": _side(diff.old),
        "new": _side(diff.new),
        "worse": diff.is_worse,
        "requirements": [_change(change, diff) for change in diff.changes],
        "behaviour": [_group(group) for group in diff.behaviour],
        "cases": {
            "compared": len(diff.compared),
            "changed": diff.changed_cases,
            "only_old": list(diff.only_old),
            "only_new": list(diff.only_new),
        },
        "continuity": {
            "not_run": diff.why_no_continuity,
            "cells": [asdict(cell) for cell in diff.continuity],
        },
    }


def _side(side: Side) -> dict[str, Any]:
    return {"target": dict(side.target), "contract": side.edition, "saved": side.saved}


def _group(group: Group) -> dict[str, Any]:
    said = {"old_said": group.old_said, "new_said": group.new_said}
    return {**asdict(group.difference), **said, "cases": list(group.cases)}


def _change(change: Change, diff: Diff) -> dict[str, Any]:
    return {**asdict(change), "counts": change.counts(diff.level), "cases": [asdict(c) for c in change.cases]}
