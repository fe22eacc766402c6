from __future__ import annotations

from reseal.inspect.detect import _iron
from reseal.wrapping import WIDTH, one_line, wrapped


def test_nothing_moves_the_cursor() -> None:
    """Neither escapes nor the ends of lines come through, and a long text is cut."""
    assert one_line("a\x1b]0;title\x07\r\nb\x9b2J") == "a ]0;title   b 2J"
    assert one_line("abcd", 3) == "abc…"


def test_lines_are_broken_between_words() -> None:
    """A line is no longer than the width, but for a word that is, and hangs below the first."""
    lines = wrapped("word " * 50 + "x" * 200, "  • ")

    assert lines[0].startswith("  • word")
    assert all(line.startswith("    ") for line in lines[1:])
    assert [line for line in lines if len(line) > WIDTH] == [f"    {'x' * 200}"]


def test_nothing_in_a_line_moves_the_cursor() -> None:
    """What an implementation says comes through as text alone."""
    assert wrapped("raised ValueError: a\x1b]0;title\x07b\x9b2J\nc") == [
        "  raised ValueError: a ]0;title b 2J c"
    ]


def test_the_parts_of_a_cookie_are_shown_without_escapes() -> None:
    """What a cookie holds does nothing to the terminal of whoever inspects it."""
    parts = _iron("Fe26.2*\x1b]0;pwn\x07*salt*iv*text**salt*mac~\x1b[2J")

    assert [part.value for part in parts][1] == " ]0;pwn "
    assert not any("\x1b" in part.value or "\x07" in part.value for part in parts)
