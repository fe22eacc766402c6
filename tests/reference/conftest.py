"""Fixtures for the tests of the reference.

A test that takes ``refresh`` runs twice, on the synchronous and on the asynchronous function; one that
takes ``seal`` runs in both formats.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from reseal_reference import (
    RefreshResult,
    refresh_and_seal_session_data,
    refresh_and_seal_session_data_async,
)

from .support import FERNET, IRON, Endpoint, Format, Refresh, Signer, replies


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture
def endpoint(signer: Signer) -> Endpoint:
    """An endpoint where every refresh succeeds."""
    return Endpoint(jwks=replies(body=signer.key_set()), authenticate=replies(body=signer.answer()))


@pytest.fixture(params=[IRON, FERNET], ids=lambda seal: seal.name)
def seal(request: pytest.FixtureRequest) -> Format:
    return request.param


# Both clients would follow redirects if the reference let them.


def _refresh_sync(endpoint: Endpoint, *args: Any, **options: Any) -> RefreshResult:
    with httpx.Client(transport=httpx.MockTransport(endpoint), follow_redirects=True) as client:
        return refresh_and_seal_session_data(*args, http_client=client, **options)


def _refresh_async(endpoint: Endpoint, *args: Any, **options: Any) -> RefreshResult:
    async def run() -> RefreshResult:
        transport = httpx.MockTransport(endpoint)
        async with httpx.AsyncClient(transport=transport, follow_redirects=True) as client:
            return await refresh_and_seal_session_data_async(*args, http_client=client, **options)

    return asyncio.run(run())


@pytest.fixture(params=[_refresh_sync, _refresh_async], ids=["sync", "async"])
def refresh(request: pytest.FixtureRequest) -> Refresh:
    return request.param
