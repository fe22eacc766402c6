"""``reseal fixtures``: the fixtures as files for other test suites."""

from __future__ import annotations

from pathlib import Path

import click

from .._data import fixtures_root
from ..vectors import verify
from ..vectors.files import export
from . import CONFORMS, DOES_NOT


@click.group("fixtures")
def fixtures_command() -> None:
    """Seals, cookies, tokens and exchanges as JSON, for tests in any language."""


@fixtures_command.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
def export_command(folder: Path) -> None:
    """Copy the fixtures into FOLDER, which is made, or holds an older copy."""
    count = export(fixtures_root(), folder)
    click.echo(f"{count} files in {folder}. Read {folder / 'README.md'} first.")


@fixtures_command.command("verify")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_context
def verify_command(context: click.Context, /, folder: Path | None) -> None:
    """Check the fixtures of FOLDER, or those that are installed.

    Schemas; that whole seals open in the reference and in a codec that is not its own, and broken
    ones in neither; and that each broken one is its parent after the one mutation that it names.
    Exit status: 0 they are whole, 1 they are not, 2 wrong usage.
    """
    problems = verify(folder or fixtures_root())
    for problem in problems:
        click.echo(str(problem))
    click.echo(
        "The fixtures are whole."
        if not problems
        else f"{len(problems)} problem{'s' if len(problems) > 1 else ''}."
    )
    context.exit(DOES_NOT if problems else CONFORMS)
