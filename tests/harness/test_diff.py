"""What a diff makes of two reports, and how it is written down."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reseal import UsageError, _data, contract
from reseal.diff import Cell, Diff, compared, of_report
from reseal.diff.as_json import to_json
from reseal.diff.as_markdown import to_markdown
from reseal.diff.as_text import to_text
from reseal.observation import Observation

from .support import GOOD, REFUSED, observed, raising

DOCUMENTED, HARDENING = "error.invalid-grant", "success.fresh-seal"
CASE, OTHER = "refresh.success.plain", "refresh.success.chain"
EDITION = contract.load().edition
SUMMARY = dict.fromkeys(("pass", "fail", "known", "fixed", "not_applicable", "not_run", "error"), 0)


def report(*rows: dict[str, Any], spec: str = "mine:refresh", notes: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "schema": 1,
        "reseal": "0.1.0",
        "contract": EDITION,
        "level": "documented",
        "target": {"spec": spec, "name": "mine", "version": "1", "language": "python", "seal": "iron"}
        | {"notes": list(notes)},
        "seed": 0,
        "transport": "loopback",
        "duration_s": 1.0,
        "conformant": True,
        "summary": dict.fromkeys(("documented", "observed", "hardening"), SUMMARY),
        "requirements": list(rows),
    }


def row(
    *states: str, requirement: str = DOCUMENTED, seen: Observation | None = None, got: str = "so"
) -> dict[str, Any]:
    """A requirement with a case for each of ``states``; ``seen`` belongs to the first."""
    known = contract.load()[requirement]
    cases = [
        {"id": name, "verdict": state, "expected": "", "got": got}
        for name, state in zip((CASE, OTHER), states, strict=False)
    ]
    if seen is not None:
        cases[0] |= {"observation": json.loads(json.dumps(asdict(seen)))}
    verdict = next(s for s in ("error", "fail", "fixed", "not_run", "known", "pass", *states) if s in states)
    return {
        "id": requirement,
        "level": known.level,
        "origin": known.origin,
        "verdict": verdict,
        "cases": cases,
    }


def diff(old: dict[str, Any], new: dict[str, Any], *cells: Cell, level: Any = "documented") -> Diff:
    made = compared(of_report(old), of_report(new), level, cells, None if cells else "a reason")
    Draft202012Validator(_data.read_json(_data.fixtures_root() / "schema" / "diff.schema.json")).validate(
        json.loads(json.dumps(to_json(made)))
    )
    return made


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (("pass",), ("pass",), None),
        (("fail",), ("fail",), None),
        (("not_run",), ("not_run",), None),
        (("not_applicable",), ("not_applicable",), None),
        (("pass",), ("fail",), "regressed"),
        (("pass",), ("error",), "regressed"),
        (("pass",), ("not_run",), "regressed"),
        (("fail", "pass"), ("fail", "fail"), "regressed"),
        (("fail", "pass"), ("pass", "fail"), "regressed"),
        (("fail",), ("pass",), "fixed"),
        (("error",), ("pass",), "fixed"),
        (("fail", "fail"), ("fail", "pass"), "changed"),
        (("fail",), ("error",), "changed"),
        (("fail",), ("not_run",), "changed"),
        (("pass",), ("pass", "fail"), "changed"),
        # A case that one side alone was judged in shows no change of a verdict that is the same.
        (("pass",), ("pass", "pass"), None),
        (("fail",), ("fail", "pass"), None),
        (("pass", "pass"), ("pass", "not_applicable"), None),
        (("not_run",), ("pass",), "new"),
        (("not_run",), ("fail",), "new"),
        (("not_applicable",), ("pass",), "new"),
        (("pass",), ("not_applicable",), "gone"),
        (("fail",), ("not_applicable",), "gone"),
        # A deviation is what someone knows, and no behaviour.
        (("known",), ("fail",), None),
        (("fixed",), ("pass",), None),
        (("pass",), ("known",), "regressed"),
    ],
)
def test_what_became_of_a_requirement(old: tuple[str], new: tuple[str], kind: str | None) -> None:
    """A requirement regressed, was fixed, changed, is new or gone, by its verdicts and its cases'."""
    made = diff(report(row(*old)), report(row(*new)))

    assert [change.kind for change in made.changes] == ([] if kind is None else [kind])
    assert made.is_worse == (kind == "regressed")


def test_a_requirement_of_one_side() -> None:
    """One that only a side knows is new or gone, and never worse."""
    assert [c.kind for c in diff(report(), report(row("fail"))).changes] == ["new"]
    assert [c.kind for c in diff(report(row("pass")), report()).changes] == ["gone"]
    assert not diff(report(row("pass")), report()).is_worse


def test_the_level() -> None:
    """A regression counts at its own level and above, and is shown in any case."""
    sides = report(row("pass", requirement=HARDENING)), report(row("fail", requirement=HARDENING))

    assert not diff(*sides).is_worse
    assert diff(*sides, level="hardening").is_worse
    assert f"REGRESSED {HARDENING}" in to_text(diff(*sides))
    assert "not counted" in to_text(diff(*sides))


def test_a_change_that_no_requirement_judges() -> None:
    """A behaviour that differs is shown, also where every verdict is the same; it is not worse."""
    made = diff(report(row("fail", seen=GOOD)), report(row("fail", seen=REFUSED)))

    assert "result: success → refused, invalid_grant" in [str(group.difference) for group in made.behaviour]
    assert made.changes == ()
    assert not made.is_worse
    assert "behaviour changed in 1 of 1 case" in to_text(made)


def test_one_change_in_many_cases() -> None:
    """What two cases show alike is one entry, and the most frequent stands first."""
    both = [{**row("pass", seen=seen)} for seen in (GOOD, observed(raising()))]
    for one in both:
        one["cases"] = [one["cases"][0], {**one["cases"][0], "id": OTHER}]

    made = diff(report(both[0]), report(both[1]))

    assert [group.cases for group in made.behaviour] == [(CASE, OTHER)] * len(made.behaviour)
    assert made.changed_cases == 2


def test_made_up_cases_are_left_out() -> None:
    """The example of a made-up case is another one on each side, so it shows no change of behaviour."""
    sides = [report(row("pass", seen=seen)) for seen in (GOOD, REFUSED)]
    for side in sides:
        side["requirements"][0]["cases"][0]["id"] = "refresh.any.user"

    assert diff(*sides).behaviour == ()


def test_cases_of_one_side() -> None:
    """A case that one side alone was seen in is named, and compared with nothing."""
    made = diff(report(row("pass", seen=GOOD)), report(row("pass")))

    assert (made.compared, made.only_old, made.behaviour) == ((), (CASE,), ())
    assert "no case was seen on both sides" in to_text(made)


def test_cookies_that_do_not_survive() -> None:
    """A cookie that breaks makes it worse at every level; one that was lost before, or not run, does not."""
    side = report(row("pass"))
    holds, breaks = (Cell("deployment", "plain", 0.0, state, "why") for state in ("holds", "breaks"))
    before, unknown = (Cell("roll-back", "large", 9.0, state, "why") for state in ("as before", "not run"))

    assert diff(side, side, holds, breaks).is_worse
    assert not diff(side, side, holds, before, unknown).is_worse
    assert "cookies of mine:refresh in mine:refresh: 1 hold, 1 BREAK" in to_text(
        diff(side, side, holds, breaks)
    )


def test_cookies_that_were_not_run() -> None:
    """Where nothing was asked, it says so, with the reason, and never that they hold."""
    made = diff(report(), report())

    for text in (to_text(made), to_markdown(made)):
        assert re.search(r"ookies: not run\S*, a reason", text)
        assert "hold" not in text


def test_only_some_cases() -> None:
    """With a selection, verdicts are those of the selected cases, and other requirements are out."""
    made = report(row("pass", "fail"), row("fail", requirement=HARDENING))
    made["requirements"][1]["cases"][0]["id"] = OTHER

    side = of_report(made, only={CASE})

    assert {name: found.state for name, found in side.rows.items()} == {DOCUMENTED: "pass"}


def test_what_is_no_report() -> None:
    """A file that is no report is named, with the field that is wrong."""
    with pytest.raises(UsageError, match=r"old\.json: the whole: 'schema' is a required property"):
        of_report({}, saved="old.json")


HOSTILE = "`x` </details> <script>alert(1)</script> [a](https://evil.example) @team\n\n# big ``` | ![i](u)"


def test_markdown_is_not_injected() -> None:
    """What an SDK says stands in code that it cannot end, on one line, and nowhere else."""
    old = report(row("pass"), spec=HOSTILE)
    cell = Cell("deployment", "plain", 0.0, "breaks", HOSTILE)

    text = to_markdown(diff(old, report(row("fail", got=HOSTILE), spec=HOSTILE), cell))

    told = [line for line in text.splitlines() if "evil" in line]
    assert len(told) == 3
    for line in told:
        # Between four backticks, more than there are in it.
        outside = "".join(line.split("````")[::2])
        assert "evil" not in outside
        assert "<" not in outside
        assert "@" not in outside
    assert text.count("</details>") == text.count("<details") + 4


def test_markdown_is_folded() -> None:
    """The comment begins with the verdict; the particulars are folded away."""
    text = to_markdown(diff(report(row("pass", seen=GOOD)), report(row("fail", seen=REFUSED))))

    assert text.startswith("### ❌ `mine:refresh` → `mine:refresh`\n\n**WORSE: 1 requirement regressed")
    assert "<details><summary>regressed: 1</summary>" in text
    assert "<details><summary>behaviour: " in text


def test_notes_are_passed_on() -> None:
    """What a reader should know of a run, such as another Node.js than the release asks for, is shown."""
    assert "Note: on an old Node.js\n" in to_text(diff(report(notes=("on an old Node.js",)), report()))
