from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given

from reseal.behaviour import Difference, behaviour, differences
from reseal.observation import Leak, Observation, from_json

from .support import (
    GOOD,
    PROPERTY,
    REFUSED,
    USER,
    failure,
    hanging,
    key_set,
    observed,
    post,
    raising,
    refusal,
    seal,
    success,
)
from .test_observation import observations


def found(old: Observation, new: Observation) -> list[str]:
    return [str(difference) for difference in differences(behaviour(old), behaviour(new))]


def sealed(*sent: Any, **changes: Any) -> Observation:
    return observed(success(seal=seal(**changes)), sent=sent or [key_set(), post()])


@PROPERTY
@given(observations)
def test_a_behaviour_is_that_of_the_stored_observation(seen: Observation) -> None:
    """Whatever was seen, the behaviour is the same after it was stored, and not different from itself."""
    stored = from_json(json.loads(json.dumps(asdict(seen))))

    assert behaviour(stored) == behaviour(seen)
    assert differences(behaviour(seen), behaviour(stored)) == ()


def test_another_run() -> None:
    """Fingerprints, seconds, texts and paths are of one run, and no behaviour."""
    given_ = post(path="/2", fields=dict.fromkeys(post().fields, "x"), refresh_token="2", access_token="3")
    kept = seal(fingerprint="<900 chars #2>", length=901, refresh_token="2", access_token="3")
    call = success(cookie="<9 chars #3>", seconds=1.5, message="at 12:30", seal=kept)

    assert found(GOOD, observed(call, sent=[key_set(path="/sso/jwks/2"), given_])) == []
    assert found(REFUSED, replace(REFUSED, output="12:31 refreshed")) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(GOOD, REFUSED, "result: success → refused, invalid_grant", id="result"),
        pytest.param(
            REFUSED,
            observed(failure("invalid_jwt"), sent=[refusal()]),
            "result: refused, invalid_grant → refused, invalid_jwt",
            id="reason",
        ),
        pytest.param(
            REFUSED,
            observed(failure("HTTP 400: at http://127.0.0.1:4711"), sent=[refusal()]),
            "result: refused, invalid_grant → refused, free text for a reason",
            id="free text",
        ),
        pytest.param(
            observed(raising()),
            observed(replace(raising(), raised="Other")),
            "result: raised SomeError → raised Other",
            id="exception",
        ),
        pytest.param(
            observed(raising()),
            observed(hanging()),
            "result: raised SomeError → no answer in time",
            id="hang",
        ),
        pytest.param(
            REFUSED,
            observed(failure(sealed_session="NoneType"), sent=[refusal()]),
            "sealed_session: missing → null",
            id="field",
        ),
        pytest.param(REFUSED, observed(failure(), sent=[refusal(), refusal()]), "tries: 1 → 2", id="tries"),
        pytest.param(
            GOOD,
            observed(success(), sent=[post(), key_set()]),
            "key set: fetched before the exchange → fetched after the exchange",
            id="order",
        ),
        pytest.param(
            GOOD,
            observed(success(), sent=[key_set(), post(fields={**post().fields, "session": "<dict>"})]),
            "request field session: not sent → sent",
            id="field sent",
        ),
        pytest.param(
            GOOD,
            observed(success(), sent=[key_set(), post(credentials=("bearer",))]),
            "API key: bearer and client_secret → bearer",
            id="credentials",
        ),
        pytest.param(
            GOOD,
            observed(success(), sent=[key_set(), post(content_type="application/json")]),
            "body: of no type → application/json",
            id="body",
        ),
        pytest.param(
            GOOD,
            observed(success(), sent=[key_set(), post(sent_refresh_token="another")]),
            "refresh token sent: the cookie's → another",
            id="token sent",
        ),
        pytest.param(
            GOOD,
            sealed(fields=("access_token", "refresh_token")),
            "payload user: in the new seal → not in the new seal",
            id="payload",
        ),
        pytest.param(
            GOOD,
            sealed(user={**USER, "locale": None}),
            "payload user.locale: not in the new seal → in the new seal",
            id="payload of the user",
        ),
        pytest.param(
            GOOD,
            sealed(user={**USER, "email": "other@example.com"}),
            "user in the seal: as answered → altered",
            id="user",
        ),
        pytest.param(
            GOOD,
            sealed(refresh_token="old"),
            "refresh token in the seal: the new one → the old one",
            id="old",
        ),
        pytest.param(
            sealed(form={"format": "iron", "expiry": "15 days"}),
            sealed(form={"format": "iron", "expiry": "none"}),
            "seal's expiry: 15 days → none",
            id="form",
        ),
        pytest.param(
            GOOD,
            observed(success(), sent=[key_set(), post()], leaks=[Leak("cookie password", "output")]),
            "cookie password in output: not leaked → leaked",
            id="leak",
        ),
    ],
)
def test_one_change(old: Observation, new: Observation, expected: str) -> None:
    """A change of one aspect is told in words, and told the other way round in the other direction."""
    aspect, _, (before, after) = *expected.partition(": ")[:2], expected.partition(": ")[2].split(" → ")

    assert expected in found(old, new)
    assert f"{aspect}: {after} → {before}" in found(new, old)


def test_only_that_change() -> None:
    """What is the same is not told: an expiry that goes is one difference."""
    old, new = sealed(form={"expiry": "15 days"}), sealed(form={"expiry": "none"})

    assert found(old, new) == ["seal's expiry: 15 days → none"]


def test_what_goes_with_the_whole() -> None:
    """Where one side sent nothing and sealed nothing, its missing fields are no changes of their own."""
    silent = observed(failure(cookie="<3 chars #1>"))

    assert found(GOOD, silent) == [
        "result: success → refused, invalid_grant",
        "sealed_session: a text → missing",
        "tries: 1 → 0",
        "key set: fetched before the exchange → not fetched",
    ]


def test_repeated_calls_count_once() -> None:
    """Fifty refreshes with one outcome show what five with it show; another outcome among them is told."""
    five = observed(*[success()] * 5, sent=[post(call=i) for i in range(5)])
    fifty = observed(*[success()] * 50, sent=[post(call=i) for i in range(50)])
    broken = observed(*[success()] * 4, failure(), sent=[post(call=i) for i in range(5)])

    assert found(five, fifty) == []
    assert "result: success → refused, invalid_grant or success" in found(five, broken)


def test_calls_at_once() -> None:
    """How the requests of calls at once interleave is chance; how they end is not."""
    together = [success(together=2), success(together=2)]
    one = observed(*together, sent=[key_set(), post(), post()])
    other = observed(*together, sent=[post(), key_set(), post(), key_set()])
    failed = observed(success(together=2), replace(failure(), together=2), sent=[post(), post()])

    assert found(one, other) == []
    assert "result: success → refused, invalid_grant or success" in found(one, failed)


def test_steps_are_told_apart() -> None:
    """A change in the second step is found, whatever the first does; a step that is missing is told."""
    old = observed(success(), success(step=1), sent=[post(), post(call=1)])
    new = observed(success(), replace(raising(), step=1), sent=[post(), post(call=1)])
    short = observed(success(), sent=[post()])

    assert found(old, new)[0] == "result: success → raised SomeError"
    assert found(old, short) == ["steps: 2 → 1"]


@pytest.mark.parametrize("name", ["raised", "returned"])
def test_names_of_the_target_are_cut_to_names(name: str) -> None:
    """What a target calls its types is shown where it is a name, and nothing else of it."""
    bad = observed(replace(raising() if name == "raised" else failure(), **{name: "<b>@everyone</b>"}))

    told = [str(Difference("x", "y", value)) for value in behaviour(bad).steps[0].traits.values()]

    assert not any("everyone" in text for text in told)
