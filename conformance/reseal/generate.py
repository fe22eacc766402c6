"""Cases that are made up: a rule in place of one example.

A case with ``generate`` stands for as many as there are examples.  Each example is an ordinary `Case`
made from it, so it is run, observed and judged like any other, and what Hypothesis finds and shrinks
can be written down as a fixed case.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.strategies import SearchStrategy

from .cases import Answer, Call, Case, Event, Step
from .protocol import SealName

_SAFE_INTEGER = 2**53 - 1  # beyond it, JSON readers differ (RFC 8259, section 6)
_SUCCESSES = (200, 201, 202)
_REFUSALS = (400, 403, 401, 404, 408, 409, 418, 422, 429, 500, 502, 503, 504)
_PARTS: dict[SealName, tuple[str, ...]] = {
    "iron": ("whole", "password_id", "encryption_salt", "iv", "ciphertext", "expiration", "mac_salt", "mac"),
    "fernet": ("whole", "timestamp", "iv", "ciphertext", "mac"),
    "own": ("whole",),
}
_CODES = (
    "invalid_grant",
    "invalid_request",
    "sso_required",
    "organization_not_authorized",
    "",
    "Invalid_Grant",
)

Check = Callable[[Case], bool]


def falsify(case: Case, seal: SealName, passes: Check, *, examples: int, walk: int | None = None) -> None:
    """Look among ``examples`` of ``case`` for one that does not pass, then for simpler ones.

    ``passes`` is asked about each, the simplest that fails being the last that does.  The examples are
    the same in every run of the same code (Hypothesis borrows constants from the modules that it
    finds), but for those of a ``walk``, which depend on its number as well.
    """

    def one(example: Case) -> None:
        if not passes(example):
            raise AssertionError

    check = given(STRATEGIES[case.generate or ""](case, seal))(one)
    check = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=walk is None,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )(check)
    # An implementation that remembers what it was asked before may fail once and never again: to
    # Hypothesis that is flaky, to us a failure like any other.
    with contextlib.suppress(AssertionError, Flaky):
        (check if walk is None else seed(walk)(check))()


def _users(case: Case, seal: SealName) -> SearchStrategy[Case]:  # noqa: ARG001 - the form of a strategy
    """Sessions of any user: all of Unicode, nested data, large and small."""
    words = st.text(max_size=40)
    json_values: SearchStrategy[Any] = st.recursive(
        st.none() | st.booleans() | st.integers(-_SAFE_INTEGER, _SAFE_INTEGER) | words,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names(), inner, max_size=4),
        max_leaves=12,
    )
    metadata = st.dictionaries(_names(), st.text(max_size=600), max_size=12)
    users = st.fixed_dictionaries(
        {"first_name": st.none() | words, "last_name": st.none() | words, "metadata": metadata},
        optional={"custom": json_values},
    )
    return users.map(lambda changes: _with_user(case, changes))


def _names() -> SearchStrategy[str]:
    # @hapi/iron refuses this name on purpose, so that a session which holds it cannot be asked for.
    return st.text(max_size=40).filter(lambda name: name != "__proto__")


def _with_user(case: Case, changes: dict[str, Any]) -> Case:
    user = {
        "object": "user",
        "id": "user_01HBEQKA6K4QJAS93VPE39W1JT",
        "email": "anybody@example.com",
        "email_verified": True,
        "profile_picture_url": None,
        "external_id": None,
        "last_sign_in_at": None,
        "created_at": "2026-01-15T12:00:00.000Z",
        "updated_at": "2026-01-15T12:00:00.000Z",
        **changes,
    }
    answer = Answer(tokens={"set": {"user": user}})
    cookie = {"kind": "session", "set": {"user": user}}
    return _example(case, changes, cookie=cookie, answers=(answer, answer))


def _changed_seals(case: Case, seal: SealName) -> SearchStrategy[Case]:
    """One change anywhere in a seal: put something in, take something out, or both."""
    alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_*~=+/. %"\u00e9'
    changes = st.fixed_dictionaries(
        {
            "op": st.just("put"),
            # By part, since most of a seal is ciphertext, where a change is the easiest to notice.
            "part": st.sampled_from(_PARTS[seal]),
            "fraction": st.floats(0, 1, exclude_max=True),
            "characters": st.integers(0, 3),
            "text": st.text(alphabet, max_size=3),
        }
    )
    return changes.map(lambda change: _example(case, change, cookie={"kind": "session", "change": change}))


def _answers(case: Case, seal: SealName) -> SearchStrategy[Case]:  # noqa: ARG001 - the form of a strategy
    """Answers out of the published schema, near misses of it, and anything else in JSON."""
    scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=20) | st.sampled_from(_CODES)
    values: SearchStrategy[Any] = (
        scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.text(max_size=8), scalars, max_size=3)
    )
    user = {"object": "user", "id": "user_01", "email": "anybody@example.com", "email_verified": True}
    successes = st.fixed_dictionaries(
        {},
        optional={
            "user": st.just(user) | values,
            "access_token": st.just("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyXzAxIn0.") | values,
            "refresh_token": st.just("another_refresh_token_0123") | values,
            "sealed_session": values,
        },
    )
    refusals = st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("error", "error_description", "code", "message"), values)
    )
    bodies = st.tuples(st.sampled_from(_SUCCESSES), successes) | st.tuples(
        st.sampled_from(_REFUSALS), refusals
    )
    anything = st.tuples(st.sampled_from(_SUCCESSES + _REFUSALS), values)
    return (bodies | anything).map(
        lambda pair: _example(
            case,
            {"status": pair[0], "json": pair[1]},
            answers=(Answer(status=pair[0], json=pair[1], times=0),),
        )
    )


_FAILURES = (
    Answer(status=503, json={"message": "Service Unavailable"}),
    Answer(status=429, json={"error": "too_many_requests", "error_description": "Please retry."}),
    Answer(status=502, headers={"content-type": "text/html"}, text="<html>Bad Gateway</html>"),
    Answer(fault="reset"),
    Answer(fault="closed"),
)


def _histories(case: Case, seal: SealName) -> SearchStrategy[Case]:  # noqa: ARG001 - the form of a strategy
    """What may befall a session: refreshes, failures of the endpoint, time, its end.

    Each call uses the newest seal.  Keys are not rotated: implementations may wait before they look
    at a key set again, and that has a case of its own.
    """
    call = Call(cookie={"kind": "newest"}, max_retries=0)
    outages = st.lists(st.sampled_from(_FAILURES), min_size=1, max_size=4)
    stretches: SearchStrategy[list[Step]] = st.one_of(
        st.just([call]),
        outages.map(lambda answers: [Event("answer", answers=tuple(answers)), *[call] * len(answers)]),
        st.sampled_from((5.0, 29.0, 31.0, 3_600.0)).map(lambda seconds: [Event("advance", seconds=seconds)]),
    )
    histories = st.lists(stretches, min_size=2, max_size=6)
    endings: SearchStrategy[list[Step]] = st.sampled_from(([], [], [Event("end-session"), call]))
    return st.builds(
        lambda history, ending: _history(case, [call, *chain.from_iterable(history), call, *ending]),
        histories,
        endings,
    )


def _history(case: Case, steps: list[Step]) -> Case:
    told = [step.do if isinstance(step, Event) else "refresh" for step in steps]
    # The first cookie is the session's own: there is no newer one yet.
    first = Call(max_retries=0)
    return replace(case, steps=(first, *steps[1:]), generate=None, example=json.dumps(told))


def _example(
    case: Case, made_up: Any, *, cookie: dict[str, Any] | None = None, answers: tuple[Answer, ...] = ()
) -> Case:
    steps = tuple(
        replace(step, cookie=cookie) if isinstance(step, Call) and cookie is not None else step
        for step in case.steps
    )
    example = json.dumps(made_up)
    setup = replace(case.setup, answers=answers)
    return replace(case, steps=steps, setup=setup, generate=None, example=example)


STRATEGIES: dict[str, Callable[[Case, SealName], SearchStrategy[Case]]] = {
    "users": _users,
    "changed-seals": _changed_seals,
    "answers": _answers,
    "histories": _histories,
}
