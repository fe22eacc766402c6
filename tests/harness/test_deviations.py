from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from reseal import UsageError
from reseal.deviations import Deviation, apply, in_force, read
from reseal.verdict import STATES, Finding, State

ROW = {"requirement": "cookie.none", "reason": "legacy", "issue": "ABC-1"}
DEVIATION = Deviation("cookie.none", (), "legacy", "ABC-1")
OF_A_CASE = Deviation("cookie.none", ("refresh.cookie.none",), "legacy", "ABC-1")
UNTIL_YESTERDAY = Deviation("cookie.none", (), "legacy", "ABC-1", until=dt.date(2026, 11, 24))
FIXED = "it passes now: remove the deviation (legacy, ABC-1)"
TODAY = dt.date(2026, 11, 25)
MIDNIGHT = dt.datetime(2027, 1, 31, tzinfo=dt.UTC)


def finding(state: State, case: str = "refresh.cookie.none", requirement: str = "cookie.none") -> Finding:
    return Finding(requirement, case, state, "expected", "got")


def states(findings: tuple[Finding, ...]) -> list[State]:
    return [found.state for found in findings]


def applied(findings: list[Finding], *deviations: Deviation, is_whole: bool = True) -> tuple[Finding, ...]:
    return apply(findings, deviations, on=TODAY, is_whole=is_whole)


# -- known and fixed


def test_a_failure_is_excused() -> None:
    """A failure that a deviation covers is known, and says why."""
    assert states(applied([finding("fail")])) == ["fail"]

    (found,) = applied([finding("fail")], DEVIATION)

    assert (found.state, found.got) == ("known", "got (known: legacy, ABC-1)")


def test_what_passes_needs_no_excuse() -> None:
    """A deviation that does not happen any more is fixed, and asks to be removed."""
    other = finding("pass", requirement="cookie.empty")

    found, untouched = applied([finding("pass"), other], DEVIATION)

    assert (found.state, found.got) == ("fixed", FIXED)
    assert untouched == other


def test_what_does_not_apply_needs_no_excuse() -> None:
    """A deviation of what says nothing about the target never happens, and asks to be removed."""
    (found,) = applied([finding("not_applicable")], DEVIATION)

    assert (found.state, found.got) == ("fixed", "it does not apply: remove the deviation (legacy, ABC-1)")


@pytest.mark.parametrize("state", sorted({*STATES} - {"fail", "pass", "not_applicable"}))
@pytest.mark.parametrize("deviation", [DEVIATION, OF_A_CASE, UNTIL_YESTERDAY])
def test_only_nonconformance_is_excused(state: State, deviation: Deviation) -> None:
    """An error stays an error, and what was not run was not run."""
    assert applied([finding(state)], deviation) == (finding(state),)


def test_a_deviation_that_happens_somewhere_is_not_fixed() -> None:
    """While one case of a requirement fails, those that pass are no sign of a repair."""
    found = applied([finding("pass"), finding("fail", "refresh.other")], DEVIATION)

    assert states(found) == ["pass", "known"]


def test_each_case_that_is_named_must_happen() -> None:
    """A deviation that names its cases is overdue as soon as one of them passes."""
    both = Deviation("cookie.none", ("refresh.cookie.none", "refresh.other"), "legacy", "ABC-1")

    found = applied([finding("pass"), finding("fail", "refresh.other")], both)

    assert states(found) == ["fixed", "known"]


def test_a_made_up_case_that_passes_is_no_repair() -> None:
    """A case that stands for many examples may pass by luck: its deviation stays."""
    made_up = Deviation("success.history", ("refresh.any.history",), "legacy", "ABC-1")
    found = applied([finding("pass", "refresh.any.history", "success.history")], made_up)

    assert states(found) == ["pass"]


def test_a_deviation_of_one_case() -> None:
    """A deviation of one case says nothing of another."""
    findings = [finding("fail"), finding("fail", "refresh.other"), finding("pass", "refresh.more")]

    assert states(applied(findings, OF_A_CASE)) == ["known", "fail", "pass"]


def test_a_deviation_of_another_requirement() -> None:
    """A deviation of one requirement says nothing of another."""
    assert states(applied([finding("fail", requirement="cookie.empty")], DEVIATION)) == ["fail"]


def test_the_first_of_two_deviations_excuses() -> None:
    """Where two deviations cover a failure, the first is told, and the other is not thought fixed."""
    findings = applied([finding("fail")], OF_A_CASE, Deviation("cookie.none", (), "also", "ABC-2"))

    assert [(found.state, found.got) for found in findings] == [("known", "got (known: legacy, ABC-1)")]


@pytest.mark.parametrize(("deviation", "state"), [(DEVIATION, "pass"), (OF_A_CASE, "fixed")])
def test_a_part_of_a_run(deviation: Deviation, state: State) -> None:
    """Of a part of the cases it cannot be said that a deviation of a whole requirement is overdue."""
    assert states(applied([finding("fail")], deviation, is_whole=False)) == ["known"]

    assert states(applied([finding("pass")], deviation, is_whole=False)) == [state]


@pytest.mark.parametrize(
    ("deviation", "covers"),
    [(DEVIATION, True), (OF_A_CASE, True), (Deviation("cookie.none", ("x",), "", ""), False)],
)
def test_what_a_deviation_covers(deviation: Deviation, covers: bool) -> None:
    """A deviation covers its requirement, in its cases or in all of them."""
    assert deviation.covers(finding("fail")) is covers
    assert not deviation.covers(finding("fail", requirement="cookie.empty"))


# -- until, and versions


def test_the_last_day_counts() -> None:
    """A deviation excuses up to its last day, and that day as well."""
    until_today = Deviation("cookie.none", (), "legacy", "ABC-1", until=TODAY)

    assert states(applied([finding("fail")], until_today)) == ["known"]


def test_an_expired_deviation_excuses_nothing() -> None:
    """A failure whose deviation has expired fails, and says which day it was."""
    (found,) = applied([finding("fail")], UNTIL_YESTERDAY)

    why = "got (the deviation expired on 2026-11-24: legacy, ABC-1)"
    assert (found.state, found.got) == ("fail", why)


def test_an_expired_deviation_hides_no_other() -> None:
    """Where one deviation has expired and another has not, the failure is known."""
    assert states(applied([finding("fail")], UNTIL_YESTERDAY, DEVIATION)) == ["known"]


def test_an_expired_deviation_is_overdue_too() -> None:
    """What passes asks for the removal of an expired deviation like of any other."""
    assert states(applied([finding("pass")], UNTIL_YESTERDAY)) == ["fixed"]


@pytest.mark.parametrize(
    ("versions", "version", "speaks"),
    [
        (None, "1.0", True),
        (None, "", True),
        (">=8.0,<8.2", "8.1.0", True),
        (">=8.0,<8.2", "8.2.0", False),
        (">=8.0,<8.2", "8.1.0-beta.1", True),
    ],
)
def test_the_versions_of_a_deviation(versions: str | None, version: str, speaks: bool) -> None:
    """A deviation with versions is in force for these alone."""
    of = SpecifierSet(versions) if versions else None
    deviation = Deviation("cookie.none", (), "legacy", "ABC-1", versions=of)

    assert in_force([deviation], "mine", version) == ((deviation,) if speaks else ())


def test_versions_of_a_target_that_has_none() -> None:
    """Where the target does not say its version, a deviation of some versions cannot be applied."""
    deviation = Deviation("cookie.none", (), "legacy", "ABC-1", versions=SpecifierSet(">=8"))

    with pytest.raises(UsageError, match=r"cookie\.none is about versions >=8, but the target says .* ''"):
        in_force([deviation], "mine", "")


# -- reading


@pytest.mark.parametrize(
    ("requirement", "deviation"), [("cookie.none", DEVIATION), ("cookie.none:refresh.cookie.none", OF_A_CASE)]
)
def test_a_deviation_is_read(requirement: str, deviation: Deviation) -> None:
    """A deviation names a requirement, or a requirement and a case of it."""
    assert read([{**ROW, "requirement": requirement}], "reseal.toml") == (deviation,)


def test_all_fields_of_a_deviation_are_read() -> None:
    """A deviation may name several cases, the versions that it is about, and its last day."""
    more = {"cases": ["refresh.cookie.none", "refresh.cookie.empty"], "versions": ">=8", "until": TODAY}

    assert read([{**ROW, **more}], "reseal.toml") == (
        Deviation(
            "cookie.none",
            ("refresh.cookie.none", "refresh.cookie.empty"),
            "legacy",
            "ABC-1",
            SpecifierSet(">=8"),
            TODAY,
        ),
    )


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({**ROW, "cases": "x"}, "cases must be a list of case ids, got 'x'."),
        ({**ROW, "cases": []}, "cases is empty. Name some, or leave it out for the whole requirement."),
        (
            {**ROW, "cases": ["refresh.cookies.none"]},
            "case 'refresh.cookies.none' does not exist. Did you mean 'refresh.cookie.none'?",
        ),
        (
            {**ROW, "requirement": "cookie.none:refresh.cookie.none", "cases": ["refresh.cookie.none"]},
            "a case stands in requirement and in cases. Name it in one of them.",
        ),
        (
            {**ROW, "versions": "8.x"},
            "versions must be a range such as '>=8.0,<8.2', got '8.x'.",
        ),
        ({**ROW, "versions": 8}, "versions must be a range such as '>=8.0,<8.2', got 8."),
        (
            {**ROW, "until": "2027-01-31"},
            "until must be a date such as 2027-01-31, without quotes, got '2027-01-31'.",
        ),
        (
            {**ROW, "until": MIDNIGHT},
            f"until must be a date such as 2027-01-31, without quotes, got {MIDNIGHT!r}.",
        ),
        (
            {**ROW, "why": "x"},
            "unknown field 'why'. Known are requirement, reason, issue, cases, versions, until.",
        ),
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
