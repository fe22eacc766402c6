"""The issue text: what is documented, what happened, how to see it; what others wrote stays in its place."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from reseal import RefreshRequest, cases
from reseal.bundle import Bundle
from reseal.bundle.bug_report import to_markdown, warning
from reseal.bundle.play import NotPlayableError, record
from reseal.bundle.scripts import script_of

from .support import NONE, REVOKED, bundle_of, of_python_sdk

HOSTILE = "`````\n# Pwned\n@everybody | <script>alert(1)</script>"


def hostile(_request: RefreshRequest) -> dict[str, Any]:
    return {"authenticated": False, "reason": HOSTILE}


def of_case(case_id: str, **setup: Any) -> Bundle:
    """A failure of the Python SDK in a case, whatever came of it."""
    case = cases.by_id()[case_id]
    case = replace(case, setup=replace(case.setup, **setup))
    return of_python_sdk(replace(bundle_of(), case=case))


def test_all_parts_are_there() -> None:
    """Title, quote, source and date, what came, the exchange, and both ways to reproduce it."""
    text = to_markdown(of_python_sdk(bundle_of()))

    assert text.startswith("# Session refresh: Without a cookie")
    assert '> "no_session_cookie_provided"\n\nSource: https://workos.com/docs' in text
    assert re.search(r"read \d{4}-\d{2}-\d{2}\.", text)
    assert "Expected: `returned, authenticated false, reason 'no_session_cookie_provided'" in text
    assert "```text\nreturned authenticated False, reason 'invalid_session_cookie'\n```" in text
    assert "Nothing was sent to the API." in text
    assert "pip install workos==10.8.0\npython reproduce.py" in text
    assert "reseal check pypi:workos==10.8.0 -k refresh.cookie.none --seed 7" in text


def test_the_exchange_is_a_table() -> None:
    """Every request is a row, with its fields and its answer."""
    from reseal.target.builtin import references

    def wrong(request: RefreshRequest) -> dict[str, Any]:
        result: Any = references("iron")["reference"].refresh(request)
        return {"authenticated": False, "reason": "no"} if not result.authenticated else result

    text = to_markdown(bundle_of(REVOKED, refresh=wrong))

    assert "| call | request | with | answer |" in text
    assert re.search(r"\| 1 \| `POST /user_management/authenticate` \| `.*` \| `400 invalid_grant` \|", text)


def test_text_of_an_sdk_stays_in_its_fence() -> None:
    """A reason with Markdown and backticks in it is shown, and does nothing."""
    text = to_markdown(replace(bundle_of(refresh=hostile), case=cases.by_id()[NONE]))

    outside = re.sub(r"^(`{3,})\w*\n.*?\n\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert "Pwned" in text
    assert "Pwned" not in re.sub(r"(`+).+?\1", "", outside)


def test_no_secret_of_the_run_is_in_it() -> None:
    """The seed makes the secrets of a run, and nothing in the script depends on it."""
    bundle = of_python_sdk(bundle_of())

    assert script_of(bundle) == script_of(replace(bundle, seed=bundle.seed + 1))


@pytest.mark.parametrize(
    "case",
    [case for case in cases.load() if "fernet" in case.formats and not case.generate],
    ids=lambda case: case.id,
)
def test_every_case_has_a_script_or_a_reason(case: cases.Case) -> None:
    """A script is a program; where there is none, what is done is shown as data."""
    text = to_markdown(of_case(case.id))

    blocks = dict(re.findall(r"^`{3,}(python|json)\n(.*?)\n`{3,}$", text, re.MULTILINE | re.DOTALL))
    assert 1 == len(blocks)
    assert ast.parse(blocks.get("python", ""))
    assert json.loads(blocks.get("json", "{}")).get("id", case.id) == case.id


@pytest.mark.parametrize(
    ("case_id", "setup", "why"),
    [
        ("refresh.concurrency.single-use", {}, "calls are made at the same time"),
        ("refresh.request.tls-unknown-authority", {}, "HTTPS"),
        (NONE, {"listening": False}, "the endpoint is not there at first"),
        ("refresh.success.chain", {}, "it takes many calls"),
        ("refresh.sessions.in-turn", {}, "the sessions of several users"),
        ("refresh.error.transient.dripped", {}, "delivered in a way"),
    ],
)
def test_what_cannot_be_played_says_why(case_id: str, setup: dict[str, Any], why: str) -> None:
    """Each limit of the scripts is named."""
    with pytest.raises(NotPlayableError, match=why):
        record(of_case(case_id, **setup))


def test_other_targets_get_a_description() -> None:
    """What is no official SDK has no script, but the case as data and the command."""
    text = to_markdown(bundle_of())

    assert "There is no script without reseal, since it is written for the official Python and Node" in text
    assert '"id": "refresh.cookie.none"' in text


@pytest.mark.parametrize("version", ["", "1.0\nimport os", "; rm -rf /"])
def test_a_version_is_one(version: str) -> None:
    """What a bundle calls a version gets into no command unless it is one."""
    with pytest.raises(NotPlayableError, match="does not say which release"):
        script_of(of_python_sdk(bundle_of(), version=version))


def test_a_title_does_not_leave_its_comment() -> None:
    """A line break in the title of a case is no line of the script."""
    bundle = of_python_sdk(bundle_of())
    bundle = replace(bundle, case=replace(bundle.case, title="a\nimport os\u2028b"))

    assert "\nimport os\n" not in script_of(bundle).text


@pytest.mark.parametrize(
    ("requirement", "is_private"),
    [("cookie.none", False), ("jwt.alg-none", True), ("request.no-seal", True), ("secrecy.output", True)],
)
def test_a_vulnerability_is_not_for_a_public_tracker(requirement: str, *, is_private: bool) -> None:
    """Where a failure may be used against people, that is said before it is published."""
    bundle = bundle_of()
    bundle = replace(bundle, findings=(replace(bundle.findings[0], requirement=requirement),))

    assert is_private == warning(bundle).startswith(f"reseal: {requirement} may be a vulnerability")
