"""Differences that are tried together are all there, and each as it is alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from .right import Right
from .together import groups, overridden, together
from .variants import VARIANTS

GROUPS = groups(VARIANTS)


def test_each_is_in_one_group() -> None:
    """None is left out, and none tried twice."""
    assert sorted(kind.__name__ for group in GROUPS for kind in group) == sorted(v.__name__ for v in VARIANTS)
    assert len(GROUPS) < len(VARIANTS) / 3


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group[0].__name__)
def test_a_group_differs_as_each_of_it(group: Sequence[type[Right]]) -> None:
    """No method of one hides that of another."""
    whole = together(group)
    own = [(kind, name) for kind in group for name in overridden(kind)]

    assert [name for kind, name in own if getattr(whole, name) is not getattr(kind, name)] == []
