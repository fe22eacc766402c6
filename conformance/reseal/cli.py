"""The command ``reseal``.

Exit status: 0 conforms, 1 does not, 2 wrong usage or configuration, 3 the target could not be run.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from . import __version__, cases, config, contract, report, selection
from .contract import ORIGINS
from .errors import HarnessError, TargetError, UsageError
from .protocol import SEALS
from .run import Run, check
from .target import open_target
from .target.open import KINDS, Declared
from .target.packages import cache_folder

CONFORMS, DOES_NOT, USAGE, NOT_RUN = 0, 1, 2, 3


def main() -> None:
    """Run the command, and turn our own errors into a message and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # an error's text may hold any character
    # What Hypothesis computes once for all is not left in the user's current folder.
    with contextlib.suppress(RuntimeError):  # there is no home
        os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache_folder() / "hypothesis"))
    try:
        # Without standalone mode, `Context.exit` makes its status the return value.
        sys.exit(commands(standalone_mode=False))
    except click.ClickException as err:
        err.show()
        sys.exit(USAGE)
    except click.Abort:
        sys.exit(130)
    except UsageError as err:
        _complain(str(err), USAGE)
    except (TargetError, HarnessError) as err:
        _complain(str(err), NOT_RUN)


def _complain(message: str, status: int) -> None:
    click.echo(f"reseal: {message}", err=True)
    sys.exit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reseal")
def commands() -> None:
    """Does session refresh in an AuthKit SDK, or in your own code, do what its documentation says?"""


@commands.command("check")
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
        _write(options["json_file"], json.dumps(report.to_json(run), indent=1) + "\n")
    if options["junit_file"] is not None:
        _write(options["junit_file"], report.to_junit(run))
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
    with progress(length=len(selected), label="cases", file=sys.stderr, hidden=hidden) as bar:
        return check(
            lambda: open_target(spec, declared),
            selected,
            level=options["level"] or settings.level,
            seed=seed,
            transport=options["transport"] or settings.transport,
            deviations=known,
            workers=options["workers"],
            explore_s=options["explore_s"],
            progress=lambda _: bar.update(1),
        )


@commands.command("contract")
@click.option("--cases", "show_cases", is_flag=True, help="List the cases in place of the requirements.")
def contract_command(*, show_cases: bool) -> None:
    """List the requirements of the contract."""
    if show_cases:
        for case in cases.load():
            click.echo(f"{case.id:<62} {', '.join(case.requirements)}")
        return
    for row in contract.load().requirements:
        click.echo(f"{row.id:<36} {row.origin:<11} {row.level:<7} {row.title}")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as err:
        raise UsageError(f"cannot write {path}: {err.strerror}.") from err
