"""Values that are stored once each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reseal.page.pool import Pool

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


def read(pool: Pool, number: int) -> Any:
    """The value with this number, as the page reads it."""
    entry = pool.entries[number]
    if not isinstance(entry, list):
        return entry
    shape, *items = entry
    values = [read(pool, item) for item in items]
    return values if shape < 0 else dict(zip(pool.shapes[shape], values, strict=True))


@given(VALUES, VALUES)
def test_reads_back(first: Any, second: Any) -> None:
    """Whatever is added is read back, also after something else was added."""
    pool = Pool()

    numbers = [pool.add(first), pool.add(second)]

    assert repr([first, second]) == repr([read(pool, number) for number in numbers])


def test_stores_once() -> None:
    """What is there already takes no room: not a part of something else, and not the whole."""
    pool = Pool()
    first = pool.add({"id": "a", "cases": ["x", "y"]})
    size = len(pool.entries)

    again = [pool.add({"id": "a", "cases": ["x", "y"]}), pool.add(["x", "y"])]

    assert again[0] == first
    assert len(pool.entries) == size


@pytest.mark.parametrize(("one", "other"), [(True, 1), (1, 1.0), (0, False), ("", None), ([], {})])
def test_keeps_apart(one: Any, other: Any) -> None:
    """Values that Python takes for equal, and JSON does not, stay two."""
    pool = Pool()

    assert pool.add(one) != pool.add(other)
