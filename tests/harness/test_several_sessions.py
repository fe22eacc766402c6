"""Several sessions of one application: of several users or of one, and refreshed at once."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace

import jwt
import pytest

from reseal import cases
from reseal.endpoint.signing import signing_keys
from reseal.formats import format_of
from reseal.observation import Observation
from reseal.observe import observe
from reseal.recipes import bake
from reseal.target import open_target

from .asking import endpoint, get_key_set, refresh, said
from .support import rng

A, B = "org_01RESEAL0000000000000000A", "org_01RESEAL0000000000000000B"
IRON = format_of("iron")
PASSWORD = IRON.new_password(rng())


@pytest.mark.parametrize(
    ("recipe", "is_same"), [({"kind": "another"}, False), ({"kind": "another", "user": "the same"}, True)]
)
def test_another_session(recipe: dict[str, str], is_same: bool) -> None:
    """Another session has tokens of its own, and is of another user or of the same."""
    model = endpoint()
    cookie = bake(recipe, IRON, PASSWORD, model, rng())
    first, other = model.sessions

    assert cookie.refresh_token == other.live != first.live
    assert other.id != first.id
    assert (other.user == first.user) is is_same
    assert IRON.open(cookie.text or "", PASSWORD)["user"]["id"] == other.user["id"]


def at_once(*organizations: str | None) -> Observation:
    """Two calls at once with one cookie, as an implementation makes them that shares nothing."""
    case = next(case for case in cases.load() if case.id == "refresh.sessions.two-organizations")
    step = replace(case.steps[-1], organizations=organizations)
    with closing(open_target("reference")) as target:
        return observe(replace(case, steps=(case.steps[0], step)), target, seed=1)


@pytest.mark.parametrize("organizations", [(None, B), (None, A), (A, B)])
def test_each_call_has_its_organization(organizations: tuple[str | None, ...]) -> None:
    """Of calls that are made at once, each asks for its own, and is told apart by what it sends."""
    seen = at_once(*organizations)

    assert [call.organization_id for call in seen.calls[1:]] == list(organizations)
    assert [[post.fields.get("organization_id") for post in seen.posts_of(i)] for i in (1, 2)] == [
        [organization] for organization in organizations
    ]


def test_calls_that_are_made_at_once_meet() -> None:
    """No request is answered before all have come."""
    model = endpoint()
    model.meet(2)
    first = threading.Thread(target=refresh, args=(model,))
    first.start()
    first.join(0.02)
    was_waiting = first.is_alive() and not model.journal
    refresh(model)
    first.join()

    assert was_waiting
    assert len(model.journal) == 2


def test_nobody_waits_for_long() -> None:
    """Who shares one request among all calls is answered, and what it asks later at once."""
    model = endpoint()
    model.meet(3)

    assert [said(refresh(model))[0] for _ in range(2)] == [200, 200]


def test_a_retired_key_has_left_the_key_set() -> None:
    """The key that signed before a rotation signs like any other, and is not in the key set."""
    model = endpoint()
    before = jwt.get_unverified_header(model.access_token())["kid"]
    model.rotate_keys()
    token = model.access_token(fault="retired-key")
    known = [key["kid"] for key in said(get_key_set(model))[1]["keys"]]

    assert jwt.get_unverified_header(token)["kid"] == before
    assert before not in known
    key = next(key for key in signing_keys() if key.kid == before)
    assert jwt.decode(
        token,
        key.private.public_key(),
        algorithms=["RS256"],
        options={"verify_exp": False, "verify_iat": False},
    )
