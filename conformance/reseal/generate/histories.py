"""Histories of a session, made by a machine: refreshes, replays, failures, rotations, time, the end.

The machine writes the steps of a case and does nothing else.  The case is run, observed and judged when
it is complete, like any other, so that a history that fails can be kept as a fixed case.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from ..cases import Answer, Call, Case, Event, Step

_FAILURES = (
    Answer(status=503, json={"message": "Service Unavailable"}),
    Answer(status=429, json={"error": "too_many_requests", "error_description": "Please retry."}),
    Answer(status=502, headers={"content-type": "text/html"}, text="<html>Bad Gateway</html>"),
    Answer(fault="reset"),
    Answer(fault="closed"),
)
# Of whatever is no 400, RFC 6749, 5.2 says nothing, and a body that names no code says nothing either.
_REFUSALS = (*range(401, 418), *range(421, 427), 428, 429, 431, 451, *range(500, 512), *range(520, 531), 599)
_SAY_NOTHING = (
    Answer(text=""),
    Answer(headers={"content-type": "text/html"}, text="<html>It is not you, it is us.</html>"),
    Answer(json={}),
    Answer(json={"message": "Not now."}),
    Answer(json={"error": "temporarily_unavailable", "error_description": "Not now."}),
)
_KEY_SET_FAILURE = Answer(status=503, json={"message": "Service Unavailable"})
_KEY_ROTATIONS = 2  # the endpoint has three keys
# Of the grace of 30 s; the clock of the machine goes on besides, so none of them comes near it.
_WAITS_S = (10.0, 40.0, 3_600.0)
_NEWEST = Call(cookie={"kind": "newest"}, max_retries=0)


class History(RuleBasedStateMachine):
    """What may befall one session, as steps of a case."""

    def __init__(self, case: Case, check: Callable[[Case], None]) -> None:
        super().__init__()
        self.case = case
        self.check = check
        # The first cookie is the session's own: there is no newer one yet.
        self.steps: list[Step] = [Call(max_retries=0)]

    @rule()
    def refresh(self) -> None:
        self.steps.append(_NEWEST)

    @rule(age=st.integers(1, 3))
    def replay(self, age: int) -> None:
        """Use an older cookie, as a second tab or a request that overtook another does."""
        self.steps.append(replace(_NEWEST, cookie={"kind": "earlier", "age": age}))

    @rule(answers=st.lists(st.sampled_from(_FAILURES), min_size=1, max_size=3))
    def fail(self, answers: list[Answer]) -> None:
        self.steps += [Event("answer", answers=tuple(answers)), *[_NEWEST] * len(answers)]

    @rule(
        statuses=st.lists(st.sampled_from(_REFUSALS), min_size=1, max_size=4),
        answer=st.sampled_from(_SAY_NOTHING),
    )
    def refuse(self, statuses: list[int], answer: Answer) -> None:
        refusals = tuple(replace(answer, status=status) for status in statuses)
        self.steps += [Event("answer", answers=refusals), *[_NEWEST] * len(refusals)]

    @rule()
    def take_key_set_away(self) -> None:
        self.steps += [Event("key-set", answers=(_KEY_SET_FAILURE,)), _NEWEST]

    @rule(seconds=st.sampled_from(_WAITS_S))
    def advance(self, seconds: float) -> None:
        self.steps.append(Event("advance", seconds=seconds))

    @precondition(lambda self: self.count("rotate-keys") < _KEY_ROTATIONS)
    @rule()
    def rotate_keys(self) -> None:
        self.steps += [Event("rotate-keys"), _NEWEST]

    @rule()
    def rotate_password(self) -> None:
        self.steps += [Event("rotate-password"), _NEWEST]

    @precondition(lambda self: self.count("rotate-password") > 0)
    @rule()
    def use_the_first_cookie_under_the_new_password(self) -> None:
        self.steps.append(replace(_NEWEST, cookie={"kind": "first"}, password="new"))

    @precondition(lambda self: "organization_id" in self.case.needs)
    @rule(data=st.data())
    def switch(self, data: st.DataObject) -> None:
        known = (*self.case.setup.memberships, "org_without_membership", "org_that_nobody_knows")
        organization = data.draw(st.sampled_from(known))
        self.steps += [replace(_NEWEST, organization_id=organization), _NEWEST]

    @precondition(lambda self: self.count("end-session") + self.count("revoke") == 0)
    @rule(event=st.sampled_from((Event("end-session"), Event("revoke"))))
    def end(self, event: Event) -> None:
        self.steps += [event, _NEWEST]

    def count(self, event: str) -> int:
        return sum(isinstance(step, Event) and step.do == event for step in self.steps)

    def teardown(self) -> None:
        """Let all failures end, refresh once more, and have the case tried."""
        if sys.exc_info()[0] is not None:
            return  # Hypothesis gave this history up before it was complete
        ends = [Event(name) for name in ("answer", "key-set") if self.count(name)]
        steps = (*self.steps, *ends, _NEWEST)
        told = [_happened(step) if isinstance(step, Event) else _told(step) for step in steps]
        self.check(replace(self.case, steps=steps, generate=None, example=json.dumps(told)))


def _happened(event: Event) -> str:
    answers = (answer.fault or str(answer.status) for answer in event.answers)
    return f"{event.do} {', '.join(answers)}".rstrip()


def _told(call: Call) -> str:
    words = ["refresh"]
    if call.organization_id is not None:
        words.append(f"for {call.organization_id}")
    if call.cookie["kind"] == "earlier":
        words.append(f"with the cookie {call.cookie['age']} before the newest")
    if call.password == "new":
        words.append("with the first cookie under the new password")
    return " ".join(words)
