"""Every negative case is one fault away from its valid parent: recomputed here, not believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pytest

from reseal import cases
from reseal.cases import Case
from reseal.changes import changed
from reseal.formats import format_of
from reseal.protocol import SealName
from reseal.recipes import Cookie, bake

from .asking import endpoint
from .support import rng

BY_ID = cases.by_id()
PAIRS = [(case, BY_ID[case.parent]) for case in cases.load() if case.parent is not None]
STEP_BY_STEP = [(case, parent) for case, parent in PAIRS if len(case.steps) == len(parent.steps)]

# How patient the implementation is, is no fault; how a case is generated, its examples say.
_NO_FAULT = {"max_retries", "timeout_s"}
# Told together, because they make one fact.
_ONE_FACT = {"memberships": "organization", "authentication_method": "impersonator"}


def paths(mine: Any, its: Any, at: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Where two documents differ, as far down as they can be compared."""
    if mine == its:
        return set()
    if isinstance(mine, Mapping) and isinstance(its, Mapping) and mine.get("kind") == its.get("kind"):
        names = (mine.keys() | its.keys()) - _NO_FAULT
        found = {
            name: paths(mine.get(name, ...), its.get(name, ...), (*at, _ONE_FACT.get(name, name)))
            for name in names
        }
        return set().union(*found.values())
    if isinstance(mine, tuple) and isinstance(its, tuple) and len(mine) == len(its):
        return set().union(
            *(paths(*pair, (*at, str(i))) for i, pair in enumerate(zip(mine, its, strict=True)))
        )
    return {at}


def document(case: Case) -> dict[str, Any]:
    return {"setup": asdict(case.setup), "steps": tuple(asdict(step) for step in case.steps)}


# What takes two changes to be one fault; see TWO_PLACES in test_catalogue.py, which says why.
TWO_CHANGES = {
    "refresh.success.chain",
    "refresh.concurrency.single-use",
    "refresh.any.user",
    "refresh.any.organizations",
}


@pytest.mark.parametrize(("case", "parent"), STEP_BY_STEP, ids=[case.id for case, _ in STEP_BY_STEP])
def test_one_value_differs(case: Case, parent: Case) -> None:
    """However deep one looks, into recipes and answers as well, a case and its parent differ in one value."""
    found = paths(document(case), document(parent))

    assert len(found) + (case.generate is not None) == 1 + (case.id in TWO_CHANGES)


# -- the cookie, baked


def first_recipe(case: Case) -> Mapping[str, Any]:
    return case.recipe


def baked(case: Case, seal: SealName) -> Cookie:
    form = format_of(seal)
    return bake(first_recipe(case), form, form.new_password(rng()), endpoint(case.setup), rng())


CHANGED = [
    (case, parent, seal)
    for case, parent in PAIRS
    for seal in case.formats
    if "change" in first_recipe(case) and seal != "own" and case.generate is None
]
RESIGNED = [row for row in CHANGED if "resigned" in first_recipe(row[0])["change"]]
ALTERED = [
    (case, parent, seal)
    for case, parent in PAIRS
    for seal in case.formats
    if {"set", "omit", "access_token"} & first_recipe(case).keys() and seal != "own"
]


def is_one_change(mine: str, its: str, change: Mapping[str, Any]) -> bool:
    """Whether ``mine`` is ``its`` after one change of the kind that a recipe names."""
    match change["op"]:
        case "keep" | "drop":
            return its.startswith(mine) and len(mine) < len(its)
        case "append":
            return mine == its + change["text"]
        case "flip":
            return len(mine) == len(its) and sum(a != b for a, b in zip(mine, its, strict=True)) == 1
    text = change.get("text", "")
    return any(
        mine[:at] == its[:at] and mine[at:].startswith(text) and its.endswith(rest)
        for at in range(len(mine))
        for rest in [mine[at + len(text) :]]
    )


@pytest.mark.parametrize(
    ("case", "parent", "seal"),
    [row for row in CHANGED if row not in RESIGNED],
    ids=lambda value: getattr(value, "id", value),
)
def test_a_changed_cookie_is_its_parents_but_for_the_change(case: Case, parent: Case, seal: SealName) -> None:
    """Baked with the same seed, the two cookies differ by the change that the case names alone."""
    mine, its = baked(case, seal).text or "", baked(parent, seal).text or ""

    assert mine != its
    assert is_one_change(mine, its, first_recipe(case)["change"])


@pytest.mark.parametrize(("case", "parent", "seal"), RESIGNED, ids=lambda value: getattr(value, "id", value))
def test_a_resigned_cookie_is_its_parents_but_for_the_change_and_the_mac(
    case: Case, parent: Case, seal: SealName
) -> None:
    """What stands before the MAC differs by the change that the case names alone, and the MAC holds."""
    mine, its = baked(case, seal), baked(parent, seal).text or ""
    change, sealing = first_recipe(case)["change"], format_of(seal)

    between = changed(its, change, sealing)

    assert is_one_change(between, its, change)
    assert mine.text == sealing.resigned(between, mine.password)


@pytest.mark.parametrize(
    ("case", "parent", "seal"), ALTERED, ids=[f"{case.id}-{seal}" for case, _, seal in ALTERED]
)
def test_an_altered_session_is_its_parents_but_for_one_field(
    case: Case, parent: Case, seal: SealName
) -> None:
    """Opened, the two sessions differ in one field, and in nothing else."""
    opened = [format_of(seal).open(cookie.text or "", cookie.password) for cookie in (
        baked(case, seal), baked(parent, seal),
    )]  # fmt: skip
    mine, its = opened

    assert len({name for name in mine.keys() | its.keys() if mine.get(name) != its.get(name)}) == 1
