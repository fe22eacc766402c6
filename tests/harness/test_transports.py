"""Two transports, one endpoint: what is found does not depend on how requests travel."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from reseal import cases
from reseal.cases import Call, Case
from reseal.endpoint import Transport
from reseal.engine import CaseRun, Engine
from reseal.observation import CallSeen, Observation
from reseal.observe import observe
from reseal.protocol import SealName
from reseal.target import open_target
from reseal.target.open import Declared

CASES = cases.load()
SAMPLE = [case for case in CASES if "iron" in case.formats][::10]
RACES = [case for case in CASES if any(isinstance(step, Call) and step.together > 1 for step in case.steps)]
# Which of several sessions is served first, and so which tokens it is given, is up to the threads.
AT_ONCE = [
    case
    for case in RACES
    if any(
        isinstance(s, Call) and s.together > 1 and (s.cookies or s.cookie["kind"] == "another")
        for s in case.steps
    )
]

each_case = pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
each_seal = pytest.mark.parametrize("seal", ["iron", "fernet"])


@functools.cache
def engine(seal: SealName, transport: Transport) -> Engine:
    """The reference, to be run through one case after the other."""
    return Engine(open_target("reference", Declared(seal=seal)), seed=1, transport=transport)


def comparable(run: CaseRun) -> Observation | None:
    """What was seen, without what time, port and salts make of it."""
    seen = run.observation
    if seen is None:
        return None
    calls = tuple(_call(call) for call in seen.calls)
    exchanges = tuple(replace(exchange, path="", access_token=None) for exchange in seen.exchanges)
    if run.case in RACES:
        # How many of them look for the key set before one has found it, is up to the threads.
        calls, exchanges = _sorted(calls), _sorted(e for e in exchanges if e.kind == "authenticate")
    if run.case in AT_ONCE:
        calls = _sorted(replace(c, seal=None, cookie_refresh_token=None) for c in calls)
        exchanges = _sorted(
            replace(e, call=0, sent_refresh_token=None, refresh_token=None) for e in exchanges
        )
    return Observation(calls, exchanges, seen.leaks)


def _call(call: CallSeen) -> CallSeen:
    seal = call.seal and replace(call.seal, fingerprint="", first_block=None, length=0, access_token=None)
    return replace(call, seconds=0.0, cookie=None, cookie_access_token=None, cookie_is_sound=True, seal=seal)


def _sorted(seen: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(seen, key=repr))


def states(run: CaseRun) -> list[tuple[str, str, str]]:
    return [(finding.requirement, finding.case, finding.state) for finding in run.findings]


@each_seal
@each_case
def test_the_reference_conforms(case: Case, seal: SealName) -> None:
    """It meets every requirement in every case that applies to its format, however its requests travel."""
    over_sockets, in_process = engine(seal, "loopback").run(case), engine(seal, "respx").run(case)
    applies = seal in case.formats and set(case.needs) <= {"organization_id", "concurrent"}

    for run in (over_sockets, in_process):
        assert {state for _, _, state in states(run)} <= {"pass", "not_applicable"}
        assert (run.observation is not None) == applies
    if case.generate is None:
        # Hypothesis makes up other examples once more modules are loaded, so two runs have different ones.
        assert states(over_sockets) == states(in_process)
        assert comparable(over_sockets) == comparable(in_process)


# -- the same seed


def given(seed: int, transport: Transport) -> list[tuple[str | None, ...]]:
    """The tokens that a few cases begin with and are given."""
    tokens: list[tuple[str | None, ...]] = []
    with closing(open_target("reference")) as target:
        for case in SAMPLE:
            seen = observe(case, target, seed=seed, transport=transport)
            exchanged = [(post.sent_refresh_token, post.refresh_token) for post in seen.posts()]
            if case in AT_ONCE:
                exchanged = [_sorted(column) for column in zip(*exchanged, strict=True)]
            tokens += [(seen.calls[0].cookie_refresh_token,), *exchanged]
    return tokens


@pytest.mark.parametrize("transport", ["loopback", "respx"])
def test_the_same_seed_repeats_a_run(transport: Transport) -> None:
    """A seed decides about every refresh token, so that a run can be told again."""
    assert given(1, transport) == given(1, transport) != given(2, transport)
