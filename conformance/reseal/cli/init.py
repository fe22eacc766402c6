"""``reseal init``: what a project needs to be checked."""

from __future__ import annotations

from pathlib import Path

import click

from ..starter import LANGUAGES, Language, look_at, write_missing


@click.command("init")
@click.option("--language", type=click.Choice(LANGUAGES), help="For a project that could be either.")
def init_command(language: Language | None) -> None:
    """Write a reseal.toml and an adapter to start from, for the project in the current folder.

    No file that is there is changed.
    """
    project = look_at(Path.cwd(), language)
    parts = [project.language, project.sdk or "no official SDK", project.framework or "no known framework"]
    click.echo(f"found {', '.join(parts)}")
    configuration, adapter = files = write_missing(project)
    for file in files:
        click.echo(f"wrote {file.name}" if file.is_new else f"left {file.name} alone: {file.why}")
    if project.sdk is None:
        says_seal = configuration if project.language == "python" else adapter
        click.echo(
            f"next: put your call into {adapter.name}, see that seal in {says_seal.name} is yours, "
            "run: reseal check"
        )
    else:
        click.echo("next: reseal check")
