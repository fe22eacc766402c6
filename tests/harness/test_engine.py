from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import nan

import pytest

from reseal import HarnessError, RefreshRequest, TargetError, UsageError, cases, contract
from reseal.cases import Call, Case
from reseal.endpoint import Model, Transport
from reseal.engine import CaseRun, Engine, inapplicable
from reseal.target import Answer, Raised, Returned, Silent
from reseal.verdict import Finding, State

from .support import ABOUT, FERNET, PLAIN, FakeTarget, refreshed

BY_ID = cases.by_id()
GARBAGE = BY_ID["refresh.cookie.garbage.word"]
NO_COOKIE = BY_ID["refresh.cookie.none"]
SWITCHED = BY_ID["refresh.success.organization-switched"]
ANY_ANSWER = BY_ID["refresh.any.answer"]
ANY_SEAL = BY_ID["refresh.any.changed-seal"]


def refuses(request: RefreshRequest) -> Answer:
    return Returned({"authenticated": False, "reason": "invalid_session_cookie"})


def run(target: FakeTarget, case: Case) -> CaseRun:
    return Engine(target, transport="respx").run(case)


def states(found: CaseRun) -> dict[str, State]:
    return {finding.requirement: finding.state for finding in found.findings}


def test_a_case_is_judged_by_what_it_names_and_by_what_is_judged_everywhere() -> None:
    """A case has a finding for each requirement that it names, and for each of scope every that applies."""
    found = run(FakeTarget(), NO_COOKIE)

    named, *others = found.findings
    assert named == Finding(
        "cookie.none",
        NO_COOKIE.id,
        "pass",
        "returned, authenticated false, reason 'no_session_cookie_provided', and nothing is sent",
        "returned authenticated False, reason 'no_session_cookie_provided'",
    )
    assert {finding.requirement for finding in others} < set(contract.load().everywhere())
    assert {finding.state for finding in others} == {"pass"}
    assert (found.case, found.blame) == (NO_COOKIE, None)
    assert found.observation is not None


def test_a_requirement_is_judged_once() -> None:
    """A requirement of scope every that a case names as well has one finding in it."""
    case = replace(NO_COOKIE, requirements=("result.failure-shape", "cookie.none"))

    found = [finding.requirement for finding in run(FakeTarget(), case).findings]

    assert found[:2] == ["result.failure-shape", "cookie.none"]
    assert len(found) == len(set(found))


def test_what_is_named_is_told_even_where_it_does_not_apply() -> None:
    """A finding of a named requirement is kept in any state, one of scope every where it says a thing."""
    case = replace(NO_COOKIE, requirements=("request.no-seal",))

    found = states(run(FakeTarget(), case))

    assert found["request.no-seal"] == "not_applicable"
    assert "request.no-cookie-password" not in found


# -- positive controls


def test_a_failure_without_its_control_proves_nothing() -> None:
    """Where the valid parent fails, what is named was not run; shapes and secrets are judged all the same."""
    found = run(FakeTarget(refuses), GARBAGE)

    assert states(run(FakeTarget(), GARBAGE))["cookie.garbage"] == "fail"
    assert states(found)["cookie.garbage"] == "not_run"
    assert found.findings[0].got == (
        "its positive control refresh.success.plain failed: "
        "returned authenticated False, reason 'invalid_session_cookie'"
    )
    assert states(found)["result.failure-shape"] == "pass"


def test_a_case_without_a_parent_is_its_own_control() -> None:
    """What has no parent is judged as it came out."""
    assert states(run(FakeTarget(refuses), PLAIN))["success.new-tokens"] == "fail"


def test_a_control_is_run_once() -> None:
    """One look at the parent serves all its children, and itself."""
    target = FakeTarget()
    engine = Engine(target, transport="respx")

    runs = [engine.run(case) for case in (GARBAGE, NO_COOKIE, PLAIN)]

    assert [run.case.id for run in runs] == [GARBAGE.id, NO_COOKIE.id, PLAIN.id]
    assert len(target.asked) == 3


# -- what does not apply


@pytest.mark.parametrize(
    ("target", "case", "why"),
    [
        (
            FakeTarget(about=replace(ABOUT, seal="fernet"), sealing=FERNET),
            BY_ID["refresh.cookie.tampered.iron.iv"],
            "it is about seals of the format iron",
        ),
        (
            FakeTarget(about=replace(ABOUT, seal="own")),
            BY_ID["refresh.cookie.foreign-format.aes-gcm"],
            "it is about seals of the format iron and fernet",
        ),
        (
            FakeTarget(about=replace(ABOUT, capabilities=("concurrent",))),
            SWITCHED,
            "the target does not declare the capability 'organization_id'",
        ),
        (
            FakeTarget(about=replace(ABOUT, capabilities=())),
            BY_ID["refresh.concurrency.single-use"],
            "the target does not declare the capability 'concurrent'",
        ),
    ],
)
def test_not_applicable(target: FakeTarget, case: Case, why: str) -> None:
    """A case about other formats, or about what a target does not do, says nothing and asks nothing."""
    found = run(target, case)

    assert [(f.requirement, f.state, f.got) for f in found.findings] == [
        (requirement, "not_applicable", why) for requirement in case.requirements
    ]
    assert found.observation is None
    assert target.asked == []


# -- three blames


def breaks_down(error: Exception) -> Callable[[RefreshRequest], Answer]:
    def answer(request: RefreshRequest) -> Answer:
        raise error

    return answer


@pytest.mark.parametrize(
    ("error", "blame"), [(TargetError("it has gone"), "adapter"), (HarnessError("it was us"), "harness")]
)
@pytest.mark.parametrize("case", [PLAIN, NO_COOKIE])
def test_blames(case: Case, error: Exception, blame: str) -> None:
    """What the adapter or the harness does wrong is an error, never a verdict on the implementation."""
    found = run(FakeTarget(breaks_down(error)), case)

    assert found.blame == blame
    assert [(f.requirement, f.state, f.got) for f in found.findings] == [
        (requirement, "error", str(error)) for requirement in case.requirements
    ]
    assert found.observation is None


def test_a_case_that_cannot_be_made() -> None:
    """A cookie that the harness cannot make is the harness's fault."""
    case = replace(PLAIN, steps=(Call(cookie={"kind": "vector", "vector": "of nobody"}),))

    found = run(FakeTarget(), case)

    assert (found.blame, found.findings[0].state) == ("harness", "error")


@pytest.mark.parametrize("transport", ["loopback", "respx"])
def test_an_endpoint_that_fails(monkeypatch: pytest.MonkeyPatch, transport: Transport) -> None:
    """What goes wrong in the endpoint is blamed on nobody else, and printed nowhere."""

    def fails(*_: object) -> None:
        raise ValueError("the refresh token is 1234567890")

    assert Engine(FakeTarget(), transport=transport).run(PLAIN).blame is None
    monkeypatch.setattr(Model, "_answer_body", fails)
    target = FakeTarget()
    found = Engine(target, transport=transport).run(PLAIN)

    assert (found.blame, found.findings[0].state) == ("harness", "error")
    assert "the endpoint itself failed: ValueError in test_engine.py, line" in found.findings[0].got
    assert "1234567890" not in found.findings[0].got
    assert target.printed == ""


def test_an_error_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong in reseal is the verdict of one case, and its text is told to nobody."""

    def fails(*_: object, **__: object) -> None:
        raise ValueError("the refresh token is 1234567890")

    monkeypatch.setattr("reseal.engine.observe", fails)
    found = run(FakeTarget(), PLAIN)

    assert (found.blame, found.findings[0].state) == ("harness", "error")
    assert found.findings[0].got.startswith("reseal itself failed: ValueError in test_engine.py, line ")
    assert "1234567890" not in found.findings[0].got


def test_what_an_implementation_raises_is_a_verdict() -> None:
    """An error of the implementation is nobody else's."""
    found = run(FakeTarget(lambda _: Raised("KeyError", "'user'")), PLAIN)

    assert found.blame is None
    assert found.findings[0].got == "raised KeyError: 'user'"


def test_a_program_is_not_seen_in_process() -> None:
    """A target that is a program of its own cannot be served within this process."""
    target = FakeTarget(about=replace(ABOUT, spec="stdio:./refresh"))
    assert inapplicable(PLAIN, target.about) is None

    with pytest.raises(
        UsageError, match=r"^transport respx is seen by Python .*'stdio:\./refresh'.* Use loopback\.$"
    ):
        Engine(target, transport="respx")


# -- generated cases


def test_an_example_that_fails_is_told() -> None:
    """A generated case fails with the simplest example that does, and shows it."""
    found = run(FakeTarget(), ANY_ANSWER).findings[0]

    assert (found.requirement, found.case, found.state) == ("error.any-answer", ANY_ANSWER.id, "fail")
    assert found.got.endswith('; in the example {"status": 200, "json": {}}')


def test_an_example_that_is_long() -> None:
    """What is only long in an example does not hide the rest of it."""
    example = replace(PLAIN, example=f'{{"biography": "{"0" * 20_000}", "id": "user_1"}}')

    told = run(FakeTarget(refuses), example).findings[0].got

    assert told.endswith('; in the example {"biography": "0… 20,000 times", "id": "user_1"}')


def test_examples_that_pass() -> None:
    """A generated case passes where all its examples do; there are some, and more in a walk."""
    few, many = FakeTarget(), FakeTarget()

    usual = Engine(few, transport="respx").run(ANY_SEAL)
    walk = Engine(many, transport="respx").run(ANY_SEAL, walk=1)

    assert usual.findings[0].state == walk.findings[0].state == "pass"
    assert "in the example" not in usual.findings[0].got
    assert 5 < len(few.asked) < len(many.asked)
    assert len({request.endpoint.client_id for request in few.asked}) == len(few.asked)


def test_a_walk_ends_in_time() -> None:
    """When its time is over a walk tries one example of a rule, and no more; the example is told."""
    target = FakeTarget()

    found = Engine(target, transport="respx").run(ANY_SEAL, walk=1, until=0.0)

    assert len(target.asked) == 1 + 1  # the positive control, and the example
    assert found.example is not None
    assert found.example.example


def test_the_same_examples_in_every_run() -> None:
    """A generated case makes up the same examples each time."""
    first, second = FakeTarget(), FakeTarget()

    found = [Engine(target, transport="respx").run(ANY_ANSWER).findings for target in (first, second)]

    assert found[0] == found[1]
    assert len(first.asked) == len(second.asked)


def test_a_hang_is_not_made_simpler() -> None:
    """An example that hangs is the one to be told: to look for a simpler one could take a day."""
    target = FakeTarget(lambda request: refreshed(request) if len(target.asked) == 1 else Silent(25.0))

    found = run(target, ANY_ANSWER)

    assert found.findings[0].state == "fail"
    assert "no answer within" in found.findings[0].got
    assert len(target.asked) == 2


def test_a_failure_that_comes_once() -> None:
    """An implementation that fails one example, and never again, has failed."""

    def fails_once(request: RefreshRequest) -> Answer:
        if len(target.asked) == 1:
            return refreshed(request)
        return Returned({"reason": "bad luck"}) if len(target.asked) == 4 else Raised("SomeError", "no")

    target = FakeTarget(fails_once)

    found = run(target, ANY_ANSWER)

    assert found.findings[0].state == "fail"
    assert "reason 'bad luck'" in found.findings[0].got


def test_examples_without_a_control() -> None:
    """Where the valid parent fails, examples prove nothing either."""
    assert states(run(FakeTarget(refuses), ANY_ANSWER))["error.any-answer"] == "not_run"


def test_a_breakdown_that_comes_once_in_an_example() -> None:
    """An adapter that breaks down in one example has no verdict, and is asked no further."""

    def breaks_once(request: RefreshRequest) -> Answer:
        if len(target.asked) == 4:
            raise TargetError("it broke down")
        return refreshed(request)

    target = FakeTarget(breaks_once)

    found = run(target, ANY_SEAL)

    assert (found.blame, set(states(found).values())) == ("adapter", {"error"})
    assert len(target.asked) == 4


def test_a_reason_that_is_no_number() -> None:
    """What is kept of NaN is text: JSON has no such number."""
    found = run(FakeTarget(lambda _: Returned({"authenticated": False, "reason": nan})), NO_COOKIE)

    assert found.observation is not None
    assert found.observation.last.reason == "nan"
