"""The file of a matrix: what is written comes back; what was interrupted is taken up; nothing else passes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reseal import _data
from reseal.errors import UsageError
from reseal.matrix.file import Writer, header_of, read
from reseal.matrix.lines import read_lines

from .support import FACTS, HEADER, a_report, row


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A finished file of two cells with a report, and one that failed."""
    path = tmp_path / "matrix.jsonl"
    with Writer(path, HEADER) as writer:
        writer.add(row("10.8.0"))
        writer.add(row("9.1.0", failed="no network"))
        writer.add(row("10.8.0", "async"))
        writer.finish()
    return path


def test_what_is_written_comes_back(path: Path) -> None:
    """Releases by age, operations in their order, a full report, and why there is none."""
    matrix = read(path)

    assert (matrix.contract, matrix.seed, matrix.started) == (FACTS["contract"], 0, "2026-11-25")
    assert [(cell.version, cell.operation) for cell in matrix.cells] == [
        ("9.1.0", "sync"),
        ("10.8.0", "sync"),
        ("10.8.0", "async"),
    ]
    assert matrix.cells[0].failed == "no network"
    report = dict(matrix.cells[1].report or {})
    assert _data.first_error(report, "report") is None
    assert {**report, "duration_s": 0} == {**a_report(), "duration_s": 0}


def test_each_line_meets_the_schema(path: Path) -> None:
    """The schema describes what is written."""
    for line in path.read_text().splitlines():
        assert _data.first_error(json.loads(line), "matrix") is None


def test_what_is_equal_is_kept_once(path: Path) -> None:
    """A second cell that does the same costs next to nothing."""
    first, second = (line for line in path.read_text().splitlines() if '"report"' in line)

    assert path.stat().st_size < 2 * len(json.dumps(a_report()))
    assert len(second) < 400
    assert len(first) < 400


def test_an_interrupted_run(path: Path) -> None:
    """Without its footer, and with half a line at its end, a file holds what was finished."""
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-2]) + lines[-2][:40])

    assert [cell.version for cell in read(path).cells] == ["9.1.0", "10.8.0"]

    with Writer(path, HEADER) as writer:
        assert writer.kept == {"pypi:workos==10.8.0#sync"}
        writer.add(row("10.8.0", "async"))
        writer.finish()
    assert len(read(path).cells) == 3
    assert read_lines(path).is_finished


def test_what_failed_is_tried_again(path: Path) -> None:
    """A cell that failed is not kept, and a later one takes its place."""
    with Writer(path, HEADER) as writer:
        assert "pypi:workos==9.1.0#sync" not in writer.kept
        writer.add(row("9.1.0"))
        writer.finish()

    assert all(cell.report is not None for cell in read(path).cells)


def test_taking_up_a_finished_file_adds_nothing(path: Path) -> None:
    """Nothing to run, nothing to write."""
    before = path.read_bytes()

    with Writer(path, HEADER) as writer:
        writer.finish()

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "value"),
    [("seed", 7), ("contract", "2031-01"), ("reseal", "9.9"), ("level", "hardening"), ("cases", "jwt")],
)
def test_another_matrix(path: Path, name: str, value: object) -> None:
    """Cells of different facts are not mixed."""
    before = path.read_bytes()

    with pytest.raises(UsageError, match=rf"^matrix.jsonl: {name} of its cells is .* Name another file"):
        Writer(path, {**HEADER, name: value})

    assert path.read_bytes() == before


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(UsageError, match=r"^cannot write .*/none/m\.jsonl: No such file or directory\.$"):
        Writer(tmp_path / "none" / "m.jsonl", HEADER)


def test_operations_that_a_release_does_not_have(tmp_path: Path) -> None:
    """An operation that is absent is left out; a release without any is one cell that says so."""
    path = tmp_path / "matrix.jsonl"
    with Writer(path, HEADER) as writer:
        writer.add(row("5.9.0", failed="it has no refresh", absent=True))
        writer.add(row("5.9.0", "async", failed="it has no refresh", absent=True))
        writer.add(row("5.10.0"))
        writer.add(row("5.10.0", "async", failed="it has no refresh", absent=True))

    cells = read(path).cells

    assert [(cell.spec, cell.operation, cell.failed) for cell in cells] == [
        ("pypi:workos==5.9.0", None, "it has no refresh"),
        ("pypi:workos==5.10.0#sync", "sync", None),
    ]
    with Writer(path, HEADER) as writer:
        assert len(writer.kept) == 4


def _without_header(text: str) -> str:
    return text.partition("\n")[2]


def _twice(text: str) -> str:
    return text + next(line for line in text.splitlines(keepends=True) if '"report"' in line)


def _without_values(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if '"kind":"value"' not in line)


def _wrong_count(text: str) -> str:
    return text.replace('{"kind":"footer","cells":3}', '{"kind":"footer","cells":4}')


def _changed_value(text: str) -> str:
    return text.replace("A session is refreshed", "A session is not refreshed", 1).replace(
        '"verdict":"pass"', '"verdict":"fail"', 1
    )


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda _: "", "it has no header. Name a file that `reseal matrix --json` wrote."),
        (_without_header, "line 1: the header must be the first line"),
        (lambda text: text + text.splitlines()[0] + "\n", "the header must be the first line"),
        (lambda text: text + "{\n", "this is no JSON"),
        (lambda text: text + "[]\n", "kind is None. It must be one of header, value, cell, footer."),
        (lambda text: text + '{"kind":"cell"}\n', "'spec' is a required property"),
        (lambda text: text.replace('"format":1', '"format":2'), "format: 1 was expected"),
        (_twice, "pypi:workos==10.8.0#sync stands there twice."),
        (_without_values, "does not stand before it."),
        (_changed_value, "The file was changed."),
        (_wrong_count, "the footer counts 4 cells, there are 3."),
    ],
)
def test_a_malformed_file(path: Path, damage: Callable[[str], str], said: str) -> None:
    """Whatever an interrupted run does not do is refused, with the place."""
    assert len(read(path).cells) == 3
    path.write_text(damage(path.read_text()))

    with pytest.raises(UsageError, match=re.escape(said)) as error:
        read(path)

    assert str(error.value).startswith("matrix.jsonl")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(UsageError, match=r"^cannot read .*m\.jsonl: No such file or directory\.$"):
        read(tmp_path / "m.jsonl")


def test_packages_in_the_order_of_the_command(tmp_path: Path) -> None:
    """Packages stand as they were named; one that was added later is the last."""
    path = tmp_path / "m.jsonl"
    added: dict[str, Any] = {"spec": "reference", "package": "reference", "version": "", "operation": None}
    node = {"spec": "n", "package": "npm:@workos-inc/node", "version": "1.0.0", "operation": "refresh"}
    with Writer(path, header_of(FACTS, "2026-11-25", ["npm:@workos-inc/node", "pypi:workos"])) as writer:
        for cell in (added, row("10.8.0", failed="x"), node):
            writer.add({"failed": "x", "seconds": 0, **cell})

    assert [cell.package for cell in read(path).cells] == ["npm:@workos-inc/node", "pypi:workos", "reference"]
