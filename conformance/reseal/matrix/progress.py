"""How far a matrix is, and how long it will take: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from types import TracebackType
from typing import Any, Self, TextIO

_EVERY_S = 30.0


class Lines:
    """For logs: a line each half minute, and one for each cell that failed."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._total = self._left = self._done = 0
        self._started = self._said = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start(self, total: int, kept: int) -> None:
        """``kept`` of ``total`` cells are there already."""
        self._total, self._left = total, total - kept
        self._started = self._said = self._clock()
        self._say(f"{total} cells{f', {kept} of them kept from an earlier run' if kept else ''}")

    def cell(self, cell: Mapping[str, Any]) -> None:
        self._left -= 1
        self._done += 1
        if "failed" in cell and "absent" not in cell:
            self._say(f"{cell['spec']}: {cell['failed']}")
        now = self._clock()
        if now - self._said >= _EVERY_S:
            self._said = now
            seconds = (now - self._started) / self._done * self._left
            self._say(f"{self._total - self._left} of {self._total}, about {_spoken(seconds)} left")

    def _say(self, text: str) -> None:
        print(f"reseal matrix: {text}", file=self._stream, flush=True)


def _spoken(seconds: float) -> str:
    return f"{round(seconds / 60)} min" if seconds >= 90 else f"{round(seconds)} s"


class Bar:
    """For terminals: a bar, the cell that came last, and the time left."""

    def __init__(self) -> None:
        from rich import progress as rich
        from rich.console import Console

        self._bar = rich.Progress(
            rich.TextColumn("cells"),
            rich.BarColumn(),
            rich.MofNCompleteColumn(),
            rich.TimeElapsedColumn(),
            rich.TextColumn("left"),
            # Cells come in bursts: the last few say little about the next.
            rich.TimeRemainingColumn(),
            rich.TextColumn("{task.description}", markup=False),
            console=Console(stderr=True),
            speed_estimate_period=600,
        )
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def start(self, total: int, kept: int) -> None:
        self._bar.update(self._task, total=total, completed=kept)

    def cell(self, cell: Mapping[str, Any]) -> None:
        self._bar.update(self._task, advance=1, description=cell["spec"])


def progress_for(stream: TextIO) -> Lines | Bar:
    """A bar where ``stream`` is a terminal, lines otherwise."""
    return Bar() if stream.isatty() else Lines(stream)
