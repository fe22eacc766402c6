"""``reseal check``: one target against the contract."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from .. import bundle, config, report, shipped
from ..contract import ORIGINS
from ..run import Run
from . import CONFORMS, DOES_NOT, NOT_RUN
from ._files import WRITABLE, write
from ._running import planned, run, running_options


@click.command("check")
@click.argument("target", required=False)
@click.option(
    "--level",
    type=click.Choice(ORIGINS),
    help="How far requirements count: documented (default) to hardening.",
)
@click.option(
    "-k",
    "expression",
    default="",
    metavar="EXPR",
    help="Only cases whose id, or requirement's id, matches: parts joined by and, or, not.",
)
@running_options
@click.option(
    "--explore",
    "explore_s",
    default=0.0,
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="Afterwards, walk at random through made-up users, seals and answers; --seed repeats the walk.",
)
@click.option("--json", "json_file", type=WRITABLE, help="Write the report as JSON.")
@click.option(
    "--html",
    "html_file",
    type=WRITABLE,
    help="Write the report as one HTML page, which needs no network.",
)
@click.option(
    "--junit",
    "junit_file",
    type=WRITABLE,
    help="Write the report as JUnit XML.",
)
@click.option(
    "--bundles",
    "bundles_folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a file for each failing case, for `reseal replay` and its --bug-report.",
)
@click.option(
    "--deviations",
    "deviations_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file of [[deviation]] tables.",
)
@click.option(
    "--as-known",
    is_flag=True,
    help="Excuse what is known of this release of an SDK, and fail where that is no longer true.",
)
@click.pass_context
def check_command(
    context: click.Context,
    /,
    target: str | None,
    *,
    json_file: Path | None,
    html_file: Path | None,
    junit_file: Path | None,
    bundles_folder: Path | None,
    deviations_file: Path | None,
    as_known: bool,
    **options: Any,
) -> None:
    """Check TARGET against the contract.

    \b
    TARGET is one of
      reference, reference-async     the reference implementation
      package.module:attribute       a Python callable, or a reseal.Implementation
      stdio:COMMAND                  a program that speaks the adapter protocol
      pypi:workos==10.8.0            a release of the Python SDK (#sync, #async)
      npm:@workos-inc/node@11.0.0    a release of the Node SDK (#refresh, #refreshAndSealSessionData)

    Without TARGET, it and all other settings are taken from reseal.toml, or from [tool.reseal] in
    pyproject.toml, in the current folder.
    """
    plan = planned(target)
    known = plan.deviations if deviations_file is None else config.load_deviations(deviations_file)
    found = run(plan, deviations=(*known, *(shipped.load() if as_known else ())), **options)
    click.echo(report.to_text(found, _bundles(found, bundles_folder)), nl=False)
    if json_file is not None:
        write(json_file, json.dumps(report.to_json(found), indent=1) + "\n")
    if html_file is not None:
        write(html_file, _page(found))
    if junit_file is not None:
        write(junit_file, report.to_junit(found))
    context.exit(NOT_RUN if found.is_target_broken else CONFORMS if found.conforms else DOES_NOT)


def _bundles(found: Run, folder: Path | None) -> dict[str, Path]:
    if folder is None:
        return {}
    return bundle.write(found, folder, datetime.now(UTC).isoformat(timespec="seconds"))


def _page(found: Run) -> str:
    from ..page import of_one, to_html  # and with it the templates

    return to_html(of_one(report.to_json(found), started=datetime.now(UTC).date().isoformat()))
