"""What commands that run cases have in common: their options, and the configuration."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from .. import cases, config, selection
from ..config import Config
from ..deviations import Deviation
from ..errors import TargetError, UsageError
from ..observation import Observation
from ..protocol import SEALS
from ..run import Run, check, not_started
from ..target import About, Target, open_target
from ..target.open import KINDS, Declared, is_program, settled, usual_workers
from ..verdict import Level

F = TypeVar("F", bound=Callable[..., Any])


def workers_option(adapter: str) -> Callable[[F], F]:
    """How many processes of ``adapter`` to use; where it is not given, that depends on the target."""
    return click.option(
        "-n",
        "workers",
        type=click.IntRange(1, 64),
        help=f"How many processes of {adapter} to use: six of a release, else one.",
    )


seal_option = click.option(
    "--seal", type=click.Choice(SEALS), help="The format of the cookies, for a Python target."
)
_OPTIONS = (
    workers_option("an adapter"),
    seal_option,
    click.option(
        "--transport",
        type=click.Choice(["loopback", "respx"]),
        help="respx is faster, and sees httpx alone.",
    ),
    click.option("--seed", type=click.IntRange(0), help="Repeat a run: the same passwords, ids and tokens."),
)


def running_options(command: F) -> F:
    """The options of a command that runs cases."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Plan:
    """A target, and what the configuration of the current folder says of it."""

    spec: str
    settings: Config
    is_configured: bool

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """Those of the configuration, which are not true of another target."""
        return self.settings.deviations if self.is_configured else ()


def planned(target: str | None) -> Plan:
    """The target of the command line, else that of the configuration.

    Raises UsageError where neither names one.
    """
    settings = config.find(Path.cwd())
    spec = target or settings.target
    if spec is None:
        raise UsageError(f"no target: name one ({KINDS}), or write it into reseal.toml.")
    return Plan(spec, settings, is_configured=spec == settings.target)


def opener(spec: str, seal: Any = None) -> Callable[[], Target]:
    """What starts ``spec``, with what the configuration of the current folder declares of it.

    What it declares of its own target is not true of another one.
    """
    settings = config.find(Path.cwd())
    declared = settings.declared if spec == settings.target else Declared()
    if seal:
        declared = Declared(seal, declared.capabilities, declared.extra_reasons)
    # Once, however many processes of it are started.
    named = functools.cache(lambda: settled(spec))
    return lambda: open_target(named(), declared)


def refuse_unopened(*seen: tuple[str, str, Observation | None]) -> None:
    """Raise TargetError where all of ``seen`` refused a valid cookie unasked: nothing can be compared then.

    Each is the target, the format of its cookies, and what was seen of `cases.PLAIN`, if anything.
    """
    if all(plain and plain.is_refused_unasked for _, _, plain in seen):
        told = " and ".join(f"{spec!r} refused a valid {seal} cookie" for spec, seal, _ in seen)
        raise TargetError(f"nothing can be compared: {told}. Name the format of their cookies by --seal.")


def chosen_seed(seed: int | None, settings: Config) -> int:
    """The seed of the command line, else that of the configuration, else a fresh one."""
    return next(s for s in (seed, settings.seed, config.new_seed()) if s is not None)


def run(
    plan: Plan,
    *,
    workers: int | None,
    seal: Any,
    transport: Any,
    seed: int | None,
    level: Level | None = None,
    expression: str = "",
    deviations: Sequence[Deviation] = (),
    explore_s: float = 0.0,
) -> Run:
    """Run the cases that ``expression`` selects, with a progress bar on a terminal.

    A target that cannot be started has a run as well, in which nothing was run.
    """
    settings = plan.settings
    selected = selection.select(cases.load(), expression)
    if explore_s and not cases.made_up() & {case.id for case in selected}:
        raise UsageError(f"--explore: -k {expression!r} selects no made-up case, such as refresh.any.user.")
    if workers is not None and workers > 1 and not is_program(plan.spec):
        raise UsageError(f"-n: {plan.spec!r} runs in this process alone. Use pytest -n {workers}.")
    progress: Any = click.progressbar  # click leaves it untyped
    hidden = not sys.stderr.isatty()
    given: dict[str, Any] = {
        "level": level or settings.level,
        "seed": chosen_seed(seed, settings),
        "transport": transport or settings.transport,
    }
    with progress(length=len(selected), label="cases", file=sys.stderr, hidden=hidden) as bar:
        try:
            return check(
                opener(plan.spec, seal),
                selected,
                deviations=deviations,
                workers=workers or usual_workers(plan.spec),
                explore_s=explore_s,
                progress=lambda _: bar.update(1),
                **given,
            )
        except TargetError as err:
            click.echo(f"reseal: {err}", err=True)
            return not_started(_unknown(plan, seal), selected, str(err), **given)


def _unknown(plan: Plan, seal: Any) -> About:
    """What there is to say of a target that could not be started."""
    said = seal or (plan.settings.declared.seal if plan.is_configured else None) or "iron"
    return About(plan.spec, plan.spec, "", "unknown", said, notes=("It could not be started.",))
