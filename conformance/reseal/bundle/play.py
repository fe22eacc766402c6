"""A case as a play: what is passed to the SDK, and what the endpoint answers, word for word.

It is recorded from the model of the endpoint, as often as the SDK asked when the case was run, so a few
lines of code that know nothing of AuthKit can play it back.  Everything in it is made for the play: no
password, key or token of the run is.  It is dated 1 January 2026, as the fixtures are, which is past on
any clock, and what is valid stays so until the year 2100.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .. import recipes
from ..cases import Answer, Call, Case, Event
from ..endpoint import Model
from ..endpoint.model import AUTHENTICATE, KEY_SET
from ..endpoint.sessions import FOREVER_S
from ..endpoint.wire import HttpReply, HttpRequest
from ..errors import ResealError
from ..formats import Format, format_of
from ..observation import Observation
from ..protocol import EndpointInfo
from ..recipes import Cookie
from ..vectors.mutations import CLOCK_S
from .values import Bundle

ENDPOINT, ELSEWHERE = "http://endpoint.invalid", "http://elsewhere.invalid"
"""What stands for the addresses of the two servers, which are known when they are started."""

_LONGEST_BODY = 20_000
_MOST_CALLS = 5
_NOT_EVENTS = {
    "cool-down": "time passes between two calls",
    "age": "the cookie is dated back between two calls",
    "listen": "the endpoint is not there at first",
    "rotate-api-key": "the application changes its API key between two calls",
    "rotate-password": "the application changes its cookie password between two calls",
    "wait": "time passes between two calls",
}


class NotPlayableError(ResealError):
    """The case cannot be played back by a few lines of code; the text says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; the body is ``text`` times ``repeat``."""

    status: int
    headers: tuple[tuple[str, str], ...]
    text: str
    repeat: int = 1
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class PlayedCall:
    """One call of the SDK.

    Attributes:
        back: Which cookie is passed: None for the first, else how many before the newest.
        answers, key_set: The last of them is given for as long as the SDK asks.
    """

    back: int | None
    password: str | None
    organization_id: str | None
    answers: tuple[Reply, ...]
    key_set: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Play:
    """A whole case."""

    info: EndpointInfo
    cookie: str | None = field(repr=False)
    password: str = field(repr=False)
    timeout_s: float
    max_retries: int | None
    calls: tuple[PlayedCall, ...]

    def replies(self) -> tuple[Reply, ...]:
        return tuple(reply for call in self.calls for reply in (*call.answers, *call.key_set))

    @property
    def faults(self) -> frozenset[str]:
        """In how many ways a connection breaks."""
        return frozenset(reply.fault for reply in self.replies() if reply.fault)

    @property
    def redirects(self) -> bool:
        return any(value.startswith(ENDPOINT) for reply in self.replies() for _, value in reply.headers)

    @property
    def leads_elsewhere(self) -> bool:
        """Whether an answer redirects to another origin."""
        return any(value.startswith(ELSEWHERE) for reply in self.replies() for _, value in reply.headers)


def record(bundle: Bundle) -> Play:
    """The play of ``bundle``.  The same bundle gives the same play.

    Raises NotPlayableError, saying why, where it needs more than a few lines of code.
    """
    case = _lasting(bundle.case)
    _refuse(case)
    return _Recorder(case, bundle.observation, format_of(bundle.about.seal)).play()


def _refuse(case: Case) -> None:
    calls = [step for step in case.steps if isinstance(step, Call)]
    why_not = [
        *(_NOT_EVENTS[s.do] for s in case.steps if isinstance(s, Event) and s.do in _NOT_EVENTS),
        *(["the endpoint speaks HTTPS with a certificate of its own"] if case.setup.tls else []),
        *([] if case.setup.listening else [_NOT_EVENTS["listen"]]),
        *(["calls are made at the same time"] if any(call.together > 1 for call in calls) else []),
        *(
            ["it takes the sessions of several users"]
            if any(call.cookie["kind"] == "another" for call in calls)
            else []
        ),
        *(["it takes many calls"] if sum(call.repeat for call in calls) > _MOST_CALLS else []),
        *(["its calls are configured differently"] if len({c.max_retries for c in calls}) > 1 else []),
    ]
    if why_not:
        raise NotPlayableError(why_not[0])


def _lasting(case: Case) -> Case:
    """The case with tokens that are as wrong in a year as they are now."""

    def answer(given: Answer) -> Answer:
        if not given.tokens or given.tokens.get("fault") != "not-yet-valid":
            return given
        others = {name: value for name, value in given.tokens.items() if name != "fault"}
        return replace(given, tokens={**others, "claims": {"set": {"nbf": FOREVER_S}}})

    return replace(case, setup=replace(case.setup, answers=tuple(map(answer, case.setup.answers))))


class _Recorder:
    def __init__(self, case: Case, seen: Observation, sealing: Format) -> None:
        # A stream of its own: nothing in the play is what the run was made with.
        self.rng = random.Random(f"a play of {case.id}{case.example}")  # noqa: S311 - must be repeatable
        self.case, self.seen, self.sealing = case, seen, sealing
        info = EndpointInfo(ENDPOINT, "client_01RESEAL", "sk_test_reseal")
        self.model = Model(case.setup, self.rng, info, lambda: ELSEWHERE, now=lambda: CLOCK_S)
        self.cookie = self._bake()
        self.model.lifetime_s = FOREVER_S - CLOCK_S
        self.tokens = [self.cookie.refresh_token]
        self.number = 0  # of the call that is next

    def play(self) -> Play:
        calls: list[PlayedCall] = []
        for step in self.case.steps:
            if isinstance(step, Event):
                self._happen(step)
            else:
                calls += [self._call(step, i) for i in range(step.repeat)]
        steps = [step for step in self.case.steps if isinstance(step, Call)]
        timeout_s = max(step.timeout_s for step in steps)
        return Play(
            self.model.info,
            self.cookie.text,
            self.cookie.password,
            timeout_s,
            steps[0].max_retries,
            tuple(calls),
        )

    def _bake(self) -> Cookie:
        recipe = self.case.recipe
        if recipe.get("access_token") != "stale":
            self.model.lifetime_s = FOREVER_S - CLOCK_S
        return recipes.bake(recipe, self.sealing, self.sealing.new_password(self.rng), self.model, self.rng)

    def _happen(self, event: Event) -> None:
        happenings: dict[str, Callable[[], None]] = {
            "rotate-keys": self.model.rotate_keys,
            "end-session": self.model.end_session,
            "revoke": self.model.revoke,
            "advance": lambda: self.model.advance(event.seconds),
            "answer": lambda: self.model.script(event.answers),
            "key-set": lambda: self.model.script_key_set(event.answers),
        }
        happenings[event.do]()

    def _call(self, step: Call, repetition: int) -> PlayedCall:
        back = _back(step, repetition)
        token = self.tokens[0 if back is None else max(0, len(self.tokens) - 1 - back)]
        posts = len(self.seen.posts_of(self.number))
        key_sets = sum(e.kind == "key-set" and e.call == self.number for e in self.seen.exchanges)
        request = self._request(token or "none", step.organization_id)
        answers = self._asked(request, posts)
        # Who was given no token looks at no key.
        is_needed = key_sets or any(exchange.issued for exchange in self.model.journal)
        asked_for = HttpRequest("GET", f"{KEY_SET}{self.model.info.client_id}", ())
        key_set = self._asked(asked_for, key_sets) if is_needed else ()
        self._remember(token)
        self.number += 1
        return PlayedCall(
            back, self.cookie.password_as(step.password), step.organization_id, answers, key_set
        )

    def _request(self, token: str, organization_id: str | None) -> HttpRequest:
        info = self.model.info
        fields = {
            "grant_type": "refresh_token",
            "client_id": info.client_id,
            "client_secret": info.api_key,
            "refresh_token": token,
            **({"organization_id": organization_id} if organization_id else {}),
        }
        headers = (("content-type", "application/json"),)
        return HttpRequest("POST", AUTHENTICATE, headers, json.dumps(fields).encode())

    def _asked(self, request: HttpRequest, times: int) -> tuple[Reply, ...]:
        """What the model answers, when asked as often as the SDK did; once at least."""
        replies = [_reply(self.model.handle(request)) for _ in range(max(1, times))]
        while len(replies) > 1 and replies[-1] == replies[-2]:
            replies.pop()
        return tuple(replies)

    def _remember(self, token: str | None) -> None:
        """Which refresh token the new cookie holds, where the SDK made one."""
        call = self.seen.calls[self.number] if self.number < len(self.seen.calls) else None
        if call is None or call.seal is None or call.seal.refresh_token is None:
            return
        kept_the_old = call.seal.refresh_token == call.cookie_refresh_token
        self.tokens.append(token if kept_the_old else self.model.session.live)


def _back(step: Call, repetition: int) -> int | None:
    if repetition or step.cookie["kind"] == "newest":
        return 0
    return int(step.cookie["age"]) if step.cookie["kind"] == "earlier" else None


def _reply(reply: HttpReply) -> Reply:
    if reply.delivery is not None:
        raise NotPlayableError("the body of an answer is delivered in a way that HTTP libraries do not offer")
    try:
        text, repeat = _shortest(reply.body.decode())
    except UnicodeDecodeError as err:
        raise NotPlayableError("the body of an answer is not UTF-8") from err
    if len(text) > _LONGEST_BODY:
        raise NotPlayableError("the body of an answer is too long to paste")
    return Reply(reply.status, reply.headers, text, repeat, reply.fault)


def _shortest(text: str) -> tuple[str, int]:
    """``text`` as a unit, and how often it stands there."""
    period = (text + text).find(text, 1) if text else 1
    return text[:period], max(1, len(text) // period)
