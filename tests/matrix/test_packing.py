"""Large values are kept once, and come back as they were."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reseal.matrix.packing import SMALLEST, identity, pack, unpack

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["$", "$$", "$a"]), inner),
)


def there_and_back(value: Any) -> tuple[Any, dict[str, Any]]:
    kept: dict[str, Any] = {}

    def emit(name: str, part: Any) -> None:
        assert name == identity(part)
        kept.setdefault(name, unpack(part, kept))

    return unpack(pack(value, emit), kept), kept


@given(st.lists(JSON, min_size=1))
def test_what_is_packed_comes_back(value: Any) -> None:
    """Any JSON comes back as it was, field names that look like references among it."""
    assert there_and_back([value, "long" * SMALLEST])[0] == [value, "long" * SMALLEST]


def test_a_part_is_kept_once() -> None:
    """What is large and equal is kept once, wherever it stands."""
    part = {f"field {i}": i for i in range(SMALLEST)}

    back, kept = there_and_back({"a": part, "b": [part, {"deeper": part}]})

    assert back == {"a": part, "b": [part, {"deeper": part}]}
    assert [value for value in kept.values() if value == part] == [part]


def test_a_part_that_is_missing() -> None:
    """A reference to nothing is an error."""
    with pytest.raises(KeyError):
        unpack({"a": {"$": "0123456789ab"}}, {})
