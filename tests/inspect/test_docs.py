"""The page on `reseal inspect`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reseal.inspect import SDKS, diagnosis

from .cookies import ROWS

_PACKAGE = Path(diagnosis.__file__).parent
_SOURCE = "".join(path.read_text("utf-8") for path in sorted(_PACKAGE.glob("*.py")))
_PAGE = (Path(__file__).parents[2] / "docs" / "inspect.md").read_text("utf-8")
FINDINGS = sorted(set(re.findall(r"\b(?:Finding|note|guess)\(\s*\"([a-z0-9-]+)\"", _SOURCE)))
_ONLY_SHOWN = {"empty", "is-a-jwt", "is-json", "is-an-id", "is-nothing", "unknown", "no-password"}


@pytest.mark.parametrize("finding", sorted(set(FINDINGS) - _ONLY_SHOWN))
def test_every_finding_is_explained(finding: str) -> None:
    """The page names every finding that says what happened to a seal."""
    assert f"`{finding}`" in _PAGE


@pytest.mark.parametrize("sdk", SDKS)
def test_every_sdk_is_named(sdk: str) -> None:
    """The page names every value of --for."""
    assert f"`{sdk}`" in _PAGE


def test_every_finding_comes_first_somewhere() -> None:
    """Each cause that can be found is the first finding of some cookie in the table, but for two."""
    # The first can never come before another one, the second needs PyNaCl to be missing.
    never_first = {"changed", "needs-libsodium"}

    assert set(FINDINGS) - never_first == {row.first for row in ROWS if row.first}
