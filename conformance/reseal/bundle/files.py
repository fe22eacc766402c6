"""Bundles as files (``fixtures/schema/bundle.schema.json``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from .. import _data, cases, observation
from .. import contract as contract_module
from ..errors import UsageError
from ..rows import as_row
from ..run import Run
from ..target import About
from ..verdict import Finding
from .values import Bundle, of_run

FORMAT = 1


def write(run: Run, folder: Path, clock: str) -> dict[str, Path]:
    """Write a bundle for each failing case of ``run``; returns the files by case.

    Raises UsageError, naming the file, where one cannot be written.
    """
    written: dict[str, Path] = {}
    for bundle in of_run(run, clock):
        path = folder / f"{bundle.case.id}.json"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(to_json(bundle), indent=1) + "\n", "utf-8")
        except OSError as err:
            raise UsageError(f"--bundles: cannot write {path}: {err.strerror}.") from err
        written[bundle.case.id] = path
    return written


def to_json(bundle: Bundle) -> dict[str, Any]:
    return {
        "bundle": FORMAT,
        "reseal": bundle.version,
        "contract": bundle.edition,
        "clock": bundle.clock,
        "seed": bundle.seed,
        "transport": bundle.transport,
        "target": asdict(bundle.about),
        "case": as_row(bundle.case),
        "example": bundle.case.example,
        "findings": [_finding(finding) for finding in bundle.findings],
        "observation": asdict(bundle.observation),
    }


def _finding(finding: Finding) -> dict[str, str]:
    return {"requirement": finding.requirement, "expected": finding.expected, "got": finding.got}


def read(path: Path, *, across_editions: bool = False) -> Bundle:
    """Read a bundle.

    Raises UsageError, naming the field, where it is malformed, or, unless ``across_editions``, where it
    was judged by another edition of the contract.
    """
    value = _data.read_json(path)
    _data.validate(value, "bundle", path.name)
    edition = contract_module.load().edition
    if value["contract"] != edition and not across_editions:
        raise UsageError(
            f"{path.name}: contract: it was judged by edition {value['contract']}, and this reseal has "
            f"{edition}: what looks like a change may be one of the contract. "
            f"Install reseal {value['reseal']}, or give --across-editions."
        )
    return _bundle(value, path.name)


def _bundle(value: Mapping[str, Any], name: str) -> Bundle:
    case = replace(cases.read(value["case"], f"{name}: case"), example=value["example"])
    for i, row in enumerate(value["findings"]):
        if row["requirement"] not in contract_module.load():
            raise UsageError(
                f"{name}: findings[{i}].requirement: {row['requirement']!r} is not in contract.toml."
            )
    about: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in value["target"].items()
    }
    return Bundle(
        case=case,
        seed=value["seed"],
        transport=value["transport"],
        clock=value["clock"],
        about=About(**about),
        findings=tuple(Finding(case=case.id, state="fail", **row) for row in value["findings"]),
        observation=observation.from_json(value["observation"]),
        edition=value["contract"],
        version=value["reseal"],
    )
