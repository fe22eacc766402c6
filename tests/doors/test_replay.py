"""`reseal check --bundles` and `reseal replay`, as users call them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .support import FAILING_CASE, MENDED, WRONG, Ended

Reseal = Callable[..., Ended]
BUNDLE = f"found/{FAILING_CASE}.json"


@pytest.fixture
def found(folder: Path, reseal: Reseal) -> Path:
    """A folder with an implementation that is wrong, and the bundle of its failure."""
    (folder / "mine.py").write_text(WRONG)
    ended = reseal("check", "mine:refresh", "-k", FAILING_CASE, "--seed", "7", "--bundles", "found")
    assert ended.status == 1
    assert f"repeat: reseal replay {BUNDLE}" in ended.out
    return folder


def test_without_bundles_the_report_names_none(folder: Path, reseal: Reseal) -> None:
    """The command that repeats a failure is that of the check."""
    (folder / "mine.py").write_text(WRONG)

    ended = reseal("check", "mine:refresh", "-k", FAILING_CASE, "--seed", "7")

    assert f"repeat: reseal check mine:refresh -k {FAILING_CASE} --seed 7" in ended.out


def test_it_still_fails(found: Path, reseal: Reseal) -> None:
    """Expected, then, now and the exchange are shown; the status is 1."""
    ended = reseal("replay", BUNDLE)

    assert ended.status == 1, ended.err
    for part in ("expected  ", "got then  ", "got now   ", "exchange  ", "in the same way", "STILL FAILS"):
        assert part in ended.out


def test_it_passes_once_it_is_mended(found: Path, reseal: Reseal) -> None:
    """What fails no longer has the status 0."""
    (found / "mine.py").write_text(MENDED)

    ended = reseal("replay", BUNDLE)

    assert ended.status == 0, ended.out + ended.err
    assert ended.out.endswith("PASSES NOW\n")


def test_another_target_is_not_judged_by_what_was(found: Path, reseal: Reseal) -> None:
    """A bundle replays against any target."""
    ended = reseal("replay", BUNDLE, "reference")

    assert ended.status == 0, ended.out + ended.err
    assert "now   reseal reference" in ended.out


def test_judging_alone_runs_nothing(found: Path, reseal: Reseal) -> None:
    """The stored observation is judged, though the implementation is gone."""
    (found / "mine.py").unlink()

    ended = reseal("replay", BUNDLE, "--judge-only")

    assert ended.status == 1
    assert "judged again, and not run" in ended.out


def test_a_bug_report_runs_nothing(found: Path, reseal: Reseal) -> None:
    """The issue text is printed, and nothing else."""
    (found / "mine.py").unlink()

    ended = reseal("replay", BUNDLE, "--bug-report")

    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("# Session refresh: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.json",), "File 'nowhere.json' does not exist"),
        ((BUNDLE, "--seal", "iron"), "--seal: it is about a TARGET, and there is none."),
        ((BUNDLE, "--judge-only", "--bug-report"), "--judge-only and --bug-report do not go together"),
        (
            (BUNDLE, "reference", "--judge-only"),
            "TARGET: --judge-only runs nothing, so leave 'reference' out",
        ),
        (("broken.json",), "broken.json: seed: 'seven' is not of type 'integer'"),
        (("other.json",), "other.json: contract: it was judged by edition 1999-01"),
    ],
)
def test_wrong_usage(found: Path, reseal: Reseal, words: tuple[str, ...], said: str) -> None:
    """The status is 2, and the message names the field and the mend."""
    bundle = json.loads((found / BUNDLE).read_text())
    (found / "broken.json").write_text(json.dumps({**bundle, "seed": "seven"}))
    (found / "other.json").write_text(json.dumps({**bundle, "contract": "1999-01"}))

    ended = reseal("replay", *words)

    assert ended.status == 2
    assert said in ended.err


def test_another_edition_by_choice(found: Path, reseal: Reseal) -> None:
    """With the flag, a bundle of another edition is replayed."""
    bundle = json.loads((found / BUNDLE).read_text())
    (found / "other.json").write_text(json.dumps({**bundle, "contract": "1999-01"}))

    assert reseal("replay", "other.json", "--across-editions").status == 1


def test_a_target_that_cannot_be_run(found: Path, reseal: Reseal) -> None:
    """The status is 3: that is no verdict."""
    assert reseal("replay", BUNDLE, "stdio:no-such-command").status == 3


def test_a_command_of_somebody_else(found: Path, reseal: Reseal) -> None:
    """A bundle's own command is run where the configuration names it as well, and nowhere else."""
    command = "stdio:touch ran"
    bundle = json.loads((found / BUNDLE).read_text())
    bundle["target"]["spec"] = command
    (found / "other.json").write_text(json.dumps(bundle))

    refused = reseal("replay", "other.json")
    was_run = Path("ran").exists()
    (found / "reseal.toml").write_text(f'target = "{command}"\n')
    trusted = reseal("replay", "other.json")

    assert (refused.status, was_run) == (2, False)
    assert "TARGET: the bundle would run 'stdio:touch ran'" in refused.err
    assert trusted.status == 3
    assert Path("ran").exists()
