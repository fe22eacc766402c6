"""One cell: JSON in, JSON out, and never an exception."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reseal import _data
from reseal.matrix import cell as module
from reseal.matrix.cell import run_cell
from tests.doors.fake_registries import Machine

from .support import cell


def test_a_cell(folder: Path) -> None:
    """It goes through JSON on both ways, and brings a valid report."""
    found = json.loads(json.dumps(run_cell(json.loads(json.dumps(cell("reference", folder))))))

    assert found["spec"] == "reference"
    assert found["report"]["conformant"]
    assert _data.first_error(found["report"], "report") is None
    assert "failed" not in found


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"spec": "nowhere:refresh"}, "No module named 'nowhere'"),
        ({"spec": "stdio:/no/such/program"}, "cannot start '<path>'"),
        ({"contract": "2031-01"}, "the worker has reseal 0.1.0 and contract"),
        ({"reseal": "9.9"}, "the matrix is of reseal 9.9 and contract"),
        ({"level": None, "cases": None}, "reseal itself failed: AttributeError"),
    ],
)
def test_a_cell_that_fails(folder: Path, changed: dict[str, object], said: str) -> None:
    """Whoever is to blame, the cell says why, without a path of the machine, and the others go on."""
    found = run_cell(cell("reference", folder, **changed))

    assert said in found["failed"]
    assert "report" not in found
    assert str(folder) not in found["failed"]


def test_an_operation_that_is_absent(npm: Machine, folder: Path) -> None:
    """A release without the operation is no failure of an adapter."""
    there = run_cell(cell("npm:@workos-inc/node@8.0.0#refresh", folder, cases="cookie.none"))
    absent = run_cell(cell("npm:@workos-inc/node@8.0.0#refreshAndSealSessionData", folder))
    neither = run_cell(cell("npm:@workos-inc/node@7.0.0#refresh", folder))

    assert there["version"] == "8.0.0"
    assert "report" in there
    assert absent["absent"]
    assert absent["failed"].endswith("@workos-inc/node 8.0.0 has no refreshAndSealSessionData.")
    assert neither["failed"].endswith("@workos-inc/node 7.0.0 has no refresh.")


def test_an_install_that_fails(npm: Machine, folder: Path) -> None:
    """The client's reason is there, its host is not."""
    found = run_cell(cell("npm:@workos-inc/node@7.17.1#refresh", folder))

    assert found["failed"].endswith("npm could not install it: npm error code E404 npm error no <url>")
    assert "absent" not in found


def test_code_in_this_process_takes_turns(folder: Path) -> None:
    """What code in the process prints cannot be told apart by thread, so it waits for its turn."""
    assert "report" in run_cell(cell("reference", folder))
    assert not module._IN_PROCESS.locked()
