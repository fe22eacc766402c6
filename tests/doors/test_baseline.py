"""``reseal baseline``, and checks against what it wrote."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from .support import DEVIATION, MENDED, WRONG, Ended, failing

pytestmark = pytest.mark.usefixtures("few_cases")

Reseal = Callable[..., Ended]
FAST = ("--transport", "respx", "--seed", "1")


@pytest.fixture
def wrong(folder: Path) -> Path:
    (folder / "mine.py").write_text(WRONG)
    return folder


def written(folder: Path, name: str = "deviations.toml") -> dict[str, dict[str, object]]:
    return {row["requirement"]: row for row in tomllib.loads((folder / name).read_text())["deviation"]}


def released(folder: Path, version: str) -> str:
    """The wrong implementation as one that says its version."""
    ours = f'import reseal\nours = reseal.Implementation("mine", refresh, version="{version}")\n'
    (folder / "mine.py").write_text(WRONG + ours)
    return "mine:ours"


def test_a_baseline_excuses_what_it_was_made_of(reseal: Reseal, wrong: Path) -> None:
    """What does not conform conforms with its baseline, and the file names the cases and what was got."""
    assert reseal("check", "mine:refresh", *FAST).status == 1

    made = reseal("baseline", "mine:refresh", "--write", *FAST)
    checked = reseal(
        "check", "mine:refresh", "--deviations", "deviations.toml", "--level", "hardening", *FAST
    )

    row = written(wrong)["error.invalid-grant"]
    assert (made.status, made.out) == (0, "")
    assert 'Read each reason in deviations.toml; then set deviations = "deviations.toml"' in made.err
    assert "refresh.reason.invalid-grant.revoked" in row["cases"]
    assert row["reason"] == "returned authenticated False, reason 'invalid_session_cookie'"
    assert row["issue"] == "not reported yet"
    assert (checked.status, failing(checked.out)) == (0, [])


def test_a_baseline_is_used_by_the_configuration(reseal: Reseal, wrong: Path) -> None:
    """A file of deviations that reseal.toml names is read from beside it."""
    (wrong / "reseal.toml").write_text('target = "mine:refresh"\ndeviations = "deviations.toml"\n')
    (wrong / "deviations.toml").write_text("deviation = []\n")
    assert reseal("check", "-k", "invalid-grant", *FAST).status == 1

    reseal("baseline", "--write", *FAST)

    assert reseal("check", "-k", "invalid-grant", *FAST).status == 0


def test_a_baseline_is_strict(reseal: Reseal, wrong: Path) -> None:
    """Once the fault is mended, the baseline fails the run until it is made anew."""
    reseal("baseline", "mine:refresh", "--write", *FAST)
    (wrong / "mine.py").write_text(MENDED)

    overdue = reseal("check", "mine:refresh", "--deviations", "deviations.toml", *FAST)
    reseal("baseline", "mine:refresh", "--write", *FAST)
    renewed = reseal("check", "mine:refresh", "--deviations", "deviations.toml", *FAST)

    assert overdue.status == 1
    assert "it passes now: remove the deviation" in overdue.out
    assert renewed.status == 0


def test_words_that_were_written_stay(reseal: Reseal, wrong: Path) -> None:
    """A deviation that still happens keeps its reason and issue, its versions and its last day."""
    more = 'versions = ">=1"\nuntil = 2099-01-31\n'
    name = "error.invalid-grant:refresh.reason.invalid-grant.revoked"
    (wrong / "deviations.toml").write_text(DEVIATION.format(name) + more)

    reseal("baseline", released(wrong, "1.5"), "--write", "--issue", "ABC-9", *FAST)

    rows = tomllib.loads((wrong / "deviations.toml").read_text())["deviation"]
    kept, new = [row for row in rows if row["requirement"] == "error.invalid-grant"]
    assert kept["cases"] == ["refresh.reason.invalid-grant.revoked"]
    assert (kept["reason"], kept["issue"]) == ("until 2.0", "https://tracker.example/1")
    assert (kept["versions"], str(kept["until"])) == (">=1", "2099-01-31")
    assert new["issue"] == "ABC-9"
    assert "refresh.reason.invalid-grant.revoked" not in new["cases"]


def test_deviations_of_other_releases_stay(reseal: Reseal, wrong: Path) -> None:
    """What was written of another release excuses nothing here, and is not lost."""
    (wrong / "deviations.toml").write_text(DEVIATION.format("error.invalid-grant") + 'versions = "<2"\n')

    reseal("baseline", released(wrong, "2.0"), "--write", "--issue", "ABC-9", *FAST)

    rows = tomllib.loads((wrong / "deviations.toml").read_text())["deviation"]
    new, kept = [row for row in rows if row["requirement"] == "error.invalid-grant"]
    assert new["issue"] == "ABC-9"
    assert kept == {
        "requirement": "error.invalid-grant",
        "reason": "until 2.0",
        "issue": "https://tracker.example/1",
        "versions": "<2",
    }
    assert reseal("check", "mine:ours", "--deviations", "deviations.toml", *FAST).status == 0


def test_a_deviation_of_a_whole_requirement_stays_one(reseal: Reseal, wrong: Path) -> None:
    """Whoever excused a requirement in all its cases gets no list of them."""
    (wrong / "deviations.toml").write_text(DEVIATION.format("error.invalid-grant"))

    reseal("baseline", "mine:refresh", "--write", *FAST)

    assert written(wrong)["error.invalid-grant"] == {
        "requirement": "error.invalid-grant",
        "reason": "until 2.0",
        "issue": "https://tracker.example/1",
    }


def test_without_write_nothing_is_written(reseal: Reseal, wrong: Path) -> None:
    """By default the file goes to stdout, and what is told goes to stderr."""
    ended = reseal("baseline", "mine:refresh", *FAST)

    assert ended.status == 0
    assert "error.invalid-grant" in {row["requirement"] for row in tomllib.loads(ended.out)["deviation"]}
    assert re.match(r"\d+ requirements of mine:refresh deviate\.", ended.err)
    assert not (wrong / "deviations.toml").exists()


def test_what_could_not_be_run_is_told(reseal: Reseal, folder: Path) -> None:
    """Where no positive control passes, a baseline says that it excuses little."""
    (folder / "mine.py").write_text("def refresh(request):\n    raise RuntimeError\n")

    ended = reseal("baseline", "mine:refresh", *FAST)

    assert ended.status == 0
    assert "requirements could not be run, which nothing excuses: " in ended.err


def test_a_broken_adapter_has_no_baseline(reseal: Reseal, folder: Path) -> None:
    """Where the adapter fails, nothing is written, and the status says so."""
    ended = reseal("baseline", "stdio:false", "--write")

    assert ended.status == 3
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("level = 'hardening'", "unknown field 'level'. The file has [[deviation]] tables only."),
        ("deviation = 1", "deviation must be written as [[deviation]] tables."),
    ],
)
def test_a_file_of_something_else(reseal: Reseal, wrong: Path, text: str, error: str) -> None:
    """A file that is no list of deviations is refused, and left as it is."""
    (wrong / "deviations.toml").write_text(text)

    ended = reseal("baseline", "mine:refresh", "--write", *FAST)

    assert (ended.status, (wrong / "deviations.toml").read_text()) == (2, text)
    assert f"deviations.toml: {error}" in ended.err
