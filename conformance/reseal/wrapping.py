"""What is printed for a person: how wide it is, and that it does nothing to the terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

WIDTH = 110  # characters
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")  # C0 and C1; other odd characters are shown escaped


def wrapped(text: str, indent: str = "  ") -> list[str]:
    """``text`` in lines of at most `WIDTH`, those after the first below the end of ``indent``.

    Nothing in them moves the cursor.
    """
    return textwrap.wrap(
        CONTROLS.sub(" ", text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_long_words=False,
        break_on_hyphens=False,
    )


def one_line(text: str, most: int = 200) -> str:
    """``text`` on one line, with nothing that moves the cursor, cut after ``most`` characters."""
    return cut("".join(character if character.isprintable() else " " for character in text), most)


def few(names: Sequence[str], most: int) -> str:
    """The first ``most`` of ``names``, with dots where there are more."""
    return ", ".join((*names[:most], *("…" for _ in names[most : most + 1])))


def cut(text: str, most: int, *, told: bool = False) -> str:
    """The first ``most`` characters of ``text``; with dots where there are more, and ``told`` how many."""
    if len(text) <= most:
        return text
    return f"{text[:most]}…" + (f" ({len(text):,} characters)" if told else "")
