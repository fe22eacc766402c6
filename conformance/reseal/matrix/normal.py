"""A report without what differs from run to run, so that equal behaviour is equal text.

A matrix keeps each distinct value once; that pays only where two releases that do the same also say
the same.  Within a case, what was equal stays equal, and what was not does not.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..target.packages import cache_folder

_FINGERPRINT = re.compile(r"<([0-9]+) chars #([0-9a-f]{8})>")
_PORT = re.compile(r"(127\.0\.0\.1|localhost|\[::1\]):[0-9]{2,5}")
_PORT_FIELD = re.compile(r"(\bport\"?\s?[=:]\s?)[0-9]{2,5}", re.IGNORECASE)
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b")
_URL = re.compile(r"\b[a-z+]{2,10}://[^\s'\"<>)\]]+")
_HOST = re.compile(
    r"\b(?:[\w-]+\.)+(?:org|com|net|io|dev|internal|local|lan|example)\b(?::[0-9]+)?", re.IGNORECASE
)
_NUMERIC_HOST = re.compile(r"\b(?!127\.)(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b(?::[0-9]+)?")
_PATH = re.compile(r"(?<![\w:/.<>@-])(?:/[\w.@+~-]+){2,}/?|\b[A-Z]:\\[^\s'\"]+")

Replace = Callable[[str], str]


def normalized(report: Mapping[str, Any]) -> dict[str, Any]:
    """``report`` with fingerprints numbered, times in whole seconds, and no port, address or place.

    In each case the fingerprints are numbered in the order in which they appear in its observation:
    ``<3557 chars #00000001>``.  The verdicts do not depend on any of it.
    """
    report = json.loads(json.dumps(report))  # lists where it has tuples
    rows = [row for requirement in report["requirements"] for row in requirement["cases"]]
    numbers: dict[str, _Numbers] = {row["id"]: _Numbers() for row in rows}
    # The observation first: every row of the case is numbered as it is.
    seen = {
        row["id"]: _mapped(row["observation"], numbers[row["id"]]) for row in rows if "observation" in row
    }
    return {
        **report,
        "duration_s": round(report["duration_s"]),
        "requirements": [
            {**requirement, "cases": [_row(row, numbers[row["id"]], seen) for row in requirement["cases"]]}
            for requirement in report["requirements"]
        ],
    }


def public(text: str) -> str:
    """``text`` without host names, addresses, and paths of this machine."""
    for pattern, name in ((_URL, "<url>"), (_HOST, "<host>"), (_NUMERIC_HOST, "<host>"), (_PATH, "<path>")):
        text = pattern.sub(name, text)
    return text


class _Numbers:
    """Numbers in place of the hashes of one case."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def __call__(self, text: str) -> str:
        return _placeless(_FINGERPRINT.sub(self._numbered, text))

    def _numbered(self, found: re.Match[str]) -> str:
        return f"<{found[1]} chars #{self._seen.setdefault(found[2], len(self._seen) + 1):08d}>"


def _row(row: Mapping[str, Any], replace: Replace, seen: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: _mapped(value, replace) for name, value in row.items() if name != "observation"}
    return {**kept, "observation": seen[row["id"]]} if "observation" in row else kept


def _mapped(value: Any, replace: Replace) -> Any:
    if isinstance(value, str):
        return replace(value)
    if isinstance(value, Mapping):
        return {
            replace(name): round(item)
            if name == "seconds" and isinstance(item, float)
            else _mapped(item, replace)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_mapped(item, replace) for item in value]
    return value


def _placeless(text: str) -> str:
    if "/" in text or "\\" in text:
        for place, name in _places():
            text = text.replace(place, name)
    text = _PORT.sub(r"\1:PORT", text)
    text = _PORT_FIELD.sub(r"\1PORT", text)
    return _ADDRESS.sub("0x…", text)


def _places() -> tuple[tuple[str, str], ...]:
    """Folders of this machine, and what stands for them; the longest first."""
    places = {
        str(cache_folder()): "<cache>",
        str(Path(__file__).resolve().parents[1]): "<reseal>",
        sys.base_prefix: "<python>",
        sys.prefix: "<environment>",
        tempfile.gettempdir(): "<tmp>",
        str(Path.home()): "<home>",
    }
    return tuple(sorted(places.items(), key=lambda place: -len(place[0])))
