"""Matrices to show: reports of real runs of the reference, and of one that has a single fault."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

from reseal import cases, report, selection
from reseal.matrix.values import Cell, Matrix
from reseal.protocol import Implementation, RefreshRequest
from reseal.run import check
from reseal.target.builtin import references
from reseal.target.inprocess import InProcessTarget

SELECTED = "refresh.success.plain or refresh.reason.invalid-grant.revoked or refresh.cookie.none"
FAILING = "error.invalid-grant"
FAILING_CASE = "refresh.reason.invalid-grant.revoked"
NOT_INSTALLED = "npm install failed: <b>no such release</b>\nsecond line"

RIGHT, WRONG = "pypi:demo==1.0.0#sync", "pypi:demo==1.1.0#sync"
MENDED, OTHER = "pypi:demo==1.2.0#sync", "pypi:demo==1.1.0#async"
BROKEN = "npm:@demo/node@2.0.0"


def _right() -> Implementation:
    return references("iron")["reference"]


def _wrong() -> Implementation:
    """Takes a revoked refresh token for a broken cookie."""
    right = _right()

    def refresh(request: RefreshRequest) -> Any:
        result = right.refresh(request)
        if result.reason == "invalid_grant":
            return {"authenticated": False, "reason": "invalid_session_cookie"}
        return result

    return replace(right, refresh=refresh)


@functools.cache
def report_of(spec: str, *, is_wrong: bool = False) -> dict[str, Any]:
    """The JSON report of a release that is called ``spec``."""
    target = InProcessTarget(_wrong() if is_wrong else _right(), spec)
    run = check(lambda: target, selection.select(cases.load(), SELECTED), seed=1)
    return report.to_json(run)


def cell(spec: str, *, is_wrong: bool = False, made: dict[str, Any] | None = None) -> Cell:
    release, _, operation = spec.partition("#")
    before = "==" if "==" in release else "@"
    package, _, version = release.rpartition(before)
    return Cell(spec, package, version, operation or None, 1.5, made or report_of(spec, is_wrong=is_wrong))


def failed(spec: str, why: str = NOT_INSTALLED) -> Cell:
    return replace(cell(spec, made={}), report=None, failed=why)


def matrix(*cells: Cell) -> Matrix:
    return Matrix("2026-11", "0.1.0", 1, "2026-11-25", cells)


def small() -> Matrix:
    """Three releases, the middle one wrong; another operation; and one that could not be installed."""
    return matrix(cell(RIGHT), cell(WRONG, is_wrong=True), cell(OTHER), failed(BROKEN), cell(MENDED))
