"""``reseal baseline``: what an implementation does not meet today, as a file of known deviations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .. import baseline, config
from ..run import Run
from . import CONFORMS, NOT_RUN
from ._files import WRITABLE, write
from ._running import planned, run, running_options


@click.command("baseline")
@click.argument("target", required=False)
@running_options
@click.option("--write", "is_written", is_flag=True, help="Write the file; without it, it is printed.")
@click.option(
    "--file",
    default=Path("deviations.toml"),
    type=WRITABLE,
    help="The file, deviations.toml by default.  What it says of deviations that still happen stays.",
)
@click.option(
    "--issue",
    default="not reported yet",
    metavar="TEXT",
    help="Where the new ones are tracked; each row has a field for it.",
)
@click.pass_context
def baseline_command(
    context: click.Context, /, target: str | None, *, is_written: bool, file: Path, issue: str, **options: Any
) -> None:
    """Write down what TARGET does not meet, as known deviations to start from.

    Afterwards `reseal check --deviations deviations.toml` fails where something else fails, or where
    one of these no longer does.  Errors of the adapter, and what could not be run, are never excused.
    """
    kept = config.load_deviations(file) if file.is_file() else ()
    found = run(planned(target), level="hardening", **options)
    if found.is_target_broken:
        click.echo(
            "reseal: the adapter failed, so there is nothing to go by. `reseal check` says more.", err=True
        )
        context.exit(NOT_RUN)
    rows = baseline.rows(found, kept, issue=issue)
    if is_written:
        write(file, baseline.to_toml(rows))
    else:
        click.echo(baseline.to_toml(rows), nl=False)
    click.echo(_told(found, rows, file if is_written else None), err=True)
    context.exit(CONFORMS)


def _told(run: Run, rows: list[dict[str, Any]], file: Path | None) -> str:
    name = f"{run.about.name} {run.about.version}".rstrip()
    lines = [f"{len({row['requirement'] for row in rows})} requirements of {name} deviate."]
    not_run = [name for name, state in run.states().items() if state == "not_run"]
    if not_run:
        lines.append(
            f"{len(not_run)} requirements could not be run, which nothing excuses: {', '.join(not_run)}."
        )
    if file is not None:
        lines.append(f'Read each reason in {file}; then set deviations = "{file}" in reseal.toml.')
    return "\n".join(lines)
