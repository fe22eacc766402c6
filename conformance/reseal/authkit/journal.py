"""What the endpoint received, as typed entries, and assertions about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, overload

from ..endpoint import Exchange
from ..endpoint.wire import HttpReply
from .session import Session


@dataclass(frozen=True, slots=True)
class Entry:
    """One request, and what was answered.

    Attributes:
        kind: ``authenticate`` (a refresh), ``key-set``, or ``other``: a path that the API does not have.
        path, user_agent: Without the application's secrets, wherever somebody put one.
        session_id: Whose refresh token was sent; None where it is nobody's.
        status: None where nothing was answered; ``fault`` says how.
        error: The error code of the answer, in whichever of the two shapes.
        problems: What was malformed about the request.
        exchange: The request and the reply in full.  They hold secrets.
    """

    kind: Literal["authenticate", "key-set", "other"]
    method: str
    path: str
    session_id: str | None
    organization_id: str | None
    status: int | None
    error: str | None
    fault: str | None
    problems: tuple[str, ...]
    user_agent: str
    exchange: Exchange = field(repr=False)

    @property
    def is_successful(self) -> bool:
        return self.status == 200

    def __str__(self) -> str:
        about = f" for {self.session_id}" if self.session_id else ""
        into = f" into {self.organization_id}" if self.organization_id else ""
        came = self.fault or " ".join(filter(None, (str(self.status), self.error)))
        problems = f" ({'; '.join(self.problems)})" if self.problems else ""
        return f"{self.method} {self.path}{about}{into} → {came}{problems}"


class Journal(Sequence[Entry]):
    """Every request to one application since the beginning, or since `clear`."""

    def __init__(
        self,
        exchanges: list[Exchange],
        owner: Callable[[str], str | None],
        redacted: Callable[[str], str],
    ) -> None:
        self._exchanges = exchanges
        self._owner = owner
        self._redacted = redacted

    def __len__(self) -> int:
        return len(self._exchanges)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Entry, ...]: ...
    def __getitem__(self, index: int | slice) -> Entry | tuple[Entry, ...]:
        if isinstance(index, slice):
            return tuple(self._entry(exchange) for exchange in self._exchanges[index])
        return self._entry(self._exchanges[index])

    def __iter__(self) -> Iterator[Entry]:
        return iter(self[:])

    def __str__(self) -> str:
        return "\n".join(f"  {number}. {entry}" for number, entry in enumerate(self, 1)) or "  (nothing)"

    @property
    def refreshes(self) -> tuple[Entry, ...]:
        """The requests for new tokens, refused ones included."""
        return tuple(entry for entry in self if entry.kind == "authenticate")

    def clear(self) -> None:
        self._exchanges.clear()

    def assert_refreshed(
        self, session: Session | None = None, *, times: int = 1, organization_id: str | None = None
    ) -> None:
        """Fail unless exactly ``times`` refreshes succeeded, of ``session`` and into ``organization_id``.

        Without ``session``, those of all sessions count; without ``organization_id``, those into any.
        """
        __tracebackhide__ = True
        found = [
            entry
            for entry in self.refreshes
            if entry.is_successful
            and (session is None or entry.session_id == session.id)
            and organization_id in (None, entry.organization_id)
        ]
        if len(found) != times:
            whose = f" of {session.id}" if session else ""
            into = asked = ""
            if organization_id:
                into = f" into {organization_id}"
                asked = f" (asked for: {', '.join(e.organization_id or 'none' for e in self.refreshes)})"
            self._fail(f"expected {times} successful refresh(es){whose}{into}, got {len(found)}{asked}")

    def assert_not_refreshed(self, session: Session | None = None) -> None:
        """Fail where a refresh succeeded."""
        __tracebackhide__ = True
        self.assert_refreshed(session, times=0)

    def assert_nothing_sent(self) -> None:
        """Fail where anything was sent: a request without a cookie must not reach the API."""
        __tracebackhide__ = True
        if len(self):
            self._fail(f"expected that nothing is sent, got {len(self)} request(s)")

    def _fail(self, message: str) -> None:
        __tracebackhide__ = True
        raise AssertionError(f"{message}. The endpoint received:\n{self}")

    def entry_of(self, reply: HttpReply) -> Entry | None:
        """The entry that ended in ``reply``; None where the journal was cleared since."""
        found = next((e for e in reversed(self._exchanges) if e.reply is reply), None)
        return None if found is None else self._entry(found)

    def _entry(self, exchange: Exchange) -> Entry:
        fields, reply = exchange.fields, exchange.reply
        token, organization = fields.get("refresh_token"), fields.get("organization_id")
        return Entry(
            kind=exchange.kind,
            method=exchange.request.method,
            path=self._redacted(exchange.request.path),
            session_id=self._owner(token) if isinstance(token, str) else None,
            organization_id=organization if isinstance(organization, str) else None,
            status=None if reply.fault else reply.status,
            error=None if reply.fault else _code(reply.body),
            fault=reply.fault,
            problems=exchange.problems,
            user_agent=self._redacted(exchange.request.header("user-agent")),
            exchange=exchange,
        )


def _code(body: bytes) -> str | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = (value.get("error") or value.get("code")) if isinstance(value, dict) else None
    return found if isinstance(found, str) else None
