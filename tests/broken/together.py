"""Several differences in one implementation, so that one run is for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .right import Right

Kind = type[Right]


def groups(kinds: Iterable[Kind]) -> list[Sequence[Kind]]:
    """``kinds`` in a few groups, within which none overrides what another does, or counts on."""
    made: list[tuple[list[Kind], set[str]]] = []
    for kind in sorted(kinds, key=lambda kind: -len(_touched(kind))):
        names = _touched(kind)
        group, taken = next((each for each in made if not each[1] & names), ([], set()))
        if not group:
            made.append((group, taken))
        group.append(kind)
        taken |= names
    return [group for group, _ in made]


def together(group: Sequence[Kind]) -> Kind:
    """An implementation that differs from `Right` as all of ``group`` do."""
    return group[0] if len(group) == 1 else type("And".join(kind.__name__ for kind in group), (*group,), {})


def overridden(kind: Kind) -> set[str]:
    """The methods and attributes that ``kind`` has in place of those of `Right`."""
    own = (base for base in kind.__mro__ if base not in Right.__mro__)
    return {name for base in own for name in vars(base) if not name.startswith("__") or name == "__init__"}


def _touched(kind: Kind) -> set[str]:
    return overridden(kind) | kind.needs_as_it_is
