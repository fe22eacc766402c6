"""Broken implementations by the requirement that must find them."""

from __future__ import annotations

from collections.abc import Callable

from .right import Right

FAULTS: dict[str, list[type[Right]]] = {}


def breaks(*requirements: str) -> Callable[[type[Right]], type[Right]]:
    """Say which requirements an implementation does not meet."""

    def note(fault: type[Right]) -> type[Right]:
        for requirement in requirements:
            FAULTS.setdefault(requirement, []).append(fault)
        return fault

    return note
