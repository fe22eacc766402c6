"""Sessions of any user: all of Unicode, nested data, numbers, large and small.

What is judged is what every reader of JSON must agree on, and no more:

* Depth: RFC 8259, section 9, lets a reader set a limit.  The lowest that users meet is 64 levels, the
  default of .NET's ``System.Text.Json`` (Ruby's ``JSON`` has 100, PHP's ``json_decode`` 512).
* Numbers: RFC 8259, section 6: integers up to 2**53 - 1, and else what an IEEE 754 double holds.
* Text: no lone surrogates, which RFC 8259, section 8.2, calls unpredictable.  The endpoint writes all
  beyond ASCII as ``\\u`` escapes, astral characters as pairs of them; an Iron cookie holds it in UTF-8.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ..cases import Answer, Case
from ..protocol import SealName
from .examples import example_of

SAFE_INTEGER = 2**53 - 1
MAX_DEPTH = 60  # of a value: answer, user and metadata are levels as well, and a reader may count from one
MAX_BYTES = 65_536  # of a user, as the endpoint writes it
_USER = {
    "object": "user",
    "id": "user_01HBEQKA6K4QJAS93VPE39W1JT",
    "email": "anybody@example.com",
    "email_verified": True,
    "profile_picture_url": None,
    "external_id": None,
    "last_sign_in_at": None,
    "created_at": "2026-01-15T12:00:00.000Z",
    "updated_at": "2026-01-15T12:00:00.000Z",
}
_WORDS = st.text(max_size=40)
# @hapi/iron refuses this name on purpose, so that a session which holds it cannot be asked for.
_NAMES = _WORDS.filter(lambda name: name != "__proto__")
# Top-level names are spelled in camelCase or in snake_case, so these must be the same in both.
_UNKNOWN_NAMES = st.from_regex(r"x[a-z]{1,20}", fullmatch=True)
_SCALARS: SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-SAFE_INTEGER, SAFE_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _WORDS
)
_VALUES: SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)
_SIZES = (100, 4_000, 20_000, 60_000)  # bytes of a long text


def strategy(case: Case, seal: SealName) -> SearchStrategy[Case]:  # noqa: ARG001 - the form of a strategy
    metadata = st.dictionaries(_NAMES, st.text(max_size=600), max_size=12)
    users = st.fixed_dictionaries(
        {"first_name": st.none() | _WORDS, "last_name": st.none() | _WORDS, "metadata": metadata},
        optional={"custom": _VALUES | _deep(), "biography": _long()},
    ).filter(lambda user: len(json.dumps(user)) <= MAX_BYTES)
    impersonators = st.none() | st.fixed_dictionaries({"email": _WORDS, "reason": st.none() | _WORDS})
    made_up = st.fixed_dictionaries(
        {"user": users},
        optional={
            "impersonator": impersonators,
            "unknown": st.dictionaries(_UNKNOWN_NAMES, _VALUES | _deep(), max_size=3),
        },
    )
    return made_up.map(lambda changes: _with_user(case, changes))


def _long() -> SearchStrategy[str]:
    """A long text, drawn as what it repeats: to draw it character by character takes seconds."""
    units = st.text(min_size=1, max_size=8)
    return st.builds(
        lambda unit, size: unit * (size // len(json.dumps(unit))), units, st.sampled_from(_SIZES)
    )


def _deep() -> SearchStrategy[Any]:
    """A value within lists and objects, level by level."""
    levels = st.lists(st.sampled_from(("list", "object")), min_size=1, max_size=3)
    return st.builds(_nested, _SCALARS, levels, st.sampled_from((2, 30, MAX_DEPTH)))


def _nested(value: Any, levels: list[str], depth: int) -> Any:
    for level in range(depth - 1):
        value = [value] if levels[level % len(levels)] == "list" else {"in": value}
    return value


def _with_user(case: Case, changes: dict[str, Any]) -> Case:
    altered = {"user": {**_USER, **changes["user"]}}
    answer = Answer(tokens={"set": {**altered, **changes.get("unknown", {})}})
    cookie = {"kind": "session", "set": altered}
    return example_of(
        case, changes, cookie=cookie, answers=(answer, answer), impersonator=changes.get("impersonator")
    )
