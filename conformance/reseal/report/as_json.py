"""The JSON report, schema 1 (``fixtures/schema/report.schema.json``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .. import __version__
from .. import contract as contract_module
from ..run import Run
from ..verdict import Finding
from .as_text import verdict

SCHEMA = 1


def to_json(run: Run) -> dict[str, Any]:
    """The report as a JSON value.

    An observation is kept once: with the first requirement that its case names.
    """
    contract = contract_module.load()
    states = run.states()
    homes = {case.id: case.requirements[0] for case in run.cases}
    return {
        "schema": SCHEMA,
        "reseal": __version__,
        "contract": contract.edition,
        "level": run.level,
        "target": asdict(run.about),
        "seed": run.seed,
        "transport": run.transport,
        "duration_s": round(run.duration_s, 3),
        "conformant": run.conforms,
        "conclusion": verdict(run),
        "summary": run.summary(),
        "requirements": [
            {
                "id": requirement,
                "level": contract[requirement].level,
                "origin": contract[requirement].origin,
                "verdict": states[requirement],
                "cases": [_case(finding, run, homes) for finding in findings],
            }
            for requirement, findings in run.by_requirement().items()
        ],
    }


def _case(finding: Finding, run: Run, homes: Mapping[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": finding.case,
        "verdict": finding.state,
        "expected": finding.expected,
        "got": finding.got,
    }
    observation = run.observations.get(finding.case)
    if observation is not None and homes[finding.case] == finding.requirement:
        row["observation"] = asdict(observation)
    return row
