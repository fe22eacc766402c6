"""``request.*``: what the endpoint may see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..cases import Case
from ..endpoint.fields import MISMATCH
from ..observation import ExchangeSeen, Leak, Observation
from ..target import About
from .ruling import Judge, Ruling, ruled, unproven

_NOTHING_SENT = "nothing was sent to the authenticate path"


def single_post(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    expected = "one POST to /user_management/authenticate for one refresh"
    if not observation.posts():
        return unproven(expected, _NOTHING_SENT)
    counts = [len(observation.posts_of(i)) for i in range(len(observation.calls))]
    wrong = next((count for count in counts if count != 1), None)
    got = f"{counts[0] if wrong is None else wrong} POST for one refresh"
    return ruled(expected, got, passes=wrong is None)


def grant(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    """Judged by what was sent, not by what became of it."""
    expected = "grant_type refresh_token, the refresh token that was in the cookie, and the client_id"
    posts = observation.posts()
    if not posts:
        return unproven(expected, _NOTHING_SENT)
    for post in posts:
        if post.fields.get("grant_type") != "refresh_token":
            return ruled(expected, f"grant_type {post.fields.get('grant_type')!r}", passes=False)
        if post.sent_refresh_token != observation.calls[post.call].cookie_refresh_token:
            return ruled(expected, f"refresh_token {post.fields.get('refresh_token')}", passes=False)
        is_refused = post.said == "400 invalid_client" and not _has_wrong_secret(post)
        if is_refused or MISMATCH in post.problems or not post.fields.get("client_id"):
            return ruled(expected, f"client_id {post.fields.get('client_id')!r}", passes=False)
    return ruled(expected, "all three", passes=True)


def client_authentication(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    return _each_post(
        observation,
        "the API key, as client_secret or as a bearer token",
        lambda post: bool(post.credentials) and post.status != 401 and not _has_wrong_secret(post),
        _credentials,
    )


def well_formed(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    return _each_post(
        observation,
        "a request that the endpoint has nothing against",
        lambda post: not post.problems,
        lambda post: "; ".join(post.problems) or "a well-formed request",
    )


def organization(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    posts = observation.posts()

    def is_right(number: int, sent: Any) -> bool:
        wanted = observation.calls[number].organization_id
        if wanted is not None:
            return bool(sent == wanted)
        # The org_id of the old access token may be carried on.
        return sent is None or bool(sent == _current(case, observation, number))

    for post in posts:
        wanted, sent = observation.calls[post.call].organization_id, post.fields.get("organization_id")
        if not is_right(post.call, sent):
            tries = observation.posts_of(post.call)
            where = f" in try {tries.index(post) + 1} of {len(tries)}" if len(tries) > 1 else ""
            return ruled(_organization(wanted), f"organization_id {sent!r}{where}", passes=False)
    if not posts:
        return unproven(_organization(observation.last.organization_id), _NOTHING_SENT)
    for i, call in enumerate(observation.calls):
        if not call.is_success or call.seal is None or observation.posts_of(i):
            continue
        # Who shares the refresh of another call; that may have asked for something else.
        of = _issuer(posts, call.seal.refresh_token)
        wanted, sent = call.organization_id, of.fields.get("organization_id") if of else None
        if not is_right(i, sent):
            got = f"a success with the tokens of a call that sent organization_id {sent!r}"
            return ruled(_organization(wanted), got, passes=False)
    got = f"organization_id {posts[0].fields.get('organization_id')!r}"
    return ruled(_organization(observation.calls[posts[0].call].organization_id), got, passes=True)


def _current(case: Case, observation: Observation, number: int) -> str | None:
    """The organization that the session in the cookie of a call is in: the one that was switched to last."""
    token = observation.calls[number].cookie_refresh_token
    issuer = _issuer([post for post in observation.posts() if post.call < number], token)
    if token is None or issuer is None:
        return case.setup.organization
    switched_to: str | None = issuer.fields.get("organization_id")
    return switched_to or _current(case, observation, issuer.call)


def _issuer(posts: Sequence[ExchangeSeen], refresh_token: str | None) -> ExchangeSeen | None:
    """The last of ``posts`` that was answered with ``refresh_token``."""
    return next((post for post in reversed(posts) if post.refresh_token == refresh_token), None)


def _organization(wanted: str | None) -> str:
    if wanted is None:
        return "no organization_id but that of the session"
    return f"organization_id {wanted!r} is sent"


def _has_wrong_secret(post: ExchangeSeen) -> bool:
    return "client_secret" in post.fields and "client_secret" not in post.credentials


def _credentials(post: ExchangeSeen) -> str:
    if _has_wrong_secret(post):
        return "another client_secret"
    if post.status == 401 and not post.credentials:
        return "another bearer token"
    return " and ".join(post.credentials) or "neither"


def _each_post(
    observation: Observation,
    expected: str,
    holds: Callable[[ExchangeSeen], bool],
    got: Callable[[ExchangeSeen], str],
) -> Ruling:
    posts = observation.posts()
    if not posts:
        return unproven(expected, _NOTHING_SENT)
    wrong = next((post for post in posts if not holds(post)), None)
    return ruled(expected, got(wrong or posts[0]), passes=wrong is None)


def _unseen(expected: str, is_breach: Callable[[Leak], bool]) -> Judge:
    def rule(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
        if not observation.exchanges:
            return Ruling("not_applicable", expected, "nothing was sent")
        found = [leak for leak in observation.leaks if is_breach(leak)]
        got = "; ".join(f"the {leak.secret} in the {leak.where}" for leak in found) or "no such thing"
        return ruled(expected, got, passes=not found)

    return rule


def _in_request(leak: Leak) -> bool:
    return leak.where in ("URL", "body") or leak.where.startswith("header ")


no_cookie_password = _unseen(
    "the cookie password is never sent", lambda leak: leak.secret == "cookie password" and _in_request(leak)
)
no_seal = _unseen(
    "no seal is ever sent", lambda leak: leak.secret in ("cookie", "new cookie") and _in_request(leak)
)
no_secret_in_url = _unseen("no token or key in a URL", lambda leak: leak.where == "URL")
no_cross_origin = _unseen(
    "no credential follows a redirect to another origin",
    lambda leak: leak.where == "request to another origin",
)
