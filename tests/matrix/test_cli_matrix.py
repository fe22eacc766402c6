"""The commands ``matrix`` and ``merge``: what they run, keep, print, and end with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from reseal import __version__
from reseal.matrix.file import read
from tests.doors.fake_registries import Machine
from tests.doors.support import Ended, run_reseal

Reseal = Callable[..., Ended]
QUICK = ("-k", "cookie.none", "--jobs", "2")


def test_a_matrix(npm: Machine, reseal: Reseal, folder: Path) -> None:
    """Each release with its operations; what cannot be installed or refresh says why; exit status 0."""
    ended = reseal("matrix", "npm:@workos-inc/node", "reference", "--json", "m.jsonl", *QUICK)

    assert ended.status == 0
    assert [
        (cell.version, cell.operation, cell.report is not None) for cell in read(Path("m.jsonl")).cells
    ] == [
        ("7.0.0", None, False),
        ("7.17.1", "refreshAndSealSessionData", False),
        ("7.17.1", "refresh", False),
        ("7.82.0", "refreshAndSealSessionData", True),
        ("7.82.0", "refresh", True),
        ("8.0.0", "refresh", True),
        (__version__, None, True),
    ]
    assert "7.17.1#refresh" in ended.out
    assert "npm error code E404 npm error no <url>" in ended.out
    assert "reseal matrix: 9 cells" in ended.err
    assert "registry.example" not in ended.out + ended.err + Path("m.jsonl").read_text()


def test_taking_it_up_again(reseal: Reseal, counted: Callable[[], int]) -> None:
    """What is finished is not run again; a new target is added."""
    first = reseal("matrix", "mine:refresh", "--json", "m.jsonl", *QUICK)
    calls = counted()

    second = reseal("matrix", "mine:refresh", "reference", "--json", "m.jsonl", *QUICK)

    assert (first.status, second.status) == (0, 0)
    assert calls > 0
    assert counted() == calls
    assert "2 cells, 1 of them kept from an earlier run" in second.err
    assert [cell.spec for cell in read(Path("m.jsonl")).cells] == ["mine:refresh", "reference"]


def test_another_seed(reseal: Reseal) -> None:
    """A file of another matrix is not added to."""
    assert reseal("matrix", "reference", "--json", "m.jsonl", *QUICK).status == 0

    ended = reseal("matrix", "reference", "--json", "m.jsonl", "--seed", "7", *QUICK)

    assert ended.status == 2
    assert "m.jsonl: seed of its cells is 0, that of this run is 7." in ended.err


def test_no_cell_could_be_run(reseal: Reseal) -> None:
    """Nothing was learned: exit status 3."""
    ended = reseal("matrix", "nowhere:refresh", "--json", "m.jsonl", *QUICK)

    assert ended.status == 3
    assert "No module named 'nowhere'" in ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pypi:requests"], "only pypi:workos==VERSION can be driven"),
        (["reference", "--shard", "3/2"], "is no part of a whole"),
        (["reference", "-k", "no-such-case"], "matches no case"),
        ([], "Missing argument"),
    ],
)
def test_wrong_usage(reseal: Reseal, words: list[str], said: str) -> None:
    """Wrong usage is exit status 2, before any file is begun."""
    ended = reseal("matrix", *words, "--json", "m.jsonl")

    assert ended.status == 2
    assert said in ended.err
    assert not Path("m.jsonl").exists()


def test_a_page(reseal: Reseal) -> None:
    """The page is made of the same values."""
    assert reseal("matrix", "reference", "--json", "m.jsonl", "--html", "m.html", *QUICK).status == 0

    page = Path("m.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert '"spec": "reference"' in page or '"spec":"reference"' in page


def parts_of(reseal: Reseal, of: int) -> list[str]:
    names = [f"part-{number}.jsonl" for number in range(1, of + 1)]
    for number, name in enumerate(names, start=1):
        words = ("reference", "reference-async", "nowhere:refresh", "--shard", f"{number}/{of}")
        reseal("matrix", *words, "--json", name, *QUICK)
    return names


def test_parts_make_the_whole(reseal: Reseal) -> None:
    """Merged in any order, the parts are the matrix that one run would have made."""
    parts = parts_of(reseal, 2)
    targets = ("reference", "reference-async", "nowhere:refresh")
    reseal("matrix", *targets, "--json", "whole.jsonl", *QUICK)

    ended = reseal("merge", "merged.jsonl", *reversed(parts))

    merged, whole = read(Path("merged.jsonl")), read(Path("whole.jsonl"))
    assert ended.status == 0
    assert ended.out == "merged.jsonl: 3 cells of 2 parts\n"
    assert [(c.spec, c.failed) for c in merged.cells] == [(c.spec, c.failed) for c in whole.cells]
    assert [c.report is None for c in merged.cells] == [False, False, True]


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The two parts of a matrix, by the names of their files."""
    folder = tmp_path_factory.mktemp("halves")
    names = parts_of(partial(run_reseal, folder), 2)
    return {name: (folder / name).read_text() for name in names}


def _unfinished(parts: list[str]) -> list[str]:
    path = Path(parts[0])
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    return parts


def _another_plan(parts: list[str]) -> list[str]:
    path = Path(parts[1])
    path.write_text(path.read_text().replace('"plan":"', '"plan":"0'))
    return parts


def _another_seed(parts: list[str]) -> list[str]:
    path = Path(parts[1])
    path.write_text(path.read_text().replace('"seed":0', '"seed":5', 1))
    return parts


def _whole(parts: list[str]) -> list[str]:
    import json

    path = Path(parts[0])
    first, rest = path.read_text().split("\n", 1)
    header = json.loads(first)
    del header["shard"]
    path.write_text(json.dumps(header) + "\n" + rest)
    return parts


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda parts: parts[1:], "missing: 1/2. Run them, too."),
        (lambda parts: [*parts, parts[1]], "part-2.jsonl: part 2 is there twice."),
        (_unfinished, "part-1.jsonl: part 1/2 is not finished."),
        (_another_plan, "part-2.jsonl: the list of releases is"),
        (_another_seed, "part-2.jsonl: seed is 5, in part-1.jsonl it is 0."),
        (_whole, "part-1.jsonl: this is a whole matrix"),
    ],
)
def test_parts_that_do_not_fit(
    reseal: Reseal, halves: Mapping[str, str], change: Callable[[list[str]], list[str]], said: str
) -> None:
    """Parts that are missing, there twice, unfinished or of another matrix are named; nothing is written."""
    for name, text in halves.items():
        Path(name).write_text(text)
    parts = [*halves]
    assert reseal("merge", "good.jsonl", *parts).status == 0

    ended = reseal("merge", "merged.jsonl", *change(parts))

    assert ended.status == 2
    assert said in ended.err
    assert not Path("merged.jsonl").exists()


def test_merging_over_a_file(reseal: Reseal) -> None:
    """A file that is there is not overwritten."""
    parts = parts_of(reseal, 1)
    Path("merged.jsonl").write_text("mine")

    ended = reseal("merge", "merged.jsonl", *parts)

    assert ended.status == 2
    assert "merged.jsonl is there already. Name a new file." in ended.err
