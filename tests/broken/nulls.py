"""Implementations that do nothing of use: what they pass must be deserved (``null_passes.toml``)."""

from __future__ import annotations

import os
import sys
import threading
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


def hangs(request: RefreshRequest) -> Any:
    threading.Event().wait()


def exits(request: RefreshRequest) -> Any:
    raise SystemExit(0)


def floods_stderr(request: RefreshRequest) -> Any:
    sys.stderr.write("x" * 50_000)
    raise RuntimeError("always")


def floods(request: RefreshRequest) -> Any:
    sys.stdout.write("x" * 50_000)
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
    "false": always({"authenticated": False}),
    "wrong-types": always({"authenticated": "false", "sealed_session": 7, "reason": ["invalid_grant"]}),
    "huge-seal": always({"authenticated": True, "sealed_session": "x" * 200_000}),
    "exits": exits,
    "hangs": hangs,
    "floods-stderr": floods_stderr,
}

# Programs behind the adapter protocol.  None of them gives an answer that could be judged.
_HELLO = (
    "import sys, json, time\n"
    "def say(o): print(json.dumps(o), flush=True)\n"
    "m = json.loads(sys.stdin.readline())\n"
    "say({'id': m['id'], 'ok': {'name': 'null', 'language': 'python', 'seal': 'iron'}})\n"
)
_ASKED = _HELLO + "m = json.loads(sys.stdin.readline())\n"
_NO = "say({'id': m['id'], 'ok': {'authenticated': False, 'reason': 'invalid_grant'}})\n"
PROGRAMS: dict[str, str] = {
    "crashes-at-start": "raise SystemExit(1)",
    "hangs-at-start": "import time; time.sleep(60)",
    "ends-after-hello": _HELLO,
    "crashes-at-call": _ASKED + "raise SystemExit(1)",
    "hangs-at-call": _ASKED + "time.sleep(60)",
    "ignores-signals": "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    + _ASKED
    + "time.sleep(60)",
    "leaves-children": _ASKED + "import os, subprocess; subprocess.Popen(['sleep', '60']); os._exit(0)",
    "empty-answer": _ASKED + "print('', flush=True); sys.stdin.read()",
    "malformed-json": _ASKED + "print('{\"id\": 2, ', flush=True); sys.stdin.read()",
    "deep-json": _ASKED + "print('[' * 200_000, flush=True); sys.stdin.read()",
    "raises-a-number": _ASKED + "say({'id': m['id'], 'raised': 7}); sys.stdin.read()",
    "answers-nobody": _ASKED + "say({'id': 4711, 'ok': {}}); sys.stdin.read()",
    "answers-too-early": 'print(\'{"id": 2, "ok": {}}\', flush=True)\n' + _HELLO + "sys.stdin.read()",
    "answers-twice": _ASKED + _NO * 2 + "sys.stdin.read()",
    "answers-garbage": _HELLO + "\nfor line in sys.stdin: print('no json', flush=True)",
    "floods-stdout": _ASKED + "while True: print('x' * 1_000_000, flush=True)",
    "writes-one-line": _ASKED + "while True: print('x' * 1_000_000, end='', flush=True)",
    "prints-without-end": _ASKED + "print('x' * 50_000_000, file=sys.stderr); raise SystemExit(1)",
}
