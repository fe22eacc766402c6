from __future__ import annotations

from typing import Any

import pytest

from reseal import UsageError
from reseal.deviations import Deviation, apply, apply_known, read
from reseal.verdict import STATES, Finding, State

ROW = {"requirement": "cookie.none", "reason": "legacy", "issue": "ABC-1"}
DEVIATION = Deviation("cookie.none", None, "legacy", "ABC-1")
OF_A_CASE = Deviation("cookie.none", "refresh.cookie.none", "legacy", "ABC-1")
FIXED = "it passes now: remove the deviation (legacy, ABC-1)"


def finding(state: State, case: str = "refresh.cookie.none", requirement: str = "cookie.none") -> Finding:
    return Finding(requirement, case, state, "expected", "got")


def states(findings: tuple[Finding, ...]) -> list[State]:
    return [found.state for found in findings]


# -- known and fixed


def test_a_failure_is_excused() -> None:
    """A failure that a deviation covers is known, and says why."""
    assert states(apply([finding("fail")], [])) == ["fail"]

    (found,) = apply([finding("fail")], [DEVIATION])

    assert (found.state, found.got) == ("known", "got (known: legacy, ABC-1)")


def test_what_passes_needs_no_excuse() -> None:
    """A deviation that does not happen any more is fixed, and asks to be removed."""
    other = finding("pass", requirement="cookie.empty")

    found, untouched = apply([finding("pass"), other], [DEVIATION])

    assert (found.state, found.got) == ("fixed", FIXED)
    assert untouched == other


@pytest.mark.parametrize("state", sorted({*STATES} - {"fail", "pass"}))
def test_only_nonconformance_is_excused(state: State) -> None:
    """An error stays an error, and what was not run was not run."""
    assert apply([finding(state)], [DEVIATION]) == (finding(state),)


def test_a_deviation_that_happens_somewhere_is_not_fixed() -> None:
    """While one case of a requirement fails, those that pass are no sign of a repair."""
    found = apply([finding("pass"), finding("fail", "refresh.other")], [DEVIATION])

    assert states(found) == ["pass", "known"]


def test_a_deviation_of_one_case() -> None:
    """A deviation of one case says nothing of another."""
    found = apply(
        [finding("fail"), finding("fail", "refresh.other"), finding("pass", "refresh.more")], [OF_A_CASE]
    )

    assert states(found) == ["known", "fail", "pass"]


def test_a_deviation_of_another_requirement() -> None:
    """A deviation of one requirement says nothing of another."""
    assert states(apply([finding("fail", requirement="cookie.empty")], [DEVIATION])) == ["fail"]


def test_the_first_of_two_deviations_excuses() -> None:
    """Where two deviations cover a failure, the first is told, and the other is not thought fixed."""
    findings = apply([finding("fail")], [OF_A_CASE, Deviation("cookie.none", None, "also", "ABC-2")])

    assert [(found.state, found.got) for found in findings] == [("known", "got (known: legacy, ABC-1)")]


def test_fixed_in_one_case_known_in_another() -> None:
    """Each deviation of a case stands for itself."""
    other = Deviation("cookie.none", "refresh.other", "legacy", "ABC-2")

    found = apply([finding("pass"), finding("fail", "refresh.other")], [OF_A_CASE, other])

    assert states(found) == ["fixed", "known"]


def test_a_part_of_a_run_can_only_be_excused() -> None:
    """Of a single case it can be said what is known, and not what is fixed."""
    assert states(apply_known([finding("pass"), finding("fail")], [DEVIATION])) == ["pass", "known"]


@pytest.mark.parametrize(
    ("deviation", "covers"),
    [(DEVIATION, True), (OF_A_CASE, True), (Deviation("cookie.none", "x", "", ""), False)],
)
def test_what_a_deviation_covers(deviation: Deviation, covers: bool) -> None:
    """A deviation covers its requirement, in its case or in all of them."""
    assert deviation.covers(finding("fail")) is covers
    assert not deviation.covers(finding("fail", requirement="cookie.empty"))


# -- reading


@pytest.mark.parametrize(
    ("requirement", "deviation"), [("cookie.none", DEVIATION), ("cookie.none:refresh.cookie.none", OF_A_CASE)]
)
def test_a_deviation_is_read(requirement: str, deviation: Deviation) -> None:
    """A deviation names a requirement, or a requirement and a case of it."""
    assert read([{**ROW, "requirement": requirement}], "reseal.toml") == (deviation,)


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({**ROW, "why": "x"}, "unknown field 'why'. Known are requirement, reason, issue."),
        ({**ROW, "reason": ""}, "reason must be a text, got ''. Say why, and where it is tracked."),
        ({**ROW, "issue": 7}, "issue must be a text, got 7. Say why, and where it is tracked."),
        (
            {"requirement": "cookie.none"},
            "reason must be a text, got None. Say why, and where it is tracked.",
        ),
        (
            {**ROW, "requirement": None},
            "requirement must be a text, got None. Say why, and where it is tracked.",
        ),
        (
            {**ROW, "requirement": "cookie.non"},
            "requirement 'cookie.non' does not exist. Did you mean 'cookie.none'?",
        ),
        (
            {**ROW, "requirement": "biscuits"},
            "requirement 'biscuits' does not exist. `reseal contract` lists them.",
        ),
        (
            {**ROW, "requirement": "cookie.none:refresh.cookies.none"},
            "case 'refresh.cookies.none' does not exist. Did you mean 'refresh.cookie.none'?",
        ),
    ],
)
def test_an_error_names_file_and_field(row: dict[str, Any], error: str) -> None:
    """A deviation that is wrong is refused with file, place and field, and with what was meant."""
    assert read([ROW], "reseal.toml") == (DEVIATION,)

    with pytest.raises(UsageError) as caught:
        read([ROW, row], "reseal.toml")

    assert str(caught.value) == f"reseal.toml: deviation[1]: {error}"
