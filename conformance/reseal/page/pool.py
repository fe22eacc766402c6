"""JSON values stored once each.

Releases of one package mostly behave alike, so that the reports of a matrix repeat themselves from case
to case and from column to column.  A pool keeps each distinct value once, and names it by its number:
what is inside a list or an object is a number as well.  ``assets/logic.js`` reads it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Pool:
    """Distinct values, in the order in which they came.

    Attributes:
        entries: A string, number, boolean or null as it is; a list as ``[-1, *items]``; an object as
            ``[shape, *values]``.  Items and values are numbers of other entries.
        shapes: The keys of objects, by the number of their shape.
    """

    def __init__(self) -> None:
        self.entries: list[Any] = []
        self.shapes: list[list[str]] = []
        self._numbers: dict[object, int] = {}
        self._shape_numbers: dict[tuple[str, ...], int] = {}

    def add(self, value: Any) -> int:
        """The number of ``value``, which is stored unless it is there already."""
        if isinstance(value, Mapping):
            keys = tuple(value)
            return self._store((self._shape(keys), *(self.add(value[key]) for key in keys)))
        if isinstance(value, list | tuple):
            return self._store((-1, *(self.add(item) for item in value)))
        return self._store(value)

    def _shape(self, keys: tuple[str, ...]) -> int:
        if keys not in self._shape_numbers:
            self._shape_numbers[keys] = len(self.shapes)
            self.shapes.append(list(keys))
        return self._shape_numbers[keys]

    def _store(self, entry: Any) -> int:
        key = (type(entry), entry)  # True is no 1, and 1.0 neither
        if key not in self._numbers:
            self._numbers[key] = len(self.entries)
            self.entries.append(list(entry) if isinstance(entry, tuple) else entry)
        return self._numbers[key]
