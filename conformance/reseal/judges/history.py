"""Histories: whatever happened before, the newest seal refreshes unless the session ended.

Each call is held against what the endpoint said to it last: how often it was asked is free.  What the
endpoint says is the endpoint's business; that a refusal was brought about by the implementation is not.

A call that was given tokens may fail in one case: it could not verify them, because the signing key is
new or the key set was away.  Key set libraries wait before they look again (PyJWT for 30 seconds), and
who cannot find the key cannot tell a new one from a forged one: ``invalid_jwt`` is documented for that.
`jwt.key-rotation` asks that it ends in time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..cases import Call, Case, Event
from ..observation import CallSeen, ExchangeSeen, Observation
from ..protocol import REASONS
from ..target import About
from .ruling import Ruling, ruled, told

_ORGANIZATIONS = (
    "organization_not_found",
    "organization_membership_not_found",
    "organization_not_authorized",
)


def newest_refreshes(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    expected = "the newest seal refreshes after whatever happened, unless the session ended"
    past = _Past()
    seen = list(enumerate(observation.calls))
    for number, step in enumerate(case.steps):
        if isinstance(step, Event):
            past.happened.add(step.do)
            continue
        for i, call in _calls_of(number, seen):
            posts, asked_for_keys = observation.posts_of(i), _asked_for_keys(observation, i)
            wrong = past.wrong(step, call, posts, asked_for_keys=asked_for_keys)
            if wrong is not None:
                return ruled(expected, f"call {i + 1} {wrong}: {told(call)}", passes=False)
            past.remember(call, posts)
    return ruled(expected, f"{len(observation.calls)} calls, each as it must be", passes=True)


def _calls_of(number: int, seen: list[tuple[int, CallSeen]]) -> list[tuple[int, CallSeen]]:
    return [(i, call) for i, call in seen if call.step == number]


def _asked_for_keys(observation: Observation, call: int) -> bool:
    return any(e.kind == "key-set" and e.call == call for e in observation.exchanges)


@dataclass(slots=True)
class _Past:
    """What came before a call.

    Attributes:
        happened: The events so far.
        refused: Fingerprints of the refresh tokens that earlier calls had refused with ``invalid_grant``.
        exchanged: Of those that were exchanged by earlier calls.
        kept: By such a token, what it was exchanged for by a call that did not succeed.  Who keeps that
            until it can be verified, need not ask again, neither for tokens nor, for a while, for keys.
    """

    happened: set[str] = field(default_factory=set)
    refused: set[str | None] = field(default_factory=set)
    exchanged: set[str | None] = field(default_factory=set)
    kept: dict[str | None, tuple[str | None, str | None]] = field(default_factory=dict)

    def wrong(
        self, step: Call, call: CallSeen, posts: tuple[ExchangeSeen, ...], *, asked_for_keys: bool
    ) -> str | None:
        if self._is_under_another_password(step):
            return _wrongly_opened(call, posts)
        if not posts and call.is_success and call.seal is not None:
            inside = (call.seal.access_token, call.seal.refresh_token)
            is_kept = self.kept.pop(call.cookie_refresh_token, None) == inside
            return None if is_kept else "asked the endpoint nothing, and has tokens that are not its own"
        if not posts and call.cookie_refresh_token in self.refused and call.reason == "invalid_grant":
            return None  # who remembers the end of a session, need not ask whether it came back
        if not posts:
            is_known = asked_for_keys or call.cookie_refresh_token in self.kept
            may_wait = is_known and self._may_not_verify(call)
            return None if may_wait else "asked the endpoint nothing with its seal"
        if posts[-1].sent_refresh_token != call.cookie_refresh_token:
            return "sent a refresh token that is not in its seal"
        if posts[-1].refresh_token is not None:
            return self._wrong_with_tokens(call, posts[-1])
        if call.is_success:
            return "was given no tokens, and succeeded"
        return self._wrong_refusal(call, posts[-1])

    def remember(self, call: CallSeen, posts: tuple[ExchangeSeen, ...]) -> None:
        for post in posts:
            if post.said == "400 invalid_grant":
                self.refused.add(post.sent_refresh_token)
            if post.refresh_token is not None:
                self.exchanged.add(post.sent_refresh_token)
                if not call.is_success:
                    self.kept[post.sent_refresh_token] = (post.access_token, post.refresh_token)

    def _wrong_with_tokens(self, call: CallSeen, given: ExchangeSeen) -> str | None:
        if call.is_success:
            inside = (call.seal.access_token, call.seal.refresh_token) if call.seal else None
            is_whole = inside == (given.access_token, given.refresh_token)
            return None if is_whole else "returned a seal that does not hold the tokens it was given"
        return None if self._may_not_verify(call) else "was given tokens, and failed"

    def _wrong_refusal(self, call: CallSeen, post: ExchangeSeen) -> str | None:
        if post.said == "400 invalid_grant":
            is_over = bool(self.happened & {"end-session", "revoke"})
            is_used = post.sent_refresh_token in self.exchanged
            return None if is_over or is_used else "lost a session that goes on"
        if post.said.partition(" ")[2] in _ORGANIZATIONS:
            may_fail = call.reason == "organization_not_authorized" or _is_error(call)
            return None if may_fail else "was refused an organization, and gave the session up"
        return None if _is_error(call) else "met a transient failure, and gave the session up"

    def _is_under_another_password(self, step: Call) -> bool:
        is_old = step.cookie["kind"] in ("first", "session")
        return step.password == "new" and is_old and "rotate-password" in self.happened

    def _may_not_verify(self, call: CallSeen) -> bool:
        """Whether ``call`` failed as one may that waits for a key."""
        is_refused = "rotate-keys" in self.happened and call.reason == "invalid_jwt"
        return is_refused or (bool(self.happened & {"rotate-keys", "key-set"}) and _is_error(call))


def _is_error(call: CallSeen) -> bool:
    """Whether a call failed without a verdict on the session."""
    return not call.is_success and call.reason not in REASONS


def _wrongly_opened(call: CallSeen, posts: tuple[ExchangeSeen, ...]) -> str | None:
    if posts:
        return "opened a seal that was made under another password"
    is_refused = call.kind == "returned" and call.reason == "invalid_session_cookie"
    return None if is_refused else "had a seal that was made under another password"
