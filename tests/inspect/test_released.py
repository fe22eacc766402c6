"""`reseal inspect` on every cookie that a released SDK sealed, and on tokens of the libraries below it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reseal.inspect import inspect_cookie

_DATA = Path(__file__).parents[1] / "data" / "vectors"


def load(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((_DATA / f"{name}.json").read_text("utf-8"))
    return value


SDK = load("sdk-sealed")
# One password, as AuthKit has; the raw libraries also take keys of bytes, and one for each purpose.
IRON = [
    row
    for row in load("iron-valid")["vectors"]
    if "bytes_hex" not in row["password"] and [str] == [type(each) for each in row["password"].values()]
]
# Until the year 2106, a time stamp that needs more bits is nobody's.
FERNET = [row for row in load("fernet-valid")["vectors"] if row["token"].startswith("gAAAA")]


@pytest.mark.parametrize("row", SDK["vectors"], ids=lambda row: row["id"])
def test_a_cookie_of_an_sdk(row: dict[str, Any]) -> None:
    """It opens, would refresh, and its producer is among those that are named."""
    found = inspect_cookie(row["cookie"], password=row["password"], now_s=SDK["now_ms"] / 1000)

    assert ("iron", "would-refresh") == (found.format, found.verdict)
    assert found.content is not None
    assert found.content.claims is not None
    library = row["producer"].partition("@")[0] or "Node"
    assert library == "iron-session" or "Node SDK" in found.producer


@pytest.mark.parametrize("row", IRON, ids=lambda row: row["id"])
def test_an_iron_seal(row: dict[str, Any]) -> None:
    """Every Iron seal of a released library opens, whatever is inside."""
    password = next(iter(row["password"].values()))

    found = inspect_cookie(row["token"], password=password, now_s=row["now_ms"] / 1000)

    assert ("iron", True) == (found.format, found.opens)
    if "kotlin" in row["producer"]:
        assert "WorkOS Kotlin SDK" == found.producer


@pytest.mark.parametrize("row", FERNET, ids=lambda row: row["id"])
def test_a_fernet_seal(row: dict[str, Any]) -> None:
    """Every Fernet seal of a released library is recognised; those that hold JSON open."""
    found = inspect_cookie(row["token"], password=row["key"], now_s=1_800_000_000)

    assert "fernet" == found.format
    assert found.opens or "not-json" == found.findings[0].id
