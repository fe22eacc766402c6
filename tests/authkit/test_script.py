"""Answers in place of the usual ones."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from reseal.authkit import Authkit, Script
from reseal.authkit.script import NAMES
from reseal.errors import UsageError
from reseal_reference import ConfigurationError, RejectedError, TransientError

from .support import CLIENT, posted, refresh

Put = Callable[[Script], Script]


@pytest.mark.parametrize(
    ("script", "status", "code"),
    [
        (lambda s: s.invalid_grant(), 400, "invalid_grant"),
        (lambda s: s.organization_not_authorized(), 400, "organization_not_authorized"),
        (lambda s: s.oauth_error("token_too_big", "Too big."), 400, "token_too_big"),
        (lambda s: s.mfa_enrollment(), 403, "mfa_enrollment"),
        (lambda s: s.sso_required(), 400, "sso_required"),
        (lambda s: s.unauthorized(), 401, None),
        (lambda s: s.rate_limited(7), 429, "too_many_requests"),
        (lambda s: s.server_error(), 500, None),
        (lambda s: s.answer(418, json={"code": "teapot"}), 418, "teapot"),
    ],
)
def test_answers_in_json(authkit: Authkit, script: Put, status: int, code: str | None) -> None:
    """An answer has its status and code, once; after it, the same token is still good."""
    session = authkit.session()
    script(authkit.next)

    first, second = posted(authkit, session), posted(authkit, session)

    body = first.json()
    assert (first.status_code, body.get("error", body.get("code"))) == (status, code)
    assert second.status_code == 200


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (lambda s: s.stalls(), httpx.ReadTimeout),
        (lambda s: s.resets(), httpx.ReadError),
        (lambda s: s.closes(), httpx.RemoteProtocolError),
        (lambda s: s.truncates(), httpx.RemoteProtocolError),
    ],
)
def test_no_answer(authkit: Authkit, script: Put, error: type[Exception]) -> None:
    """A broken connection looks to the client as it should, and the journal says what it was."""
    session = authkit.session()
    script(authkit.next)

    with pytest.raises(error):
        posted(authkit, session)

    assert authkit.journal[0].status is None
    assert authkit.journal[0].fault is not None


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (lambda s: s.server_error(503), TransientError),
        (lambda s: s.html_page(), TransientError),
        (lambda s: s.rate_limited(), TransientError),
        (lambda s: s.without_tokens(), TransientError),
        (lambda s: s.unauthorized(), ConfigurationError),
        (lambda s: s.sso_required(), RejectedError),
        (lambda s: s.mfa_enrollment(), RejectedError),
    ],
)
def test_what_a_right_implementation_makes_of_it(
    authkit: Authkit, script: Put, error: type[Exception]
) -> None:
    """None of these answers ends a session for the reference."""
    script(authkit.next)

    with pytest.raises(error):
        refresh(authkit, authkit.session().seal())


@pytest.mark.parametrize("fault", ["bad-signature", "expired", "alg-none"])
def test_bad_access_tokens(authkit: Authkit, fault: str) -> None:
    """A success with a token that does not verify is an `invalid_jwt`."""
    authkit.next.bad_access_token(fault)

    assert refresh(authkit, authkit.session().seal()).reason == "invalid_jwt"


def test_in_order_and_often(authkit: Authkit) -> None:
    """Answers come in the order of the calls, each as often as it says; `success` stands between."""
    session = authkit.session()

    authkit.next.server_error(502, times=2).success().html_page(520)

    assert [posted(authkit, session).status_code for _ in range(5)] == [502, 502, 200, 520, 200]


def test_always_until_cleared(authkit: Authkit) -> None:
    """Zero times stands for always, and ends with `clear`."""
    session = authkit.session()
    authkit.next.server_error(times=0)
    assert [posted(authkit, session).status_code for _ in range(3)] == [500, 500, 500]

    authkit.next.clear()

    assert posted(authkit, session).status_code == 200


def test_the_key_set(authkit: Authkit) -> None:
    """The key set is scripted apart from refreshes."""
    authkit.next_key_set.server_error(503)

    url = f"{authkit.base_url}/sso/jwks/{authkit.client_id}"

    assert posted(authkit, authkit.session()).status_code == 200
    assert [CLIENT.get(url).status_code for _ in range(2)] == [503, 200]


def test_retry_after(authkit: Authkit) -> None:
    """A rate limit says how long to wait."""
    authkit.next.rate_limited(7)

    assert posted(authkit, authkit.session()).headers["retry-after"] == "7"


def test_a_page(authkit: Authkit) -> None:
    """A page of a proxy is HTML."""
    authkit.next.html_page(502)

    answer = posted(authkit, authkit.session())

    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert answer.text.startswith("<!doctype html>")


@pytest.mark.parametrize("name", NAMES)
def test_by_name(authkit: Authkit, name: str) -> None:
    """Whatever can be called can be named, with the options that it needs."""
    needed = {"answer": {"status": 500}, "fault": {"fault": "closed"}, "oauth_error": {"error": "x"}}

    assert authkit.next.named(name, {**needed.get(name, {}), "times": 2}) is authkit.next


@pytest.mark.parametrize(
    ("put", "message"),
    [
        (lambda s: s.named("clear", {}), r"name: 'clear' is no answer. Use one of answer, fault, success"),
        (lambda s: s.named("stalls", {"seconds": 1}), r"seconds: stalls has no such option. It has times"),
        (lambda s: s.named("answer", {}), r"status: is missing. answer needs it."),
        (lambda s: s.answer(99), r"status: 99 is no status"),
        (lambda s: s.server_error(times=-1), r"times: -1 is negative"),
        (lambda s: s.fault("smoke"), r"fault: 'smoke' is not known. Use one of reset, truncated"),
        (lambda s: s.answer(200, json=object()), r"json: cannot be written as JSON: Object of type object"),
        (lambda s: s.answer(200, text="\udc80"), r"text: cannot be written in UTF-8: surrogates"),
        (lambda s: s.answer(200, text=b"x"), r"text: must be a text, got bytes. Use json"),
        (lambda s: s.answer(200, headers={"x": "a\nb"}), r"headers: 'x' cannot be sent"),
        (lambda s: s.answer(200, headers={"bad name": "x"}), r"headers: 'bad name' cannot be sent"),
        (lambda s: s.answer(200, headers={"x": "\u1234"}), r"headers: 'x' cannot be sent"),
        (
            lambda s: s.answer(200, headers={"retry-after": 5}),
            r"headers: retry-after must be a text",
        ),
        (lambda s: s.answer(200, headers={"Content-Length": "5"}), r"headers: Content-Length is set by the"),
        (lambda s: s.bad_access_token("smoke"), r"fault: 'smoke' is not known. Use one of bad-signature"),
    ],
)
def test_wrong_scripts(authkit: Authkit, put: Put, message: str) -> None:
    """A script that makes no sense is refused where it is written."""
    with pytest.raises(UsageError, match=message):
        put(authkit.next)
