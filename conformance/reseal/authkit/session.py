"""A signed-in user, as a test holds one."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

from ..endpoint import Model, sessions
from ..errors import UsageError
from ..formats import OpenError, format_of
from ..protocol import SealName
from ..redact import fingerprint

_FRESH_S = 60.0
_SHORTEST_FOR_IRON = 32
_FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


class Session:
    """One session of one application.  Made by `Authkit.session`."""

    def __init__(
        self, state: sessions.Session, model: Model, seal: SealName, cookie_password: str, rng: random.Random
    ) -> None:
        self._state = state
        self._model = model
        self._seal = seal
        self._cookie_password = cookie_password
        self._rng = rng
        self._revoked: set[str] = set()

    def __repr__(self) -> str:
        return f"<Session {self.id} of {self.user['email']}>"

    @property
    def id(self) -> str:
        """As the access token has it in ``sid``."""
        return self._state.id

    @property
    def user(self) -> Mapping[str, Any]:
        return self._state.user

    @property
    def organization_id(self) -> str | None:
        """The organization that the session is in now: a refresh can switch it."""
        return self._state.organization

    @property
    def refresh_token(self) -> str:
        """The one that would be accepted now."""
        return self._state.live

    @property
    def refresh_tokens(self) -> tuple[str, ...]:
        """Every one that it ever had."""
        return (self._state.live, *self._state.retired, *self._revoked)

    @property
    def is_ended(self) -> bool:
        return self._state.ended

    def access_token(self, *, age_s: float = _FRESH_S) -> str:
        """An access token that was issued ``age_s`` seconds ago; it lives for 300."""
        return self._model.access_token(age_s=age_s, session=self._state)

    def seal(
        self,
        *,
        seal: SealName | None = None,
        cookie_password: str | None = None,
        access_token_age_s: float = _FRESH_S,
    ) -> str:
        """A cookie that holds the session as it is now.

        Args:
            seal: ``iron`` or ``fernet``; the application's otherwise.
            cookie_password: The application's otherwise; another one makes a cookie that must not open.
            access_token_age_s: More than 300 makes one that must be refreshed.

        Raises UsageError where the password cannot be used with the format.
        """
        payload = self._state.body(self.access_token(age_s=access_token_age_s), self.refresh_token)
        password = self._cookie_password if cookie_password is None else cookie_password
        form = seal or self._seal
        return format_of(form).seal(payload, check_password(password, form), self._rng, {})

    def end(self) -> None:
        """Sign the user out everywhere: no refresh token of the session is accepted any more."""
        self._state.ended = True

    def revoke(self) -> None:
        """Revoke the refresh token; the session goes on with another, which only the endpoint knows."""
        self._revoked.add(self._state.live)
        self._state.live = sessions.new_token(self._rng)

    def owns(self, refresh_token: str) -> bool:
        """Whether ``refresh_token`` is, or was, one of this session."""
        state = self._state
        return refresh_token == state.live or refresh_token in state.retired or refresh_token in self._revoked

    def assert_sealed_in(self, cookie: str | None) -> None:
        """Fail unless ``cookie`` opens, and holds the refresh token that would be accepted now.

        That is what an application must have set after every refresh: an older one signs the user out.
        """
        __tracebackhide__ = True
        found = self._refresh_token_in(cookie)
        if found != self.refresh_token:
            older = " It is an older one of the same session, already spent." if self.owns(found) else ""
            raise AssertionError(
                f"the cookie does not hold the live refresh token of {self.id}: expected "
                f"{fingerprint(self.refresh_token)}, got {fingerprint(found)}.{older}"
            )

    def _refresh_token_in(self, cookie: str | None) -> str:
        __tracebackhide__ = True
        if not cookie:
            raise AssertionError(f"there is no cookie, expected one that holds {self.id}.")
        try:
            payload = format_of(self._seal).open(cookie, self._cookie_password)
        except OpenError as err:
            raise AssertionError(f"the cookie does not open as {self._seal}: {err}.") from None
        found = payload.get("refresh_token") if isinstance(payload, dict) else None
        assert isinstance(found, str), "the cookie opens, but holds no refresh token."  # noqa: S101
        return found


def check_password(password: str, seal: SealName) -> str:
    """``password``, where it can be used with ``seal``.  Raises UsageError, saying what is needed."""
    if not isinstance(password, str):
        raise UsageError(f"cookie_password: must be a text, got {type(password).__name__}.")
    if seal == "iron" and len(password) < _SHORTEST_FOR_IRON:
        raise UsageError(
            f"cookie_password: Iron seals need {_SHORTEST_FOR_IRON} characters or more, got {len(password)}."
        )
    if seal == "fernet" and not _FERNET_KEY.fullmatch(password):
        raise UsageError(
            "cookie_password: Fernet seals need 32 bytes in URL-safe base64 (44 characters), "
            f"got {fingerprint(password)}. cryptography.fernet.Fernet.generate_key() makes one."
        )
    return password
