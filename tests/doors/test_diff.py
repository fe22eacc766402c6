"""The commands ``reseal diff`` and ``reseal compare``."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from .support import ADAPTER, FAILING_CASE, FIXTURES, MENDED, WRONG, Ended

Reseal = Callable[..., Ended]

SOME = ("-k", "invalid-grant")
SEED = ("--seed", "1")
FAST = ("--transport", "respx")


@pytest.fixture
def both(folder: Path) -> tuple[str, str]:
    """Two releases of an implementation: the second one is wrong."""
    (folder / "one.py").write_text(MENDED)
    (folder / "two.py").write_text(WRONG)
    return "one:refresh", "two:refresh"


def saved(reseal: Reseal, target: str, name: str, *words: str) -> str:
    """A report of ``target``, and the name of its file."""
    assert reseal("check", target, *words, *SEED, "--json", name).status in (0, 1)
    return name


def as_json(reseal: Reseal, *words: str) -> dict[str, Any]:
    ended = reseal("diff", *words, *SEED, "--json", "-")
    value: dict[str, Any] = json.loads(ended.out)
    Draft202012Validator(json.loads((FIXTURES / "schema" / "diff.schema.json").read_text())).validate(value)
    return value


def test_an_upgrade_that_regresses(reseal: Reseal, both: tuple[str, str]) -> None:
    """It ends with 1, and names the requirement, the change of behaviour and a case that shows both."""
    ended = reseal("diff", *both, *SOME, *SEED)

    assert ended.status == 1
    assert "REGRESSED error.invalid-grant  pass → fail  (documented, must)" in ended.out
    assert "• result: refused, invalid_grant → refused, invalid_session_cookie" in ended.out
    assert FAILING_CASE in ended.out
    assert ended.out.splitlines()[-1].startswith("WORSE: ")


def test_the_other_way_round(reseal: Reseal, both: tuple[str, str]) -> None:
    """What is mended ends with 0 and is called fixed; cookies go both ways."""
    ended = reseal("diff", *reversed(both), *SOME, *SEED)

    assert ended.status == 0
    assert "FIXED error.invalid-grant  fail → pass" in ended.out
    assert "deployment: cookies of two:refresh in one:refresh: 7 hold" in ended.out
    assert "roll-back: cookies of one:refresh in two:refresh: 7 hold" in ended.out


def test_the_same_twice(reseal: Reseal) -> None:
    """Nothing differs between two runs of one target, whatever the seed: every case is compared."""
    first = saved(reseal, "reference", "first.json", *FAST)
    assert reseal("check", "reference", *FAST, "--seed", "2", "--json", "second.json").status == 0

    made = as_json(reseal, first, "second.json")

    assert (made["worse"], made["requirements"], made["behaviour"]) == (False, [], [])
    assert made["cases"]["compared"] > 140


def test_saved_reports(reseal: Reseal, both: tuple[str, str]) -> None:
    """Two reports show what two targets show, but for cookies: of those it says that they were not run."""
    reports = [saved(reseal, target, f"{i}.json", *SOME) for i, target in enumerate(both)]

    live, stored = as_json(reseal, *both, *SOME), as_json(reseal, *reports)

    assert stored["requirements"] == live["requirements"] != []
    assert stored["behaviour"] == live["behaviour"] != []
    assert stored["old"]["saved"] == "0.json"
    assert stored["continuity"]["cells"] == []
    assert "0.json is a saved report" in stored["continuity"]["not_run"]
    assert "Cookies: not run, since 0.json is a saved report" in reseal("diff", *reports).out


def test_a_report_and_a_target(reseal: Reseal, both: tuple[str, str]) -> None:
    """A saved report of a whole run and a target are compared in the cases that are selected."""
    old = saved(reseal, both[0], "old.json", "-k", "reason")

    made = as_json(reseal, old, both[1], "-k", FAILING_CASE)

    assert made["worse"]
    assert made["cases"] == {"compared": 1, "changed": 1, "only_old": [], "only_new": []}


def test_a_pull_request_comment(reseal: Reseal, both: tuple[str, str]) -> None:
    """It goes to standard output and nothing else does, or into a file."""
    out = reseal("diff", *both, *SOME, *SEED, "--markdown", "-").out
    reseal("diff", *both, *SOME, *SEED, "--markdown", "comment.md")

    assert out.startswith("### ❌ `one:refresh` → `two:refresh`\n\n**WORSE: ")
    assert Path("comment.md").read_text("utf-8") == out


def test_the_level_decides(reseal: Reseal, folder: Path) -> None:
    """What no documentation asks for ends with 1 where its own level is asked for."""
    (folder / "one.py").write_text(MENDED)
    chatty = MENDED.replace("    endpoint =", "    print(request.cookie_password)\n    endpoint =")
    (folder / "two.py").write_text(chatty)
    words = ("diff", "one:refresh", "two:refresh", "-k", FAILING_CASE, *SEED)

    assert reseal(*words).status == 0
    assert reseal(*words, "--level", "hardening").status == 1
    assert "• cookie password in output: not leaked → leaked" in reseal(*words).out


def test_editions_are_not_mixed(reseal: Reseal) -> None:
    """Reports of two editions are refused, with what to do; on demand they are compared, with a notice."""
    old, new = (saved(reseal, "reference", f"{name}.json", *SOME) for name in ("old", "new"))
    Path(old).write_text(Path(old).read_text().replace('"contract": "', '"contract": "1999-'))

    refused, allowed = reseal("diff", old, new), reseal("diff", old, new, "--across-editions")

    assert refused.status == 2
    assert "OLD was judged by edition 1999-" in refused.err
    assert "--across-editions" in refused.err
    assert allowed.status == 0
    assert "Note: the sides were judged by different editions of the contract." in allowed.out


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (
            ("diff", "missing.json", "reference"),
            2,
            "missing.json: cannot be read: No such file or directory.",
        ),
        (("diff", "other.json", "reference", *SOME), 2, "other.json: the whole:"),
        (("diff", "nobody", "reference", *SOME), 2, "target 'nobody' is of no known kind"),
        (("diff", "reference", "nowhere:refresh", *SOME), 2, "No module named 'nowhere'"),
        (("diff", "reference", "stdio:false", *SOME), 3, "stdio:false"),
        (("diff", "stdio:false --config c.json", "reference", *SOME), 3, "stdio:false"),
        (("diff", "reference", "reference-async", "-k", "nothing"), 2, "matches no case"),
        (
            ("diff", "reference", "reference-async", *SOME, "--json", "no/d.json"),
            2,
            "there is no folder 'no'",
        ),
        (("diff", "reference", "reference-async", "--json", ""), 2, "the name of the file is empty"),
        (
            ("diff", "reference", "reference-async", "--json", "-", "--markdown", "-"),
            2,
            "--json and --markdown are both for stdout. Write one of them to a file.",
        ),
        (("diff", "deep.json", "reference"), 2, "deep.json: cannot be read as JSON: it is nested too deep."),
        (("merge", "m.jsonl", "deep.json"), 2, "deep.json, line 1: this is no JSON"),
        (("replay", "deep.json"), 2, "deep.json: cannot be read as JSON: it is nested too deep."),
        (("matrix", "reference", "nosuch", "--json", "m.jsonl"), 2, "target 'nosuch' is of no known kind"),
        (("compare", "nobody"), 2, "target 'nobody' is of no known kind"),
        (
            ("diff", "deaf:refresh", "deaf:refresh", "-k", "success.plain"),
            3,
            "'deaf:refresh' refused a valid iron",
        ),
        (("compare", "deaf:refresh", "deaf:refresh", "-k", "any.user"), 3, "nothing can be compared"),
        (("compare", "stdio:false"), 3, "stdio:false"),
        (("compare", "reference", "-k", "plain"), 2, "matches no made-up case"),
    ],
)
def test_what_cannot_be_run(reseal: Reseal, words: tuple[str, ...], status: int, message: str) -> None:
    """Wrong usage ends with 2 and a target that cannot be run with 3, each with its cause."""
    Path("other.json").write_text("{}")
    Path("deaf.py").write_text(
        "def refresh(request):\n    return {'authenticated': False, 'reason': 'invalid_session_cookie'}\n"
    )
    Path("deep.json").write_text(f"{'[' * 100_000}\n")

    ended = reseal(*words)

    assert (ended.status, ended.out) == (status, "")
    assert message in ended.err


def test_an_adapter_that_fails(reseal: Reseal, folder: Path) -> None:
    """An adapter that breaks down gives no verdict on the upgrade: it ends with 3."""
    (folder / "adapter.py").write_text(
        ADAPTER.replace('    tell(m["id"], ok={"authenticated"', "    1 / 0 #")
    )

    ended = reseal("diff", "reference", "stdio:python3 adapter.py", *SOME)

    assert ended.status == 3
    assert "its adapter failed" in ended.err


def test_two_programs(reseal: Reseal, folder: Path) -> None:
    """Programs are run side by side, and compared like any other target."""
    (folder / "adapter.py").write_text(ADAPTER)

    ended = reseal("diff", "stdio:python3 adapter.py", "stdio:python3 -u adapter.py", *SOME, "-n", "2")

    assert ended.status == 0
    assert "Behaviour: 0 changes, in 0 of" in ended.out
    # It hands back the old cookie and asks for no tokens: there is nothing that could be handed over.
    assert "hold" not in ended.out


def test_no_secret_is_shown(reseal: Reseal, folder: Path) -> None:
    """A password that a target tells of is in no form of the diff."""
    (folder / "one.py").write_text(MENDED)
    telling = """\
    with open("passwords", "a") as file:
        print(request.cookie_password, file=file)
    raise ValueError(request.cookie_password)
"""
    (folder / "two.py").write_text(MENDED.replace("    endpoint =", f"{telling}    endpoint ="))
    words = ("diff", "one:refresh", "two:refresh", "-k", "success.plain", *SEED)

    texts = [reseal(*words).out, reseal(*words, "--json", "-").out, reseal(*words, "--markdown", "-").out]

    passwords = (folder / "passwords").read_text().split()
    assert passwords
    for text in texts:
        assert "ValueError" in text
        assert not any(password in text for password in passwords)


# reseal compare


def test_compare_with_the_reference(reseal: Reseal, both: tuple[str, str]) -> None:
    """The first difference is shown with both behaviours, and the command that repeats it does."""
    same = reseal("compare", both[0], "-k", "refresh.any.history", "--examples", "10", *SEED)
    other = reseal("compare", both[1], "-k", "refresh.any.history", "--examples", "10", *SEED)

    assert (same.status, same.out) == (0, "refresh.any.history: no difference in 10 scenarios\n")
    assert other.status == 1
    assert "then end-session" in other.out
    assert "two:refresh: refused, invalid_session_cookie" in other.out
    assert "reference: refused, invalid_grant" in other.out
    repeat = next(line for line in other.out.splitlines() if line.strip().startswith("repeat: reseal "))
    again = reseal(*shlex.split(repeat.partition("reseal ")[2]))
    assert again.out == other.out


def test_compare_goes_on(reseal: Reseal, folder: Path) -> None:
    """It stops at the first difference, or goes on with the other kinds of scenario."""
    (folder / "mine.py").write_text("def refresh(_):\n    return {'authenticated': False}\n")
    words = ("compare", "mine:refresh", "-k", "any.user or any.history", "--examples", "1", *SEED)

    first, every = reseal(*words), reseal(*words, "--keep-going")

    assert (first.status, every.status) == (1, 1)
    assert first.out.count(": a difference\n") == 1
    assert every.out.count(": a difference\n") == 2
