"""``reseal fixtures``: export and verify."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from .support import Ended

Reseal = Callable[..., Ended]


def test_an_export_is_whole(reseal: Reseal) -> None:
    """What is exported can be read, is verified, and can be exported over again."""
    first = reseal("fixtures", "export", "copy")
    verified = reseal("fixtures", "verify", "copy")
    again = reseal("fixtures", "export", "copy")

    assert (0, 0, 0) == (first.status, verified.status, again.status)
    assert f"files in copy. Read {Path('copy') / 'README.md'} first.\n" in first.out
    assert "The fixtures are whole.\n" == verified.out
    assert Path("copy/vectors/iron.json").is_file()


def test_a_spoiled_copy(reseal: Reseal) -> None:
    """A copy that was changed ends with 1, and each problem names its file."""
    reseal("fixtures", "export", "copy")
    file = Path("copy/vectors/iron.json")
    table = json.loads(file.read_text())
    table["vectors"][0]["verdict"] = "refused"
    file.write_text(json.dumps(table))

    ended = reseal("fixtures", "verify", "copy")

    assert 1 == ended.status
    assert "vectors/iron.json: it breaks seals.schema.json: vectors[0]" in ended.out
    assert ended.out.endswith("1 problem.\n")


def test_wrong_usage(reseal: Reseal) -> None:
    """A folder of somebody's is neither overwritten nor called fixtures."""
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine")

    over, empty = reseal("fixtures", "export", "mine"), reseal("fixtures", "verify", "mine")

    assert (2, 2) == (over.status, empty.status)
    assert "reseal: FOLDER: mine has files that are no fixtures, such as notes.txt." in over.err
    assert "reseal: FOLDER: it has no index.json." in empty.err


def test_an_index_of_something_else(reseal: Reseal) -> None:
    """A folder with an index of its own is no older export."""
    Path("mine").mkdir()
    Path("mine/index.json").write_text('{"files": []}')
    Path("mine/README.md").write_text("mine")

    over = reseal("fixtures", "export", "mine")

    assert over.status == 2
    assert Path("mine/README.md").read_text() == "mine"
