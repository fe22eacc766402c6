"""The diff of two releases names the change that they are known for."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import pytest

from reseal import report
from reseal.diff import Diff, Side, compared, of_report
from reseal.diff.continuity import opened_both
from reseal.run import check
from reseal.target import Target, open_target

from .record import FIXED

# Both sides of what is compared: cases that succeed, those that end in step-up errors, a body that stalls.
PARTS = ("refresh.success.", "refresh.error.step-up.", "stalled-body")
CASES = [case for case in FIXED if any(part in case.id for part in PARTS)]


def upgraded(old: str, new: str) -> Diff:
    openers: list[Callable[[], Target]] = [partial(open_target, spec) for spec in (old, new)]
    return compared(*(side(start) for start in openers), "documented", opened_both(*openers, seed=1))


def side(start: Callable[[], Target]) -> Side:
    run = check(start, CASES, level="hardening", seed=1)
    return of_report(json.loads(json.dumps(report.to_json(run))))


@pytest.mark.sdk
def test_seals_that_expired() -> None:
    """@workos-inc/node 7.35.1: "Hotfix for iron-session default ttl", without which cookies die unused."""
    diff = upgraded("npm:@workos-inc/node@7.35.0", "npm:@workos-inc/node@7.35.1")

    assert [str(group.difference) for group in diff.behaviour] == ["seal's expiry: 15 days → none"]
    lost = [(cell.direction, cell.title) for cell in diff.continuity if cell.state == "as before"]
    assert lost == [("deployment", "plain, 16 days old")]
    assert not diff.is_worse


@pytest.mark.sdk
def test_a_refresh_that_never_succeeded() -> None:
    """workos 8.2.0: "Fix Session.refresh() KeyError by sealing session client-side"."""
    diff = upgraded("pypi:workos==8.1.0", "pypi:workos==8.2.0")

    changed = {str(group.difference): group for group in diff.behaviour}
    group = changed["result: refused, free text for a reason → success"]
    assert "refresh.success.plain" in group.cases
    assert group.old_said == "'sealed_session'"
    assert "cookie password in body: leaked → not leaked" in changed
    assert "success.new-tokens" in [change.id for change in diff.of_kind("fixed")]
    assert {cell.state for cell in diff.continuity} == {"not run", "as before"}
    assert not diff.is_worse


@pytest.mark.sdk
def test_step_up_errors_that_are_raised() -> None:
    """@workos-inc/node 9.1.1: "Correctly handle all isAuthenticationErrorData cases", by raising."""
    diff = upgraded("npm:@workos-inc/node@9.1.0", "npm:@workos-inc/node@9.1.1")

    assert "result: refused, sso_required → raised AuthenticationException" in [
        str(group.difference) for group in diff.behaviour
    ]


@pytest.mark.sdk
def test_a_body_that_stalls() -> None:
    """@workos-inc/node 10.14.0: the time-out covers the body as well."""
    diff = upgraded("npm:@workos-inc/node@10.13.0", "npm:@workos-inc/node@10.14.0")

    assert [(str(group.difference), group.cases) for group in diff.behaviour] == [
        ("result: no answer in time → refused, timeout", ("refresh.error.transient.stalled-body",))
    ]
