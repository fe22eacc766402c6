from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reseal.observation import CallSeen, ExchangeSeen, Leak, Observation, SealSeen, from_json

from .support import GOOD, PROPERTY, failure, hanging, key_set, observed, post, raising, success

texts = st.none() | st.text(max_size=10)
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=10)
json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
)
lists_of_text = st.lists(st.text(max_size=10), max_size=3).map(tuple)
seals = st.builds(
    SealSeen,
    fingerprint=st.text(),
    length=st.integers(0, 9_999),
    cookie_safe=st.booleans(),
    problem=texts,
    access_token=texts,
    refresh_token=texts,
    user=json_values,
    impersonator=json_values,
    fields=lists_of_text,
)
calls = st.builds(
    CallSeen,
    step=st.integers(0, 5),
    kind=st.sampled_from(["returned", "raised", "silent"]),
    seconds=st.floats(0, 100),
    authenticated=scalars,
    reason=scalars,
    seal=st.none() | seals,
    raised=texts,
    message=texts,
)
exchanges = st.builds(
    ExchangeSeen,
    call=st.integers(0, 5),
    kind=st.sampled_from(["authenticate", "key-set", "other"]),
    origin=st.sampled_from(["endpoint", "elsewhere"]),
    method=st.text(),
    path=st.text(),
    status=st.integers(200, 599),
    said=st.text(),
    fields=st.dictionaries(st.text(max_size=5), json_values, max_size=3),
    credentials=lists_of_text,
    problems=lists_of_text,
    user=json_values,
)
observations = st.builds(
    Observation,
    calls=st.lists(calls, min_size=1, max_size=3).map(tuple),
    exchanges=st.lists(exchanges, max_size=3).map(tuple),
    leaks=st.lists(st.builds(Leak, st.text(), st.text()), max_size=2).map(tuple),
    output=st.text(),
)


@PROPERTY
@given(observations)
def test_an_observation_can_be_stored(seen: Observation) -> None:
    """An observation is the same after it was written as JSON and read again."""
    assert from_json(json.loads(json.dumps(asdict(seen)))) == seen


def test_fields_of_later_releases_are_left_out() -> None:
    """What a later release has written besides is no obstacle."""
    stored = asdict(GOOD)
    stored["calls"][0]["mood"] = stored["exchanges"][0]["mood"] = "good"

    assert from_json(stored) == GOOD


def test_the_requests_of_each_call() -> None:
    """Authenticate requests are told apart from others, and by the call that they came in."""
    first, second = post(), post(call=1, status=500)
    seen = observed(success(), raising(), sent=[key_set(), first, second])

    assert seen.posts() == (first, second)
    assert seen.posts_of(1) == (second,)
    assert seen.posts_of(2) == ()
    assert seen.key_set_requests() == 1


def test_the_last_call() -> None:
    """The last call is the one that a case mostly speaks of."""
    assert observed(success(), failure()).last == failure()


@pytest.mark.parametrize(
    ("call", "is_success"),
    [
        (success(), True),
        (success(authenticated="yes"), True),
        (success(authenticated=1), True),
        (success(authenticated=None), False),
        (success(authenticated=""), False),
        (failure(), False),
        (raising(), False),
        (hanging(), False),
        (replace(success(), kind="raised"), False),
    ],
)
def test_who_claims_success(call: CallSeen, is_success: bool) -> None:
    """A call claims success where it returned, and what it returned reads as authenticated."""
    assert call.is_success is is_success
