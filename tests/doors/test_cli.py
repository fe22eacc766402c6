"""The command ``reseal``: what it does, and with which exit status it ends."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from reseal import cases
from reseal.errors import TargetError

from .support import (
    CHATTY,
    FAILING_CASE,
    FIXTURES,
    MENDED,
    NO_COOKIE,
    REQUIREMENTS,
    WRONG,
    Ended,
    failing,
    run_reseal,
)

Reseal = Callable[..., Ended]

VERDICTS = ("pass", "fail", "known", "fixed", "not_applicable", "not_run", "error")
PLAIN = ("-k", "refresh.success.plain")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Path]:
    """A whole run of the installed command against the reference, and the folder with its reports."""
    folder = tmp_path_factory.mktemp("whole")
    return run_reseal(folder, "check", "reference", "--json", "r.json", "--junit", "r.xml"), folder


def report(reseal: Reseal, *words: str) -> dict[str, Any]:
    """The JSON report of a check."""
    ended = reseal("check", *words, "--json", "report.json")
    assert ended.status in (0, 1), ended.err
    value: dict[str, Any] = json.loads(Path("report.json").read_text("utf-8"))
    return value


def sent(of: dict[str, Any]) -> list[str]:
    """The refresh tokens that the endpoint received, as fingerprints."""
    seen = [
        case["observation"] for row in of["requirements"] for case in row["cases"] if "observation" in case
    ]
    return [e["sent_refresh_token"] for o in seen for e in o["exchanges"] if e["sent_refresh_token"]]


# Exit statuses


def test_a_target_that_conforms(whole: tuple[Ended, Path]) -> None:
    """A run against a conforming target ends with 0, says so in its last line, and complains of nothing."""
    ended, _ = whole

    assert (ended.status, ended.err) == (0, "")
    assert re.match(r"CONFORMS at level documented: \d+ requirements\. ", ended.out.splitlines()[-1])


def test_a_target_that_does_not(folder: Path) -> None:
    """A run against one that does not conform ends with 1; once it is mended, with 0."""
    (folder / "mine.py").write_text(WRONG)

    wrong = run_reseal(folder, "check", "mine:refresh", "-k", FAILING_CASE)
    (folder / "mine.py").write_text(MENDED)
    mended = run_reseal(folder, "check", "mine:refresh", "-k", FAILING_CASE)

    assert (wrong.status, wrong.err, failing(wrong.out)) == (1, "", ["error.invalid-grant"])
    assert (mended.status, mended.err, failing(mended.out)) == (0, "", [])


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            "no-such-command-here",
            "cannot start 'no-such-command-here': No such file or directory. Is it installed?",
        ),
        (f"{sys.executable} -c ''", "the adapter ended (status 0) before its answer."),
        (
            f"{sys.executable} -c 'import no_such'",
            "said: ModuleNotFoundError: No module named 'no_such'",
        ),
        (f"{sys.executable} -c 'input(); print(1)'", "no id of a request that waits for one. Repeat the id"),
        (
            f"{sys.executable} -c 'input(); print(chr(60))'",
            "wrote a line of 2 bytes that is no JSON. Keep stdout for answers",
        ),
    ],
    ids=["missing", "ends", "raises", "no-id", "garbage"],
)
def test_a_target_that_cannot_be_run(reseal: Reseal, command: str, said: str) -> None:
    """A target that cannot be run ends with 3, one line that says why, and a report of nothing run."""
    ended = reseal("check", f"stdio:{command}")

    assert ended.status == 3
    assert "NO VERDICT: the adapter failed." in ended.out
    assert ended.err.count("\n") == 1
    assert said in ended.err
    assert ended.err.startswith("reseal: target 'stdio:") or ended.err.startswith('reseal: target "stdio:')


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def refresh(:", "importing mine raised SyntaxError: invalid syntax (mine.py, line 1)."),
        ("import sys\nsys.exit(0)", "importing mine raised SystemExit: 0 (mine.py, line 2)."),
        (
            "import os\nos.no_such",
            "importing mine raised AttributeError: module 'os' has no attribute 'no_such'",
        ),
        (
            "raise RuntimeError('no database')",
            "importing mine raised RuntimeError: no database (mine.py, line 1).",
        ),
    ],
    ids=["syntax", "exits", "attribute", "raises"],
)
def test_a_module_that_cannot_be_imported(reseal: Reseal, folder: Path, source: str, said: str) -> None:
    """A module that breaks while it is imported is no success, and shows no traceback."""
    (folder / "mine.py").write_text(source)

    ended = reseal("check", "mine:refresh")

    assert ended.status == 3
    assert "Traceback" not in ended.out + ended.err
    assert said in ended.err


def test_a_reader_that_goes_away(folder: Path) -> None:
    """A pipe that is closed early, as by head, is met without a traceback."""
    code = "from reseal.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "contract", "--cases"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()

    assert b"Traceback" not in said


def test_nothing_is_left_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run leaves nothing in the current folder but the reports that were asked for."""
    monkeypatch.delenv("HYPOTHESIS_STORAGE_DIRECTORY")
    env = {"RESEAL_CACHE": str(folder / "cache")}
    (folder / "current").mkdir()

    ended = run_reseal(folder / "current", "check", "reference", "-k", "refresh.any.history", env=env)

    assert ended.status == 0
    assert list((folder / "current").iterdir()) == []


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "odd \\udcff text"), ("cp1252", "odd \\udcff text")],
)
def test_an_output_that_has_few_characters(folder: Path, encoding: str, shown: str) -> None:
    """A console that has no arrows still gets the report, and so does an error's text of any characters."""
    (folder / "mine.py").write_text("def refresh(request):\n    raise ValueError('odd \\udcff text')\n")

    ended = run_reseal(folder, "check", "mine:refresh", *PLAIN, env={"PYTHONIOENCODING": encoding})

    assert (ended.status, ended.err) == (1, "")
    assert f"got       raised ValueError: {shown}" in ended.out


# Options


@pytest.mark.parametrize(("level", "status"), [("documented", 0), ("observed", 0), ("hardening", 1)])
def test_level(reseal: Reseal, folder: Path, level: str, status: int) -> None:
    """A failure counts from the level of its origin on, and is shown below it as well."""
    (folder / "mine.py").write_text(CHATTY)

    ended = reseal("check", "mine:refresh", *PLAIN, "--level", level)

    assert ended.status == status
    assert failing(ended.out) == ["secrecy.output"]
    assert ("does not count at level" in ended.out) == (status == 0)


def test_seal(reseal: Reseal) -> None:
    """The format of the cookies of a Python target can be chosen."""
    assert report(reseal, "reference", *PLAIN)["target"]["seal"] == "iron"
    assert report(reseal, "reference", *PLAIN, "--seal", "fernet")["target"]["seal"] == "fernet"


def test_seed(reseal: Reseal) -> None:
    """A seed repeats the tokens of a run; without one, two runs differ, and each says which it took."""
    first, second = report(reseal, "reference", *PLAIN), report(reseal, "reference", *PLAIN)
    again = report(reseal, "reference", *PLAIN, "--seed", str(first["seed"]))

    assert sent(again) == sent(first) != []
    assert sent(second) != sent(first)
    assert again["seed"] == first["seed"] != second["seed"]


def test_seed_of_one_case_and_of_many(reseal: Reseal) -> None:
    """A case alone repeats what it did among others."""
    alone = report(reseal, "reference", *PLAIN, "--seed", "7")
    among = report(reseal, "reference", "-k", "refresh.success", "--seed", "7")

    assert set(sent(alone)) < set(sent(among))


def test_transport(reseal: Reseal) -> None:
    """Both transports reach the same verdicts."""
    loopback = report(reseal, "reference", "-k", "refresh.success")
    respx = report(reseal, "reference", "-k", "refresh.success", "--transport", "respx")

    assert (loopback["transport"], respx["transport"]) == ("loopback", "respx")
    assert respx["summary"] == loopback["summary"]


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ("refresh.cookie.none", {"refresh.cookie.none", "refresh.cookie.none.with-organization"}),
        ("refresh.cookie.none.with-organization", {"refresh.cookie.none.with-organization"}),
        (
            "error.step-up and mfa and 40",
            {"refresh.error.step-up.mfa-enrollment-400", "refresh.error.step-up.mfa-enrollment-403"},
        ),
        (
            "refresh.cookie.none and not organization or refresh.cookie.empty",
            {"refresh.cookie.none", "refresh.cookie.empty"},
        ),
        (
            "(cookie.none or cookie.empty) and not none",
            {"refresh.cookie.empty", "refresh.circumstances.cookie.empty"},
        ),
        ("concurrency.single-use and grace", {"refresh.concurrency.in-grace"}),
    ],
)
def test_selection(reseal: Reseal, expression: str, chosen: set[str]) -> None:
    """Cases are chosen by parts of their ids, or of their requirements' ids, joined by and, or, not."""
    of = report(reseal, "reference", "-k", expression)

    assert {case["id"] for row in of["requirements"] for case in row["cases"]} == chosen


# Reports in files


def test_json_is_valid(whole: tuple[Ended, Path]) -> None:
    """The JSON report keeps its published schema."""
    schema = json.loads((FIXTURES / "schema" / "report.schema.json").read_text("utf-8"))
    value = json.loads((whole[1] / "r.json").read_text("utf-8"))

    assert [error.message for error in Draft202012Validator(schema).iter_errors(value)] == []
    assert (value["conformant"], value["level"], value["target"]["spec"]) == (True, "documented", "reference")


def test_json_adds_up(whole: tuple[Ended, Path]) -> None:
    """The seven verdicts add up to the requirements, in all and for each origin."""
    value = json.loads((whole[1] / "r.json").read_text("utf-8"))
    rows = value["requirements"]
    counted = {
        origin: {v: sum(r["origin"] == origin and r["verdict"] == v for r in rows) for v in VERDICTS}
        for origin in ("documented", "observed", "hardening")
    }

    assert counted == value["summary"]
    assert sum(sum(counts.values()) for counts in value["summary"].values()) == len(REQUIREMENTS)
    assert [row["id"] for row in rows] == list(REQUIREMENTS)


def test_text_adds_up(whole: tuple[Ended, Path]) -> None:
    """The last number of each row of the table is the sum of the others."""
    numbers = r"((?:\s+\d+){7})\s+(\d+)"
    rows = re.findall(rf"^(?:documented|observed|hardening){numbers}", whole[0].out, re.MULTILINE)

    assert [sum(map(int, each.split())) for each, _ in rows] == [int(total) for _, total in rows]
    assert sum(int(total) for _, total in rows) == len(REQUIREMENTS)


def test_an_observation_stands_once(whole: tuple[Ended, Path]) -> None:
    """Each case that was run has one observation in the JSON report."""
    value = json.loads((whole[1] / "r.json").read_text("utf-8"))
    cited = [case for row in value["requirements"] for case in row["cases"]]
    with_observation = [case["id"] for case in cited if "observation" in case]
    ran = {case["id"] for case in cited if case["verdict"] != "not_applicable"}

    assert len(with_observation) == len(set(with_observation))
    assert set(with_observation) == ran


def test_junit_counts(whole: tuple[Ended, Path]) -> None:
    """The JUnit report has one test case for each case, and its totals count them."""
    suite = ET.fromstring((whole[1] / "r.xml").read_text("utf-8"))  # noqa: S314 - ours
    skipped = suite.findall("testcase/skipped")

    assert [row.get("name") for row in suite.findall("testcase")] == [case.id for case in cases.load()]
    assert (suite.get("failures"), suite.get("errors")) == ("0", "0")
    assert (int(suite.get("tests", 0)), int(suite.get("skipped", 0))) == (len(cases.load()), len(skipped))


def test_html(reseal: Reseal, folder: Path) -> None:
    """The page of a target has its name, its conclusion, and what makes it repeatable."""
    (folder / "mine.py").write_text(WRONG)

    ended = reseal("check", "mine:refresh", "-k", FAILING_CASE, "--html", "r.html", "--seed", "5")

    page = (folder / "r.html").read_text("utf-8")
    assert ended.status == 1
    assert "<h1>mine:refresh</h1>" in page
    assert re.search(
        r'class="conclusion">DOES NOT CONFORM at level documented: \d+ of \d+ requirements', page
    )
    assert re.search(r"seed 5, \d{4}-\d\d-\d\d\.</p>", page)


def test_junit_counts_failures(reseal: Reseal, folder: Path) -> None:
    """A case that fails is one failure in the JUnit report, with what was expected and what came."""
    (folder / "mine.py").write_text(WRONG)
    reseal(
        "check",
        "mine:refresh",
        "-k",
        f"{FAILING_CASE} or {NO_COOKIE}",
        "--junit",
        "r.xml",
    )

    suite = ET.fromstring((folder / "r.xml").read_text("utf-8"))  # noqa: S314 - ours
    failures = suite.findall(f"testcase[@name='{FAILING_CASE}']/failure")

    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert "error.invalid-grant: expected returned" in failures[0].get("message", "")
    assert "got returned authenticated False, reason 'invalid_session_cookie'" in (failures[0].text or "")


# The other commands


def test_contract(reseal: Reseal) -> None:
    """The requirements are listed, in the order of the contract."""
    ended = reseal("contract")

    assert ended.status == 0
    assert [line.split()[0] for line in ended.out.splitlines()] == list(REQUIREMENTS)


def test_contract_cases(reseal: Reseal) -> None:
    """The cases are listed, with what happens in them and what they are evidence for."""
    ended = reseal("contract", "--cases")

    assert ended.status == 0
    assert [line.split()[0] for line in ended.out.splitlines()] == [case.id for case in cases.load()]
    assert re.search(r"^refresh.cookie.none +There is no cookie \(cookie.none\)$", ended.out, re.MULTILINE)


@pytest.mark.parametrize("words", [("--help",), ("check", "--help"), ("contract", "-h"), ("--version",)])
def test_help(reseal: Reseal, words: tuple[str, ...]) -> None:
    """Help is no error."""
    ended = reseal(*words)

    assert (ended.status, ended.err) == (0, "")
    assert "reseal" in ended.out


@pytest.mark.parametrize(
    ("words", "workers"),
    [
        (["pypi:workos==10.8.0"], 6),
        (["npm:@workos-inc/node@11.0.0"], 6),
        (["stdio:node mine.mjs"], 1),
        (["reference"], 1),
        (["pypi:workos==10.8.0", "-n", "2"], 2),
    ],
)
@pytest.mark.parametrize("command", ["check", "diff"])
def test_how_many_processes(
    reseal: Reseal, monkeypatch: pytest.MonkeyPatch, command: str, words: list[str], workers: int
) -> None:
    """A release, which mostly waits, has six at once; the adapter of a user has one, unless it is told."""
    asked = []

    def check(*_: object, **given: object) -> None:
        asked.append(given["workers"])
        raise TargetError("that is all")

    monkeypatch.setattr(f"reseal.cli.{'_running' if command == 'check' else 'diff'}.check", check)
    ended = reseal(command, *words, *(words[:1] if command == "diff" else []))

    assert set(asked) == {workers}
    assert "that is all" in ended.err
