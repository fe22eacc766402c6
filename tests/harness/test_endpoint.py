from __future__ import annotations

import random
from collections.abc import Callable

import httpx
import pytest

from reseal.cases import Answer, Event, Setup
from reseal.endpoint import Endpoint, open_endpoint
from reseal.endpoint.inprocess import BASE_URL

from .support import rng

SCRIPTED = Answer(503, text="")


def get(endpoint: Endpoint, path: str = "/") -> httpx.Response:
    return httpx.get(endpoint.model.info.base_url + path, trust_env=False)


def key_set(endpoint: Endpoint) -> str:
    return f"/sso/jwks/{endpoint.model.info.client_id}"


def test_on_a_socket() -> None:
    """By default an endpoint is on a socket of this machine, as long as it is open."""
    with open_endpoint(Setup(), rng()) as endpoint:
        url = endpoint.model.info.base_url
        assert get(endpoint, key_set(endpoint)).status_code == 200

    assert url.startswith("http://127.0.0.1:")
    assert url != BASE_URL
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


def test_in_process() -> None:
    """In process an endpoint has an address where nobody listens, and sees every httpx client."""
    with open_endpoint(Setup(), rng(), "respx") as endpoint:
        assert endpoint.model.info.base_url == BASE_URL
        assert get(endpoint, key_set(endpoint)).status_code == 200

    with pytest.raises(httpx.ConnectError):
        get(endpoint)


def test_another_address_in_process() -> None:
    """Who calls an address of its own, whatever it was told, is not answered."""
    with open_endpoint(Setup(), rng(), "respx"), pytest.raises(httpx.ConnectError):
        httpx.get("https://api.workos.com/sso/jwks/client_1")


@pytest.mark.parametrize("transport", ["loopback", "respx"])
def test_each_is_another_application(transport: str) -> None:
    """Each endpoint has a client id and a key of its own, which the random source decides."""

    def application(source: random.Random) -> tuple[str, str]:
        with open_endpoint(Setup(), source, transport) as endpoint:
            return endpoint.model.info.client_id, endpoint.model.info.api_key

    first, again, other = (application(rng(seed)) for seed in (1, 1, 2))

    assert first == again
    assert not set(first) & set(other)
    assert first[0].startswith("client_01")
    assert first[1].startswith("sk_test_")


@pytest.mark.parametrize("transport", ["loopback", "respx"])
def test_listening(transport: str) -> None:
    """An endpoint that is away refuses connections until it listens, and may be told twice."""
    with open_endpoint(Setup(listening=False), rng(), transport) as endpoint:
        with pytest.raises(httpx.ConnectError):
            get(endpoint)

        endpoint.happen(Event("listen"))
        endpoint.happen(Event("listen"))

        assert get(endpoint).status_code == 404


@pytest.mark.parametrize("transport", ["loopback", "respx"])
def test_two_origins(transport: str) -> None:
    """A redirect elsewhere leads to another origin, where the endpoint sees what comes."""
    setup = Setup(key_set=(Answer(307, redirect="elsewhere"),))
    with open_endpoint(setup, rng(), transport) as endpoint:
        location = get(endpoint, key_set(endpoint)).headers["location"]
        reply = httpx.post(location, trust_env=False, headers={"X-Name": "value"})

    assert not location.startswith(endpoint.model.info.base_url)
    assert reply.status_code == 404
    assert endpoint.model.journal[-1].request.origin == "elsewhere"
    assert endpoint.model.journal[-1].request.header("x-name") == "value"


def replayed(endpoint: Endpoint) -> int:
    """The status of a refresh with the token that was sent first."""
    info, journal = endpoint.model.info, endpoint.model.journal
    token = journal[0].fields["refresh_token"] if journal else endpoint.model.session.live
    fields = {"client_id": info.client_id, "grant_type": "refresh_token", "refresh_token": token}
    url = f"{info.base_url}/user_management/authenticate"
    return httpx.post(url, json=fields, trust_env=False).status_code


EVENTS: list[tuple[Event, Callable[[Endpoint], object]]] = [
    (Event("rotate-keys"), lambda endpoint: get(endpoint, key_set(endpoint)).json()),
    (Event("end-session"), lambda endpoint: endpoint.model.session.ended),
    (Event("revoke"), lambda endpoint: endpoint.model.session.live),
    (Event("advance", seconds=60), replayed),
    (Event("answer", answers=(SCRIPTED,)), replayed),
    (Event("key-set", answers=(SCRIPTED,)), lambda endpoint: get(endpoint, key_set(endpoint)).status_code),
]


@pytest.mark.parametrize(("event", "look"), EVENTS, ids=[event.do for event, _ in EVENTS])
def test_events(event: Event, look: Callable[[Endpoint], object]) -> None:
    """An event changes what it is called by."""
    with open_endpoint(Setup(), rng(), "respx") as endpoint:
        before = look(endpoint)
        assert before == look(endpoint)

        endpoint.happen(event)

        assert before != look(endpoint)
