from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reseal import UsageError, cases
from reseal.selection import select

from .support import PLAIN, PROPERTY

ONE = replace(PLAIN, id="refresh.cookie.none", requirements=("cookie.none",))
TWO = replace(PLAIN, id="refresh.cookie.empty", requirements=("cookie.empty", "request.grant"))
THREE = replace(PLAIN, id="refresh.jwt.expired", requirements=("jwt.expired",))
ALL = (ONE, TWO, THREE)


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ("", ALL),
        ("  ", ALL),
        ("refresh", ALL),
        ("none", (ONE,)),
        ("refresh.cookie.none", (ONE,)),
        ("request.grant", (TWO,)),
        ("cookie", (ONE, TWO)),
        ("not cookie", (THREE,)),
        ("not not cookie", (ONE, TWO)),
        ("none or expired", (ONE, THREE)),
        ("cookie and empty", (TWO,)),
        ("cookie and not empty", (ONE,)),
        ("none or cookie and empty", (ONE, TWO)),
        ("(none or cookie) and empty", (TWO,)),
        ("not (none or empty)", (THREE,)),
        ("not none and not empty", (THREE,)),
        ("none or empty or expired", ALL),
        (" ( (none) )", (ONE,)),
        ("notary or order or none", (ONE,)),
        ("invalid-jwt or jwt.expired", (THREE,)),
    ],
)
def test_expressions(expression: str, selected: tuple[cases.Case, ...]) -> None:
    """An expression has parts of ids, joined by and, or, not and brackets; not binds closest, or least."""
    assert select(ALL, expression) == selected


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("cookie or", "a part of an id is missing"),
        ("or cookie", "a part of an id is missing"),
        ("cookie and and empty", "a part of an id is missing"),
        ("not", "a part of an id is missing"),
        ("()", "a part of an id is missing"),
        ("(cookie", "a bracket is not closed"),
        ("(cookie empty)", "a bracket is not closed"),
        ("cookie)", "')' is not expected there"),
        ("cookie empty", "'empty' is not expected there"),
        ("cookie not empty", "'not' is not expected there"),
    ],
)
def test_malformed_expressions(expression: str, error: str) -> None:
    """What cannot be read is refused, with what is wrong and what to write."""
    with pytest.raises(UsageError) as caught:
        select(ALL, expression)

    assert str(caught.value) == f"-k {expression!r}: {error}. Write parts of ids, joined by and, or, not."


@pytest.mark.parametrize("expression", ["biscuit", "none and empty", "COOKIE"])
def test_nothing_selected(expression: str) -> None:
    """An expression that selects nothing is a mistake: nothing would be checked."""
    error = re.escape(f"-k {expression!r} matches no case. `reseal contract --cases` lists them.")

    with pytest.raises(UsageError, match=error):
        select(ALL, expression)


words = st.sampled_from(["cookie", "none", "empty", "jwt", "not", "and", "or", "(", ")"])


@PROPERTY
@given(st.lists(words, max_size=12).map(" ".join))
def test_any_words(expression: str) -> None:
    """Whatever is written selects cases in their order, or is refused as a mistake of the user's."""
    try:
        selected = select(ALL, expression)
    except UsageError:
        selected = ALL

    assert [case for case in ALL if case in selected] == list(selected)


@pytest.mark.parametrize("case", cases.load(), ids=[case.id for case in cases.load()])
def test_every_case_can_be_selected(case: cases.Case) -> None:
    """A case is selected by its id."""
    assert case in select(cases.load(), case.id)
