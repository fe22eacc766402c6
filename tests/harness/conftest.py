"""Fixtures for the tests of the harness."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reseal import Implementation, _data
from reseal.target import Target
from reseal.target.inprocess import InProcessTarget
from tests.broken.right import Right


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of fixtures of the test's own, with the real schemas and the real contract."""
    root = _data.fixtures_root()
    monkeypatch.setattr(_data, "fixtures_root", lambda: tmp_path)
    for part in ("schema", "cases"):
        (tmp_path / part).mkdir()
    for schema in (root / "schema").iterdir():
        (tmp_path / "schema" / schema.name).write_text(schema.read_text("utf-8"), "utf-8")
    (tmp_path / "contract.toml").write_text((root / "contract.toml").read_text("utf-8"), "utf-8")
    return tmp_path


@pytest.fixture
def target() -> Iterator[Callable[[type[Right]], Target]]:
    """Makes a target of an implementation."""
    running: list[Right] = []

    def make(kind: type[Right]) -> Target:
        running.append(kind())
        implementation = Implementation(kind.__name__, running[-1].refresh, "iron")
        return InProcessTarget(implementation, f"mine:{kind.__name__}")

    yield make
    for right in running:
        right.close()
