"""Changes to a seal, by the name that a recipe gives them (``change`` in ``fixtures/cases``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .errors import HarnessError
from .formats import Format

_BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

Change = Mapping[str, Any]


def changed(text: str, change: Change, sealing: Format, other: str | None = None) -> str:
    """``text`` after ``change``; ``other`` is another seal of the same session, to splice with.

    Raises HarnessError where the change is not known, or there is nothing to splice with.
    """
    op = change["op"]
    if op == "splice" and other is not None:
        return text[: _place(text, change, sealing)] + other[_place(other, change, sealing) :]
    if op not in _CHANGES:
        raise HarnessError(f"no change {op!r} is known")
    return _CHANGES[op](text, change, sealing)


def _flip(text: str, change: Change, sealing: Format) -> str:
    start, end = sealing.span(text, change.get("part", "whole"))
    # The middle of a part unless told: the last character of base64 may hold bits that nobody reads.
    at = start + int((end - start) * change.get("fraction", 0.5))
    return text[:at] + _other(text[at]) + text[at + 1 :]


def _other(character: str) -> str:
    """A character that decodes to something else, in base64url and in hex alike."""
    if character not in _BASE64URL:
        return "A"
    return _BASE64URL[(_BASE64URL.index(character) + 1) % 64] if character not in "f9" else "0"


def _replace(text: str, change: Change, sealing: Format) -> str:
    start, end = sealing.span(text, change["part"])
    return text[:start] + str(change.get("text", "")) + text[end:]


def _put(text: str, change: Change, sealing: Format) -> str:
    """Put something in, take something out, or both."""
    at = _place(text, change, sealing)
    return text[:at] + str(change.get("text", "")) + text[at + change["characters"] :]


def _swapcase(text: str, change: Change, sealing: Format) -> str:
    at = _place(text, change, sealing)
    return text[:at] + text[at : at + 1].swapcase() + text[at + 1 :]


def _percent(text: str, change: Change, sealing: Format) -> str:
    at = _place(text, change, sealing)
    return text[:at] + "".join(f"%{byte:02X}" for byte in text[at : at + 1].encode()) + text[at + 1 :]


def _swap(text: str, change: Change, sealing: Format) -> str:
    (start, end), (later, last) = sorted(sealing.span(text, change[name]) for name in ("part", "with"))
    return text[:start] + text[later:last] + text[end:later] + text[start:end] + text[last:]


def _place(text: str, change: Change, sealing: Format) -> int:
    start, end = sealing.span(text, change["part"])
    return start + int((end - start) * change["fraction"])


_CHANGES: Mapping[str, Callable[[str, Change, Format], str]] = {
    "append": lambda text, change, _: text + str(change["text"]),
    "double": lambda text, _, __: text + text,
    "drop": lambda text, change, _: text[: -change["characters"]],
    "flip": _flip,
    "keep": lambda text, change, _: text[: int(len(text) * change["fraction"])],
    "percent": _percent,
    "prepend": lambda text, change, _: str(change["text"]) + text,
    "put": _put,
    "replace": _replace,
    "swap": _swap,
    "swapcase": _swapcase,
}
