"""The diff as a comment on a pull request.

What an SDK said is shown as code and nowhere else, with nothing in it that could end the code: neither
mark-up, nor a link, nor the name of a person comes out of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from ..markdown import code
from ..wrapping import one_line
from . import words
from .values import KINDS, Change, Diff

_MAX_TEXT = 300
_MAX_ROWS = 50  # GitHub takes 65,536 characters


def to_markdown(diff: Diff) -> str:
    """The diff in short; the particulars are folded away."""
    mark = "❌" if diff.is_worse else "✅"
    parts = [
        f"### {mark} {_code(diff.old.label)} → {_code(diff.new.label)}",
        f"**{_text(words.conclusion(diff))}**",
        "\n".join(_table(diff)),
        *_folded_changes(diff),
        _folded(_behaviour_title(diff), _behaviour(diff)),
        _continuity(diff),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(diff: Diff) -> Iterator[str]:
    yield "| " + " | ".join(KINDS) + " |"
    yield "|" + "---|" * len(KINDS)
    yield "| " + " | ".join(str(len(diff.of_kind(kind))) for kind in KINDS) + " |"


def _folded_changes(diff: Diff) -> Iterator[str]:
    for kind in KINDS:
        changes = diff.of_kind(kind)
        if changes:
            yield _folded(f"{kind}: {len(changes)}", [line for c in changes for line in _change(c, diff)])


def _change(change: Change, diff: Diff) -> Iterator[str]:
    mark = "" if change.counts(diff.level) else ", not counted"
    yield f"- {_code(change.id)} {words.verdicts(change)} ({change.origin}, {change.level}{mark})"
    for case in change.cases[:3]:
        yield f"  - {_code(case.id)}: {_code(case.got)}"
    if len(change.cases) > 3:
        yield f"  - and {len(change.cases) - 3} more"


def _behaviour_title(diff: Diff) -> str:
    changed = f"{diff.changed_cases} of {words.cases(len(diff.compared))}"
    number = len(diff.behaviour)
    return f"behaviour: {number} change{'s' * (number != 1)}, in {changed}"


def _behaviour(diff: Diff) -> list[str]:
    rows = [
        f"- {_code(group.difference.aspect)}: {_code(group.difference.old)} → {_code(group.difference.new)}"
        f" ({words.cases(len(group.cases))}: {', '.join(_code(case) for case in group.cases[:3])}"
        f"{', …' if len(group.cases) > 3 else ''})"
        for group in diff.behaviour
    ]
    return rows if len(rows) <= _MAX_ROWS else [*rows[:_MAX_ROWS], f"- and {len(rows) - _MAX_ROWS} more"]


def _continuity(diff: Diff) -> str:
    if not diff.continuity:
        return f"⚠️ cookies: not run, {_text(diff.why_no_continuity or 'nothing was asked')}"
    lines = []
    for which in words.DIRECTIONS:
        cells = [cell for cell in diff.continuity if cell.direction == which]
        lines.append(f"- {which}: {words.tally(cells)}")
        lines += [
            f"  - {state}, {', '.join(titles)}: {_code(why)}" for state, why, titles in words.alike(cells)
        ]
    is_broken = any(cell.state == "breaks" for cell in diff.continuity)
    return _folded(f"cookies: {words.tally(diff.continuity)}", lines, is_open=is_broken)


def _folded(title: str, lines: Sequence[str], *, is_open: bool = False) -> str:
    if not lines:
        return ""
    body = "\n".join(lines)
    return f"<details{' open' if is_open else ''}><summary>{_text(title)}</summary>\n\n{body}\n\n</details>"


def _code(text: str) -> str:
    return code(one_line(text, _MAX_TEXT))


def _text(text: str) -> str:
    """``text`` outside of code: nothing in it is mark-up."""
    plain = html.escape(re.sub(r"\s+", " ", text), quote=False)
    return re.sub(r"([\\`*_\[\]~|@#])", r"\\\1", plain)
