"""A wrong command or configuration: status 2, and a message that names the field and the mend."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .support import DEVIATION, FAILING_CASE, MENDED, WRONG, Ended, failing

Reseal = Callable[..., Ended]

ONE = ("-k", "refresh.cookie.none")


@pytest.fixture
def mine(folder: Path) -> Path:
    """A folder with an implementation that is right."""
    (folder / "mine.py").write_text(MENDED + "\nNAME = 'ours'\n")
    return folder


# Commands


def test_a_right_command(reseal: Reseal, mine: Path) -> None:
    """The command that the wrong ones below differ from is right."""
    assert reseal("check", "mine:refresh", *ONE).status == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no target: name one (reference, reference-async, module:attribute, stdio:COMMAND"),
        (
            ("mine",),
            "target 'mine' is of no known kind. Known are reference, reference-async, module:attribute",
        ),
        (("http://127.0.0.1",), "is of no known kind. Known are"),
        (("stdio:",), "target 'stdio:' is of no known kind. Known are"),
        (("pypi:",), "target 'pypi:' is of no known kind. Known are"),
        (("stdio: ",), "target 'stdio: ': the command is missing. Write it after stdio:."),
        (("stdio:a 'b",), "the command cannot be split into words: No closing quotation."),
        (("nowhere:refresh",), "No module named 'nowhere'. Run from the folder that holds the module"),
        (
            ("mine:refesh",),
            "module 'mine' has no attribute 'refesh'. Name a function or a reseal.Implementation.",
        ),
        (("mine:refresh.x",), "'function' object has no attribute 'x'. Name a function"),
        (("mine:NAME",), "target 'mine:NAME' is a str. Name a function or a reseal.Implementation."),
        (("pypi:requests==2",), "only pypi:workos==VERSION can be driven. Use stdio:COMMAND"),
        (("mine:refresh", "-k", "("), "-k '(': a part of an id is missing. Write parts of ids"),
        (("mine:refresh", "-k", "(none"), "-k '(none': a bracket is not closed. Write parts of ids"),
        (("mine:refresh", "-k", "none empty"), "-k 'none empty': 'empty' is not expected there. Write parts"),
        (("mine:refresh", "-k", "none and"), "a part of an id is missing."),
        (
            ("mine:refresh", "-k", "refesh"),
            "-k 'refesh' matches no case. `reseal contract --cases` lists them.",
        ),
        (
            ("reference", "--seal", "own"),
            "the reference has no seal of its own. Use seal = 'iron' or 'fernet'.",
        ),
        (
            ("mine:refresh", "--level", "all"),
            "Invalid value for '--level': 'all' is not one of 'documented', 'obs",
        ),
        (("mine:refresh", "--seed", "-1"), "Invalid value for '--seed': -1 is not in the range x>=0."),
        (("mine:refresh", "-n", "2"), "-n: 'mine:refresh' runs in this process alone. Use pytest -n 2."),
        (
            ("reference", "-k", "success.plain", "--explore", "1"),
            "--explore: -k 'success.plain' selects no made-up case, such as refresh.any.user.",
        ),
        (("mine:refresh", "-n", "0"), "Invalid value for '-n': 0 is not in the range 1<=x<=64."),
        (("mine:refresh", "--deviations", "d.toml"), "'--deviations': File 'd.toml' does not exist."),
        (("mine:refresh", "--colour"), "No such option"),
        (
            ("mine:refresh", *ONE, "--json", "no/such/folder.json"),
            "there is no folder 'no/such' to write folder.json to. Make it first.",
        ),
        (
            ("mine:refresh", *ONE, "--junit", "no/such.xml"),
            "there is no folder 'no' to write such.xml to. Make it first.",
        ),
        (
            ("mine:refresh", *ONE, "--html", "no/such.html"),
            "there is no folder 'no' to write such.html to. Make it first.",
        ),
    ],
)
def test_a_wrong_command(reseal: Reseal, mine: Path, words: tuple[str, ...], said: str) -> None:
    """A wrong command ends with 2 and a message that says what is wrong and what to do."""
    ended = reseal("check", *words)

    assert ended.status == 2
    assert said in ended.err


def test_nothing_to_do(reseal: Reseal) -> None:
    """Without a command, the commands are shown."""
    ended = reseal()

    assert ended.status == 2
    assert "check" in ended.err


def test_a_report_that_cannot_be_written(reseal: Reseal, mine: Path) -> None:
    """What a run has found is shown, also where its file cannot be written."""
    ended = reseal("check", "mine:refresh", *ONE, "--json", "/dev/full")  # no room on it, ever

    assert ended.status == 2
    assert "CONFORMS at level documented" in ended.out


def test_a_transport_that_cannot_be_seen(reseal: Reseal) -> None:
    """A program of its own is not sent to an endpoint that only this process sees."""
    target = f"stdio:{sys.executable} {Path(__file__).with_name('own_format.py')}"

    loopback = reseal("check", target, *ONE)
    ended = reseal("check", target, *ONE, "--transport", "respx")

    assert (loopback.status, ended.status) == (0, 2)
    assert "transport respx is seen by Python code in this process alone" in ended.err
    assert ended.err.endswith("is a program of its own. Use loopback.\n")


def test_a_namesake(reseal: Reseal, folder: Path) -> None:
    """A module that another one of that name hides is never taken for it."""
    (folder / "json.py").write_text("def refresh(request):\n    return None\n")

    ended = reseal("check", "json:loads")

    assert ended.status == 2
    assert f"so {folder / 'json.py'} cannot be. Give one of them another name" in ended.err


# reseal.toml


def test_a_configuration(reseal: Reseal, mine: Path) -> None:
    """Without a target on the command line, all is taken from reseal.toml."""
    (mine / "reseal.toml").write_text('target = "mine:refresh"\nlevel = "hardening"\nseed = 5\n')

    ended = reseal("check", *ONE)

    assert ended.status == 0
    assert ended.out.startswith("reseal ")
    assert "level hardening, seed 5\nmine:refresh" in ended.out


def test_a_configuration_in_pyproject(reseal: Reseal, mine: Path) -> None:
    """Or from [tool.reseal] in pyproject.toml."""
    (mine / "pyproject.toml").write_text('[tool.reseal]\ntarget = "mine:refresh"\nseed = 6\n')

    assert "seed 6\nmine:refresh" in reseal("check", *ONE).out


def test_the_command_line_goes_first(reseal: Reseal, mine: Path) -> None:
    """What stands on the command line goes before what stands in the file."""
    (mine / "reseal.toml").write_text('target = "mine:refresh"\nlevel = "hardening"\nseed = 5\n')

    ended = reseal("check", "reference", *ONE, "--level", "observed", "--seed", "8")

    assert "level observed, seed 8\nreseal reference" in ended.out


def test_what_is_said_of_another_target(reseal: Reseal, mine: Path) -> None:
    """Seal and deviations of a configuration speak of its own target only."""
    text = 'target = "mine:refresh"\nseal = "fernet"\n' + DEVIATION.format("cookie.none:refresh.cookie.none")
    (mine / "reseal.toml").write_text(text)

    ended = reseal("check", "reference", *ONE)

    assert ended.status == 0
    assert ", python, iron seals" in ended.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("target = ", "reseal.toml: cannot be read as TOML: Invalid value (at end of document)"),
        ('taget = "x"', "reseal.toml: unknown field 'taget'. Known are target, level, seal, capabilities"),
        ("target = 3", "reseal.toml: target must be a text, got 3."),
        ('target = ""', "reseal.toml: target must be a text, got ''."),
        ('level = "all"', "reseal.toml: level must be one of documented, observed, hardening, got 'all'."),
        ('seal = "jwe"', "reseal.toml: seal must be one of iron, fernet, own, got 'jwe'."),
        ("capabilities = true", "reseal.toml: capabilities must be a list of texts, got True."),
        ("extra_reasons = [1]", "reseal.toml: extra_reasons must be a list of texts, got [1]."),
        ('transport = "tcp"', "reseal.toml: transport must be one of loopback, respx, got 'tcp'."),
        ("seed = -1", "reseal.toml: seed must be a whole number from 0, got -1."),
        ("seed = true", "reseal.toml: seed must be a whole number from 0, got True."),
        ("deviation = 1", "reseal.toml: deviation must be written as [[deviation]] tables."),
        ("[[deviation]]", "reseal.toml: deviation[0]: requirement must be a text, got None. Say why"),
        (DEVIATION.format(""), "reseal.toml: deviation[0]: requirement must be a text, got ''."),
        (
            DEVIATION.format("cookie.non"),
            "deviation[0]: requirement 'cookie.non' does not exist. Did you mean 'cookie.",
        ),
        (DEVIATION.format("x"), "requirement 'x' does not exist. `reseal contract` lists them."),
        (
            DEVIATION.format("cookie.none:refresh.cookie.nome"),
            "deviation[0]: case 'refresh.cookie.nome' does not exist. Did you mean 'refresh.cookie.none'?",
        ),
        (
            DEVIATION.format("cookie.none") + "when = 1",
            "deviation[0]: unknown field 'when'. Known are requirement",
        ),
        (
            '[[deviation]]\nrequirement = "cookie.none"\nissue = "1"',
            "deviation[0]: reason must be a text, got None.",
        ),
        (
            '[[deviation]]\nrequirement = "cookie.none"\nreason = "1"',
            "deviation[0]: issue must be a text, got None.",
        ),
    ],
)
@pytest.mark.parametrize("name", ["reseal.toml", "pyproject.toml"])
def test_a_malformed_configuration(reseal: Reseal, mine: Path, name: str, text: str, said: str) -> None:
    """Each field is checked; the message names the file and the field, what was got and what is possible."""
    tables = {
        "reseal.toml": text,
        "pyproject.toml": f"[tool.reseal]\n{text}".replace("[[dev", "[[tool.reseal.dev"),
    }
    names = {"reseal.toml": "reseal.toml", "pyproject.toml": "pyproject.toml: tool.reseal"}
    (mine / name).write_text(tables[name])

    ended = reseal("check", *ONE)

    assert ended.status == 2
    assert (
        said.replace("reseal.toml: cannot", f"{name}: cannot").replace("reseal.toml", names[name])
        in ended.err
    )


@pytest.mark.parametrize("text", ["tool = 1", "[tool]\nreseal = 1"])
def test_a_pyproject_without_tables(reseal: Reseal, mine: Path, text: str) -> None:
    """A pyproject.toml that has something else where the table should be says so."""
    (mine / "pyproject.toml").write_text(text)

    ended = reseal("check")

    assert ended.status == 2
    assert "must be a table, got 1. Write [tool.reseal]." in ended.err


# Deviations


def test_a_known_deviation(reseal: Reseal, folder: Path) -> None:
    """A failure that the user knows of does not fail the run, and is listed with its reason."""
    (folder / "mine.py").write_text(WRONG)
    (folder / "reseal.toml").write_text('target = "mine:refresh"\n' + DEVIATION.format("error.invalid-grant"))

    ended = reseal("check", "-k", "invalid-grant")

    assert ended.status == 0
    assert "KNOWN 1\n  error.invalid-grant: returned" in ended.out
    assert "(known: until 2.0,\n  https://tracker.example/1)" in ended.out


def test_deviations_in_a_file(reseal: Reseal, folder: Path) -> None:
    """Deviations can stand in a file of their own, for targets that are named on the command line."""
    (folder / "mine.py").write_text(WRONG)
    (folder / "known.toml").write_text(DEVIATION.format(f"error.invalid-grant:{FAILING_CASE}"))

    excused = reseal("check", "mine:refresh", "-k", FAILING_CASE, "--deviations", "known.toml")
    another = reseal("check", "mine:refresh", "-k", "invalid-grant", "--deviations", "known.toml")

    assert (excused.status, failing(excused.out)) == (0, [])
    assert (another.status, failing(another.out)) == (1, ["error.invalid-grant"])


def test_an_overdue_deviation(reseal: Reseal, mine: Path) -> None:
    """A deviation that no longer happens fails the run until it is removed."""
    (mine / "known.toml").write_text(DEVIATION.format("cookie.none:refresh.cookie.none"))

    ended = reseal("check", "mine:refresh", *ONE, "--deviations", "known.toml")

    assert ended.status == 1
    assert "FIXED cookie.none" in ended.out
    assert "it passes now: remove the deviation (until 2.0, https://tracker.example/1)" in ended.out


def test_a_deviation_in_a_part(reseal: Reseal, mine: Path) -> None:
    """A part of the cases never says that a deviation of a whole requirement is overdue."""
    (mine / "known.toml").write_text(DEVIATION.format("cookie.garbage"))

    ended = reseal("check", "mine:refresh", "-k", "garbage.word", "--deviations", "known.toml")

    assert ended.status == 0
    assert "FIXED" not in ended.out
