from __future__ import annotations

from pathlib import Path

import pytest

from reseal import UsageError
from reseal.config import Config, find, load, new_seed
from reseal.deviations import Deviation
from reseal.target.open import Declared

FULL = """
target = "myapp.auth:refresh"
level = "hardening"
seal = "fernet"
capabilities = ["organization_id"]
extra_reasons = []
transport = "respx"
seed = 7
[[deviation]]
requirement = "cookie.none"
reason = "legacy"
issue = "ABC-1"
"""
READ = Config(
    target="myapp.auth:refresh",
    level="hardening",
    declared=Declared("fernet", ("organization_id",), ()),
    transport="respx",
    seed=7,
    deviations=(Deviation("cookie.none", (), "legacy", "ABC-1"),),
)
KNOWN = "target, level, seal, capabilities, extra_reasons, transport, seed, deviation, deviations"


def config(folder: Path, text: str, name: str = "reseal.toml") -> Config:
    (folder / name).write_text(text, "utf-8")
    return load(folder / name)


def in_pyproject(text: str) -> str:
    return "[tool.reseal]\n" + text.replace("[[deviation]]", "[[tool.reseal.deviation]]")


def test_all_fields(tmp_path: Path) -> None:
    """Every field is read."""
    assert config(tmp_path, FULL) == READ


def test_pyproject(tmp_path: Path) -> None:
    """The same stands in a table of pyproject.toml, beside those of others."""
    text = f'[project]\nname = "x"\n{in_pyproject(FULL)}\n[tool.ruff]\n'

    assert config(tmp_path, text, "pyproject.toml") == READ


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "reseal.toml"),
        ("", "pyproject.toml"),
        ("[tool.ruff]", "pyproject.toml"),
        ("[tool]", "pyproject.toml"),
    ],
)
def test_no_fields(tmp_path: Path, text: str, name: str) -> None:
    """No field must be there."""
    empty = config(tmp_path, text, name)

    assert empty == Config()
    assert (empty.level, empty.transport, empty.seed, empty.declared) == (
        "documented",
        "loopback",
        None,
        Declared(),
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("tarket = 'x'", f"unknown field 'tarket'. Known are {KNOWN}."),
        ("target = ''", "target must be a text, got ''."),
        ("target = 7", "target must be a text, got 7."),
        ("level = 'strict'", "level must be one of documented, observed, hardening, got 'strict'."),
        (
            "level = ['documented']",
            "level must be one of documented, observed, hardening, got ['documented'].",
        ),
        ("seal = 'jwe'", "seal must be one of iron, fernet, own, got 'jwe'."),
        ("capabilities = 'organization_id'", "capabilities must be a list of texts, got 'organization_id'."),
        ("extra_reasons = [1]", "extra_reasons must be a list of texts, got [1]."),
        ("transport = 'carrier pigeon'", "transport must be one of loopback, respx, got 'carrier pigeon'."),
        ("seed = -1", "seed must be a whole number from 0, got -1."),
        ("seed = 1.5", "seed must be a whole number from 0, got 1.5."),
        ("seed = true", "seed must be a whole number from 0, got True."),
        ("seed = '7'", "seed must be a whole number from 0, got '7'."),
        ("[deviation]\nreason = 'x'", "deviation must be written as [[deviation]] tables."),
        ("deviation = ['x']", "deviation must be written as [[deviation]] tables."),
        (
            "[[deviation]]\nrequirement = 'cookie.none'",
            "deviation[0]: reason must be a text, got None. Say why, and where it is tracked.",
        ),
    ],
)
def test_an_error_names_file_and_field(tmp_path: Path, text: str, error: str) -> None:
    """What is wrong is refused with the file, the field, what was got and what is possible."""
    with pytest.raises(UsageError) as own:
        config(tmp_path, text)
    with pytest.raises(UsageError) as shared:
        config(
            tmp_path,
            in_pyproject(text).replace("\n[deviation]", "\n[tool.reseal.deviation]"),
            "pyproject.toml",
        )

    assert str(own.value) == f"reseal.toml: {error}"
    assert str(shared.value) == f"pyproject.toml: tool.reseal: {error}"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("tool = 3", "pyproject.toml: tool must be a table, got 3. Write [tool.reseal]."),
        ("[tool]\nreseal = 'x'", "pyproject.toml: reseal must be a table, got 'x'. Write [tool.reseal]."),
        ("[[tool.reseal]]", "pyproject.toml: reseal must be a table, got [{}]. Write [tool.reseal]."),
    ],
)
def test_tables_that_are_none(tmp_path: Path, text: str, error: str) -> None:
    """What stands in the place of our table is refused, with what to write."""
    with pytest.raises(UsageError) as caught:
        config(tmp_path, text, "pyproject.toml")

    assert str(caught.value) == error


@pytest.mark.parametrize("text", ["target = ", "= 1", "\x00"])
def test_no_toml(tmp_path: Path, text: str) -> None:
    """A file that cannot be read is named."""
    with pytest.raises(UsageError, match=r"^reseal\.toml: cannot be read as TOML: "):
        config(tmp_path, text)


def test_no_file(tmp_path: Path) -> None:
    """A file that was named and is not there is refused."""
    with pytest.raises(UsageError, match=r"^mine\.toml: cannot be read: No such file or directory\.$"):
        load(tmp_path / "mine.toml")


# -- finding it


def test_nothing_to_find(tmp_path: Path) -> None:
    """A folder without a configuration has an empty one."""
    assert find(tmp_path) == Config()


def test_either_is_found(tmp_path: Path) -> None:
    """A configuration is found in pyproject.toml, and in reseal.toml before that."""
    (tmp_path / "pyproject.toml").write_text("[tool.reseal]\nseed = 1\n")
    assert find(tmp_path).seed == 1

    (tmp_path / "reseal.toml").write_text("seed = 2\n")

    assert find(tmp_path).seed == 2


def test_a_fresh_seed() -> None:
    """A seed that is made up is short enough to be typed, and is hardly ever the same."""
    seeds = {new_seed() for _ in range(20)}

    assert all(0 <= seed < 1_000_000 for seed in seeds)
    assert len(seeds) > 15
