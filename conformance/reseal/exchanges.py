"""What the endpoint received and answered, as an observation has it: without a secret."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from .endpoint import Exchange
from .observation import ExchangeSeen
from .redact import Secrets, fingerprint, in_common

_FEW = 4  # characters by which nobody would know a token
_LONG = 256  # characters of a text in the user's data


def exchange_seen(exchange: Exchange, secrets: Secrets) -> ExchangeSeen:
    """What is seen of ``exchange``; of calls that were made at once, it belongs to the first."""
    issued = exchange.issued
    return ExchangeSeen(
        call=exchange.call,
        kind=exchange.kind,
        origin=exchange.request.origin,
        method=exchange.request.method,
        path=secrets.redacted(exchange.request.target),
        status=exchange.reply.status,
        said=_said(exchange),
        fields={secrets.redacted(n): _field(v, secrets, n) for n, v in exchange.fields.items()},
        credentials=exchange.credentials,
        problems=exchange.problems,
        sent_refresh_token=printed(text_of(exchange.fields.get("refresh_token"))),
        access_token=printed(text_of(issued.access_token)) if issued else None,
        refresh_token=printed(text_of(issued.refresh_token)) if issued else None,
        user=in_short(issued.body.get("user")) if issued else None,
        impersonator=issued.body.get("impersonator") if issued else None,
        content_type=secrets.redacted(_media_type(exchange.request.header("content-type"))),
    )


def pending_in(body: bytes) -> str | None:
    """The token of an answer with which a sign-in goes on that is not complete; None where it has none."""
    found = re.search(rb'"pending_authentication_token": ?"([^"\\]+)"', body)
    return found[1].decode("utf-8", "replace") if found else None


def in_short(value: Any) -> Any:
    """A JSON value in which a text that nobody would read to its end is told by a fingerprint.

    A user of 64 KiB would make a report as long, twice for each case, and is compared all the same.
    """
    if isinstance(value, Mapping):
        return {name: in_short(item) for name, item in value.items()}
    if isinstance(value, list):
        return [in_short(item) for item in value]
    return fingerprint(value) if isinstance(value, str) and len(value) > _LONG else value


def _field(value: Any, secrets: Secrets, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {name: _field(item, secrets) for name, item in value.items()}
    is_token = name == "refresh_token" and isinstance(value, str)
    return _token(value, secrets) if is_token else scalar(value, secrets)


def _token(value: str, secrets: Secrets) -> str:
    """A refresh token by its name; one that nobody has, by where it comes apart from one that there is."""
    if value == "" or value in secrets:
        return secrets.redacted(value)
    known = secrets.alike(value)
    at = in_common(known, value)
    if at < _FEW:
        return fingerprint(value)
    ends = "the end"
    mine, its = (repr(text[at]) if at < len(text) else ends for text in (value, known))
    return f"{fingerprint(value)}, at character {at + 1} of {secrets.redacted(known)} {mine} for {its}"


def _said(exchange: Exchange) -> str:
    reply = exchange.reply
    if reply.fault is not None:
        return reply.fault
    if reply.delivery is not None:
        return f"{reply.status} {reply.delivery}" + (" to the end" if reply.sat_out.is_set() else "")
    if exchange.issued is not None:
        odd = [name for name in ("access_token", "refresh_token") if not _is_token(reply.body, name)]
        return f"{reply.status} tokens" if not odd else f"{reply.status} without a usable {' and '.join(odd)}"
    found = re.search(rb'"(?:error|code)": ?"([a-z_]{1,64})"', reply.body)
    return f"{reply.status} {found[1].decode()}" if found else str(reply.status)


def _is_token(body: bytes, name: str) -> bool:
    value = json.loads(body).get(name)
    return isinstance(value, str) and value != ""


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def scalar(value: Any, secrets: Secrets) -> Any:
    """A JSON scalar as it is, but for secrets in it; NaN, which is no JSON, as text; else the type."""
    if isinstance(value, str):
        return secrets.redacted(value)
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return f"<{type(value).__name__}>"


def text_of(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def printed(value: str | None) -> str | None:
    return None if value is None else fingerprint(value)
