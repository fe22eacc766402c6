"""``reseal matrix`` and ``reseal merge``: many releases against the contract."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from .. import cases, selection
from ..contract import ORIGINS
from ..matrix.executors import DaskExecutor, Executor, LocalExecutor, usual_jobs
from ..matrix.file import Writer, read, to_matrix
from ..matrix.merge import merge
from ..matrix.plan import Shard, plan
from ..matrix.progress import progress_for
from ..matrix.survey import facts, header, survey
from ..matrix.values import Cell, Matrix
from ..verdict import Level
from . import CONFORMS, NOT_RUN
from ._files import WRITABLE, write

_SEED = 0  # fixed, so that a run can be taken up again, and two matrices can be compared


@click.command("matrix")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET…")
@click.option("--versions", metavar="RANGE", help="Which releases of a package that names no range itself.")
@click.option(
    "--json",
    "json_file",
    required=True,
    type=WRITABLE,
    help="Keep the cells in this JSON Lines file; those that it has already are not run again.",
)
@click.option("--html", "html_file", type=WRITABLE, help="Write a page of them.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    help="How many cells to run at once; four for each core if not given.",
)
@click.option("--shard", metavar="I/N", help="Run the I-th of N parts, for `reseal merge`.")
@click.option("--dask", metavar="ADDRESS", help="Run the cells on a Dask cluster, such as tcp://host:8786.")
@click.option("--seed", type=click.IntRange(0), default=_SEED, show_default=True, help="As in check.")
@click.option(
    "--level", type=click.Choice(ORIGINS), default="documented", show_default=True, help="As in check."
)
@click.option("-k", "expression", default="", metavar="EXPR", help="Only some cases, as in check.")
@click.pass_context
def matrix_command(context: click.Context, /, targets: tuple[str, ...], **options: Any) -> None:
    """Check many releases, or other targets, and keep the results.

    \b
    TARGET is a package, which stands for its releases and all its operations, or any target of check:
      pypi:workos                         all releases, or those of --versions
      'pypi:workos>=5.10,<9#async'        a range, one operation
      'npm:@workos-inc/node@>=7.17'       a range as npm writes it
      npm:@workos-inc/node@11.0.0         one release

    A matrix is a survey: the exit status is 0 when it ran to its end, whatever the verdicts, 2 for wrong
    usage, 3 where no cell could be run at all.  Ctrl-C leaves a file that the same command takes up.
    """
    found = _run(targets, options)
    if options["html_file"] is not None:
        from ..page import to_html

        write(options["html_file"], to_html(found))
    for cell in found.cells:
        click.echo(_line(cell))
    context.exit(CONFORMS if any(cell.report is not None for cell in found.cells) else NOT_RUN)


@click.command("merge")
@click.argument("out", type=WRITABLE)
@click.argument(
    "parts",
    nargs=-1,
    required=True,
    metavar="PART…",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--html", "html_file", type=WRITABLE, help="Write a page of it, too.")
def merge_command(out: Path, parts: tuple[Path, ...], html_file: Path | None) -> None:
    """Make OUT, one matrix, of the PARTs that `reseal matrix --shard` wrote."""
    count = merge(out, parts)
    if html_file is not None:
        from ..page import to_html

        write(html_file, to_html(read(out)))
    click.echo(f"{out}: {count} cells of {len(parts)} parts")


def _run(targets: Sequence[str], options: Mapping[str, Any]) -> Matrix:
    shard = None if options["shard"] is None else Shard.parse(options["shard"])
    level: Level = options["level"]
    selection.select(cases.load(), options["expression"])  # a malformed one must not fail in each cell
    columns = plan(targets, options["versions"])
    mine = columns if shard is None else shard.of_columns(columns)
    common = facts(options["seed"], level, options["expression"])
    executor = _executor(options)
    with (
        Writer(options["json_file"], header(common, columns, shard)) as writer,
        progress_for(sys.stderr) as progress,
    ):
        survey(mine, executor, writer, progress)
    return to_matrix(writer.header, writer.cells)


def _executor(options: Mapping[str, Any]) -> Executor:
    if options["dask"] is not None:
        return DaskExecutor(options["dask"])
    return LocalExecutor(options["jobs"] or usual_jobs())


def _line(cell: Cell) -> str:
    if cell.report is None:
        return f"{cell.spec:<58} {cell.failed}"
    counts = cell.report["summary"]
    told = (f"{origin} {_told(counts[origin])}" for origin in ORIGINS)
    return f"{cell.spec:<58} {', '.join(told)}"


def _told(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    return f"{counts['pass'] + counts['not_applicable'] + counts['known']}/{total}"
