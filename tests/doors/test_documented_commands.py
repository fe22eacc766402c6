"""Every command that the documentation shows is one that reseal has, with the options that it has."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from reseal.cli import commands

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "action.yml",
    *sorted((ROOT / "docs").rglob("*.md")),
]
# In a code span, in a fence, or behind a prompt; up to what a shell would take for the end.
COMMAND = re.compile(
    r"(?:`|^\$ |^ *|&& |bin/|\| |exec )reseal ([a-z]+(?: (?:'[^'\n]*'|\"[^\"\n]*\"|[^`|;&<>'\"\n])*)?)",
    re.MULTILINE,
)


def shown(page: Path) -> Iterator[str]:
    for found in COMMAND.finditer(page.read_text("utf-8")):
        if found[1].split()[0] in commands.list_commands(click.Context(commands)) or "`reseal " in found[0]:
            yield found[1].strip()


SHOWN = [(page.relative_to(ROOT).as_posix(), words) for page in PAGES for words in shown(page)]


def words_of(text: str) -> list[str]:
    # What stands for something else is taken for a word like any other.
    return [word for word in shlex.split(text) if word not in ("…", "...")]


@pytest.mark.parametrize(("page", "text"), SHOWN, ids=[f"{page}: {text}" for page, text in SHOWN])
def test_a_command_exists(page: str, text: str) -> None:
    """Its name and each of its options are known; what it needs besides may be left out in a text."""
    name, *words = words_of(text)

    command = commands.get_command(click.Context(commands), name)

    assert command is not None, page
    known = {
        option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
    }
    if isinstance(command, click.Group):
        known |= {o for sub in command.commands.values() for parameter in sub.params for o in parameter.opts}
    options = {word.partition("=")[0] for word in words if re.match(r"-[a-zA-Z-]", word)}
    assert options <= known | {"--help"}, page


def test_the_documentation_shows_commands() -> None:
    """The pages are found, and so are the commands in them."""
    names = {words_of(text)[0] for _, text in SHOWN}

    assert names >= {"check", "diff", "matrix", "serve", "inspect", "init", "baseline", "compare", "fixtures"}
