"""``reseal diff``: what an upgrade changes."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from .. import _data, cases, config, report, selection
from ..contract import ORIGINS
from ..diff import Side, compared, of_report
from ..diff.as_json import to_json
from ..diff.as_markdown import to_markdown
from ..diff.as_text import to_text
from ..diff.continuity import Cell, opened_both
from ..errors import TargetError, UsageError
from ..run import check
from ..target.open import is_program, usual_workers
from . import CONFORMS, DOES_NOT
from ._files import WRITABLE_OR_STDOUT, write
from ._running import chosen_seed, opener, refuse_unopened, seal_option, workers_option

_STDOUT = Path("-")


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--level", type=click.Choice(ORIGINS), help="How far regressions count: documented (default).")
@click.option(
    "-k", "expression", default="", metavar="EXPR", help="Only cases whose id, or requirement's id, matches."
)
@workers_option("each adapter")
@seal_option
@click.option("--seed", type=click.IntRange(0), help="Repeat a run: the same passwords, ids and tokens.")
@click.option(
    "--across-editions", is_flag=True, help="Compare reports of different editions of the contract."
)
@click.option(
    "--json",
    "json_file",
    type=WRITABLE_OR_STDOUT,
    metavar="FILE",
    help="Write the diff as JSON; - for stdout.",
)
@click.option(
    "--markdown",
    "markdown_file",
    type=WRITABLE_OR_STDOUT,
    metavar="FILE",
    help="Write it as a comment on a pull request; - for stdout.",
)
@click.pass_context
def diff_command(context: click.Context, /, old: str, new: str, **options: Any) -> None:
    """Say what will change for users between OLD and NEW.

    Each is a target (see `reseal check --help`) or a report that `reseal check --json` saved.

    Requirements that regressed, were fixed, changed, are new or gone; beneath them every change of
    behaviour, also where no requirement speaks of it; and whether cookies sealed by OLD still open and
    refresh in NEW (deployment), and the reverse (roll-back).  That last part needs two targets.

    Exit status: 0 nothing regressed, 1 something did at the level or cookies do not survive, 2 wrong
    usage, 3 a target could not be run.
    """
    if options["json_file"] == options["markdown_file"] == _STDOUT:
        raise UsageError("--json and --markdown are both for stdout. Write one of them to a file.")
    settings = config.find(Path.cwd())
    seed = chosen_seed(options["seed"], settings)
    sides = _sides(old, new, seed, options)
    _refuse_editions(*sides, allowed=options["across_editions"])
    refuse_unopened(
        *((each.label, each.target["seal"], each.observations.get(cases.PLAIN)) for each in sides)
    )
    cells, why_not = _continuity(old, new, seed, options["seal"])
    diff = compared(*sides, options["level"] or settings.level, cells, why_not)
    text, rendered = to_text(diff), {"json_file": to_json, "markdown_file": to_markdown}
    for name, render in rendered.items():
        if options[name] is not None:
            made: Any = render(diff)
            made = made if isinstance(made, str) else json.dumps(made, indent=1) + "\n"
            if options[name] == _STDOUT:
                text = made
            else:
                write(options[name], made)
    click.echo(text, nl=False)
    context.exit(DOES_NOT if diff.is_worse else CONFORMS)


def _is_report(name: str) -> bool:
    # The last word of a program, too, may end in .json.
    return not is_program(name) and (name.endswith(".json") or Path(name).is_file())


def _sides(old: str, new: str, seed: int, options: dict[str, Any]) -> tuple[Side, Side]:
    selected = selection.select(cases.load(), options["expression"])
    only = {case.id for case in selected} if options["expression"] else None
    # Before anything is run: a file that is not there is known at once.
    saved = {
        name: of_report(_data.read_json(Path(name)), only=only, saved=Path(name).name)
        for name in (old, new)
        if _is_report(name)
    }
    runs = [name for name in (old, new) if name not in saved]
    progress: Any = click.progressbar  # click leaves it untyped
    hidden = not runs or not sys.stderr.isatty()

    def side(name: str) -> Side:
        if name in saved:
            return saved[name]
        run = check(
            opener(name, options["seal"]),
            selected,
            level="hardening",
            seed=seed,
            workers=options["workers"] or usual_workers(name),
            progress=lambda _: bar.update(1),
        )
        if run.is_target_broken:
            broken = next(finding for finding in run.findings if finding.state == "error")
            raise TargetError(f"target {name!r}: its adapter failed: {broken.got}")
        # As it would be read from a file, so that a saved side and a fresh one are the same.
        return of_report(json.loads(json.dumps(report.to_json(run))), only=only)

    with progress(length=len(selected) * len(runs), label="cases", file=sys.stderr, hidden=hidden) as bar:
        # What Python code in this process prints cannot be told apart by thread.
        at_once = 1 if all(not is_program(name) for name in runs) else 2
        with ThreadPoolExecutor(at_once) as pool:
            sides = list(pool.map(side, (old, new)))
    return sides[0], sides[1]


def _refuse_editions(old: Side, new: Side, *, allowed: bool) -> None:
    if old.edition != new.edition and not allowed:
        raise UsageError(
            f"OLD was judged by edition {old.edition} of the contract and NEW by {new.edition}: what looks "
            "like a change may be one of the contract. Check both again, or give --across-editions."
        )


def _continuity(old: str, new: str, seed: int, seal: Any) -> tuple[tuple[Cell, ...], str | None]:
    saved = [name for name in (old, new) if _is_report(name)]
    if saved:
        return (), f"since {Path(saved[0]).name} is a saved report: cookies are made by running both"
    return opened_both(opener(old, seal), opener(new, seal), seed=seed), None
