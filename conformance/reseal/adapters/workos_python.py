"""Adapter for the official Python SDK, ``workos``: ``load_sealed_session(…).refresh()``.

Run by the interpreter of the environment that the release is installed in, so it imports nothing but
the standard library and the SDK.  The first argument chooses the client: ``sync`` or ``async``.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import inspect
import json
import os
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from enum import Enum

_FLAVOUR = sys.argv[1]
CLIENT = "AsyncWorkOSClient" if _FLAVOUR == "async" else "WorkOSClient"
LOAD = "load_sealed_session"
_ANSWERS = os.fdopen(os.dup(1), "w")
# What a client is made with only to see what it has.
PROBE = {
    "endpoint": {"api_key": "sk_test_probe", "client_id": "client_probe", "base_url": "http://127.0.0.1:9"},
    "timeout_s": 1.0,
    "max_retries": None,
}
_LOCK = threading.Lock()
_clients: dict = {}


def main() -> None:
    # Whatever the SDK prints, by `print` or not, must not get between the answers.
    sys.stdout = sys.stderr
    os.dup2(2, 1)
    with ThreadPoolExecutor(16) as pool:
        for line in sys.stdin:
            message = json.loads(line)
            if message["op"] == "bye":
                return
            pool.submit(answer, message)


def answer(message: dict) -> None:
    try:
        reply = {"id": message["id"], "ok": OPERATIONS[message["op"]](message)}
    except BaseException as err:
        text = "".join(traceback.format_exception(err)) + repr(err)
        reply = {
            "id": message["id"],
            "raised": {"type": type(err).__name__, "message": str(err), "text": text},
        }
    with _LOCK:
        _ANSWERS.write(json.dumps(reply, default=odd) + "\n")
        _ANSWERS.flush()


def hello(_message: dict) -> dict:
    import workos

    # Kept, as every client is: up to 5.12.0 all share one transport, which the first that goes closes.
    if not hasattr(workos, CLIENT) or not hasattr(client(PROBE).user_management, LOAD):
        version = importlib.metadata.version("workos")
        raise NoSuchOperation(f"workos {version} has no {LOAD} in {CLIENT}")
    return {
        "name": f"workos for Python, {_FLAVOUR}",
        "version": importlib.metadata.version("workos"),
        "language": "python",
        "seal": "fernet",
        "capabilities": ["organization_id", "concurrent"],
        "extra_reasons": extra_reasons(),
    }


def extra_reasons() -> list:
    """The reasons that the release declares in its enum."""
    for module in ("workos.session", "workos.types.user_management.session"):
        try:
            found = __import__(module, fromlist=["x"]).AuthenticateWithSessionCookieFailureReason
        except (ImportError, AttributeError):
            continue
        return [reason.value for reason in found]
    return []


def refresh(message: dict) -> dict:
    return fields(
        asyncio.run(refreshed(message))
        if _FLAVOUR == "async"
        else session_refresh(load_session(message), message)
    )


async def refreshed(message: dict) -> object:
    # Up to 5.x the session itself was awaited; up to 5.18.0 its refresh was not asynchronous at all.
    session = await awaited(load_session(message))
    return await awaited(session_refresh(session, message))


def load_session(message: dict) -> object:
    load = getattr(client(message).user_management, LOAD)
    # The parameter was called sealed_session up to 5.x.
    name = "session_data" if "session_data" in inspect.signature(load).parameters else "sealed_session"
    return load(**{name: message["session_data"]}, cookie_password=message["cookie_password"])


def session_refresh(session: object, message: dict) -> object:
    options = {} if message["organization_id"] is None else {"organization_id": message["organization_id"]}
    return session.refresh(**options)


async def awaited(value: object) -> object:
    return await value if inspect.isawaitable(value) else value


def fields(result: object) -> dict:
    found = {}
    for name in ("authenticated", "sealed_session", "reason"):
        if hasattr(result, name):
            value = getattr(result, name)
            found[name] = value.value if isinstance(value, Enum) else value
    return found


def odd(value: object) -> dict:
    """What stands for a value that JSON does not have."""
    return {"type": type(value).__name__}


def client(message: dict) -> object:
    # An async client belongs to the event loop of one call; a sync one is kept, as applications do.
    if _FLAVOUR == "async":
        return make(message)
    key = json.dumps([message["endpoint"], message["timeout_s"], message["max_retries"]])
    with _LOCK:
        if key not in _clients:
            _clients[key] = make(message)
        return _clients[key]


def make(message: dict) -> object:
    import workos

    cls = getattr(workos, CLIENT)
    endpoint = message["endpoint"]
    options = {
        "api_key": endpoint["api_key"],
        "client_id": endpoint["client_id"],
        "base_url": endpoint["base_url"] + "/",
        "request_timeout": message["timeout_s"],
    }
    if message["max_retries"] is not None and "max_retries" in inspect.signature(cls.__init__).parameters:
        options["max_retries"] = message["max_retries"]
    return cls(**options)


class NoSuchOperation(Exception):  # noqa: N818 - the name that the protocol gives it
    """The release does not have the operation: told by its name, so that it is no failure of the adapter."""


OPERATIONS = {"hello": hello, "refresh": refresh}

if __name__ == "__main__":
    main()
