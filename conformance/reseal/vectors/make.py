"""The generated files, as text."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from . import cookies, exchanges, seals, tokens
from .mutations import CLOCK_S
from .rows import API_KEY, BASE_URL, CLIENT_ID, PASSWORDS, REFRESH_TOKEN

VERSION = "1.0"  # of the fixtures; fixtures/README.md has the rule
_TEST = "TEST DATA, published on purpose: no password, key or token in it is anybody's."


def _seals(what: str, schema: str, rows: Callable[[], list[dict[str, Any]]]) -> dict[str, Any]:
    return {**_head(f"{what} {_TEST}", schema), "clock_s": CLOCK_S, "vectors": rows()}


def _exchanges() -> dict[str, Any]:
    about = f"What the endpoint is asked, what it answers, and what an implementation makes of it. {_TEST}"
    given = {"base_url": BASE_URL, "client_id": CLIENT_ID, "api_key": API_KEY, "refresh_token": REFRESH_TOKEN}
    return {
        **_head(about, "exchanges"),
        "given": {**given, "passwords": dict(PASSWORDS)},
        "exchanges": exchanges.rows(),
    }


def _tokens() -> dict[str, Any]:
    about = f"Access tokens with the key set that verifies them, good and bad until the year 2099. {_TEST}"
    return {**_head(about, "access-tokens"), "clock_s": CLOCK_S, **tokens.table()}


def _head(about: str, schema: str) -> dict[str, Any]:
    made = "python -m reseal.vectors"
    return {"$schema": f"../schema/{schema}.schema.json", "version": VERSION, "about": about, "made_by": made}


FILES: Mapping[str, Callable[[], dict[str, Any]]] = {
    "vectors/iron.json": lambda: _seals(
        "Iron seals, whole, and broken in one way each.", "seals", functools.partial(seals.rows, "iron")
    ),
    "vectors/fernet.json": lambda: _seals(
        "Fernet seals, whole, and broken in one way each.", "seals", functools.partial(seals.rows, "fernet")
    ),
    "vectors/cookies.json": lambda: _seals("What may arrive as a cookie.", "seals", cookies.rows),
    "vectors/access-tokens.json": _tokens,
    "vectors/exchanges.json": _exchanges,
}


def contents() -> dict[str, str]:
    """The text of each generated file, by its path inside ``fixtures``."""
    return {path: json.dumps(make(), indent=1, ensure_ascii=False) + "\n" for path, make in FILES.items()}
