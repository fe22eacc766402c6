"""Make the generated fixtures again: ``python -m reseal.vectors [FOLDER]``."""

from __future__ import annotations

import sys
from pathlib import Path

from .._data import fixtures_root
from .make import contents


def main(words: list[str]) -> None:
    """Write the files into FOLDER, by default the fixtures of this checkout."""
    folder = Path(words[0]) if words else Path(str(fixtures_root()))
    for path, text in contents().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
