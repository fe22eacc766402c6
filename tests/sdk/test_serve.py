"""The official SDKs refresh against `reseal serve`, as they would in somebody's own tests."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from reseal import EndpointInfo, RefreshRequest
from reseal.target import Returned, open_target

SDKS = ["pypi:workos==10.8.0", "pypi:workos==10.8.0#async", "npm:@workos-inc/node@11.0.0"]


@pytest.fixture
def serving() -> Iterator[dict[str, Any]]:
    """What a running `reseal serve` said when it was ready."""
    command = shutil.which("reseal", path=sysconfig.get_path("scripts"))
    assert command is not None
    with subprocess.Popen([command, "serve"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.terminate()


def control(serving: dict[str, Any], path: str, body: object = None) -> dict[str, Any]:
    answer = httpx.post(f"{serving['base_url']}/_reseal/{path}", json=body or {}, trust_env=False)
    return answer.raise_for_status().json()  # type: ignore[no-any-return] # JSON


@pytest.mark.sdk
@pytest.mark.parametrize("spec", SDKS)
def test_an_sdk_refreshes_a_session(serving: dict[str, Any], spec: str) -> None:
    """It refreshes twice, with the cookie that it made itself, and fails once the session has ended."""
    target = open_target(spec)
    tenant = control(serving, "tenants")
    path = f"tenants/{tenant['client_id']}/sessions"
    session = control(serving, path, {"organization_id": "org_a"})

    def refreshed(cookie: str) -> dict[str, Any]:
        endpoint = EndpointInfo(tenant["base_url"], tenant["client_id"], tenant["api_key"])
        request = RefreshRequest(cookie, tenant["cookie_password"], None, endpoint, max_retries=0)
        (answer,) = target.refresh([request], 30.0)
        assert isinstance(answer, Returned), answer
        return dict(answer.fields)

    try:
        first = refreshed(session["sealed"][target.about.seal])
        second = refreshed(first["sealed_session"])
        control(serving, f"{path}/{session['id']}/end")
        third = refreshed(second["sealed_session"])
    finally:
        target.close()

    assert (first["authenticated"], second["authenticated"]) == (True, True)
    assert third["authenticated"] is False
    assert "invalid_grant" in third["reason"]
    entries = httpx.get(
        f"{serving['base_url']}/_reseal/tenants/{tenant['client_id']}/journal", trust_env=False
    ).json()["entries"]
    seen = [(e["status"], e["session_id"]) for e in entries if e["kind"] == "authenticate"]
    assert seen == [(200, session["id"]), (200, session["id"]), (400, session["id"])]
