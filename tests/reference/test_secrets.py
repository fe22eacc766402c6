"""Nothing that is said about a refresh tells a secret."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from reseal_reference import (
    Application,
    ConfigurationError,
    RefreshError,
    SealError,
)
from reseal_reference._http import Reply, Request

from .by_hand import fernet_token, iron_token
from .support import (
    API_KEY,
    FERNET,
    FERNET_KEY,
    IRON,
    IRON_PASSWORD,
    NEW_REFRESH_TOKEN,
    OLD_REFRESH_TOKEN,
    Answer,
    Endpoint,
    Format,
    Refresh,
    Signer,
    application,
    fails,
    replies,
)

SECRETS = (
    API_KEY,
    IRON_PASSWORD,
    FERNET_KEY,
    OLD_REFRESH_TOKEN,
    NEW_REFRESH_TOKEN,
    "Fe26.2*",
    "gAAAA",
    "eyJ",
)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and whatever was raised before it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def told(*things: object) -> list[str]:
    """The secrets that stand in the texts of ``things``."""
    texts = [text for thing in things for text in (str(thing), repr(thing))]
    return [secret for secret in SECRETS if any(secret in text for text in texts)]


def told_by_error(error: BaseException) -> list[str]:
    causes = list(chain(error))
    arguments = [argument for cause in causes for argument in cause.args]
    return told(*causes, *arguments, "".join(traceback.format_exception(error)))


def test_a_secret_is_found() -> None:
    """The search itself finds what it looks for, down to the cause of a cause."""
    inner = ValueError(f"no {API_KEY}")
    inner.__context__ = KeyError("Fe26.2*1*made-up")  # a real one holds any three letters now and then
    outer = RefreshError("no")
    outer.__cause__ = inner

    assert told_by_error(outer) == [API_KEY, "Fe26.2*"]


def test_result(endpoint: Endpoint, seal: Format, refresh: Refresh) -> None:
    """A result does not show the sealed session that it holds."""
    result = refresh(endpoint, seal.cookie(), seal.password, application(seal))

    assert result.sealed_session is not None
    assert told(result, [result]) == []


def test_application(endpoint: Endpoint, refresh: Refresh) -> None:
    """An application shows neither its API key nor the keys in its cache."""
    app = application()
    modulus = str(endpoint.jwks(httpx.Request("GET", "https://api.example.test")).json()["keys"][0]["n"])

    refresh(endpoint, IRON.cookie(), IRON_PASSWORD, app)

    assert told(app, app.key_cache) == []
    assert modulus not in repr(app)


def test_messages() -> None:
    """The requests and replies inside show neither headers nor bodies."""
    request = Request("POST", "https://api.example.test", {"authorization": API_KEY}, API_KEY.encode())
    reply = Reply(200, {"set-cookie": IRON.cookie()}, NEW_REFRESH_TOKEN.encode())

    assert told(request, reply) == []


ECHO = f"{API_KEY} {IRON_PASSWORD} {OLD_REFRESH_TOKEN} {NEW_REFRESH_TOKEN}"


def unwritable(answer: dict[str, object]) -> bytes:
    return json.dumps(answer).replace("12345", "1e999").encode()


FAULTS: dict[str, Callable[[Signer], Answer]] = {
    "connection": lambda _: fails(httpx.ConnectError),
    "timeout": lambda _: fails(httpx.ReadTimeout),
    "garbage": lambda _: replies(body=ECHO.encode()),
    "garbage after a brace": lambda _: replies(body=b"{" + ECHO.encode()),
    "no user": lambda signer: replies(body=signer.answer(user=None, error=ECHO)),
    "no tokens": lambda signer: replies(body=signer.answer(access_token=None)),
    "not a number": lambda signer: replies(body=signer.answer(user={"id": ECHO, "n": float("nan")})),
    "too large a number": lambda signer: replies(
        body=unwritable(signer.answer(user={"id": ECHO, "n": 12345}))
    ),
    "500": lambda _: replies(500, {"error": ECHO}, {"retry-after": ECHO}),
    "401": lambda _: replies(401, {"error": ECHO, "code": OLD_REFRESH_TOKEN}),
    "403": lambda _: replies(403, {"error": OLD_REFRESH_TOKEN, "code": ECHO}),
    "302": lambda _: replies(302, headers={"location": f"https://elsewhere.test/{API_KEY}"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_endpoints_faults(
    endpoint: Endpoint, signer: Signer, seal: Format, refresh: Refresh, fault: str
) -> None:
    """An error shows neither what was sent nor what was answered, nor does what was raised before it."""
    endpoint.authenticate = FAULTS[fault](signer)

    with pytest.raises(RefreshError) as caught:
        refresh(endpoint, seal.cookie(), seal.password, application(seal))

    assert told_by_error(caught.value) == []


@pytest.mark.parametrize("fault", ["connection", "timeout", "garbage", "500", "302"])
def test_key_sets_faults(
    endpoint: Endpoint, signer: Signer, seal: Format, refresh: Refresh, fault: str
) -> None:
    """An error about the key set shows nothing of the session either."""
    endpoint.jwks = FAULTS[fault](signer)

    with pytest.raises(RefreshError) as caught:
        refresh(endpoint, seal.cookie(), seal.password, application(seal))

    assert told_by_error(caught.value) == []


@pytest.mark.parametrize(
    "password",
    [
        API_KEY,
        {"1": API_KEY, "2": FERNET_KEY},
        {"1": API_KEY.encode()},
        [API_KEY],
        API_KEY.encode(),
        {"main": FERNET_KEY},
    ],
    ids=lambda password: type(password).__name__,
)
def test_unusable_password(endpoint: Endpoint, seal: Format, refresh: Refresh, password: Any) -> None:
    """An error about a password does not show it."""
    with pytest.raises(ConfigurationError) as caught:
        refresh(endpoint, seal.cookie(), password, application(seal))

    assert told_by_error(caught.value) == []


@pytest.mark.parametrize("api_key", [f"{API_KEY}é", f"{API_KEY}\n", f" {API_KEY}"])
def test_unusable_api_key(api_key: str) -> None:
    """An error about an API key does not show it."""
    with pytest.raises(ConfigurationError) as caught:
        Application(client_id="client_1", api_key=api_key)

    assert told_by_error(caught.value) == []


@pytest.mark.parametrize("plaintext", ["{", '{"a":NaN}', '{"__proto__":1}'])
def test_seal_error(plaintext: str) -> None:
    """A seal that does not open shows neither itself, nor its password, nor what it holds."""
    held = f'{plaintext} "{NEW_REFRESH_TOKEN}"'

    with pytest.raises(SealError) as in_iron:
        IRON.unseal(iron_token(held))
    with pytest.raises(SealError) as in_fernet:
        FERNET.unseal(fernet_token(held.encode()))

    assert told_by_error(in_iron.value) == []
    assert told_by_error(in_fernet.value) == []
