"""``verify``: it is content with the fixtures, and finds whatever is done to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reseal import UsageError
from reseal._data import fixtures_root
from reseal.vectors import verify
from reseal.vectors.files import export

Vector = dict[str, Any]
Change = Callable[[Vector], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the fixtures."""
    export(fixtures_root(), tmp_path)
    return tmp_path


def spoil(folder: Path, path: str, slug: str, change: Change) -> None:
    """Change the vector ``slug`` in a file."""
    file = json.loads((folder / path).read_text("utf-8"))
    rows = file["tokens"] if "tokens" in file else file["vectors"]
    change(next(row for row in rows if row["id"] == slug))
    (folder / path).write_text(json.dumps(file))


def set_to(**fields: Any) -> Change:
    return lambda row: row.update(fields)


def flipped(name: str) -> Change:
    """Another character in the middle of a field."""

    def change(row: Vector) -> None:
        at = len(row[name]) // 2
        row[name] = row[name][:at] + ("A" if row[name][at] != "A" else "B") + row[name][at + 1 :]

    return change


def test_the_fixtures_are_whole() -> None:
    """Nothing is wrong with the fixtures as they are."""
    assert verify(fixtures_root()) == []


def test_a_copy_is_whole(folder: Path) -> None:
    """An export has every file."""
    assert verify(folder) == []


ANOTHER = "made again from its parent and mutation, or from its seed, it is another one."


@pytest.mark.parametrize(
    ("path", "slug", "change", "said"),
    [
        ("iron", "iron.valid.session", flipped("token"), ANOTHER),
        (
            "iron",
            "iron.valid.session",
            flipped("token"),
            "the reference refuses it, but its verdict is opens.",
        ),
        ("iron", "iron.valid.unicode", set_to(seed=99), ANOTHER),
        (
            "iron",
            "iron.valid.unicode",
            set_to(payload={"refresh_token": "x"}),
            "the harness's codec refuses it",
        ),
        ("fernet", "fernet.valid.session", flipped("token"), "the harness's codec refuses it"),
        (
            "iron",
            "iron.tampered.mac",
            set_to(verdict="opens"),
            "the reference refuses it, but its verdict is opens.",
        ),
        ("iron", "iron.tampered.mac", flipped("token"), ANOTHER),
        ("iron", "iron.tampered.mac", set_to(mutation={"op": "flip", "part": "iv"}), ANOTHER),
        (
            "iron",
            "iron.tampered.mac",
            set_to(mutation={"op": "flip", "part": "nose"}),
            "it cannot be made again: KeyError.",
        ),
        ("iron", "iron.tampered.mac", set_to(mutation={"op": "append", "text": ""}), ANOTHER),
        ("iron", "iron.tampered.mac", set_to(parent="iron.none"), "its parent iron.none is missing."),
        (
            "iron",
            "iron.tampered.mac",
            set_to(parent="iron.tampered.iv"),
            "its parent does not open, so it proves nothing.",
        ),
        ("iron", "iron.tampered.mac", set_to(id="iron.tampered.iv"), "it stands twice."),
        ("iron", "iron.password.another", set_to(password="another-one-of-more-than-32-characters"), ANOTHER),
        ("iron", "iron.password.short", set_to(effect="invalid_session_cookie"), "the reference opens it"),
        ("iron", "iron.expiration.past", set_to(verdict="opens"), "the reference refuses it"),
        ("cookies", "iron.cookie.payload.no-user", set_to(verdict="refused"), "the harness's codec opens it"),
        (
            "sealed-sessions",
            "iron.node-7.82",
            flipped("cookie"),
            "the reference refuses it, but its verdict is opens.",
        ),
        ("sealed-sessions", "fernet.python-10.8", flipped("cookie"), "the harness's codec refuses it"),
        (
            "access-tokens",
            "jwt.valid.session",
            flipped("token"),
            "its verdict is accepted, which PyJWT denies.",
        ),
        (
            "access-tokens",
            "jwt.expired",
            flipped("token"),
            "made again from claims and fault, it is another one.",
        ),
        (
            "access-tokens",
            "jwt.expired",
            set_to(verdict="accepted"),
            "its verdict is accepted, which PyJWT denies.",
        ),
        ("iron", "iron.tampered.mac", set_to(verdict="perhaps"), "it breaks seals.schema.json: vectors["),
        ("iron", "iron.tampered.mac", set_to(seed=1), "it breaks seals.schema.json: vectors["),
    ],
)
def test_a_spoiled_vector_is_found(folder: Path, path: str, slug: str, change: Change, said: str) -> None:
    """Whatever is changed in a vector, or in what is said of it, is found, and the file is named."""
    spoil(folder, f"vectors/{path}.json", slug, change)

    problems = [str(problem) for problem in verify(folder)]

    assert [problem for problem in problems if said in problem]
    assert {f"vectors/{path}.json"} == {problem.partition(":")[0] for problem in problems}


def test_a_mutation_that_changes_nothing_is_found(folder: Path) -> None:
    """A vector that is the same as its parent is no negative."""
    file = json.loads((folder / "vectors/iron.json").read_text("utf-8"))
    token = file["vectors"][0]["token"]
    change = set_to(mutation={"op": "append", "text": ""}, token=token, verdict="opens", effect="refreshes")
    spoil(folder, "vectors/iron.json", "iron.tampered.mac", change)

    assert ["it does not differ from its parent."] == [problem.text for problem in verify(folder)]


def test_other_files_are_found(folder: Path) -> None:
    """A file too many, a file too few and a file that is no JSON are each found."""
    (folder / "vectors" / "mine.json").write_text("{}")
    (folder / "users.json").unlink()
    (folder / "vectors" / "fernet.json").write_text("{")

    problems = [str(problem) for problem in verify(folder)]

    assert "vectors/mine.json: it is not in index.json." in problems
    assert "users.json: it is in index.json, but missing." in problems
    assert [p for p in problems if p.startswith("vectors/fernet.json: fernet.json: cannot be read as JSON")]
    assert 3 == len(problems)


def test_a_folder_without_fixtures(tmp_path: Path) -> None:
    """A folder that holds no fixtures is refused, not called whole."""
    with pytest.raises(UsageError, match=r"^FOLDER: it has no index\.json\."):
        verify(tmp_path)


def test_an_export_below_a_file(tmp_path: Path) -> None:
    """An export that cannot be written says so."""
    (tmp_path / "file").write_text("mine")

    with pytest.raises(UsageError, match=r"^cannot write into .*: Not a directory\.$"):
        export(fixtures_root(), tmp_path / "file" / "copy")


@pytest.mark.parametrize("name", ["file", "other"])
def test_an_export_spares_what_is_there(tmp_path: Path, name: str) -> None:
    """An export overwrites nothing but an older export."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")

    with pytest.raises(UsageError, match=r"^FOLDER: .*(is a file|are no fixtures, such as notes\.txt)\."):
        export(fixtures_root(), tmp_path / name)

    assert "mine" == (tmp_path / "file").read_text() == (tmp_path / "other" / "notes.txt").read_text()
