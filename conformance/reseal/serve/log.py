"""The log on stderr: one line for each request, as text, as JSON, or none.  No line holds a secret."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

LogForm = Literal["text", "json", "quiet"]
LOG_FORMS: tuple[LogForm, ...] = ("text", "json", "quiet")
Log = Callable[[Mapping[str, Any]], None]


def log_as(form: LogForm) -> Log:
    """A function that writes an event."""
    lines: dict[LogForm, Callable[[Mapping[str, Any]], str]] = {"text": _as_text, "json": _as_json}
    line = lines.get(form)
    return _nothing if line is None else lambda event: _write(line(event))


def _nothing(event: Mapping[str, Any]) -> None:
    """Write nothing."""


def _as_json(event: Mapping[str, Any]) -> str:
    return json.dumps({"time": datetime.now(UTC).isoformat(timespec="milliseconds"), **event})


def _as_text(event: Mapping[str, Any]) -> str:
    came = " ".join(str(part) for part in (event["status"], event["error"], event["fault"]) if part)
    about = f" {event['session_id']}" if event["session_id"] else ""
    return f"{event['method']} {event['path']} → {came} ({event['client_id']}{about})"


def _write(line: str) -> None:
    with contextlib.suppress(OSError):  # nobody reads it any more
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
