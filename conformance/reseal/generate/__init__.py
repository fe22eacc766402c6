"""Cases that are made up: a rule in place of one example.

A case with ``generate`` stands for as many as there are examples.  Each example is an ordinary `Case`
made from it, so it is run, observed and judged like any other, and what Hypothesis finds and shrinks
can be written down as a fixed case (`reseal.rows`).
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Flaky, HypothesisWarning
from hypothesis.stateful import run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

from ..cases import Case
from ..errors import HarnessError, TargetError
from ..protocol import SealName
from . import answers, placed, seals, users
from .histories import History

__all__ = ["CIRCUMSTANCES", "HISTORIES", "RULES", "STRATEGIES", "Check", "falsify"]

HISTORIES, CIRCUMSTANCES = "histories", "circumstances"
_STEPS = 6  # of a history

Check = Callable[[Case], bool]

STRATEGIES: Mapping[str, Callable[[Case, SealName], SearchStrategy[Case]]] = {
    "users": users.strategy,
    "changed-seals": seals.strategy,
    "published-answers": answers.published,
    "near-misses": answers.near_misses,
    "answers": answers.anything,
}
RULES = (*STRATEGIES, HISTORIES, CIRCUMSTANCES)

_PHASES = (Phase.generate, Phase.shrink)


def falsify(
    case: Case,
    seal: SealName,
    passes: Check,
    *,
    examples: int,
    walk: int | None = None,
    capabilities: Collection[str] = (),
) -> None:
    """Look among ``examples`` of ``case`` for one that does not pass, then for simpler ones.

    ``passes`` is asked about each, the simplest that fails being the last that does.  The examples are
    the same in every run of the same code (Hypothesis borrows constants from the modules that it
    finds), but for those of a ``walk``, which depend on its number as well.  What needs more than the
    ``capabilities`` is not made up.

    Raises the first HarnessError or TargetError of ``passes``, and asks nothing after it.
    """
    broken: list[HarnessError | TargetError] = []

    def holds(example: Case) -> bool:
        if broken:
            return False
        try:
            return passes(example)
        except (HarnessError, TargetError) as err:
            # Not through Hypothesis, which asks again, and calls flaky what happens once.
            broken.append(err)
            return False

    if case.generate == CIRCUMSTANCES:
        placed.falsify(case, seal, holds, examples=examples, walk=walk, capabilities=capabilities)
    else:
        _explore(case, seal, holds, examples, walk)
    if broken:
        raise broken[0]


def _explore(case: Case, seal: SealName, holds: Check, examples: int, walk: int | None) -> None:
    def one(example: Case) -> None:
        if not holds(example):
            raise AssertionError

    chosen = settings(
        max_examples=examples,
        stateful_step_count=_STEPS,
        database=None,
        deadline=None,
        derandomize=walk is None,
        verbosity=Verbosity.quiet,
        phases=_PHASES,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    # An implementation that remembers what it was asked before may fail once and never again: to
    # Hypothesis that is flaky, to us a failure like any other.
    with contextlib.suppress(AssertionError, Flaky), warnings.catch_warnings():
        # What it has to say of large examples is for who writes the rules.
        warnings.simplefilter("ignore", HypothesisWarning)
        _search(case, seal, one, chosen, walk)()


def _search(
    case: Case, seal: SealName, one: Callable[[Case], None], chosen: settings, walk: int | None
) -> Callable[[], None]:
    if case.generate == HISTORIES:

        def machine() -> History:
            return History(case, one)

        # Documented to take a function, and typed to take a class.
        started: Any = machine if walk is None else seed(walk)(machine)
        return partial(run_state_machine_as_test, started, settings=chosen)
    check = chosen(given(STRATEGIES[case.generate or ""](case, seal))(one))
    return check if walk is None else seed(walk)(check)
