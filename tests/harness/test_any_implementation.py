"""Whatever an implementation does, the harness comes to a verdict, and the verdict can be stored."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from reseal import cases
from reseal.engine import CaseRun, Engine
from reseal.formats import OwnFormat
from reseal.target import Answer, Raised, Returned, Silent
from reseal.verdict import STATES

from .support import ABOUT, IRON, PLAIN, PROPERTY, FakeTarget, rng

NO_COOKIE = cases.by_id()["refresh.cookie.none"]

texts = st.text(st.characters(), max_size=30)
odd = st.sampled_from(
    ["Fe26.2*1*a*b*c**d*e~2", "gAAAAA==", "\ud800" * 9, "null", " ", '"quoted"', "invalid_grant"]
)
plain = st.none() | st.booleans() | st.integers() | st.floats() | texts | odd | st.binary(max_size=9)
values: st.SearchStrategy[Any] = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2), max_leaves=4
)
results = st.dictionaries(st.sampled_from(["authenticated", "sealed_session", "reason"]), values)
answers = (
    st.builds(Returned, results, st.none() | texts)
    | st.builds(Raised, texts, texts, texts)
    | st.builds(Silent, st.floats(0, 100))
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
sessions = json_values | st.dictionaries(
    st.sampled_from(["access_token", "refresh_token", "user", "impersonator"]), json_values
)

few = settings(PROPERTY, max_examples=50)


def is_sound(run: CaseRun) -> bool:
    """Every finding has a verdict, and all that is kept of the run is JSON."""
    note(repr(run.findings))
    stored = json.dumps(
        [asdict(run.observation) if run.observation else None, [asdict(f) for f in run.findings]],
        allow_nan=False,
    )
    return bool(stored) and {finding.state for finding in run.findings} <= set(STATES)


@few
@given(st.lists(answers, min_size=2, max_size=2))
def test_any_answer(given_answers: list[Answer]) -> None:
    """Whatever a call returns or raises is a verdict."""
    replies = iter(given_answers)

    run = Engine(FakeTarget(lambda _: next(replies)), transport="respx").run(NO_COOKIE)

    assert is_sound(run)
    assert run.blame is None


@few
@given(sessions)
def test_any_session(payload: object) -> None:
    """Whatever is sealed into a new cookie is a verdict."""
    run = Engine(
        FakeTarget(
            lambda request: Returned(
                {
                    "authenticated": True,
                    "sealed_session": IRON.seal(payload, request.cookie_password or "", rng(), {}),
                }
            )
        ),
        transport="respx",
    ).run(PLAIN)

    assert is_sound(run)
    assert run.findings[0].state == "fail"


@few
@given(sealed=texts, opened=values)
def test_any_format_of_its_own(sealed: str, opened: object) -> None:
    """Whatever an implementation's own format makes of a session is a verdict."""
    target = FakeTarget(
        lambda _: Returned({"authenticated": True, "sealed_session": sealed}),
        ABOUT,
        OwnFormat(lambda *_: sealed, lambda *_: opened),
    )

    assert is_sound(Engine(target, transport="respx").run(PLAIN))
