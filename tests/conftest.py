"""The order of the tests."""

from __future__ import annotations

import pytest

_LONGEST = "test_tutorials"  # each of which takes longer than a thousand others


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no worker is left with one at the end."""
    items.sort(key=lambda item: _LONGEST not in item.nodeid)
