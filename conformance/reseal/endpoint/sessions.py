"""The sessions of one application: who is signed in, and which refresh token is worth what."""

from __future__ import annotations

import functools
import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from .. import _data
from ..cases import Setup
from ..errors import UsageError

if TYPE_CHECKING:
    from .applications import Application

_VALUES, _LONGEST_VALUE = 26, 600
FOREVER_S = 4_102_444_800  # 1 January 2100


def new_id(prefix: str, rng: random.Random) -> str:
    """An id as the API makes them: a prefix and 26 characters of Crockford's base32."""
    return f"{prefix}_01" + "".join(rng.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=24))


def new_token(rng: random.Random) -> str:
    return "".join(rng.choices(string.ascii_letters + string.digits, k=32))


@dataclass(slots=True)
class Session:
    """One user's session.

    Attributes:
        live: The refresh token that may be exchanged.
        retired: Tokens that were, with the time of it in seconds and what was given for them.
    """

    id: str
    application: Application
    user: Mapping[str, Any]
    authentication_method: str
    impersonator: Mapping[str, Any] | None
    organization: str | None
    memberships: tuple[str, ...]
    live: str = field(repr=False)
    retired: dict[str, tuple[float, Mapping[str, Any]]] = field(default_factory=dict, repr=False)
    ended: bool = False

    def body(self, access_token: str, refresh_token: str) -> dict[str, Any]:
        """What the API answers of it, with these tokens."""
        optional = {"organization_id": self.organization, "impersonator": self.impersonator}
        return {
            "user": self.user,
            **{name: value for name, value in optional.items() if value is not None},
            "access_token": access_token,
            "refresh_token": refresh_token,
            "authentication_method": self.authentication_method,
        }

    @property
    def last_access_token(self) -> str | None:
        """The access token that was given last; None before the first exchange."""
        given = list(self.retired.values())
        return str(given[-1][1]["access_token"]) if given else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a token is not exchanged: an OAuth error code and its description."""

    code: str
    description: str


def user_named(name: str) -> Mapping[str, Any]:
    """The test user of that name.  Raises UsageError, naming those that there are, where it is unknown."""
    users = _users(_data.fixtures_root())  # type: ignore[arg-type] # what stands for a folder is hashable
    if name not in users:
        raise UsageError(f"user: {name!r} is not known. Use one of {', '.join(users)}.")
    return users[name]


@functools.cache
def _users(fixtures: Traversable) -> Mapping[str, Mapping[str, Any]]:
    users: Mapping[str, Mapping[str, Any]] = _data.read_json(fixtures / "users.json")
    return users


def filled(user: Mapping[str, Any], rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """``user`` with as much metadata as nearly makes 64 KiB, where a character takes four bytes of UTF-8.

    It is the ``text`` of ``rule`` over and over, ``after`` so many other characters; the published
    description has room for 50 values of 600 characters.
    """
    values = {f"filler_{number:03}": rule["text"] * _LONGEST_VALUE for number in range(_VALUES)}
    return {**user, "metadata": {"shift": "x" * rule["after"], **values}}


def oauth_tokens(rng: random.Random) -> Mapping[str, Any]:
    """Tokens of the provider that the user signed in with, as an answer passes them on."""
    return {
        "provider": "GoogleOAuth",
        "access_token": new_token(rng),
        "refresh_token": new_token(rng),
        "expires_at": FOREVER_S,
        "scopes": ["profile", "email"],
    }


def tokens_of_a_provider(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Those among them that are secret; none in an answer that was given before, without them."""
    given = body.get("oauth_tokens", {})
    return tuple(given[name] for name in ("access_token", "refresh_token") if name in given)


def new_session(
    setup: Setup, user: Mapping[str, Any], application: Application, rng: random.Random
) -> Session:
    memberships = setup.memberships or ((setup.organization,) if setup.organization else ())
    return Session(
        new_id("session", rng),
        application,
        user,
        setup.authentication_method,
        setup.impersonator,
        setup.organization,
        memberships,
        live=new_token(rng),
    )


def exchange(
    session: Session,
    token: str,
    organization: str | None,
    *,
    now_s: float,
    grace_s: float,
    known_organizations: tuple[str, ...],
    answer: Callable[[], Mapping[str, Any]],
) -> Mapping[str, Any] | Refusal:
    """Exchange ``token`` for ``answer()``, and retire it.

    A token that was retired less than ``grace_s`` seconds ago gets the same answer again; one that was
    not rotated, a new one.
    Source: AuthKit, "Session resilience".
    """
    if session.ended:
        return Refusal("invalid_grant", "The session has ended.")
    if token in session.retired and token != session.live:
        retired_at, given = session.retired[token]
        if now_s - retired_at < grace_s:
            return given
        return Refusal("invalid_grant", "Refresh token already exchanged.")
    if token != session.live:
        return Refusal("invalid_grant", "Invalid refresh token.")
    if organization is not None and organization not in known_organizations:
        return Refusal("organization_not_found", "The organization was not found.")
    if organization is not None and organization not in session.memberships:
        return Refusal("organization_membership_not_found", "The user is not a member of the organization.")
    session.organization = organization or session.organization
    body = answer()
    for old in reversed(session.retired):
        retired_at, given = session.retired[old]
        if not given:
            break  # and so are those before it
        if now_s - retired_at >= grace_s:
            session.retired[old] = (retired_at, {})  # that it was one must be known for ever, and no more
    session.retired[token] = (now_s, body)
    session.live = body["refresh_token"]
    return body
