"""A minimal reference implementation of AuthKit's "refresh and seal session data".

Read `session` first: it is the operation.  `iron` and `fernet` are the two seal formats, `errors`
is what may be raised.
"""

from ._access_token import KeyCache
from .errors import ConfigurationError, RefreshError, RejectedError, SealError, TransientError
from .session import (
    Application,
    Reason,
    RefreshResult,
    refresh_and_seal_session_data,
    refresh_and_seal_session_data_async,
)

__all__ = [
    "Application",
    "ConfigurationError",
    "KeyCache",
    "Reason",
    "RefreshError",
    "RefreshResult",
    "RejectedError",
    "SealError",
    "TransientError",
    "refresh_and_seal_session_data",
    "refresh_and_seal_session_data_async",
]
