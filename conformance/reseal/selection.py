"""Choosing cases: ``-k EXPRESSION`` over case and requirement ids."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from .cases import Case
from .errors import UsageError

_TOKEN = re.compile(r"\s*(\(|\)|[^\s()]+)")
Matches = Callable[[Case], bool]


def select(cases: Iterable[Case], expression: str) -> tuple[Case, ...]:
    """The cases that ``expression`` matches: parts of ids, joined by ``and``, ``or``, ``not`` and brackets.

    Raises UsageError where it is malformed or matches nothing.
    """
    if not expression.strip():
        return tuple(cases)
    matches = _Parser(expression).parse()
    selected = tuple(case for case in cases if matches(case))
    if not selected:
        raise UsageError(f"-k {expression!r} matches no case. `reseal contract --cases` lists them.")
    return selected


class _Parser:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = _TOKEN.findall(expression)

    def parse(self) -> Matches:
        matches = self._either()
        if self._tokens:
            raise self._error(f"{self._tokens[0]!r} is not expected there")
        return matches

    def _either(self) -> Matches:
        left = self._both()
        while self._take("or"):
            left = _either(left, self._both())
        return left

    def _both(self) -> Matches:
        left = self._one()
        while self._take("and"):
            left = _both(left, self._one())
        return left

    def _one(self) -> Matches:
        if self._take("not"):
            inner = self._one()
            return lambda case: not inner(case)
        if self._take("("):
            inner = self._either()
            if not self._take(")"):
                raise self._error("a bracket is not closed")
            return inner
        if not self._tokens or self._tokens[0] in (")", "and", "or"):
            raise self._error("a part of an id is missing")
        return _names(self._tokens.pop(0))

    def _take(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            self._tokens.pop(0)
            return True
        return False

    def _error(self, what: str) -> UsageError:
        return UsageError(f"-k {self._expression!r}: {what}. Write parts of ids, joined by and, or, not.")


def _names(part: str) -> Matches:
    return lambda case: part in case.id or any(part in requirement for requirement in case.requirements)


def _either(left: Matches, right: Matches) -> Matches:
    return lambda case: left(case) or right(case)


def _both(left: Matches, right: Matches) -> Matches:
    return lambda case: left(case) and right(case)
