"""How wide what is printed for a person is, and how a long line of it is broken."""

from __future__ import annotations

import textwrap

WIDTH = 110  # characters


def wrapped(text: str, indent: str = "  ") -> list[str]:
    """``text`` in lines of at most `WIDTH`, those after the first below the end of ``indent``."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_long_words=False,
        break_on_hyphens=False,
    )
