"""Seals with one change: something put in or cut out, parts swapped, other letters, two seals spliced."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ..cases import Case
from ..protocol import SealName
from .examples import example_of

# By part, since most of a seal is ciphertext, where a change is the easiest to notice.
PARTS: Mapping[SealName, tuple[str, ...]] = {
    "iron": ("whole", "password_id", "encryption_salt", "iv", "ciphertext", "expiration", "mac_salt", "mac"),
    "fernet": ("whole", "timestamp", "iv", "ciphertext", "mac"),
    "own": ("whole",),
}
_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_*~=+/. %"\u00e9'
_WHITE_SPACE = (" ", "\t", "\n", "\r\n", "\u00a0", "\u200b")
_ENDINGS = ("=", "==", "~", "~1", "~2", "~3", "*", "%", "%00", "\x00", ".", ";", *_WHITE_SPACE)


def strategy(case: Case, seal: SealName) -> SearchStrategy[Case]:
    part, place = st.sampled_from(PARTS[seal]), st.floats(0, 1, exclude_max=True)
    put = {
        "part": part,
        "fraction": place,
        "characters": st.integers(0, 3) | st.integers(4, 400),
        "text": st.text(_ALPHABET, max_size=3) | st.sampled_from(_ENDINGS),
    }
    changes = st.one_of(
        _change("put", **put),
        _change("swapcase", part=part, fraction=place),
        _change("percent", part=part, fraction=place),
        _change("append", text=st.sampled_from(_ENDINGS)),
        _change("prepend", text=st.sampled_from(_WHITE_SPACE)),
        _change("double"),
        _change("splice", part=part, fraction=place),
        *([] if len(PARTS[seal]) < 3 else [_swapped(PARTS[seal][1:])]),
    )
    return changes.map(lambda change: example_of(case, change, cookie={"kind": "session", "change": change}))


def _change(op: str, **fields: SearchStrategy[object]) -> SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({"op": st.just(op), **fields})


def _swapped(parts: tuple[str, ...]) -> SearchStrategy[dict[str, object]]:
    pairs = [(a, b) for i, a in enumerate(parts) for b in parts[i + 1 :]]
    return st.sampled_from(pairs).map(lambda pair: {"op": "swap", "part": pair[0], "with": pair[1]})
