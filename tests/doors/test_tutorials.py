"""The tutorials, step by step, as a reader would follow them: each block in order, in an empty folder."""

from __future__ import annotations

import os
import re
import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

from .support import run

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```(\w+)(?: (file|status)=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code: a file to write, or commands and the status that they end with."""

    language: str
    name: str | None
    value: str | None
    text: str


def blocks(page: str) -> list[Block]:
    found = [Block(*match.groups()) for match in _BLOCK.finditer((DOCS / page).read_text("utf-8"))]
    assert len(found) == (DOCS / page).read_text("utf-8").count("```") // 2, "a block is not understood"
    return found


def followed(block: Block, folder: Path) -> str:
    """What doing as ``block`` says shows; it must end as the page says."""
    if block.name == "file":
        assert block.value is not None
        (folder / block.value).parent.mkdir(exist_ok=True)
        (folder / block.value).write_text(block.text)
        return ""
    scripts = sysconfig.get_path("scripts")
    env = {"PATH": f"{scripts}:{os.environ['PATH']}"}
    ended = run(["bash", "-euo", "pipefail", "-c", block.text], folder, env)
    assert ended.status == int(block.value or 0), ended.out + ended.err
    return ended.out + ended.err


@pytest.mark.parametrize(
    ("page", "manifest", "shown"),
    [
        (
            "own-node.md",
            "package.json",
            [
                "wrote reseal-adapter.mjs",
                "reseal-adapter.mjs calls nothing yet",
                "",
                "",
                "",
                "CONFORMS",
                "FAIL jwt.bad-signature",
                "",
                "CONFORMS at level documented",
            ],
        ),
        (
            "own-python.md",
            "requirements.txt",
            [
                "wrote reseal_adapter.py",
                "reseal_adapter.py calls nothing yet",
                "",
                "",
                "",
                "CONFORMS",
                "FAIL jwt.bad-signature",
                "",
                "CONFORMS at level documented",
            ],
        ),
    ],
)
def test_a_tutorial(tmp_path: Path, page: str, manifest: str, shown: list[str]) -> None:
    """Every block does what the page says of it, and shows the words that the page quotes."""
    assert shutil.which("node"), "these tests need Node.js"
    (tmp_path / manifest).write_text("{}" if manifest.endswith("json") else "")

    told = [followed(block, tmp_path) for block in blocks(page)]

    assert [words in out for words, out in zip(shown, told, strict=True)] == [True] * len(shown)
