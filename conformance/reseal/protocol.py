"""What an implementation is given, and how it says what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

SealName = Literal["iron", "fernet", "own"]
SEALS: tuple[SealName, ...] = ("iron", "fernet", "own")

REASONS = (
    "invalid_jwt",
    "invalid_session_cookie",
    "no_session_cookie_provided",
    "invalid_grant",
    "organization_not_authorized",
)
"""The documented five (AuthKit reference, "Refresh and seal session data")."""


@dataclass(frozen=True, slots=True)
class EndpointInfo:
    """Where the mocked API is, and the credentials of the application there.

    ``base_url`` has no path: SDKs replace one.
    """

    base_url: str
    client_id: str
    api_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RefreshRequest:
    """One call of the operation.

    Attributes:
        session_data: The cookie; None where the browser sent none.
        cookie_password: As the application configured it; None where it forgot.
        organization_id: The organization to switch to, or None.
        endpoint: The API to talk to.
        timeout_s: How long to wait for one answer, in seconds.
        max_retries: How many further tries to configure; None leaves the implementation's default.
    """

    session_data: str | None = field(repr=False)
    cookie_password: str | None = field(repr=False)
    organization_id: str | None
    endpoint: EndpointInfo
    timeout_s: float = 2.0
    max_retries: int | None = None


@dataclass(frozen=True, slots=True)
class Implementation:
    """A Python implementation, and what it says of itself.

    Attributes:
        name: For reports.
        refresh: Takes a `RefreshRequest`; sync or async; returns a mapping, or an object, with
            ``authenticated``, ``sealed_session`` and ``reason``.
        seal: The format of its cookies.
        capabilities: ``organization_id`` where it can switch the organization.
        extra_reasons: Reasons that it documents beyond the five.
        seal_data, unseal_data: For ``seal="own"``: a payload with the field names of the wire and
            a password to a cookie, and back.
    """

    name: str
    refresh: Callable[[RefreshRequest], Any]
    seal: SealName = "iron"
    capabilities: tuple[str, ...] = ("organization_id",)
    extra_reasons: tuple[str, ...] = ()
    version: str = ""
    seal_data: Callable[[dict[str, Any], str], str] | None = None
    unseal_data: Callable[[str, str], Any] | None = None
