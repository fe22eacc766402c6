"""What a report tells about a failure, and what no report ever tells."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from .support import CHATTY, FAILING_CASE, MENDED, WRONG, Ended, failing, run_pytest, run_reseal

Reseal = Callable[..., Ended]

# Tells all that it was given wherever it can, and writes it down for the test.
TELLTALE = '''\
"""An implementation that a debugging session has left its traces in."""

import itertools
import logging
import sys

import httpx

from reseal_reference import SealError, iron

TURN = itertools.count()


def refresh(request):
    told = [request.cookie_password, request.endpoint.api_key, request.session_data]
    try:
        session = iron.unseal(request.session_data, request.cookie_password)
        told += [session["refreshToken"], session["accessToken"]]
    except Exception:
        pass
    told = [text for text in told if text]
    with open("told.txt", "a", encoding="utf-8", errors="ignore") as file:
        file.write("\\\\n".join(told) + "\\\\n")
    text = " ".join(told)
    print(text)
    print(text, file=sys.stderr)
    logging.getLogger("app").debug("refreshing %s", text)
    try:
        url = request.endpoint.base_url + "/debug"
        httpx.post(url, params={"q": text}, json={"q": told}, trust_env=False)
    except httpx.HTTPError:
        pass
    if next(TURN) % 2:
        raise RuntimeError("could not refresh " + text)
    return {"authenticated": False, "reason": "could not refresh " + text, "sealed_session": text}
'''.replace("\\\\n", "\\n")
CASES = "success.plain or garbage.word or password-too-short or revoked or transient.503"


def failure(text: str, requirement: str) -> str:
    """What a text report says of one failure."""
    return text[text.index(f"FAIL {requirement}") :].partition("\n\n")[0]


def repeat_command(text: str, requirement: str) -> list[str]:
    """The words of the command that a text report gives for repeating a failure."""
    found = re.search(r"^  repeat: (.*)$", failure(text, requirement), re.MULTILINE)
    assert found is not None
    return shlex.split(found[1])


# A failure


def test_all_there_is_to_know(reseal: Reseal, folder: Path) -> None:
    """A failure tells what is asked, by whom and where, what came in its place, and how to repeat it."""
    (folder / "mine.py").write_text(WRONG)

    ended = reseal("check", "mine:refresh", "-k", FAILING_CASE, "--seed", "5")
    text = failure(ended.out, "error.invalid-grant")

    lines = text.splitlines()
    assert lines[0] == "FAIL error.invalid-grant  (documented, must)"
    assert lines[1].startswith("  A refresh token that is not accepted: invalid_grant")
    assert lines[2].startswith("  “")
    assert "https://workos.com/docs/reference/authkit/authentication/refresh-and-seal-session-data" in text
    assert re.search(r"read \d{4}-\d\d-\d\d\)$", text, re.MULTILINE)
    assert f"  • {FAILING_CASE}: " in text
    assert "    expected  returned, authenticated false, reason 'invalid_grant'" in lines
    assert "    got       returned authenticated False, reason 'invalid_session_cookie'" in lines
    assert "    exchange  " in text
    assert "POST /user_management/authenticate with grant_type, client_id, " in " ".join(text.split())
    assert "→ 400 invalid_grant" in " ".join(text.split())
    assert lines[-1] == f"  repeat: reseal check mine:refresh -k {FAILING_CASE} --seed 5"


FERNET = ("key_cache=KEYS,", 'key_cache=KEYS, seal="fernet",')


@pytest.mark.parametrize(
    ("wrong", "mended", "requirement", "words"),
    [
        (WRONG, MENDED, "error.invalid-grant", "-k invalid-grant"),
        (WRONG, MENDED, "error.invalid-grant", "-k invalid-grant --transport respx"),
        (WRONG.replace(*FERNET), MENDED.replace(*FERNET), "error.invalid-grant", "--seal fernet -k revoked"),
        (CHATTY, MENDED, "secrecy.output", "-k refresh.cookie.none"),
        (CHATTY, MENDED, "secrecy.output", "-k refresh.cookie.none --level hardening"),
    ],
    ids=["plain", "transport", "seal", "found-besides", "level"],
)
def test_the_repeat_command(
    reseal: Reseal, folder: Path, wrong: str, mended: str, requirement: str, words: str
) -> None:
    """It repeats the failure, with the same evidence and status 1; once that is mended, it ends with 0."""
    (folder / "mine.py").write_text(wrong)
    first = reseal("check", "mine:refresh", *words.split())

    name, *command = repeat_command(first.out, requirement)
    again = reseal(*command)
    (folder / "mine.py").write_text(mended)
    then = reseal(*command)

    assert name == "reseal"
    assert ("--transport" in command) == ("--transport" in words)
    assert (again.status, failing(again.out)) == (1, [requirement])
    assert evidence(again.out, requirement) == evidence(first.out, requirement)
    assert (then.status, failing(then.out)) == (0, [])


def evidence(text: str, requirement: str) -> list[str]:
    """The lines of a failure that must be the same when it is repeated, of its first case."""
    lines = failure(text, requirement).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("  • "))
    return [*lines[:3], *lines[start : start + 3]]


def test_a_target_that_needs_quotes(reseal: Reseal) -> None:
    """A command with spaces is quoted, so that the repeat command can be pasted into a shell."""
    hello = '{"id":1,"ok":{"name":"m","language":"sh","seal":"iron"}}'
    spec = f"stdio:sh -c 'read x; echo \"$0\"; while read x; do echo; done' '{hello}'"

    ended = reseal("check", spec, "-k", "refresh.cookie.none")

    assert ended.status == 3
    assert "ERROR 1\n  cookie.none: target 'stdio:sh" in ended.out
    assert "NO VERDICT: the adapter failed." in ended.out
    found = re.search(r"repeat: (.*)$", ended.out, re.MULTILINE)
    assert found is not None
    assert shlex.split(found[1])[2] == spec


def test_no_colours_in_a_pipe(reseal: Reseal, folder: Path) -> None:
    """A report that goes to a file or a pipe has no escape sequences."""
    (folder / "mine.py").write_text(WRONG)

    assert "\x1b" not in reseal("check", "mine:refresh", "-k", FAILING_CASE).out


# Secrets


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], list[str]]:
    """Every report of an implementation that leaks all it knows, and what it knew."""
    folder = tmp_path_factory.mktemp("telltale")
    (folder / "mine.py").write_text(TELLTALE)
    words = ["check", "mine:refresh", "-k", CASES, "--json", "r.json", "--junit", "r.xml", "--html", "r.html"]
    command = run_reseal(folder, *words)
    (folder / "reseal.toml").write_text('target = "mine:refresh"\nlevel = "hardening"\n')
    plugin = run_pytest(folder, "-k", CASES, "-rA", "-vv", "--showlocals", "--junit-xml=p.xml", "reseal.toml")
    assert (command.status, plugin.status) == (1, 1)
    reports = {
        "text": command.out + command.err,
        "JSON": (folder / "r.json").read_text("utf-8"),
        "JUnit": (folder / "r.xml").read_text("utf-8"),
        "HTML": (folder / "r.html").read_text("utf-8"),
        "pytest": plugin.out + plugin.err,
        "pytest's JUnit": (folder / "p.xml").read_text("utf-8"),
    }
    lines = (folder / "told.txt").read_text("utf-8").split()
    return reports, sorted({line for line in lines if len(line) >= 8})


@pytest.mark.parametrize("name", ["text", "JSON", "JUnit", "HTML", "pytest", "pytest's JUnit"])
def test_no_report_tells_a_secret(told: tuple[dict[str, str], list[str]], name: str) -> None:
    """Passwords, keys, tokens and cookies stand in no report, plainly or percent-encoded."""
    reports, secrets = told

    assert len(secrets) > 15
    assert [secret for secret in secrets if secret in reports[name] or quote(secret) in reports[name]] == []


def test_every_leak_is_reported(told: tuple[dict[str, str], list[str]]) -> None:
    """Each secret is reported by its name, in each of the places where it came to light."""
    rows: list[dict[str, Any]] = json.loads(told[0]["JSON"])["requirements"]
    seen = [case["observation"] for row in rows for case in row["cases"] if "observation" in case]
    leaks = {(leak["secret"], leak["where"]) for observation in seen for leak in observation["leaks"]}

    assert leaks >= {
        (secret, where)
        for secret in ("cookie password", "API key", "refresh token", "access token", "cookie")
        for where in ("output", "exception", "reason", "URL")
    }


@pytest.mark.parametrize(
    ("requirement", "got"),
    [
        ("secrecy.output", "the cookie password in the output"),
        ("secrecy.exceptions", "the cookie password in the exception"),
        ("request.no-cookie-password", "the cookie password in the URL"),
        ("request.no-secret-in-url", "the refresh token in the URL"),
    ],
)
def test_a_leak_fails(told: tuple[dict[str, str], list[str]], requirement: str, got: str) -> None:
    """A leak fails the requirement that forbids it, in every report."""
    reports, _ = told

    assert got in " ".join(failure(reports["text"], requirement).split())
    assert f"FAIL {requirement}" in reports["pytest"]
    assert f"FAIL {requirement}" in reports["pytest's JUnit"]


SLIPS = [
    ('{"authenticated": True, "sealed_session": result.sealed_session}', "{}", "New tokens were given"),
    ("result = refresh", "result = refrsh", "A valid cookie was refused and nothing was sent"),
]


@pytest.mark.parametrize(("right", "slip", "words"), SLIPS, ids=["result", "call"])
def test_a_slip_in_the_adapter(reseal: Reseal, folder: Path, right: str, slip: str, words: str) -> None:
    """Who gets the plainest case wrong is asked about the adapter first; who gets it right is not."""
    (folder / "mine.py").write_text(MENDED)
    (folder / "slip.py").write_text(MENDED.replace(right, slip))
    mended = reseal("check", "mine:refresh", "-k", "success.plain").out
    ended = reseal("check", "slip:refresh", "-k", "success.plain").out

    assert "Try: -k" not in mended
    assert words in ended
    assert "Try: -k refresh.success.plain" in " ".join(ended.split())


def test_what_was_not_run_is_not_told_as_unmet(reseal: Reseal, folder: Path) -> None:
    """What could not be judged is counted apart from what was."""
    (folder / "mine.py").write_text(MENDED.replace("if result.authenticated", "if False"))

    ended = reseal("check", "mine:refresh", "-k", "transient.503 or success.plain", "--level", "hardening")

    assert "error.transient: its positive control refresh.success.plain failed" in ended.out
    assert re.search(r"[0-9]+ of [0-9]+ requirements that were selected not met, 4 not run\. ", ended.out)


def test_nothing_unmet_is_no_conformance_where_something_was_not_run(reseal: Reseal, folder: Path) -> None:
    """A case that its valid parent kept from running shows nothing, and so does its run."""
    (folder / "mine.py").write_text(MENDED.replace("if result.authenticated", "if False"))

    ended = reseal("check", "mine:refresh", "-k", "refresh.error.transient.503", "--level", "hardening")

    assert ended.status == 1
    assert re.search(
        r"^NOT SHOWN TO CONFORM at level hardening: [0-9]+ of [0-9]+ requirements .* not run\. ",
        ended.out,
        re.MULTILINE,
    )


def test_what_no_more_than_should_be_met_is_told_apart(reseal: Reseal, folder: Path) -> None:
    """Who adds up the table finds every requirement in the conclusion."""
    (folder / "mine.py").write_text(MENDED)

    ended = reseal("check", "mine:refresh", "-k", "refresh.error.transient.dripped", "--level", "hardening")

    assert re.search(
        r"^CONFORMS at level hardening: .*, not counting 1 that are “should”, not “must”\. ",
        ended.out,
        re.MULTILINE,
    )


def test_cases_that_do_not_apply_are_not_counted(reseal: Reseal, folder: Path) -> None:
    """Of the cases of a requirement those count that this implementation could be tried on."""
    wrong = MENDED.replace('"reason": reason', '"reason": str(reason).replace("invalid_session_cookie", "x")')
    (folder / "mine.py").write_text(wrong)

    ended = reseal("check", "mine:refresh", "-k", "foreign-format")

    assert "  3 of 3 cases:" in failure(ended.out, "cookie.foreign-format")


def test_a_short_password_is_a_secret_too(reseal: Reseal, folder: Path) -> None:
    """A password that is refused for being short is a secret: its message is likely to hold it."""
    check = "if len(request.cookie_password or '') == 31: raise ValueError(request.cookie_password)"
    (folder / "mine.py").write_text(MENDED.replace("    endpoint =", f"    {check}\n    endpoint ="))

    ended = reseal("check", "mine:refresh", "-k", "password-too-short", "--level", "hardening")

    assert failing(ended.out) == ["secrecy.exceptions"]
    assert "got       the cookie password in the exception" in ended.out
