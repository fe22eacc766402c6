"""Text of others in Markdown: it stays text, whatever is in it."""

from __future__ import annotations

import re
import textwrap


def fenced(text: str, language: str = "text") -> str:
    """A block of code, with a fence that is longer than any inside."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def code(text: str) -> str:
    """Code in a line or in a cell of a table."""
    # No Markdown agrees with another on how a bar in a cell is escaped.
    line = " ".join(text.split()).replace("|", "¦")
    if not line:
        return ""
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def wrapped(text: str) -> str:
    """``text`` in lines of a length for reading; for what is to be shown as it is."""
    lines = text.splitlines() or [""]
    return "\n".join(part for line in lines for part in (textwrap.wrap(line, 100) or [""]))


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
