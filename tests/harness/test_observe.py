from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reseal import HarnessError, RefreshRequest, TargetError
from reseal import observe as observe_module
from reseal.cases import Answer as Scripted
from reseal.cases import Call, Case, Event, Setup
from reseal.observation import Observation
from reseal.observe import SLACK_S, observe
from reseal.redact import fingerprint
from reseal.target import Answer, Raised, Returned, Silent

from .support import ABOUT, IRON, OWN, PLAIN, FakeTarget, refreshed, rng

FIRST = {"kind": "first"}
NEWEST = {"kind": "newest"}


def seen(answer: Callable[[RefreshRequest], Answer] = refreshed, case: Case = PLAIN) -> Observation:
    return observe(case, FakeTarget(answer), transport="respx")


def steps(*done: Call | Event, setup: Setup | None = None) -> Case:
    return replace(PLAIN, id="refresh.made-up", steps=done, setup=setup or Setup())


def returning(**fields: Any) -> Callable[[RefreshRequest], Answer]:
    return lambda _: Returned(fields)


# -- the call


def test_a_success_from_four_sides() -> None:
    """A refresh is seen from four sides: what it returned, what it sent, what it sealed, what it leaked."""
    observation = seen()

    (call,), (post,) = observation.calls, observation.exchanges
    assert (call.kind, call.authenticated, call.reason, call.sealed_session) == (
        "returned",
        True,
        None,
        "str",
    )
    assert call.seal
    assert call.seal.refresh_token == post.refresh_token
    assert call.seal.access_token == post.access_token
    assert post.sent_refresh_token == call.cookie_refresh_token != post.refresh_token
    assert call.seal.user == post.user
    assert call.seal.fields == ("access_token", "authentication_method", "refresh_token", "user")
    assert (call.seal.cookie_safe, call.seal.problem, call.seal.quirk) == (True, None, None)
    assert (observation.leaks, observation.output) == ((), "")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Returned({}, "int"), {"kind": "returned", "returned": "int", "authenticated": None}),
        (Returned({"authenticated": 1.5}), {"authenticated": 1.5, "sealed_session": "missing"}),
        (Returned({"authenticated": [1]}), {"authenticated": "<list>"}),
        (Returned({"reason": {"a": 1}}), {"reason": "<dict>"}),
        (Returned({"reason": "no"}), {"reason": "no"}),
        (Returned({"sealed_session": None}), {"sealed_session": "NoneType", "seal": None}),
        (Returned({"sealed_session": b"x"}), {"sealed_session": "bytes", "seal": None}),
        (Returned({"sealed_session": ""}), {"sealed_session": "str", "seal": None}),
        (Raised("KeyError", "'user'"), {"kind": "raised", "raised": "KeyError", "message": "'user'"}),
        (Silent(25.0), {"kind": "silent", "authenticated": None}),
    ],
)
def test_any_answer(answer: Answer, expected: dict[str, object]) -> None:
    """Whatever a call returns or raises is seen as it is; of what is no scalar, the type."""
    (call,) = seen(lambda _: answer).calls

    assert {name: getattr(call, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("sealed", "problem"),
    [
        ("x", "it has 1 parts, Iron has 8"),
        ("\ud800" * 20, "it has a lone surrogate, which UTF-8 cannot write"),
        ("Fe26.2*1*\ud800*b*c**d*e~2", "it has a lone surrogate, which UTF-8 cannot write"),
        (IRON.seal({}, "p" * 32, rng(), {}), "its MAC does not hold under the same password"),
    ],
)
def test_seals_that_do_not_open(sealed: str, problem: str) -> None:
    """A seal that does not open is seen with its problem, and so with nothing inside."""
    (call,) = seen(returning(authenticated=True, sealed_session=sealed)).calls

    assert call.seal
    assert (call.seal.problem, call.seal.fingerprint, call.seal.fields) == (problem, fingerprint(sealed), ())


def sealing(payload: object, **options: str) -> Callable[[RefreshRequest], Answer]:
    """Returns a seal of ``payload`` without asking anybody."""
    return lambda request: Returned(
        {
            "authenticated": True,
            "sealed_session": IRON.seal(payload, request.cookie_password or "", rng(), options),
        }
    )


@pytest.mark.parametrize("payload", [None, [1], "x", 7])
def test_seals_without_an_object(payload: object) -> None:
    """A seal that holds no object is a problem, with what it holds."""
    (call,) = seen(sealing(payload)).calls

    assert call.seal
    assert call.seal.problem == f"it holds no object but a {type(payload).__name__}"


def test_a_seal_that_does_not_open_everywhere() -> None:
    """A seal without iron-session's suffix opens, and is seen to be odd."""
    (call,) = seen(sealing({"refresh_token": 7}, suffix="")).calls

    assert call.seal
    assert call.seal.problem is None
    assert call.seal.quirk
    assert call.seal.refresh_token is None


@pytest.mark.parametrize(
    ("sealed", "is_safe"), [("a!b~c", True), ("a b", False), ('"ab"', False), ("aé", False), ("a;b", False)]
)
def test_cookie_octets(sealed: str, is_safe: bool) -> None:
    """A seal is safe in a cookie where it has cookie octets only."""
    (call,) = seen(returning(authenticated=True, sealed_session=sealed)).calls

    assert call.seal
    assert call.seal.cookie_safe is is_safe


# -- what is asked


def asked(case: Case) -> list[RefreshRequest]:
    target = FakeTarget()
    observe(case, target, transport="respx")
    return target.asked


@pytest.mark.parametrize(
    ("call", "field", "value"),
    [
        (Call(), "organization_id", None),
        (Call(organization_id="org_1"), "organization_id", "org_1"),
        (Call(), "max_retries", None),
        (Call(max_retries=0), "max_retries", 0),
        (Call(timeout_s=0.25), "timeout_s", 0.25),
        (Call(password="missing"), "cookie_password", None),
        (Call(cookie={"kind": "none"}), "session_data", None),
        (Call(cookie={"kind": "empty"}), "session_data", ""),
    ],
)
def test_a_call_is_asked_as_its_case_says(call: Call, field: str, value: object) -> None:
    """An implementation is given what the case says: cookie, password, organization, patience."""
    (request,) = asked(steps(call))

    assert getattr(request, field) == value


def test_a_short_password() -> None:
    """A short password is the beginning of the right one."""
    right, short = asked(steps(Call(), Call(cookie=FIRST, password="short")))

    assert short.cookie_password
    assert len(short.cookie_password) == 31
    assert (right.cookie_password or "").startswith(short.cookie_password)


def test_time_to_answer() -> None:
    """A call may take its time-out, and some time of its own."""
    target = FakeTarget()

    observe(steps(Call(timeout_s=0.25), Call()), target, transport="respx")

    assert target.deadlines == [0.25 + SLACK_S, 5.0 + SLACK_S]


def test_each_call_has_the_newest_cookie() -> None:
    """A call that is repeated has the cookie of the one before; the first cookie can be used again."""
    first, second, third, newest, again = asked(
        steps(Call(repeat=3), Call(cookie=NEWEST), Call(cookie=FIRST), setup=Setup(grace_s=300))
    )

    cookies = [request.session_data for request in (first, second, third, newest)]
    assert len(set(cookies)) == 4
    assert again.session_data == first.session_data


def test_an_earlier_cookie() -> None:
    """A cookie can be used again that was the newest some cookies ago; before the first there is none."""
    first, second, third, *again = asked(
        steps(
            Call(repeat=3),
            Call(cookie={"kind": "earlier", "age": 1}),
            Call(cookie={"kind": "earlier", "age": 9}),
            setup=Setup(grace_s=300),
        )
    )

    # After three calls there are four cookies.
    assert second.session_data not in (first.session_data, third.session_data)
    assert [request.session_data for request in again] == [third.session_data, first.session_data]


def test_a_new_password() -> None:
    """The newest session is sealed anew under another password; an old cookie can be tried with it."""
    done = (Call(), Event("rotate-password"), Call(cookie=NEWEST), Call(cookie=FIRST))
    before, after, old = asked(steps(*done, setup=Setup(grace_s=300)))
    (*_, wrong) = seen(case=steps(*done[:2], Call(cookie=FIRST, password="new"))).calls

    assert before.cookie_password == old.cookie_password != after.cookie_password
    payloads = [IRON.open(r.session_data or "", r.cookie_password or "") for r in (before, after)]
    assert payloads[0]["refresh_token"] != payloads[1]["refresh_token"]
    assert (wrong.kind, wrong.raised) == ("raised", "MacError")


def test_without_a_new_cookie_the_first_stays() -> None:
    """Where no seal came back that opens, the newest cookie is the first."""
    target = FakeTarget(returning(authenticated=True, sealed_session="x"))

    observe(steps(Call(repeat=2), Call(cookie=NEWEST)), target, transport="respx")

    assert len({request.session_data for request in target.asked}) == 1


def test_calls_at_once() -> None:
    """Calls at once are asked together, with the same arguments, and each is seen."""
    target = FakeTarget()

    observation = observe(steps(Call(together=3)), target, transport="respx")

    assert len(target.asked) == len(observation.calls) == 3
    assert len(target.deadlines) == 1
    assert target.asked[0] == target.asked[1] == target.asked[2]


def test_events_happen_between_calls() -> None:
    """What happens at the endpoint happens in its place among the calls."""
    scripted = Event("answer", answers=(Scripted(503, json={"message": "no"}, times=0),))

    observation = seen(
        case=steps(Call(), scripted, Call(cookie=NEWEST), Event("end-session"), Call(cookie=NEWEST))
    )

    assert [(post.call, post.said) for post in observation.exchanges] == [
        (0, "200 tokens"),
        (1, "503"),
        (2, "503"),
    ]
    assert [call.step for call in observation.calls] == [0, 2, 4]


EVENTS = [
    (Event("end-session"), "400 invalid_grant"),
    (Event("revoke"), "400 invalid_grant"),
    (Event("rotate-keys"), "200 tokens"),
    (Event("advance", seconds=60), "200 tokens"),
    (Event("key-set", answers=(Scripted(503, text=""),)), "200 tokens"),
]


@pytest.mark.parametrize(("event", "said"), EVENTS, ids=[event.do for event, _ in EVENTS])
def test_events(event: Event, said: str) -> None:
    """An event changes what the endpoint says to the next call."""
    assert seen(case=steps(event, Call())).exchanges[0].said == said


def test_listening() -> None:
    """An endpoint that is away sees nothing, and is back when it is told to."""
    case = steps(Call(), Event("listen"), Call(cookie=FIRST), setup=Setup(listening=False))

    away, back = seen(case=case).calls

    assert (away.raised, back.is_success) == ("ConnectError", True)


@pytest.mark.parametrize(
    ("outcomes", "slept"),
    [([True, False], [31]), ([True, True], []), ([False, False], []), ([False, True], [])],
)
def test_waiting(outcomes: list[bool], slept: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is spent only where the last call failed after one that succeeded."""
    naps: list[float] = []
    monkeypatch.setattr(observe_module, "sleep", naps.append)
    answers = iter([*outcomes, True])
    case = steps(Call(), Call(), Event("wait", seconds=31), Call())

    seen(lambda _: Returned({"authenticated": next(answers)}), case)

    assert naps == slept


# -- faults of ours and of adapters


def test_a_breach_of_the_endpoint(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the endpoint broke its own schema, nothing is said of the implementation."""
    (folder / "users.json").write_text(json.dumps({"plain": {"object": "user", "id": 7}}))

    with pytest.raises(
        HarnessError, match=r"^the endpoint's own 200 answer breaks the published schema: user"
    ):
        seen()


def test_an_adapter_that_tells_secrets() -> None:
    """What an adapter says when it breaks down is told without the secrets in it."""

    def breaks_down(request: RefreshRequest) -> Answer:
        raise TargetError(f"it was given {request.cookie_password} and died")

    with pytest.raises(TargetError, match=r"^it was given <cookie password> and died$"):
        seen(breaks_down)


def test_what_an_earlier_call_left_behind() -> None:
    """Output from before a case is not of this case."""
    target = FakeTarget(printed="left over")

    assert observe(PLAIN, target, transport="respx").output == ""


def test_an_own_format() -> None:
    """Seals of a format that only the implementation knows are opened by itself."""

    def answer(request: RefreshRequest) -> Answer:
        return Returned(
            {"authenticated": True, "sealed_session": OWN.seal({"refresh_token": "new"}, "", rng(), {})}
        )

    target = FakeTarget(answer, replace(ABOUT, seal="own"), OWN)

    (call,) = observe(PLAIN, target, transport="respx").calls

    assert call.seal
    assert call.seal.refresh_token == fingerprint("new")
