"""One application at the endpoint: its credentials, its sessions, what it answers and what it received."""

from __future__ import annotations

import difflib
import functools
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..cases import Setup
from ..endpoint import Model, sessions
from ..endpoint.applications import new_api_key
from ..errors import UsageError
from ..formats import format_of
from ..protocol import EndpointInfo, SealName
from ..redact import Secrets
from .journal import Journal
from .script import Script
from .session import Session, check_password

TEXTS = 1024  # that are kept with what is shown of them


class Authkit:
    """One application, alone at its endpoint or beside others.

    Attributes:
        base_url, client_id, api_key, cookie_password: What to configure the code under test with.
        seal: The format of the cookies that `Session.seal` makes.
        next: Answers to the next refreshes, in place of the usual ones.
        next_key_set: Likewise, to requests for the key set.
        journal: What the endpoint received for this application.
    """

    def __init__(
        self,
        base_url: str,
        beside: Callable[..., Authkit],
        *,
        seal: SealName = "fernet",
        cookie_password: str | None = None,
        grace_s: float = 30.0,
    ) -> None:
        """``beside`` makes a further application; see `open_host` for the others."""
        if seal not in ("iron", "fernet"):
            raise UsageError(f"seal: {seal!r} cannot be made here. Use iron or fernet.")
        # From the system: client ids must differ between processes and runs, as key sets are cached by them.
        self._rng = random.SystemRandom()
        self._beside = beside
        self.base_url = base_url
        self.client_id = sessions.new_id("client", self._rng)
        self.api_key = new_api_key(self._rng)
        # A Fernet key is long enough for Iron: one password does for the SDKs of both formats.
        password = cookie_password or format_of("fernet").new_password(self._rng)
        self.cookie_password = check_password(password, seal)
        self.seal = seal
        info = EndpointInfo(base_url, self.client_id, self.api_key)
        self.model = Model(Setup(grace_s=grace_s), self._rng, info, lambda: base_url)
        self._sessions: list[Session] = []
        self.next = Script(self.model.script)
        self.next_key_set = Script(self.model.script_key_set)
        # Paths and user agents are few, and are read again with every entry that is shown.
        redacted = functools.lru_cache(TEXTS)(lambda text: redacted_for((self,), text))
        self.journal = Journal(self.model.journal, self._owner, redacted)

    def __repr__(self) -> str:
        return f"<Authkit {getattr(self, 'client_id', 'without a client id')} at {self.base_url}>"

    @property
    def sessions(self) -> tuple[Session, ...]:
        return tuple(self._sessions)

    def session(
        self,
        user: str | Mapping[str, Any] = "plain",
        *,
        organization_id: str | None = None,
        memberships: Sequence[str] = (),
        impersonator: str | Mapping[str, Any] | None = None,
        authentication_method: str = "Password",
    ) -> Session:
        """Sign a user in.

        Args:
            user: The name of a test user (``fixtures/users.json``), or fields that differ from plain's.
            organization_id: The organization that the session is in.
            memberships: The organizations that it can switch to; that one only otherwise.
            impersonator: Who acts for the user: an e-mail address, or ``email`` and ``reason``.
            authentication_method: How the user signed in.

        Raises UsageError where ``user`` is a name that is not known, or has a field that looks misspelt.
        """
        who = sessions.user_named(user) if isinstance(user, str) else self._user(user)
        setup = Setup(
            organization=organization_id,
            memberships=_with(organization_id, memberships),
            impersonator={"email": impersonator, "reason": None}
            if isinstance(impersonator, str)
            else impersonator,
            authentication_method=authentication_method,
        )
        state = sessions.new_session(setup, who, self.model.application, self._rng)
        self.model.sessions.append(state)
        session = Session(state, self.model, self.seal, self.cookie_password, self._rng)
        self._sessions.append(session)
        return session

    def rotate_keys(self) -> None:
        """Sign with the next key from now on; the old one leaves the key set."""
        self.model.rotate_keys()

    def advance(self, seconds: float) -> None:
        """Move the endpoint's clock: a spent refresh token is accepted again for ``grace_s`` seconds only.

        Tokens go on being dated by the real clock, which is that of the code under test.
        """
        if seconds < 0:
            raise UsageError(f"seconds: {seconds} is negative. The clock only moves forward.")
        self.model.advance(seconds)

    def open(self, cookie: str) -> Any:
        """What a cookie of this application holds, with the field names of the wire.

        Raises OpenError, saying what is wrong with it.
        """
        return format_of(self.seal).open(cookie, self.cookie_password)

    def tenant(self, **options: Any) -> Authkit:
        """A further application at the same ``base_url``; ``options`` are those of `open_host`."""
        return self._beside(**options)

    def _user(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        known = sessions.user_named("typical")
        for name in fields:
            alike = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            if name not in known and alike:
                raise UsageError(f"user: {name!r} is no field of a user. Did you mean {alike[0]!r}?")
        made = {"id": sessions.new_id("user", self._rng), **fields}
        return {**sessions.user_named("plain"), **made}

    def _owner(self, refresh_token: str) -> str | None:
        return next((session.id for session in self._sessions if session.owns(refresh_token)), None)


def redacted_for(applications: Iterable[Authkit], text: str) -> str:
    """``text`` without the secrets of any of ``applications``."""
    secrets = Secrets()
    for application in applications:
        secrets.plant("cookie password", application.cookie_password)
        secrets.plant("API key", application.api_key)
        for session in application.sessions:
            for token in session.refresh_tokens:
                secrets.plant("refresh token", token)
    return secrets.redacted(text)


def _with(organization_id: str | None, memberships: Sequence[str]) -> tuple[str, ...]:
    if organization_id is None or organization_id in memberships:
        return tuple(memberships)
    return (organization_id, *memberships)
