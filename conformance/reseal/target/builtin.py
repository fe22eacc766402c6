"""The reference implementation as a target, sync and async."""

from __future__ import annotations

from typing import Any, Literal

import httpx

from reseal_reference import (
    Application,
    KeyCache,
    RefreshResult,
    refresh_and_seal_session_data,
    refresh_and_seal_session_data_async,
)

from .. import __version__
from ..errors import UsageError
from ..protocol import Implementation, RefreshRequest


def references(seal: Literal["iron", "fernet", "own"]) -> dict[str, Implementation]:
    """The two references, for cookies of the format ``seal``."""
    if seal == "own":
        raise UsageError("the reference has no seal of its own. Use seal = 'iron' or 'fernet'.")
    form: Literal["iron", "fernet"] = seal
    # An application keeps one for its life.  Not longer: in process, another run has the same URLs.
    key_cache = KeyCache()

    def arguments(request: RefreshRequest) -> tuple[Any, ...]:
        endpoint = request.endpoint
        application = Application(
            endpoint.client_id,
            endpoint.api_key,
            base_url=endpoint.base_url,
            seal=form,
            timeout_s=request.timeout_s,
            key_cache=key_cache,
        )
        # A missing password is passed on as it is: to refuse it is the reference's part.
        return request.session_data, request.cookie_password, application

    # The environment's proxies have no part in a loopback endpoint.
    settings: dict[str, Any] = {"verify": httpx.create_ssl_context(), "trust_env": False}

    def refresh(request: RefreshRequest) -> RefreshResult:
        with httpx.Client(**settings) as client:
            return refresh_and_seal_session_data(
                *arguments(request), organization_id=request.organization_id, http_client=client
            )

    async def refresh_async(request: RefreshRequest) -> RefreshResult:
        async with httpx.AsyncClient(**settings) as client:
            return await refresh_and_seal_session_data_async(
                *arguments(request), organization_id=request.organization_id, http_client=client
            )

    return {
        "reference": Implementation("reseal reference", refresh, seal, version=__version__),
        "reference-async": Implementation(
            "reseal reference, async", refresh_async, seal, version=__version__
        ),
    }
