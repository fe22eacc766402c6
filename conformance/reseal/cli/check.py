"""``reseal check``: one target against the contract."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from .. import cases, config, report, selection
from ..contract import ORIGINS
from ..errors import TargetError, UsageError
from ..protocol import SEALS
from ..run import Run, check, not_started
from ..target import About, open_target
from ..target.open import KINDS, Declared
from . import CONFORMS, DOES_NOT, NOT_RUN
from ._files import write


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
@click.option(
    "-n", "workers", default=1, type=click.IntRange(1, 64), help="How many processes of an adapter to use."
)
@click.option("--seal", type=click.Choice(SEALS), help="The format of the cookies, for a Python target.")
@click.option(
    "--transport", type=click.Choice(["loopback", "respx"]), help="respx is faster, and sees httpx alone."
)
@click.option(
    "--explore",
    "explore_s",
    default=0.0,
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="Afterwards, walk at random through made-up users, seals and answers; --seed repeats the walk.",
)
@click.option("--seed", type=click.IntRange(0), help="Repeat a run: the same passwords, ids and tokens.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the report as JSON."
)
@click.option(
    "--junit",
    "junit_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report as JUnit XML.",
)
@click.option(
    "--deviations",
    "deviations_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file of [[deviation]] tables.",
)
@click.pass_context
def check_command(context: click.Context, /, target: str | None, **options: Any) -> None:
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
    run = _checked(target, options)
    click.echo(report.to_text(run), nl=False)
    if options["json_file"] is not None:
        write(options["json_file"], json.dumps(report.to_json(run), indent=1) + "\n")
    if options["junit_file"] is not None:
        write(options["junit_file"], report.to_junit(run))
    context.exit(NOT_RUN if run.is_target_broken else CONFORMS if run.conforms else DOES_NOT)


def _checked(target: str | None, options: dict[str, Any]) -> Run:
    settings = config.find(Path.cwd())
    spec = target or settings.target
    if spec is None:
        raise UsageError(f"no target: name one ({KINDS}), or write it into reseal.toml.")
    # What a configuration says of its own target is not true of another one.
    declared = settings.declared if spec == settings.target else Declared()
    if options["seal"]:
        declared = Declared(options["seal"], declared.capabilities, declared.extra_reasons)
    known = settings.deviations if spec == settings.target else ()
    if options["deviations_file"]:
        known = config.load(options["deviations_file"]).deviations
    seed = next(s for s in (options["seed"], settings.seed, config.new_seed()) if s is not None)
    selected = selection.select(cases.load(), options["expression"])
    progress: Any = click.progressbar  # click leaves it untyped
    hidden = not sys.stderr.isatty()
    given: dict[str, Any] = {
        "level": options["level"] or settings.level,
        "seed": seed,
        "transport": options["transport"] or settings.transport,
    }
    with progress(length=len(selected), label="cases", file=sys.stderr, hidden=hidden) as bar:
        try:
            return check(
                lambda: open_target(spec, declared),
                selected,
                deviations=known,
                workers=options["workers"],
                explore_s=options["explore_s"],
                progress=lambda _: bar.update(1),
                **given,
            )
        except TargetError as err:
            click.echo(f"reseal: {err}", err=True)
            return not_started(_unknown(spec, declared), selected, str(err), **given)


def _unknown(spec: str, declared: Declared) -> About:
    """What there is to say of a target that could not be started."""
    seal = declared.seal or "iron"
    return About(spec, spec, "", "unknown", seal, notes=("It could not be started.",))
