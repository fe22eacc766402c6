"""A matrix as values: one cell for each release that was checked, or could not be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Cell:
    """One target of a matrix.

    Attributes:
        spec: The target string, such as ``pypi:workos==10.8.0#sync``.
        package: The target string without version and operation, ``pypi:workos``.
        seconds: How long it took.
        report: The JSON report (``fixtures/schema/report.schema.json``); None where it failed.
        failed: Why there is no report: it could not be installed, or not be asked.
    """

    spec: str
    package: str
    version: str
    operation: str | None
    seconds: float
    report: Mapping[str, Any] | None = None
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Cells in the order of their columns; ``contract`` is the edition, ``started`` an ISO date."""

    contract: str
    reseal: str
    seed: int
    started: str
    cells: tuple[Cell, ...]
