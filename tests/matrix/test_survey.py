"""A run: what is missing is handed out, what comes is kept, an interruption loses nothing finished."""

from __future__ import annotations

import io
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from reseal.matrix.executors import CellIn, CellOut
from reseal.matrix.file import Writer, read
from reseal.matrix.plan import Column
from reseal.matrix.progress import Bar, Lines, progress_for
from reseal.matrix.survey import survey

from .support import HEADER

COLUMNS = [Column(f"pypi:workos=={v}#sync", "pypi:workos", v, "sync") for v in ("1.0", "2.0", "3.0")]


class Fake:
    """Answers each cell at once; is interrupted after ``until`` of them."""

    def __init__(self, until: int = 99) -> None:
        self._until = until
        self.given: list[str] = []
        self.is_closed = False

    def results(self, cells: Sequence[CellIn]) -> Generator[CellOut, None, None]:
        try:
            for i, cell in enumerate(cells):
                if i == self._until:
                    raise KeyboardInterrupt
                self.given.append(cell["spec"])
                named = {name: cell[name] for name in ("spec", "package", "version", "operation")}
                yield {**named, "seconds": 1.0, "failed": "gone", "absent": True}
        finally:
            self.is_closed = True


class Silent:
    def start(self, total: int, kept: int) -> None: ...

    def cell(self, cell: Mapping[str, Any]) -> None: ...


def test_an_interruption(tmp_path: Path) -> None:
    """Ctrl-C stops the workers, leaves what was finished, and the next run does the rest."""
    path, interrupted, second = tmp_path / "m.jsonl", Fake(until=2), Fake()

    with pytest.raises(KeyboardInterrupt), Writer(path, HEADER) as writer:
        survey(COLUMNS, interrupted, writer, Silent())
    assert [cell.version for cell in read(path).cells] == ["1.0", "2.0"]
    assert interrupted.is_closed

    with Writer(path, HEADER) as writer:
        survey(COLUMNS, second, writer, Silent())
    assert second.given == ["pypi:workos==3.0#sync"]
    assert len(read(path).cells) == 3


def test_a_second_run_asks_nobody(tmp_path: Path) -> None:
    """A file that has all cells is not added to, and no executor is asked."""
    with Writer(tmp_path / "m.jsonl", HEADER) as writer:
        survey(COLUMNS, Fake(), writer, Silent())
    again = Fake()

    with Writer(tmp_path / "m.jsonl", HEADER) as writer:
        survey(COLUMNS, again, writer, Silent())

    assert again.given == []


def test_progress_in_a_log() -> None:
    """A line now and then, with the time left; a failure at once; an absent operation is none."""
    now = iter([0.0, 10.0, 40.0, 45.0])
    stream = io.StringIO()
    lines = Lines(stream, clock=lambda: next(now))

    lines.start(6, 2)
    lines.cell({"spec": "a"})
    lines.cell({"spec": "b", "failed": "no network"})
    lines.cell({"spec": "c", "failed": "none", "absent": True})

    assert stream.getvalue().splitlines() == [
        "reseal matrix: 6 cells, 2 of them kept from an earlier run",
        "reseal matrix: b: no network",
        "reseal matrix: 4 of 6, about 40 s left",
    ]


def test_which_progress() -> None:
    """A bar is for terminals alone."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert isinstance(progress_for(io.StringIO()), Lines)
    assert isinstance(progress_for(Terminal()), Bar)


def test_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    """The bar counts cells, with those that were kept."""
    with Bar() as bar:
        bar.start(3, 1)
        bar.cell({"spec": "pypi:workos==1.0"})

    assert "2/3" in capsys.readouterr().err
