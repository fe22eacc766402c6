"""What the reference raises, as one small tree::

    RefreshError
    ├── ConfigurationError   the caller's set-up is wrong; no user can mend it
    ├── TransientError       try again later; the cookie is as good as before
    └── RejectedError        the endpoint said no for a reason outside the five

None of them means that the session is over: only a ``reason`` in a result says that.
No message holds a password, a token or a seal.
"""

from __future__ import annotations


class RefreshError(Exception):
    """The refresh gave neither new session data nor one of the five reasons."""


class ConfigurationError(RefreshError):
    """A password, key, id or URL of the caller is missing, malformed or refused."""


class TransientError(RefreshError):
    """No answer for now.  ``retry_after``: the wait in seconds that the endpoint asked for, or None."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RejectedError(RefreshError):
    """Refused with an HTTP ``status`` and, mostly, a ``code``, such as ``sso_required``."""

    def __init__(self, message: str, *, status: int, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class SealError(Exception):
    """The token does not open.  Opaque: which check failed only helps someone who forges seals."""

    def __init__(self) -> None:
        super().__init__("the seal does not open with this password")
