from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reseal import HarnessError, contract
from reseal.contract import ORIGINS, Contract, Origin, Requirement
from reseal.verdict import STATES, Finding, Level, State, by_requirement, combined, conforms, summary, within

from .support import PROPERTY


def requirement(name: str, origin: Origin, level: str = "must") -> Requirement:
    return Requirement(name, "a title", origin, level, "case", "a quote", "a source", "2026-11-24", "2026-11")


DOCUMENTED, OBSERVED, HARDENING = (requirement(f"cookie.{origin}", origin) for origin in ORIGINS)
ANOTHER = requirement("cookie.another", "documented")
SHOULD = requirement("cookie.should", "documented", "should")
CONTRACT = Contract("2026-11", (DOCUMENTED, OBSERVED, HARDENING, ANOTHER, SHOULD))
REAL = contract.load()

states = st.sampled_from(STATES)
runs = st.dictionaries(st.sampled_from([row.id for row in REAL.requirements]), states)


# -- many verdicts make one


@pytest.mark.parametrize(
    ("present", "state"),
    [
        (["pass"], "pass"),
        (["pass", "not_applicable"], "pass"),
        (["not_applicable"], "not_applicable"),
        (["pass", "known"], "known"),
        (["known", "not_run"], "not_run"),
        (["not_run", "fixed"], "fixed"),
        (["fixed", "fail"], "fail"),
        (["fail", "error", "pass"], "error"),
        ([], "not_run"),
    ],
)
def test_the_worst_counts(present: list[State], state: State) -> None:
    """A requirement has the worst verdict of its cases; what has none was not run."""
    assert combined(present) == state


@PROPERTY
@given(
    st.lists(states, min_size=1).flatmap(
        lambda present: st.tuples(st.just(present), st.permutations(present))
    )
)
def test_order_does_not_matter(orders: tuple[list[State], list[State]]) -> None:
    """The verdict of many is one of them, in whatever order, and however often each comes."""
    present, shuffled = orders

    assert combined(present) in present
    assert combined(present) == combined(shuffled * 2)


@PROPERTY
@given(st.lists(states, min_size=1), st.lists(states, min_size=1))
def test_parts_can_be_combined(left: list[State], right: list[State]) -> None:
    """It does not matter in how many parts cases are run."""
    assert combined([combined(left), combined(right)]) == combined(left + right)


@PROPERTY
@given(st.lists(states))
def test_nothing_that_did_not_run_is_green(present: list[State]) -> None:
    """A requirement passes only where one case passed it, and none did worse."""
    is_green = combined(present) == "pass"

    assert is_green == ("pass" in present and set(present) <= {"pass", "not_applicable"})


# -- how many


@PROPERTY
@given(runs)
def test_the_sums_add_up(run: dict[str, State]) -> None:
    """Each requirement that was selected is counted once, under its origin and verdict."""
    counts = summary(run, REAL)

    assert sum(sum(row.values()) for row in counts.values()) == len(run)
    assert {(origin, *row) for origin, row in counts.items()} == {(origin, *STATES) for origin in ORIGINS}
    assert sum(row["pass"] for row in counts.values()) == list(run.values()).count("pass")


def test_a_count() -> None:
    """Counts are by origin, and have a row for what did not occur."""
    counts = summary({DOCUMENTED.id: "pass", SHOULD.id: "pass", HARDENING.id: "fail"}, CONTRACT)

    assert counts["documented"] == {**dict.fromkeys(STATES, 0), "pass": 2}
    assert counts["observed"] == dict.fromkeys(STATES, 0)
    assert counts["hardening"]["fail"] == 1


def test_a_count_that_does_not_add_up() -> None:
    """Arithmetic that is wrong is the harness's fault."""

    class Loses(dict[str, State]):
        def items(self):
            return [(DOCUMENTED.id, "pass")]

    with pytest.raises(HarnessError, match=r"^2 requirements were selected, but the verdicts do not add up"):
        summary(Loses({DOCUMENTED.id: "pass", OBSERVED.id: "pass"}), CONTRACT)


# -- does it conform


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("level", ORIGINS)
@pytest.mark.parametrize("row", [DOCUMENTED, OBSERVED, HARDENING])
def test_what_counts(row: Requirement, level: Level, state: State) -> None:
    """A verdict that is not green counts at the level of its origin and above it, and not below."""
    run: dict[str, State] = {ANOTHER.id: "pass", row.id: state}
    is_green = state in ("pass", "known", "not_applicable")

    assert conforms({DOCUMENTED.id: "pass"}, CONTRACT, level)
    assert conforms(run, CONTRACT, level) == (is_green or not within(row.origin, level))


@pytest.mark.parametrize("state", STATES)
def test_a_should_never_counts(state: State) -> None:
    """What should be is reported only."""
    assert conforms({DOCUMENTED.id: "pass", SHOULD.id: state}, CONTRACT, "hardening")


@pytest.mark.parametrize(
    "run", [{}, {HARDENING.id: "pass"}, {SHOULD.id: "pass"}, {DOCUMENTED.id: "not_applicable"}]
)
def test_nothing_that_counts_is_no_conformance(run: dict[str, State]) -> None:
    """Where nothing that counts was selected, nothing conforms."""
    assert not conforms(run, CONTRACT, "documented")


@PROPERTY
@given(runs, st.sampled_from([("documented", "observed"), ("observed", "hardening")]))
def test_a_higher_level_asks_for_more(run: dict[str, State], levels: tuple[Level, Level]) -> None:
    """What conforms at a level conforms at every lower one."""
    counted = {**run, "result.success-shape": run.get("result.success-shape", "pass")}

    lower, higher = (conforms(counted, REAL, level) for level in levels)

    assert lower or not higher


@pytest.mark.parametrize(
    ("origin", "level", "counts"),
    [
        ("documented", "documented", True),
        ("observed", "documented", False),
        ("hardening", "observed", False),
        ("documented", "hardening", True),
    ],
)
def test_within(origin: Origin, level: Level, counts: bool) -> None:
    """The three origins are in order."""
    assert within(origin, level) is counts


def test_findings_by_requirement() -> None:
    """Findings are put under their requirements, in the order of the contract, also where there are none."""
    first, second = (Finding(HARDENING.id, f"refresh.{n}", "pass", "", "") for n in (1, 2))

    grouped = by_requirement([first, second], CONTRACT)

    assert list(grouped) == [row.id for row in CONTRACT.requirements]
    assert (grouped[HARDENING.id], grouped[DOCUMENTED.id]) == ((first, second), ())
