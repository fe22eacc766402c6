"""What is known of released SDKs, and what a check says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reseal import shipped
from reseal._data import fixtures_root

from .support import FAILING_CASE, MENDED, WRONG, Ended, failing

Reseal = Callable[..., Ended]
FAST = ("--transport", "respx", "--seed", "1", "-k", "invalid-grant")
ROW = """
[[deviation]]
requirement = "error.invalid-grant"
cases = [{cases}]
implementations = ["mine"]
versions = ">=2,<3"
reason = "it says that the cookie is bad"
issue = "https://tracker.example/1"
"""
IMPLEMENTATION = """

import reseal

implementation = reseal.Implementation("mine", refresh, version="2.1")
"""


@pytest.fixture
def known(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Fixtures in which a deviation of some cases is known of versions 2 of ``mine``."""
    real = fixtures_root()
    root = folder / "fixtures"
    (root / "deviations").mkdir(parents=True)
    for entry in ("contract.toml", "cases", "schema", "keys", "users.json", "vectors"):
        (root / entry).symlink_to(Path(str(real / entry)))

    def know(*cases: str) -> None:
        named = ", ".join(f'"{case}"' for case in cases)
        (root / "deviations" / "mine.toml").write_text(ROW.format(cases=named))

    monkeypatch.setattr("reseal._data.fixtures_root", lambda: root)
    shipped.load.cache_clear()
    yield know
    shipped.load.cache_clear()


def grants(reseal: Reseal) -> list[str]:
    """The cases that the wrong implementation fails."""
    listed = reseal("contract", "--cases").out.splitlines()
    return [line.split()[0] for line in listed if line.endswith("(error.invalid-grant)")]


def test_nothing_new(reseal: Reseal, folder: Path, known: Callable[..., None]) -> None:
    """A release that fails as it is known to fails all the same, and the report says that it is not news."""
    (folder / "mine.py").write_text(WRONG + IMPLEMENTATION)
    known(*grants(reseal))

    ended = reseal("check", "mine:implementation", *FAST)
    excused = reseal("check", "mine:implementation", "--as-known", *FAST)

    assert (ended.status, failing(ended.out)) == (1, ["error.invalid-grant"])
    assert ended.out.endswith("\nAll as known of this release; --as-known excuses it.\n")
    assert (excused.status, failing(excused.out)) == (0, [])
    assert "(known: it says that the cookie is bad, https://tracker.example/1)" in " ".join(
        excused.out.split()
    )
    assert "CONFORMS BUT FOR KNOWN DEVIATIONS at level documented: 1 of 7 requirements" in excused.out


def test_something_new(reseal: Reseal, folder: Path, known: Callable[..., None]) -> None:
    """A case that is not known to fail is news, and not excused."""
    (folder / "mine.py").write_text(WRONG + IMPLEMENTATION)
    known(*(case for case in grants(reseal) if case != FAILING_CASE))

    ended = reseal("check", "mine:implementation", "--as-known", *FAST)

    assert (ended.status, failing(ended.out)) == (1, ["error.invalid-grant"])
    assert ended.out.endswith("\nNew, not known of this release: error.invalid-grant\n")


def test_something_gone(reseal: Reseal, folder: Path, known: Callable[..., None]) -> None:
    """What is known to fail and passes is told; with --as-known it fails the run."""
    (folder / "mine.py").write_text(MENDED + IMPLEMENTATION)
    known(FAILING_CASE)

    ended = reseal("check", "mine:implementation", *FAST)
    strict = reseal("check", "mine:implementation", "--as-known", *FAST)

    assert ended.status == 0
    assert ended.out.endswith("\nGone, though known of this release: error.invalid-grant\n")
    assert strict.status == 1


@pytest.mark.parametrize("change", ['version="3.0"', 'version="2.1", name="another"'])
def test_nothing_is_known(reseal: Reseal, folder: Path, known: Callable[..., None], change: str) -> None:
    """Of another release, or another implementation, nothing is said."""
    text = (WRONG + IMPLEMENTATION).replace('"mine", refresh, version="2.1"', f"refresh=refresh, {change}")
    (folder / "mine.py").write_text(
        text if "name=" in change else text.replace("refresh=", 'name="mine", refresh=')
    )
    known(*grants(reseal))

    ended = reseal("check", "mine:implementation", "--as-known", *FAST)

    assert (ended.status, failing(ended.out)) == (1, ["error.invalid-grant"])
    assert "this release" not in ended.out


def test_the_shipped_deviations_are_well_formed() -> None:
    """Every row of the data names cases, versions and an implementation."""
    shipped.load.cache_clear()

    rows = shipped.load()

    assert [row for row in rows if not (row.cases and row.versions and row.implementation)] == []
