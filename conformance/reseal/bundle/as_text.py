"""A replay for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

import click

from .. import __version__
from .. import contract as contract_module
from ..report.as_text import evidence, heading
from ..target import About
from ..wrapping import WIDTH
from .replay import Again, Change, Replay

_SHOWN_DIFFERENCES = 8
_WORDS: Mapping[Change, str] = {
    "same": "It still fails, in the same way.",
    "differently": "It still fails, but differently.",
    "passes": "It fails no longer.",
    "silent": "It fails no longer: the requirement says nothing about what was seen.",
    "unknown": "Nothing was learned.",
}


def to_text(replay: Replay) -> str:
    """What failed then and what came now, with colours as ANSI sequences."""
    blocks = ["\n".join(_head(replay)), *("\n".join(_again(again, replay)) for again in replay.found)]
    return "\n\n".join([*blocks, *_changed(replay), _conclusion(replay)]) + "\n"


def _head(replay: Replay) -> Iterator[str]:
    bundle = replay.bundle
    yield f"reseal {__version__}, contract {contract_module.load().edition}, seed {bundle.seed}"
    yield f"{click.style(bundle.case.id, bold=True)}: {bundle.case.title}"
    yield f"then  {_named(bundle.about)}, at {bundle.clock} by reseal {bundle.version}"
    if replay.observation is bundle.observation:
        yield "now   judged again, and not run"
    else:
        yield f"now   {_named(replay.about)}"


def _named(about: About) -> str:
    return f"{' '.join(part for part in (about.name, about.version) if part)} ({about.spec})"


def _again(again: Again, replay: Replay) -> Iterator[str]:
    yield from heading(contract_module.load()[again.then.requirement], "fail")
    yield from evidence(again.then, None, came="got then")
    # The exchange is the same for all of them.
    observation = replay.observation if again is replay.found[0] else None
    yield from evidence(again.now, observation, with_expected=False, came="got now")
    yield f"  {_WORDS[again.change]}"


def _changed(replay: Replay) -> Iterator[str]:
    """What the behaviour has that is new, whatever the contract says of it."""
    if replay.differences:
        shown = [str(difference) for difference in replay.differences[:_SHOWN_DIFFERENCES]]
        more = len(replay.differences) - len(shown)
        rows = [*shown, *([f"and {more} more"] if more else [])]
        yield "\n".join(["Not as it was then:", *(f"  {textwrap.shorten(row, WIDTH)}" for row in rows)])


def _conclusion(replay: Replay) -> str:
    changes = {again.change for again in replay.found}
    if replay.passes:
        words = "PASSES NOW"
    elif changes & {"same", "differently"}:
        words = "STILL FAILS" if "same" in changes else "FAILS DIFFERENTLY"
    else:
        words = "NO VERDICT: nothing was learned"
    return click.style(words, fg="green" if replay.passes else "red", bold=True)
