"""Two implementations side by side on made-up scenarios."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reseal import Implementation, RefreshRequest, TargetError, cases
from reseal.cases import Answer, Call, Event, Setup
from reseal.compare import Disagreement, _is_same_question, first_disagreement, told
from reseal.protocol import SealName
from reseal.target import Target
from reseal.target.builtin import references
from reseal.target.inprocess import InProcessTarget
from tests.broken.right import Raised, Right

from .support import PLAIN, failure, observed, success

BY_ID = cases.by_id()
ANSWER, USER = BY_ID["refresh.any.answer"], BY_ID["refresh.any.user"]
HISTORY, CHANGED = BY_ID["refresh.any.history"], BY_ID["refresh.any.changed-seal"]


class ClosesSessions(Right):
    """Takes a refusal of any kind for the end of the session."""

    def refused(self, request: RefreshRequest, response: Any) -> dict[str, Any]:
        return self.failed("invalid_grant")


class RaisesAnother(Right):
    """Raises an exception of another class."""

    def refused(self, request: RefreshRequest, response: Any) -> dict[str, Any]:
        try:
            return super().refused(request, response)
        except Raised as err:
            raise LookupError("refused") from err


class ReturnsItsOwn(Right):
    """Returns a reason of its own where others raise."""

    def refused(self, request: RefreshRequest, response: Any) -> dict[str, Any]:
        try:
            return super().refused(request, response)
        except Raised:
            return self.failed("server_error")


class SendsMore(Right):
    """Sends a field that others do not."""

    def body(self, request: RefreshRequest, session: Any) -> dict[str, Any]:
        return {**super().body(request, session), "ip_address": "127.0.0.1"}


def reference(seal: SealName = "iron") -> Target:
    return InProcessTarget(references(seal)["reference"], "reference")


def compared(
    left: Target, right: Target, case: Any = ANSWER, *, seed: int = 1, strict: bool = False
) -> Disagreement | None:
    return first_disagreement(case, left, right, seed=seed, examples=12, strict=strict)


@pytest.mark.parametrize("case", [ANSWER, USER, HISTORY, CHANGED], ids=lambda case: str(case.generate))
def test_two_that_are_right(target: Callable[[type[Right]], Target], case: Any) -> None:
    """Between two that are right, and were written apart, a user would notice no difference."""
    assert compared(target(Right), reference(), case) is None


@pytest.mark.parametrize("case", [USER, HISTORY, CHANGED], ids=lambda case: str(case.generate))
def test_two_formats(case: Any) -> None:
    """Each has its cookies in its own format, and no difference comes from that."""
    assert compared(reference("iron"), reference("fernet"), case) is None


def test_an_adapter_that_fails_once(target: Callable[[type[Right]], Target]) -> None:
    """It is told, not taken for chance: nothing was compared there."""
    asked = 0

    def refresh(request: RefreshRequest) -> Any:
        nonlocal asked
        asked += 1
        if asked == 4:
            raise TargetError("the fourth time")
        return references("iron")["reference"].refresh(request)

    with pytest.raises(TargetError, match=r"^the fourth time$"):
        compared(reference(), InProcessTarget(Implementation("mine", refresh, "iron"), "mine"), USER)
    assert asked == 4


def test_a_difference(target: Callable[[type[Right]], Target]) -> None:
    """A difference is found, told from left to right, and shrunk to what matters."""
    found = compared(target(Right), target(ClosesSessions))

    assert found is not None
    assert [str(d) for d in found.differences] == ["result: another failure → refused, invalid_grant"]
    assert [answer.json for answer in found.scenario.setup.answers] == [{}]


def test_it_repeats(target: Callable[[type[Right]], Target]) -> None:
    """The same seed finds the same scenario and sees the same."""
    first, again = (compared(target(Right), target(ClosesSessions), seed=7) for _ in range(2))

    assert first is not None
    assert again is not None
    assert (first.scenario, first.differences) == (again.scenario, again.differences)


@pytest.mark.parametrize(
    ("kind", "case", "expected"),
    [
        (RaisesAnother, ANSWER, "result: raised Raised → raised LookupError"),
        (ReturnsItsOwn, ANSWER, "result: raised Raised → refused, server_error"),
        (SendsMore, USER, "request field ip_address: not sent → sent"),
    ],
)
def test_what_no_user_would_notice(
    target: Callable[[type[Right]], Target], kind: type[Right], case: Any, expected: str
) -> None:
    """It counts where every difference is asked for, and there alone."""
    assert compared(target(Right), target(kind), case) is None

    found = compared(target(Right), target(kind), case, strict=True)

    assert found is not None
    assert expected in [str(difference) for difference in found.differences]


@pytest.mark.parametrize(("sound", "is_same"), [(True, True), (False, False)])
def test_cookies_that_are_not_as_sound(*, sound: bool, is_same: bool) -> None:
    """Where a change damages one cookie and not the other, the two were not asked the same."""
    left, right = observed(success()), observed(failure(cookie_is_sound=sound))

    assert _is_same_question(left, right) == is_same


def test_a_scenario_in_words() -> None:
    """Everything that happens in a scenario has a line, and what is as usual is left out."""
    scenario = cases.Case(
        "refresh.made-up",
        "",
        (),
        PLAIN.expect,
        (
            Call(max_retries=0),
            Event("advance", seconds=31.0),
            Event("answer", answers=(Answer(status=503),)),
            Call(cookie={"kind": "newest"}),
        ),
        Setup(user="unicode", answers=(Answer(fault="reset"),), key_set=(Answer(status=500),)),
        example='{"long": "' + "x" * 300,
    )

    assert list(told(scenario)) == [
        'user: "unicode"',
        'the endpoint answers {"status": 200, "fault": "reset"}',
        'the key set is {"status": 500}',
        'refresh, cookie {"kind": "session"}, {"max_retries": 0}',
        "then advance 31 s",
        'then answer {"status": 503}',
        'refresh, cookie {"kind": "newest"}',
        'made up: {"long": "' + "x" * 190 + "… (310 characters)",
    ]
