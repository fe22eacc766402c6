"""An adapter for an implementation with a seal of its own: AES-GCM, in base64url.

The exchange is the reference's, which knows two formats only: the session goes in and comes out of it
as a Fernet token.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reseal_reference import Application, KeyCache, fernet, refresh_and_seal_session_data

KEYS = KeyCache()
CLIENT = httpx.Client(trust_env=False, verify=httpx.create_ssl_context())
LOCK = threading.Lock()


def key(password: str | None) -> bytes:
    if password is None or len(password) < 32:
        raise ValueError("the cookie password must have 32 characters")
    return hashlib.sha256(password.encode()).digest()


def seal(payload: Any, password: str | None) -> str:
    nonce = os.urandom(12)
    sealed = AESGCM(key(password)).encrypt(nonce, json.dumps(payload).encode(), None)
    return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def unseal(token: str, password: str | None) -> Any:
    data = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
    return json.loads(AESGCM(key(password)).decrypt(data[:12], data[12:], None))


def refresh(message: dict[str, Any]) -> dict[str, Any]:
    cookie, password, endpoint = message["session_data"], message["cookie_password"], message["endpoint"]
    inner = base64.urlsafe_b64encode(key(password)).decode()
    try:
        session = cookie and fernet.seal(unseal(cookie, password), inner)
    except (ValueError, InvalidTag):
        session = "not a seal of ours"
    application = Application(
        endpoint["client_id"],
        endpoint["api_key"],
        base_url=endpoint["base_url"],
        seal="fernet",
        timeout_s=message["timeout_s"],
        key_cache=KEYS,
    )
    result = refresh_and_seal_session_data(
        session, inner, application, organization_id=message["organization_id"], http_client=CLIENT
    )
    if result.sealed_session is None:
        return {"authenticated": False, "reason": result.reason}
    sealed = seal(fernet.unseal(result.sealed_session, inner), password)
    return {"authenticated": True, "sealed_session": sealed}


def hello(_: dict[str, Any]) -> dict[str, Any]:
    capabilities = ["organization_id", "concurrent"]
    return {"name": "own", "version": "1", "language": "python", "seal": "own", "capabilities": capabilities}


OPERATIONS = {
    "hello": hello,
    "refresh": refresh,
    "seal": lambda message: seal(message["payload"], message["cookie_password"]),
    "unseal": lambda message: unseal(message["session_data"], message["cookie_password"]),
}


def answer(message: dict[str, Any]) -> None:
    try:
        reply = {"id": message["id"], "ok": OPERATIONS[message["op"]](message)}
    except Exception as err:  # noqa: BLE001 - whatever is raised is reported
        reply = {"id": message["id"], "raised": {"type": type(err).__name__, "message": str(err)}}
    with LOCK:
        print(json.dumps(reply), flush=True)  # noqa: T201 - this is the conversation


def main() -> None:
    with ThreadPoolExecutor(16) as pool:
        for line in sys.stdin:
            message = json.loads(line)
            if message["op"] == "bye":
                return
            pool.submit(answer, message)


if __name__ == "__main__":
    main()
