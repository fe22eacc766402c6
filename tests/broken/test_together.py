"""Differences that are tried together are all there, and each as it is alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from .right import Right
from .together import groups, together
from .variants import VARIANTS

GROUPS = groups(VARIANTS)


def own(kind: type[Right]) -> dict[str, object]:
    """What ``kind`` has in place of what `Right` has."""
    names = {name for base in kind.__mro__ if base not in Right.__mro__ for name in vars(base)}
    return {name: getattr(kind, name) for name in names if not name.startswith("__")}


def test_each_is_in_one_group() -> None:
    """None is left out, and none tried twice."""
    assert sorted(kind.__name__ for group in GROUPS for kind in group) == sorted(v.__name__ for v in VARIANTS)
    assert len(GROUPS) < len(VARIANTS) / 3


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group[0].__name__)
def test_a_group_differs_as_each_of_it(group: Sequence[type[Right]]) -> None:
    """No method of one hides that of another."""
    whole = own(together(group))

    assert [name for kind in group for name, there in own(kind).items() if whole[name] is not there] == []
