"""The control API of `reseal serve`, without a process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reseal import _data
from reseal.authkit import Host, Session, open_host
from reseal.endpoint.wire import HttpRequest
from reseal.serve import Control
from reseal.serve.server import Dispatch

from .support import CLIENT, posted, refresh

SCHEMA = _data.read_json(_data.fixtures_root() / "schema" / "control.schema.json")


@pytest.fixture
def host() -> Iterator[Host]:
    with open_host() as host:
        yield host


def asked(host: Host, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
    """The status and body that the control API answers."""
    data = b"" if body is None else json.dumps(body).encode()
    reply = Control(host).handle(HttpRequest(method, f"/_reseal/{path}", (), data))
    return reply.status, json.loads(reply.body)


def ok(host: Host, method: str, path: str, body: object = None, *, schema: str = "") -> dict[str, Any]:
    """The body of an answer that must be good, and as the schema has it."""
    status, answer = asked(host, method, path, body)
    assert status == 200, answer
    if schema:
        assert _data.first_error(answer, "control", schema) is None
    return answer


def test_the_schema_is_one() -> None:
    """The published schema is a JSON Schema, and its examples are right by it."""
    Draft202012Validator.check_schema(SCHEMA)
    wrong = [
        (name, _data.first_error(example, "control", name))
        for name, definition in SCHEMA["$defs"].items()
        for example in definition.get("examples", [])
        if _data.first_error(example, "control", name)
    ]

    assert wrong == []


def test_health(host: Host) -> None:
    """The health check says that it runs, and how many tenants there are."""
    assert ok(host, "GET", "health", schema="health")["tenants"] == 1


def test_a_tenant_from_beginning_to_end(host: Host) -> None:
    """A tenant is made, listed, found by its client id, used and removed; the default one stays."""
    made = ok(host, "POST", "tenants", {"seal": "iron", "grace_s": 0}, schema="tenant")
    path = f"tenants/{made['client_id']}"

    listed = ok(host, "GET", "tenants", schema="tenants")["tenants"]
    assert [tenant["client_id"] for tenant in listed] == [host.first.client_id, made["client_id"]]
    assert ok(host, "GET", path, schema="tenant") == made
    session = ok(host, "POST", f"{path}/sessions", {}, schema="session")
    assert refresh(host.applications[made["client_id"]], session["sealed_session"]).authenticated
    ok(host, "DELETE", path)
    assert asked(host, "GET", path)[0] == 404
    assert asked(host, "DELETE", "tenants/default")[0] == 400


def test_a_session(host: Host) -> None:
    """A session has the fields that were asked for, sealed in both formats, and is listed."""
    wanted = {
        "user": {"email": "ada@example.com"},
        "organization_id": "org_a",
        "impersonator": "x@example.com",
    }

    made = ok(host, "POST", "tenants/default/sessions", wanted, schema="session")

    assert made["user"]["email"] == "ada@example.com"
    assert made["organization_id"] == "org_a"
    assert (made["sealed"]["iron"][:5], made["sealed"]["fernet"][:5]) == ("Fe26.", "gAAAA")
    assert refresh(host.first, made["sealed_session"]).authenticated
    assert ok(host, "GET", "tenants/default/sessions", schema="sessions")["sessions"][0]["id"] == made["id"]


def test_a_password_for_one_format(host: Host) -> None:
    """A password that only one format can use seals in that one."""
    made = ok(host, "POST", "tenants", {"seal": "iron", "cookie_password": "x" * 40}, schema="tenant")

    session = ok(host, "POST", f"tenants/{made['client_id']}/sessions")

    assert list(session["sealed"]) == ["iron"]


def test_what_happens_to_a_session(host: Host) -> None:
    """Revoking and ending a session can be asked for, and is seen afterwards."""
    made = ok(host, "POST", "tenants/default/sessions")
    path = f"tenants/default/sessions/{made['id']}"

    revoked = ok(host, "POST", f"{path}/revoke", schema="session")
    assert revoked["refresh_token"] != made["refresh_token"]
    assert refresh(host.first, made["sealed_session"]).reason == "invalid_grant"
    assert refresh(host.first, revoked["sealed_session"]).authenticated

    assert ok(host, "POST", f"{path}/end", schema="session")["is_ended"] is True
    current = ok(host, "GET", path, schema="session")
    assert refresh(host.first, current["sealed_session"]).reason == "invalid_grant"


def test_keys_and_clock(host: Host) -> None:
    """Keys rotate, and the clock moves past the grace period."""
    session = host.first.session()
    cookie = session.seal()
    keys = f"{host.base_url}/sso/jwks/{host.first.client_id}"
    before = _kids(keys)
    assert refresh(host.first, cookie).authenticated

    ok(host, "POST", "tenants/default/rotate-keys")
    ok(host, "POST", "tenants/default/advance", {"seconds": 31})

    assert _kids(keys) != before
    assert refresh(host.first, cookie).reason == "invalid_grant"


def _kids(url: str) -> list[str]:

    return [key["kid"] for key in CLIENT.get(url).json()["keys"]]


def test_a_script(host: Host) -> None:
    """Answers are given in order, to refreshes or to the key set, until they are cleared."""
    session = host.first.session()
    answers = [
        {"name": "server_error", "status": 503, "times": 2},
        {"name": "answer", "status": 418, "json": 1},
    ]

    ok(host, "POST", "tenants/default/script", {"answers": answers})
    ok(host, "POST", "tenants/default/script", {"answers": [{"name": "invalid_grant"}]})
    assert [posted(host.first, session).status_code for _ in range(3)] == [503, 503, 418]
    ok(host, "DELETE", "tenants/default/script")

    assert posted(host.first, session).status_code == 200


def test_a_script_for_the_key_set(host: Host) -> None:
    """The key set has a script of its own, which `DELETE` clears as well."""
    answer = {"name": "server_error", "times": 0}
    ok(host, "POST", "tenants/default/script", {"to": "key-set", "answers": [answer]})

    url = f"{host.base_url}/sso/jwks/{host.first.client_id}"
    assert CLIENT.get(url).status_code == 500

    ok(host, "DELETE", "tenants/default/script")

    assert CLIENT.get(url).status_code == 200


def test_a_script_is_taken_whole_or_not_at_all(host: Host) -> None:
    """Where one answer is refused, none of the others is given."""
    answers = [{"name": "server_error"}, {"name": "no such"}]

    status, told = asked(host, "POST", "tenants/default/script", {"answers": answers})

    assert (status, told["error"][:25]) == (400, "name: 'no such' is no ans")
    assert posted(host.first, host.first.session()).status_code == 200


def test_the_journal(host: Host) -> None:
    """It is read back without secrets, one for each tenant, and cleared."""
    session = host.first.session()
    token = session.refresh_token
    posted(host.first, session)

    answer = ok(host, "GET", "tenants/default/journal", schema="journal")

    (entry,) = answer["entries"]
    assert (entry["kind"], entry["session_id"], entry["status"]) == ("authenticate", session.id, 200)
    assert entry["fields"] == ["client_id", "client_secret", "grant_type", "refresh_token"]
    for secret in (token, session.refresh_token, host.first.api_key):
        assert secret not in json.dumps(answer)
    ok(host, "DELETE", "tenants/default/journal")
    assert ok(host, "GET", "tenants/default/journal")["entries"] == []


def revoked(session: Session) -> str:
    """A refresh token that the endpoint gave, and does not take any more."""
    token = session.refresh_token
    session.revoke()
    return token


SECRETS: dict[str, Callable[[Host], str]] = {
    "seal": lambda host: host.first.session().seal(seal="iron"),
    "refresh-token": lambda host: host.first.session().refresh_token,
    "revoked-token": lambda host: revoked(host.first.session()),
    "API-key": lambda host: host.first.api_key,
    "cookie-password": lambda host: host.first.cookie_password,
}


@pytest.mark.parametrize("secret_of", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("start", ["/", "/_reseal/"])
def test_a_secret_in_a_path_is_not_shown(host: Host, secret_of: Callable[[Host], str], start: str) -> None:
    """An application that puts a secret into a URL leaves no copy of it in the journal and the log."""
    logged: list[Any] = []
    secret = secret_of(host)

    Dispatch(host, logged.append).handle(HttpRequest("GET", f"{start}{secret}?{secret}", ()))

    shown = json.dumps([logged, ok(host, "GET", "tenants/default/journal")])
    assert secret not in shown
    assert len(logged) == 1


def test_a_password_that_was_met_before(host: Host) -> None:
    """A text that was harmless is looked at again when a tenant makes it a secret."""
    logged: list[Any] = []
    dispatch = Dispatch(host, logged.append)
    password = "a password of somebody's choice, thirty-two or more".replace(" ", "-")

    dispatch.handle(HttpRequest("GET", f"/{password}", ()))
    body = json.dumps({"seal": "iron", "cookie_password": password}).encode()
    dispatch.handle(HttpRequest("POST", "/_reseal/tenants", (), body))
    dispatch.handle(HttpRequest("GET", f"/{password}", ()))

    assert [password in json.dumps(line) for line in logged] == [True, False, False]


def test_a_body_that_is_nested_too_deep(host: Host) -> None:
    """A body that no parser reads is refused like any other that is no JSON."""
    request = HttpRequest("POST", "/_reseal/tenants", (), b"[" * 200_000)

    assert Dispatch(host, lambda _: None).handle(request).status == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("GET", "nothing", None, 404, "/_reseal/nothing is not a path of the control API"),
        ("PUT", "health", None, 405, "PUT is not possible here. Use GET."),
        ("POST", "health", None, 405, "POST is not possible here. Use GET."),
        ("GET", "tenants/client_x", None, 404, "there is no tenant 'client_x'"),
        ("POST", "tenants/default/sessions/session_x/end", None, 404, "has no session 'session_x'"),
        ("POST", "tenants", {"colour": "red"}, 400, "Additional properties are not allowed ('colour'"),
        ("POST", "tenants", {"seal": "wax"}, 400, "seal: 'wax' is not one of"),
        (
            "POST",
            "tenants",
            {"seal": "iron", "cookie_password": "short"},
            400,
            "Iron seals need 32 characters",
        ),
        ("POST", "tenants", [], 400, "is not of type 'object'"),
        ("POST", "tenants/default/sessions", {"user": "nobody"}, 400, "user: 'nobody' is not known"),
        ("POST", "tenants/default/advance", {}, 400, "'seconds' is a required property"),
        ("POST", "tenants/default/advance", {"seconds": -1}, 400, "seconds: -1 is less than the minimum"),
        ("POST", "tenants/default/script", {"answers": []}, 400, "answers: []"),
    ],
)
def test_wrong_requests(host: Host, method: str, path: str, body: object, status: int, message: str) -> None:
    """A wrong request is told what is wrong with it, by field."""
    found, answer = asked(host, method, path, body)

    assert found == status
    assert message in answer["error"]
    assert _data.first_error(answer, "control", "error") is None


def test_a_body_that_is_no_json(host: Host) -> None:
    """A body that is not JSON is refused."""
    reply = Control(host).handle(HttpRequest("POST", "/_reseal/tenants", (), b"seal=iron"))

    assert (reply.status, json.loads(reply.body)) == (400, {"error": "the body is not JSON."})
