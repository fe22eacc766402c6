"""Requests and answers as values: what the decisions of a refresh yield, and what they are sent."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ._common import read_json
from .errors import SealError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # names in lower case
    body: bytes = field(default=b"", repr=False)

    def object(self) -> dict[str, Any]:
        """The JSON object of the body; an empty one where there is none.

        Read as a seal is, so that what comes from here and is sealed opens again.
        """
        try:
            value = read_json(self.body)
        except SealError:
            return {}
        return value if isinstance(value, dict) else {}

    def retry_after(self) -> float | None:
        """``Retry-After`` in seconds (RFC 9110, 10.2.3); a date counts from the server's own ``Date``."""
        value = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"[0-9]{1,9}", value):
            return float(value)
        try:
            until, date = (
                email.utils.parsedate_to_datetime(d) for d in (value, self.headers.get("date", ""))
            )
            return max(0.0, (until - date).total_seconds())
        except (TypeError, ValueError, OverflowError):
            return None


Steps = Generator[Request, Reply, T]
"""Decisions without I/O: yields requests, is sent replies, returns a T."""
