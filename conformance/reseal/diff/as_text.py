"""The diff that a person reads in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from .. import __version__
from ..behaviour import Difference
from ..contract import ORIGINS
from ..verdict import within
from ..wrapping import few, one_line, wrapped
from . import words
from .sides import Side
from .values import KINDS, Change, Diff, Group, Kind

_SHOWN_CASES = 3
_COLOURS: Mapping[str, str] = {
    "regressed": "red",
    "fixed": "green",
    "changed": "yellow",
    "new": "cyan",
    "gone": "bright_black",
    "holds": "green",
    "breaks": "red",
    "as before": "yellow",
    "not run": "yellow",
}


def to_text(diff: Diff) -> str:
    """The diff, with colours as ANSI sequences; `click.echo` takes them out where they do not belong."""
    parts = [
        _head(diff),
        _table(diff),
        *(_change(change, diff) for kind in KINDS for change in diff.of_kind(kind)),
        "\n".join(_behaviour(diff)),
        "\n".join(_continuity(diff)),
        click.style(words.conclusion(diff), fg="red" if diff.is_worse else "green", bold=True),
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _head(diff: Diff) -> str:
    editions = sorted({diff.old.edition, diff.new.edition})
    lines = [
        f"reseal {__version__}, contract {' and '.join(editions)}, level {diff.level}",
        f"old  {_side(diff.old)}",
        f"new  {_side(diff.new)}",
    ]
    if len(editions) > 1:
        lines.append("Note: the sides were judged by different editions of the contract.")
    for side in (diff.old, diff.new):
        lines += [f"Note: {note}" for note in side.target.get("notes", ())]
    return "\n".join([*lines, ""])


def _side(side: Side) -> str:
    source = side.label if side.saved is None else f"{side.label}, from {side.saved}"
    return f"{click.style(side.name, bold=True)} ({source}), {side.target['seal']} seals"


def _table(diff: Diff) -> str:
    rows = [f"{'requirements':<14}" + "".join(f"{kind:>11}" for kind in KINDS)]
    for origin in ORIGINS:
        numbers = {kind: sum(c.origin == origin for c in diff.of_kind(kind)) for kind in KINDS}
        mark = "" if within(origin, diff.level) else "   not counted"
        rows.append(f"{origin:<14}" + "".join(_cell(kind, numbers[kind]) for kind in KINDS) + mark)
    return "\n".join(rows) + "\n"


def _cell(kind: Kind, number: int) -> str:
    text = f"{number:>11}"
    return click.style(text, fg=_COLOURS[kind]) if number else text


def _change(change: Change, diff: Diff) -> str:
    title = click.style(f"{change.kind.upper()} {change.id}", fg=_COLOURS[change.kind], bold=True)
    mark = "" if change.counts(diff.level) else ", not counted"
    lines = [f"{title}  {words.verdicts(change)}  ({change.origin}, {change.level}{mark})"]
    for case in change.cases[:_SHOWN_CASES]:
        lines += wrapped(f"• {case.id}: {words.state(case.old)} → {words.state(case.new)}", "  ")
        lines += wrapped(one_line(case.got), "    ")
    if len(change.cases) > _SHOWN_CASES:
        rest = [case.id for case in change.cases[_SHOWN_CASES:]]
        lines += wrapped(f"and {len(rest)} more: {few(rest, _SHOWN_CASES)}", "  ")
    return "\n".join(lines) + "\n"


def _behaviour(diff: Diff) -> Iterator[str]:
    number = len(diff.behaviour)
    seen = f"{diff.changed_cases} of {words.cases(len(diff.compared))}"
    yield click.style(f"Behaviour: {number} change{'s' * (number != 1)}, in {seen}", bold=True)
    for group in diff.behaviour:
        yield from _group(group)
    for which, only in (("old", diff.only_old), ("new", diff.only_new)):
        if only:
            text = f"{words.cases(len(only))} seen on the {which} side alone: {few(only, _SHOWN_CASES)}"
            yield from wrapped(text, "  ")
    yield ""


def _group(group: Group) -> Iterator[str]:
    difference = group.difference
    new = click.style(one_line(difference.new), bold=True)
    yield f"  • {one_line(difference.aspect)}: {one_line(difference.old)} → {new}"
    yield from wrapped(f"{words.cases(len(group.cases))}: {few(group.cases, _SHOWN_CASES)}", "    ")
    for which, said in (("old", group.old_said), ("new", group.new_said)):
        if said is not None and not _is_told(said, difference):
            yield from wrapped(f"{which} said in the first: {one_line(said)}", "    ")


def _is_told(said: str, difference: Difference) -> bool:
    return said in f"{difference.old} {difference.new}"


def _continuity(diff: Diff) -> Iterator[str]:
    if not diff.continuity:
        title = click.style("Cookies: not run", fg=_COLOURS["not run"], bold=True)
        yield f"{title}, {diff.why_no_continuity or 'nothing was asked'}"
        yield ""
        return
    yield click.style("Cookies", bold=True)
    for which in words.DIRECTIONS:
        cells = [cell for cell in diff.continuity if cell.direction == which]
        yield f"  {words.direction(diff, which)}: {words.tally(cells)}"
        for state, why, titles in words.alike(cells):
            yield f"    {click.style(state, fg=_COLOURS[state])}  {', '.join(titles)}"
            yield from wrapped(why, "      ")
    yield ""
