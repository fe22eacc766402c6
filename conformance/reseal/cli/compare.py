"""``reseal compare``: two targets side by side on made-up scenarios."""

from __future__ import annotations

import shlex
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from .. import cases, config, selection
from ..behaviour import behaviour
from ..cases import Case
from ..compare import Disagreement, first_disagreement, told
from ..engine import inapplicable
from ..errors import UsageError
from ..observation import Observation
from ..observe import observe
from ..target import Target
from ..wrapping import one_line
from . import CONFORMS, DOES_NOT
from ._running import chosen_seed, opener, refuse_unopened, seal_option


@click.command("compare")
@click.argument("target")
@click.argument("other", default="reference")
@click.option("-k", "expression", default="", metavar="EXPR", help="Only made-up cases whose id matches.")
@click.option(
    "--examples", default=50, type=click.IntRange(1), help="How many scenarios of each kind to try: 50."
)
@click.option("--strict", is_flag=True, help="Every difference counts, also what a user would not notice.")
@seal_option
@click.option("--keep-going", is_flag=True, help="The first difference of each kind of scenario, not of all.")
@click.option("--seed", type=click.IntRange(0), help="Repeat a comparison: the same scenarios.")
@click.pass_context
def compare_command(
    context: click.Context,
    /,
    target: str,
    other: str,
    expression: str,
    examples: int,
    seal: Any,
    seed: int | None,
    *,
    strict: bool,
    keep_going: bool,
) -> None:
    """Show the simplest made-up scenario in which TARGET and OTHER behave differently.

    OTHER is the reference where it is not named.  Without --strict, what counts is what a user would
    notice: how a call ends, whether anything is sent, what the new cookie holds, what leaks.

    Exit status: 0 no difference was found, 1 one was, 2 wrong usage, 3 a target could not be run.
    """
    settings = config.find(Path.cwd())
    chosen = chosen_seed(seed, settings)
    number = 0
    with closing(opener(target, seal)()) as left, closing(opener(other, seal)()) as right:
        refuse_unopened(*(_plain(each, chosen) for each in (left, right)))
        for case in _made_up(expression, left, right):
            found = first_disagreement(case, left, right, seed=chosen, examples=examples, strict=strict)
            if found is None:
                click.echo(f"{case.id}: no difference in {examples} scenarios")
                continue
            number += 1
            words = ["reseal", "compare", target, other, "-k", case.id, "--examples", str(examples)]
            words += ["--strict"] * strict + ["--seal", seal] * (seal is not None) + ["--seed", str(chosen)]
            _show(case, found, (target, other), shlex.join(words))
            if not keep_going:
                break
    context.exit(DOES_NOT if number else CONFORMS)


def _plain(target: Target, seed: int) -> tuple[str, str, Observation]:
    return target.about.spec, target.about.seal, observe(cases.by_id()[cases.PLAIN], target, seed=seed)


def _made_up(expression: str, left: Target, right: Target) -> tuple[Case, ...]:
    """The made-up cases that ``expression`` selects and that make sense for both targets."""
    made_up = cases.made_up()
    selected = [case for case in selection.select(cases.load(), expression) if case.id in made_up]
    if not selected:
        known = ", ".join(sorted(made_up))
        raise UsageError(f"-k {expression!r} matches no made-up case. There are {known}.")
    abouts = (left.about, right.about)
    fitting = tuple(case for case in selected if all(inapplicable(case, about) is None for about in abouts))
    if not fitting:
        raise UsageError(f"no made-up case applies to both {abouts[0].spec!r} and {abouts[1].spec!r}.")
    return fitting


def _show(case: Case, found: Disagreement, names: tuple[str, str], repeat: str) -> None:
    click.secho(f"{case.id}: a difference", fg="red", bold=True)
    for line in told(found.scenario):
        click.echo(f"  {line}")
    for difference in found.differences:
        click.echo(f"  • {one_line(difference.aspect)}")
        for name, value in zip(names, (difference.old, difference.new), strict=True):
            click.echo(f"      {name}: {click.style(one_line(value), bold=True)}")
    for name, seen in zip(names, (found.left, found.right), strict=True):
        click.echo(f"  {name}: {_in_short(seen)}")
    click.echo(f"  repeat: {repeat}\n")


def _in_short(seen: Observation) -> str:
    """How each step ended, and what was said to the endpoint."""
    steps = "; ".join(step.traits["result"] for step in behaviour(seen).steps)
    sent = ", ".join(exchange.said for exchange in seen.posts()) or "nothing was sent"
    return f"{steps} ({sent})"
