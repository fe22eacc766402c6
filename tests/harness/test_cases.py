from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from reseal import UsageError, cases
from reseal.cases import Answer, Call, Case, Event, Expect, Setup

GOOD: dict[str, Any] = {
    "id": "refresh.good",
    "title": "A session is refreshed",
    "requirements": ["success.new-tokens"],
    "expect": {"outcome": "success"},
}
BAD: dict[str, Any] = {
    "id": "refresh.bad",
    "title": "There is no cookie",
    "requirements": ["cookie.none"],
    "parent": "refresh.good",
    "mutation": "the cookie is missing",
    "steps": [{"call": {"cookie": {"kind": "none"}}}],
    "expect": {"outcome": "reason", "reason": "no_session_cookie_provided", "sends": False},
}


def load(folder: Path, *rows: dict[str, Any], name: str = "01.json") -> tuple[Case, ...]:
    (folder / "cases" / name).write_text(json.dumps({"cases": rows}), "utf-8")
    return cases.load.__wrapped__()


def test_a_case_has_defaults(folder: Path) -> None:
    """A case that says no more than it must is one call with a fresh session, for every format."""
    (case,) = load(folder, GOOD)

    expected = Case("refresh.good", GOOD["title"], ("success.new-tokens",), Expect("success"), (Call(),))
    assert expected == case
    assert case.setup == Setup()
    assert case.formats == ("iron", "fernet", "own")


def test_defaults() -> None:
    """What a case does not say is what happens mostly."""
    assert Answer() == Answer(200, {}, None, None, None, None, None, None, 1, None, 1)
    assert Setup() == Setup(30.0, True, None, "plain", "", None, "SSO", None, (), (), ())
    assert Call() == Call({"kind": "session"}, "right", None, 5.0, None, 1, 1)
    assert Event("wait") == Event("wait", 0.0, ())
    assert Expect("any") == Expect("any", None, True, ())


def test_a_case_is_read_into_values(folder: Path) -> None:
    """Every part of a case becomes a value: steps, events, scripted answers, lists."""
    answer = {"status": 503, "json": {"message": "no"}, "headers": {"retry-after": "1"}, "times": 0}
    row = {
        **BAD,
        "setup": {"memberships": ["org_1", "org_2"], "answers": [answer], "key_set": [{"fault": "reset"}]},
        "steps": [{"event": {"do": "answer", "answers": [answer]}}, {"call": {"together": 3}}],
        "expect": {"outcome": "not-terminal", "or_terminal": ["invalid_grant"]},
        "needs": ["concurrent"],
    }

    case = load(folder, GOOD, row)[1]

    scripted = Answer(503, {"retry-after": "1"}, {"message": "no"}, times=0)
    assert case.steps == (Event("answer", answers=(scripted,)), Call(together=3))
    assert case.setup == Setup(
        memberships=("org_1", "org_2"), answers=(scripted,), key_set=(Answer(fault="reset"),)
    )
    assert case.expect == Expect("not-terminal", or_terminal=("invalid_grant",))
    assert case.needs == ("concurrent",)


def test_files_are_read_in_the_order_of_their_names(folder: Path) -> None:
    """Cases come in the order of files, then of rows; what is no JSON file is left alone."""
    (folder / "cases" / "README.txt").write_text("not a case")
    (folder / "cases" / "02.json").write_text(json.dumps({"cases": [BAD]}))

    loaded = load(folder, GOOD, {**GOOD, "id": "refresh.also-good"})

    assert ["refresh.good", "refresh.also-good", "refresh.bad"] == [case.id for case in loaded]


def answers(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"setup": {"answers": list(rows)}}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"id": "refresh.Bad"}, "cases[1].id: 'refresh.Bad' does not match"),
        ({"id": "bad"}, "cases[1].id: 'bad' does not match"),
        ({"requirements": []}, "cases[1].requirements: [] should be non-empty"),
        ({"requirements": ["cookie.none", "cookie.none"]}, "cases[1].requirements: "),
        ({"titel": "x"}, "cases[1]: Additional properties are not allowed ('titel' was unexpected)"),
        ({"formats": ["tin"]}, "cases[1].formats[0]: 'tin' is not one of"),
        ({"needs": ["luck"]}, "cases[1].needs[0]: 'luck' is not one of"),
        ({"expect": {"outcome": "reason"}}, "cases[1].expect: 'reason' is a required property"),
        ({"expect": {"outcome": "raised", "reason": "invalid_jwt"}}, "cases[1].expect: "),
        ({"expect": {"outcome": "reason", "reason": "bad_luck"}}, "cases[1].expect.reason: 'bad_luck'"),
        ({"steps": []}, "cases[1].steps: [] should be non-empty"),
        ({"steps": [{}]}, "cases[1].steps[0]: "),
        ({"steps": [{"event": {"do": "dance"}}]}, "cases[1].steps[0].event.do: 'dance' is not one of"),
        ({"steps": [{"call": {"password": "wrong"}}]}, "cases[1].steps[0].call.password: 'wrong'"),
        (
            {"steps": [{"call": {"cookie": {"kind": "oatmeal"}}}]},
            "cases[1].steps[0].call.cookie.kind: 'oatmeal'",
        ),
        ({"steps": [{"call": {"repeat": 0}}]}, "cases[1].steps[0].call.repeat: 0 is less than"),
        (answers({"status": 503}), "cases[1].setup.answers[0]: "),
        (answers({"json": {}, "text": ""}), "cases[1].setup.answers[0]: "),
        (answers({"json": {}, "status": 199}), "cases[1].setup.answers[0].status: 199 is less than"),
        (answers({"json": {}, "times": -1}), "cases[1].setup.answers[0].times: -1 is less than"),
        (answers({"fault": "flood"}), "cases[1].setup.answers[0]"),
        (
            {"requirements": ["cookie.nine"]},
            "case refresh.bad: requirements: 'cookie.nine' is not in contract.toml",
        ),
        (
            {"parent": "refresh.gone"},
            "case refresh.bad: parent: 'refresh.gone' must be another case that expects",
        ),
        (
            {"parent": "refresh.bad"},
            "case refresh.bad: parent: 'refresh.bad' must be another case that expects",
        ),
        ({"mutation": None}, "cases[1].mutation: None is not of type 'string'"),
        ({"steps": [{"event": {"do": "listen"}}]}, "case refresh.bad: steps: one of them must be a call"),
    ],
)
def test_an_error_names_file_and_field(folder: Path, change: dict[str, Any], error: str) -> None:
    """What is malformed, or contradicts the contract, is refused with the file and the field."""
    assert len(load(folder, GOOD, BAD)) == 2

    with pytest.raises(UsageError, match=rf"^01\.json: {re.escape(error)}"):
        load(folder, GOOD, {**BAD, **change})


@pytest.mark.parametrize("parent", ["refresh.gone", "refresh.bad"])
def test_the_parent_of_a_good_case_exists_too(folder: Path, parent: str) -> None:
    """A case that expects success itself cannot be its own parent, nor name one that is not there."""
    row = {**BAD, "expect": {"outcome": "success"}}
    assert load(folder, GOOD, row)

    with pytest.raises(
        UsageError, match=r"refresh\.bad: parent: .* must be another case that expects success"
    ):
        load(folder, GOOD, {**row, "parent": parent})


def test_a_parent_expects_success(folder: Path) -> None:
    """A case that fails by design proves nothing about another."""
    with pytest.raises(UsageError, match=r"refresh\.worse: parent: 'refresh\.bad' must be another case that"):
        load(folder, GOOD, BAD, {**BAD, "id": "refresh.worse", "parent": "refresh.bad"})


@pytest.mark.parametrize("missing", ["parent", "mutation"])
def test_parent_and_mutation_go_together(folder: Path, missing: str) -> None:
    """A mutation is of a parent, and a parent is named for a mutation."""
    row = {name: value for name, value in BAD.items() if name != missing}

    with pytest.raises(
        UsageError, match=r"refresh\.bad: parent and mutation go together\. Name both or neither"
    ):
        load(folder, GOOD, row)


def test_a_negative_case_needs_a_parent(folder: Path) -> None:
    """What must fail is shown to succeed without its fault first."""
    row = {name: value for name, value in BAD.items() if name not in ("parent", "mutation")}

    with pytest.raises(
        UsageError, match=r"refresh\.bad: a negative case needs a parent, which is run before"
    ):
        load(folder, GOOD, row)


def test_an_id_stands_once_in_a_file(folder: Path) -> None:
    """An id that stands twice in a file is refused."""
    with pytest.raises(
        UsageError, match=r"^01\.json: case refresh\.good stands twice\. Give the second an id"
    ):
        load(folder, GOOD, GOOD)


def test_an_id_stands_once_in_all_files(folder: Path) -> None:
    """An id that stands in two files is refused, with the second of them."""
    load(folder, GOOD)

    with pytest.raises(
        UsageError, match=r"^02\.json: case refresh\.good stands twice\. Give the second an id"
    ):
        load(folder, GOOD, name="02.json")


@pytest.mark.parametrize("text", ["", "{", "{'cases': []}", "\x00"])
def test_a_file_that_is_no_json(folder: Path, text: str) -> None:
    """A file that cannot be read is named."""
    (folder / "cases" / "01.json").write_text(text)

    with pytest.raises(UsageError, match=r"^01\.json: cannot be read as JSON: "):
        cases.load.__wrapped__()


@pytest.mark.parametrize("document", [[], {}, {"cases": []}, {"cases": {}}])
def test_a_file_without_cases(folder: Path, document: object) -> None:
    """A file of another shape is refused."""
    (folder / "cases" / "01.json").write_text(json.dumps(document))

    with pytest.raises(UsageError, match=r"^01\.json: (the whole|cases): "):
        cases.load.__wrapped__()
