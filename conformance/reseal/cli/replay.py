"""``reseal replay``: one failure again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .. import bundle as bundles
from .. import config
from ..bundle import Bundle
from ..bundle.as_text import to_text
from ..bundle.replay import Replay, judge_again, run_again
from ..errors import UsageError
from ..protocol import SEALS
from ..target import Target, open_target
from ..target.open import Declared
from . import CONFORMS, DOES_NOT
from ._running import opener


@click.command("replay")
@click.argument("bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", required=False)
@click.option("--judge-only", is_flag=True, help="Judge again what was seen then; run nothing.")
@click.option("--bug-report", is_flag=True, help="Print an issue for the tracker of the SDK; run nothing.")
@click.option("--seal", type=click.Choice(SEALS), help="The format of the cookies, for a Python TARGET.")
@click.option("--across-editions", is_flag=True, help="Take a bundle of another edition of the contract.")
@click.pass_context
def replay_command(
    context: click.Context,
    /,
    bundle: Path,
    target: str | None,
    *,
    judge_only: bool,
    bug_report: bool,
    seal: Any,
    across_editions: bool,
) -> None:
    """Run the failing case of BUNDLE again, with the same seed.

    BUNDLE is a file that `reseal check --bundles DIR` wrote.  TARGET is what to run it against, where
    not the target that it failed with; it must be named where that is a command which
    `reseal.toml` does not name.  See `reseal check --help`.

    Exit status: 0 it passes now, 1 it fails, or nothing could be learned, 2 wrong usage, such as a
    malformed bundle, 3 the target could not be run.
    """
    _refuse_both(target, seal, judge_only=judge_only, bug_report=bug_report)
    read = bundles.read(bundle, across_editions=across_editions)
    if bug_report:
        from ..bundle.bug_report import to_markdown, warning  # and with it the templates

        click.echo(to_markdown(read), nl=False)
        click.echo(warning(read), err=True, nl=False)
        return
    replay = judge_again(read) if judge_only else _run(read, target, seal)
    click.echo(to_text(replay), nl=False)
    context.exit(CONFORMS if replay.passes else DOES_NOT)


def _refuse_both(target: str | None, seal: str | None, *, judge_only: bool, bug_report: bool) -> None:
    if seal is not None and target is None:
        raise UsageError("--seal: it is about a TARGET, and there is none. Name one, or leave it out.")
    if judge_only and bug_report:
        raise UsageError("--judge-only and --bug-report do not go together. Give one of them.")
    if target is not None and (judge_only or bug_report):
        option = "--judge-only" if judge_only else "--bug-report"
        raise UsageError(f"TARGET: {option} runs nothing, so leave {target!r} out.")


def _run(read: Bundle, spec: str | None, seal: Any) -> Replay:
    target = _own(read) if spec is None else opener(spec, seal)()
    try:
        return run_again(read, target)
    finally:
        target.close()


def _own(read: Bundle) -> Target:
    """The target of the bundle, as it was declared then: the configuration of this folder is another's."""
    about = read.about
    # Bundles are passed on: opening one must not run a command that somebody else chose.
    if about.spec.startswith("stdio:") and about.spec != config.find(Path()).target:
        raise UsageError(
            f"TARGET: the bundle would run {about.spec!r}, and reseal.toml does not name that. "
            "Write it, or another target, behind the bundle if you trust it."
        )
    return open_target(about.spec, Declared(about.seal, about.capabilities, about.extra_reasons))
