"""How much of an answer the reference reads, and for how long."""

from __future__ import annotations

import gzip
import json

import pytest

from reseal_reference import (
    TransientError,
)

from .support import (
    IRON,
    IRON_PASSWORD,
    Answer,
    Endpoint,
    Refresh,
    Signer,
    application,
    replies,
)

MIB = 1_048_576


def succeeds(refresh: Refresh, endpoint: Endpoint) -> bool:
    return refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application()).authenticated


def padded(signer: Signer, size: int) -> Answer:
    """A success of ``size`` bytes, most of them white space."""
    return replies(body=json.dumps(signer.answer()).encode().ljust(size))


def test_long_answers(endpoint: Endpoint, signer: Signer, refresh: Refresh) -> None:
    """An answer may have a MiB, and not a byte more."""
    endpoint.authenticate = padded(signer, MIB)
    assert succeeds(refresh, endpoint)

    endpoint.authenticate = padded(signer, MIB + 1)

    with pytest.raises(TransientError, match="longer than 1 MiB"):
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())


def test_long_key_sets(endpoint: Endpoint, signer: Signer, refresh: Refresh) -> None:
    """A key set is no longer either, and the refresh token is not spent for it."""
    endpoint.jwks = replies(body=json.dumps(signer.key_set()).encode().ljust(MIB + 1))

    with pytest.raises(TransientError, match="longer than 1 MiB"):
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())

    assert endpoint.spent == []


def test_packed_answers(endpoint: Endpoint, signer: Signer, refresh: Refresh) -> None:
    """An answer that is packed although nobody asked for it is not unpacked."""
    assert succeeds(refresh, endpoint)
    assert {request.headers["accept-encoding"] for request in endpoint.requests} == {"identity"}
    packed = gzip.compress(json.dumps(signer.answer()).encode())
    endpoint.authenticate = replies(body=packed, headers={"content-encoding": "gzip"})

    with pytest.raises(TransientError, match="packed, unasked"):
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application())

    endpoint.authenticate = replies(body=signer.answer(), headers={"content-encoding": "identity"})
    assert succeeds(refresh, endpoint)


def test_late_answers(endpoint: Endpoint, refresh: Refresh) -> None:
    """A body that goes on after the time-out is given up, however short the pauses in it."""
    assert refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application(timeout_s=60)).authenticated

    with pytest.raises(TransientError, match="did not end in time"):
        refresh(endpoint, IRON.cookie(), IRON_PASSWORD, application(timeout_s=1e-9))
