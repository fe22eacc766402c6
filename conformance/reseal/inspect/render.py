"""An inspection as text, and as JSON (``fixtures/schema/inspect.schema.json``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..wrapping import CONTROLS
from . import dates, sdks
from .structure import COOKIE_LIMIT
from .values import Content, Finding, Inspection

_VERDICTS = {
    "would-refresh": "It opens, and would refresh.",
    "would-not-refresh": "It opens, but would not refresh.",
    "does-not-open": "It does not open.",
    "no-password": "It is whole, as far as can be told without a password.",
    "not-a-seal": "It is no sealed session.",
}
_DATES = ("exp", "iat", "nbf", "auth_time")


def to_text(found: Inspection) -> str:
    """For people: what it is, the verdict and why, and what is inside."""
    lines = [
        _VERDICTS[found.verdict],
        *_findings(found),
        "",
        *_facts(found),
    ]
    if found.content is not None:
        lines += ["", "inside", *_inside(found.content, found.now_s)]
    return "\n".join(lines) + "\n"


def _findings(found: Inspection) -> Iterator[str]:
    causes = [finding for finding in found.findings if finding.is_cause]
    if len(causes) > 1:
        yield "Why, the likeliest first:"
    for number, finding in enumerate(causes, 1):
        yield f"  {number}. {_said(finding)}"
    for finding in found.findings:
        if not finding.is_cause:
            yield f"  note: {_said(finding)}"


def _said(finding: Finding) -> str:
    return f"{finding.text} {finding.advice}".rstrip()


def _facts(found: Inspection) -> Iterator[str]:
    yield f"format     {sdks.NAMES[found.format]}"
    yield f"producer   {found.producer}"
    yield f"cookie     {found.fingerprint}"
    yield f"size       {found.size:,} of {COOKIE_LIMIT:,} bytes"
    for part in found.parts:
        yield f"  {part.name:<16} {part.length:>6}{'  ' + part.value if part.value else ''}"
    if found.sealed_at_s is not None:
        about = ", if it was made to last 14 days" if found.sealed_at_is_estimate else ""
        yield f"sealed     {dates.in_words(found.sealed_at_s, found.now_s)}{about}"
    if found.expires_at_s is not None:
        yield f"expires    {dates.in_words(found.expires_at_s, found.now_s)}"
    elif found.format == "iron" and any(
        part.name == "expiration" and not part.length for part in found.parts
    ):
        yield "expires    never"


def _inside(content: Content, now_s: float) -> Iterator[str]:
    yield from _indented(content.value)
    if content.claims is None:
        return
    yield "claims of the access token, not verified"
    yield from _indented(content.claims)
    for name in _DATES:
        value = content.claims.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield f"  {name:<10} {dates.in_words(value, now_s)}"


def _indented(value: Any) -> Iterator[str]:
    for line in json.dumps(value, indent=2, ensure_ascii=False).splitlines():
        yield f"  {CONTROLS.sub(' ', line)}"


def to_json(found: Inspection) -> dict[str, Any]:
    """For programs; see ``inspect.schema.json``."""
    return {
        "schema": 1,
        "verdict": found.verdict,
        "format": found.format,
        "format_name": sdks.NAMES[found.format],
        "producer": found.producer,
        "fingerprint": found.fingerprint,
        "characters": found.characters,
        "bytes": found.size,
        "limit": COOKIE_LIMIT,
        "inspected_at": _iso(found.now_s),
        "parts": [
            {"name": part.name, "length": part.length, **({"value": part.value} if part.value else {})}
            for part in found.parts
        ],
        "sealed_at": _iso(found.sealed_at_s),
        "sealed_at_is_estimate": found.sealed_at_is_estimate and found.sealed_at_s is not None,
        "expires_at": _iso(found.expires_at_s),
        "opens": found.opens,
        "would_refresh": None if found.content is None else found.verdict == "would-refresh",
        "payload": None if found.content is None else found.content.value,
        "access_token_claims": None if found.content is None else found.content.claims,
        "findings": [
            {
                "id": finding.id,
                "kind": "cause" if finding.is_cause else "note",
                "certain": finding.certain,
                "text": finding.text,
                "advice": finding.advice,
            }
            for finding in found.findings
        ],
    }


def _iso(at_s: float | None) -> str | None:
    date = None if at_s is None else dates.date_of(at_s)
    return None if date is None else date.isoformat(timespec="seconds").replace("+00:00", "Z")
