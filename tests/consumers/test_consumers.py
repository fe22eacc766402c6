"""The consumers of the fixtures' README, each run as a user runs it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reseal._data import fixtures_root
from reseal.vectors.files import export

_HERE = Path(__file__).parent
_README = (fixtures_root() / "README.md").read_text("utf-8")


@dataclass(frozen=True)
class Consumer:
    """A consumer, how it is run, and how it can be broken.

    Attributes:
        passed: Finds the tests that passed, in the output.
        right: Text that makes it right, and ``wrong`` what takes its place.
    """

    language: str
    file: str
    needs: str
    command: tuple[str, ...]
    passed: str
    right: str
    wrong: str

    def count(self) -> int:
        """How many vectors it has to look at."""
        rows = {"python": "fernet", "js": "access-tokens", "go": "exchanges"}
        file: dict[str, Any] = json.loads(
            (fixtures_root() / "vectors" / f"{rows[self.language]}.json").read_text("utf-8")
        )
        if self.language == "python":
            return len(file["vectors"])
        if self.language == "js":
            return len([row for row in file["tokens"] if row["verdict"] != "either"])
        return len([row for row in file["exchanges"] if (row["response"] or {}).get("status", 0) >= 400])


CONSUMERS = (
    Consumer(
        "python",
        "consume.py",
        sys.executable,
        (sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "consume.py"),
        r"PASSED",
        "Fernet(password).decrypt(token.encode())",
        "b'{}'",
    ),
    Consumer(
        "js",
        "consume.mjs",
        "node",
        ("node", "--test", "--test-reporter=tap", "consume.mjs"),
        r"^ *ok \d+ - jwt",
        'alg === "RS256" && ',
        "true || ",
    ),
    Consumer(
        "go",
        "consume_test.go",
        "go",
        ("go", "test", "-v", "consume_test.go"),
        r"^ +--- PASS",
        "(status == 400 || status == 403) && ",
        "",
    ),
)

each = pytest.mark.parametrize("consumer", CONSUMERS, ids=lambda consumer: consumer.language)


def consume(consumer: Consumer, folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    """Run ``source`` in a folder with an export of the fixtures."""
    if shutil.which(consumer.needs) is None:
        if "CI" in os.environ:
            pytest.fail(f"CI must have {consumer.needs}")
        pytest.skip(f"needs {consumer.needs}; where CI is set, this fails in place of being skipped")
    export(fixtures_root(), folder / "fixtures")
    (folder / consumer.file).write_text(source)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    env = {**kept, "CGO_ENABLED": "0", "GO111MODULE": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local"}
    return subprocess.run(
        consumer.command, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False
    )


@each
def test_a_right_implementation_passes(consumer: Consumer, tmp_path: Path) -> None:
    """The consumer passes, having looked at every vector."""
    done = consume(consumer, tmp_path, (_HERE / consumer.file).read_text("utf-8"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert consumer.count() == len(re.findall(consumer.passed, done.stdout, re.MULTILINE))


@each
def test_a_wrong_implementation_fails(consumer: Consumer, tmp_path: Path) -> None:
    """With a fault in its implementation, the consumer fails."""
    source = (_HERE / consumer.file).read_text("utf-8")
    assert source.count(consumer.right) == 1

    done = consume(consumer, tmp_path, source.replace(consumer.right, consumer.wrong))

    assert done.returncode == 1, done.stdout + done.stderr


@each
def test_the_readme_shows_it(consumer: Consumer) -> None:
    """The README has the consumer as it is run here."""
    assert f"```{consumer.language}\n{(_HERE / consumer.file).read_text('utf-8')}```\n" in _README
