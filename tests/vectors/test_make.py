"""The generated fixtures: made again, they are the same, and they are small."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reseal._data import fixtures_root, read_json
from reseal.vectors import FILES, contents
from reseal.vectors.files import files_of
from reseal.vectors.tokens import LASTING

_MOST = 3_000_000
_VECTORS = [path for path, _ in files_of(fixtures_root()) if path.startswith(("vectors/", "keys/"))]

# What scanners and push protection take for a live secret, whatever the path.
_ALARMING = re.compile(
    r"-----BEGIN|sk_live_|sk_test_[0-9A-Za-z]{24}|AKIA[0-9A-Z]{16}|gh[pousr]_[0-9A-Za-z]{36}|xox[abp]-|AIza[0-9A-Za-z_-]{35}"
)


@pytest.mark.parametrize("path", FILES)
def test_made_again_a_file_is_the_same(path: str) -> None:
    """``python -m reseal.vectors`` changes nothing: if this fails, run it and commit."""
    assert contents()[path] == (fixtures_root() / path).read_text("utf-8")


def test_the_command_writes_the_files(tmp_path: Path) -> None:
    """The command writes every generated file, and nothing else."""
    subprocess.run([sys.executable, "-m", "reseal.vectors", str(tmp_path)], check=True)

    assert contents() == {path: file.read_text("utf-8") for path, file in files_of(tmp_path)}


def test_the_list_says_what_is_generated() -> None:
    """index.json says of exactly the generated files that they are."""
    rows = read_json(fixtures_root() / "index.json")["files"]

    assert set(FILES) == {row["path"] for row in rows if row["origin"] == "generated"}


def test_the_versions_agree() -> None:
    """The list and every generated file have the same version."""
    versions = {read_json(fixtures_root() / path)["version"] for path in (*FILES, "index.json")}

    assert len(versions) == 1


def test_the_fixtures_are_small() -> None:
    """All fixtures together stay under three megabytes."""
    assert _MOST > sum(len(file.read_bytes()) for _, file in files_of(fixtures_root()))


@pytest.mark.parametrize("path", _VECTORS)
def test_secrets_are_marked_as_test_data(path: str) -> None:
    """A file with passwords, keys or tokens says that they are test data, and blocks no push."""
    text = (fixtures_root() / path).read_text("utf-8")

    assert "TEST" in read_json(fixtures_root() / path)["about"]
    assert _ALARMING.search(text) is None


def test_the_alarm_rings() -> None:
    """What scanners look for is found by the pattern of the test above."""
    assert _ALARMING.search('"api_key": "sk_test_' + "a1" * 12)


@pytest.mark.parametrize("fault", LASTING)
def test_every_fault_of_the_endpoint_has_a_token(fault: str) -> None:
    """Each fault that the endpoint can forge, and that lasts, is among the access tokens."""
    tokens = read_json(fixtures_root() / "vectors" / "access-tokens.json")["tokens"]

    assert [row["id"] for row in tokens if row.get("mutation") == {"fault": fault}] == [f"jwt.{fault}"]


@pytest.mark.parametrize("name", ["iron", "fernet"])
def test_every_class_of_faults_has_vectors(name: str) -> None:
    """Seals of both formats are broken in every class of faults that the format has."""
    rows: list[dict[str, Any]] = read_json(fixtures_root() / "vectors" / f"{name}.json")["vectors"]

    expected = {"valid", "truncated", "tampered", "signed", "plaintext", "password"}
    assert expected | ({"structure", "expiration"} if name == "iron" else set()) == {
        row["class"] for row in rows
    }
