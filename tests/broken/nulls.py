"""Implementations that do nothing of use: what they pass must be deserved (``null_passes.toml``)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from reseal import RefreshRequest
from reseal.protocol import REASONS

Null = Callable[[RefreshRequest], Any]


def always(value: Any) -> Null:
    return lambda _: value


def crashes(request: RefreshRequest) -> Any:
    raise RuntimeError("always")


def old_seal(request: RefreshRequest) -> Any:
    return {"authenticated": True, "sealed_session": request.session_data}


def echo(request: RefreshRequest) -> Any:
    return {"authenticated": True, "sealed_session": request.session_data, "reason": request.cookie_password}


def floods(request: RefreshRequest) -> Any:
    sys.stdout.write("x" * 200_000)
    return {"authenticated": False, "reason": "invalid_grant"}


NULLS: dict[str, Null] = {
    **{
        f"always-{reason.replace('_', '-')}": always({"authenticated": False, "reason": reason})
        for reason in REASONS
    },
    "always-true": always({"authenticated": True}),
    "random-seal": lambda _: {"authenticated": True, "sealed_session": os.urandom(300).hex()},
    "old-seal": old_seal,
    "echo": echo,
    "crashes": crashes,
    "floods": floods,
    "empty-mapping": always({}),
    "none": always(None),
    "text": always("invalid_grant"),
    "list": always([True, "seal"]),
}

# Programs behind the adapter protocol.  None of them gives an answer that could be judged.
_HELLO = (
    "import sys, json, time\n"
    "def say(o): print(json.dumps(o), flush=True)\n"
    "m = json.loads(sys.stdin.readline())\n"
    "say({'id': m['id'], 'ok': {'name': 'null', 'language': 'python', 'seal': 'iron'}})\n"
)
PROGRAMS: dict[str, str] = {
    "crashes-at-start": "raise SystemExit(1)",
    "crashes-at-call": _HELLO + "sys.stdin.readline(); raise SystemExit(1)",
    "empty-answer": _HELLO + "sys.stdin.readline(); print('', flush=True); sys.stdin.read()",
    "malformed-json": _HELLO + "sys.stdin.readline(); print('{\"id\": 2, ', flush=True); sys.stdin.read()",
    "answers-nobody": _HELLO + "sys.stdin.readline(); say({'id': 4711, 'ok': {}}); sys.stdin.read()",
    "answers-garbage": _HELLO + "\nfor line in sys.stdin: print('no json', flush=True)",
    "floods-stdout": _HELLO + "sys.stdin.readline()\nwhile True: print('x' * 1_000_000, flush=True)",
}
