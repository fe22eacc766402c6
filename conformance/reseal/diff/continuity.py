"""Whether cookies survive an upgrade, and a roll-back.

OLD refreshes a session, and the seal that it returns is handed to NEW, which must open and refresh it,
at the same endpoint: this is what happens to every user who is signed in while a release goes out.
The other way round it is what happens when the release is taken back.

A cookie that is older is made by dating the seal back, where its format says when it was made.  The
access token inside stays as fresh as it was: that a stale one does no harm is a case of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .. import _data
from ..behaviour import outcome
from ..cases import Answer, Call, Case, Expect, Setup
from ..formats import Format, OpenError
from ..formats.naming import roughly
from ..observation import CallSeen, Observation
from ..observe import observe
from ..protocol import RefreshRequest
from ..target import About, Returned, Target
from ..target import Answer as Answered

Direction = Literal["deployment", "roll-back"]
CellState = Literal["holds", "breaks", "as before", "not run"]

_DAY_S = 86_400.0
_AGES_S = (_DAY_S, 16 * _DAY_S)  # iron-session's own expiry is 14 days, or 15, and a minute of grace
_METADATA = 10
_METADATA_LENGTH = 600  # as much as the API takes


@dataclass(frozen=True, slots=True)
class Cell:
    """One session, in one direction.

    Attributes:
        session: What the session is like.
        age_s: How long ago its cookie was sealed, in seconds.
        state: ``as before`` where nothing is lost by the change: the release that sealed it does not
            refresh it either, or the one that is gone back to never refreshed any.
        why: In words, where the state is not ``holds``.
    """

    direction: Direction
    session: str
    age_s: float
    state: CellState
    why: str = ""

    @property
    def title(self) -> str:
        return f"{self.session}, {roughly(self.age_s)} old" if self.age_s else self.session


def judge_continuity(old: Target, new: Target, *, seed: int = 0) -> tuple[Cell, ...]:
    """Hand cookies of each to the other.  Raises TargetError where one of them cannot be asked."""
    sessions = [(name, setup, 0.0) for name, setup in _setups().items()]
    sessions += [("plain", Setup(), age_s) for age_s in _AGES_S]
    return tuple(
        _cell(direction, session, before, after, seed)
        for direction, before, after in _directions(old, new)
        for session in sessions
    )


def _directions(old: Target, new: Target) -> Iterator[tuple[Direction, Target, Target]]:
    yield "deployment", old, new
    yield "roll-back", new, old


def _setups() -> Mapping[str, Setup]:
    organization = "org_01HBEQKA6K4QJAS93VPE39W1JT"
    return {
        "plain": Setup(),
        "organization": Setup(organization=organization, memberships=(organization,)),
        "impersonator": Setup(impersonator={"email": "admin@example.com", "reason": "Support case 1234"}),
        "unicode": Setup(user="unicode"),
        "large": Setup(answers=(Answer(tokens={"set": {"user": _large_user()}}, times=0),)),
    }


def _large_user() -> dict[str, Any]:
    user = _data.read_json(_data.fixtures_root() / "users.json")["typical"]
    metadata = {f"field_{i}": f"{i} " * (_METADATA_LENGTH // 2) for i in range(_METADATA)}
    return {**user, "metadata": metadata}


def _cell(
    direction: Direction, session: tuple[str, Setup, float], before: Target, after: Target, seed: int
) -> Cell:
    name, _, age_s = session
    try:
        state, why = _judged(direction, session, before, after, seed)
    except OpenError as err:
        state, why = "not run", str(err)
    return Cell(direction, name, age_s, state, why)


def _judged(
    direction: Direction, session: tuple[str, Setup, float], before: Target, after: Target, seed: int
) -> tuple[CellState, str]:
    name, setup, age_s = session
    seen = _handed_over(name, setup, age_s, before, after, seed)
    sealed = seen.calls[0]
    if not sealed.is_success or sealed.seal is None:
        return "not run", f"there is no cookie of {before.about.spec}: {_told(sealed)}"
    problem = _problem(seen)
    if problem is None:
        return "holds", ""
    why = f"{after.about.spec}: {problem}"
    # What its own maker cannot refresh is not lost by the change from one to the other.
    own = _problem(_handed_over(name, setup, age_s, before, before, seed))
    if own is not None:
        return "as before", f"{before.about.spec} itself does not refresh it: {own}; {why}"
    if direction == "roll-back":
        # Who goes back to a release that refreshes nothing is where he was.
        any_other = _handed_over(name, setup, age_s, after, after, seed).calls[0]
        if not any_other.is_success:
            return "as before", f"{after.about.spec} refreshes no such cookie, whoever made it: {problem}"
    return "breaks", why


def _handed_over(
    name: str, setup: Setup, age_s: float, before: Target, after: Target, seed: int
) -> Observation:
    """What is seen of two calls: ``before`` refreshes, then ``after`` with the cookie that came back."""
    case = Case(
        id=f"continuity.{name}",
        title="",
        requirements=(),
        expect=Expect("success"),
        steps=(Call(), Call(cookie={"kind": "newest"})),
        setup=setup,
        # Each has ids and tokens of its own: implementations remember them.
        example=json.dumps([before.about.spec, after.about.spec, age_s]),
    )
    return observe(case, _Relay(before, after, age_s), seed=seed)


def _problem(seen: Observation) -> str | None:
    """What came of the cookie that was handed over, where it is not a new one for the same user."""
    call, posts = seen.last, seen.posts_of(1)
    if not call.is_success or call.seal is None or call.seal.problem is not None:
        return _told(call)
    given, sealed = posts[-1].user if posts else None, call.seal.user
    if not isinstance(sealed, Mapping) or not isinstance(given, Mapping):
        return "there is no user in its new seal"
    is_same = all(sealed.get(name) == given.get(name) for name in ("id", "email"))
    return None if is_same else "the user in its new seal is another one"


def _told(call: CallSeen) -> str:
    if call.is_success:
        return f"its new seal does not open: {call.seal.problem}" if call.seal else "success without a seal"
    return outcome(call)


@dataclass(slots=True)
class _Relay:
    """A target that is one implementation at the first call, and the other one from then on.

    It hands over what the first returned, whether or not the harness can read it: to read it is the
    other one's part.
    """

    before: Target
    after: Target
    age_s: float
    _calls: int = 0
    _sealed: str | None = field(default=None, repr=False)

    @property
    def about(self) -> About:
        return self._answering.about

    @property
    def sealing(self) -> Format:
        return self._answering.sealing

    @property
    def _answering(self) -> Target:
        return self.before if self._calls <= 1 else self.after

    def refresh(self, requests: Sequence[RefreshRequest], deadline_s: float) -> tuple[Answered, ...]:
        self._calls += 1
        if self._calls > 1 and self._sealed is not None:
            requests = [replace(request, session_data=self._aged(request)) for request in requests]
        answers = self._answering.refresh(requests, deadline_s)
        if self._calls == 1 and isinstance(answers[0], Returned):
            sealed = answers[0].fields.get("sealed_session")
            self._sealed = sealed if isinstance(sealed, str) else None
        return answers

    def output(self) -> str:
        return self.before.output() + (self.after.output() if self.after is not self.before else "")

    def close(self) -> None:
        """Nothing to stop: both belong to who opened them."""

    def _aged(self, request: RefreshRequest) -> str | None:
        if not self.age_s or self._sealed is None:
            return self._sealed
        return self.before.sealing.aged(self._sealed, request.cookie_password or "", self.age_s)


def opened_both(
    open_old: Callable[[], Target], open_new: Callable[[], Target], *, seed: int
) -> tuple[Cell, ...]:
    """`judge_continuity` of two targets that are started for it, and stopped afterwards."""
    old = open_old()
    try:
        new = open_new()
        try:
            return judge_continuity(old, new, seed=seed)
        finally:
            new.close()
    finally:
        old.close()
