"""A bundle comes back from its file as it was written, and a wrong file is refused by its field."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reseal import cases
from reseal.bundle import read, write
from reseal.bundle.files import to_json
from reseal.errors import UsageError
from reseal.rows import as_row

from .support import CLOCK, NONE, bundle_of, run_of


@pytest.mark.parametrize("case", cases.load(), ids=lambda case: case.id)
def test_every_case_survives_a_row(case: cases.Case) -> None:
    """What a row says of a case is all that the case is."""
    row = json.loads(json.dumps(as_row(case)))

    assert case == cases.read(row, "a row")


def test_a_bundle_survives_its_file(tmp_path: Path) -> None:
    """Case, seed, clock, target, findings and observation are read as they were written."""
    run = run_of(NONE)

    written = write(run, tmp_path / "new", CLOCK)

    assert {NONE: tmp_path / "new" / f"{NONE}.json"} == written
    found = read(written[NONE])
    assert (run.seed, CLOCK, run.about) == (found.seed, found.clock, found.about)
    assert run.observations[NONE] == found.observation
    assert cases.by_id()[NONE] == found.case
    assert tuple(f for f in run.findings if f.state == "fail") == found.findings


def test_what_passes_has_no_bundle(tmp_path: Path) -> None:
    """Only failing cases are written."""
    assert {} == write(run_of("refresh.success.plain"), tmp_path, CLOCK)
    assert [] == list(tmp_path.iterdir())


def _set(**fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda value: value.update(fields)


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (_set(bundle=2), "bundle: 1 was expected"),
        (_set(seed=-1), "seed: -1 is less than the minimum"),
        (_set(clock="yesterday"), "clock: 'yesterday' does not match"),
        (_set(findings=[]), "findings: [] should be non-empty"),
        (lambda v: v.pop("target"), "'target' is a required property"),
        (lambda v: v["case"].update(id="Bad Id"), "case: id: 'Bad Id' does not match"),
        (lambda v: v["case"].update(requirements=["no.such"]), "case: requirements: 'no.such' is not in"),
        (
            lambda v: v["findings"][0].update(requirement="no.such"),
            "findings[0].requirement: 'no.such' is not",
        ),
        (lambda v: v["observation"]["calls"].clear(), "observation.calls: [] should be non-empty"),
        (_set(contract="1999-01"), "contract: it was judged by edition 1999-01"),
    ],
)
def test_a_wrong_file_is_refused(
    tmp_path: Path, break_it: Callable[[dict[str, Any]], None], said: str
) -> None:
    """The message names the file and the field."""
    path = tmp_path / "one.json"
    value = json.loads(json.dumps(to_json(bundle_of())))
    path.write_text(json.dumps(value))
    assert read(path).case.id == NONE

    break_it(value)
    path.write_text(json.dumps(value))

    with pytest.raises(UsageError) as raised:
        read(path)
    assert str(raised.value).startswith("one.json: ")
    assert said in str(raised.value)


def test_another_edition_is_taken_where_that_is_asked_for(tmp_path: Path) -> None:
    """With the flag, a bundle of another edition is read."""
    path = tmp_path / "one.json"
    path.write_text(json.dumps({**to_json(bundle_of()), "contract": "1999-01"}))

    assert read(path, across_editions=True).edition == "1999-01"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """The message names the option and the file."""
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match=r"--bundles: cannot write .*file"):
        write(run_of(NONE), tmp_path / "file" / "folder", CLOCK)
