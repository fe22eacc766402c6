"""The adapters that ship with reseal: they map names, and repair nothing."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import reseal
from reseal import EndpointInfo
from reseal.errors import TargetError
from reseal.target import Answer, Raised, Returned
from reseal.target.stdio import StdioTarget

from . import fake_sdks
from .support import request

ADAPTERS = Path(reseal.__file__).with_name("adapters")
OPERATIONS = ("sync", "async", "refresh", "refreshAndSealSessionData", "auto")
Start = Callable[..., StdioTarget]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the adapter of an operation on an SDK, and stops it after the test."""
    running: list[StdioTarget] = []

    def command(operation: str, source: str | None) -> tuple[list[str], dict[str, str]]:
        if operation in ("sync", "async"):
            fake_sdks.write_python(tmp_path, source=source or fake_sdks.PYTHON)
            return [sys.executable, str(ADAPTERS / "workos_python.py"), operation], {
                "PYTHONPATH": str(tmp_path)
            }
        node = shutil.which("node")
        assert node is not None, "these tests need Node.js"
        fake_sdks.write_node(tmp_path, source=source or fake_sdks.NODE)
        return [node, str(ADAPTERS / "workos_node.mjs"), str(tmp_path), operation], {}

    def run(operation: str, source: str | None = None) -> StdioTarget:
        words, env = command(operation, source)
        target = StdioTarget(f"sdk#{operation}", words, env)
        running.append(target)
        return target

    yield run
    for target in running:
        target.close()


def answer(target: StdioTarget, cookie: str, **changes: object) -> Answer:
    return target.refresh([request(session_data=cookie, **changes)], 30.0)[0]


def given(target: StdioTarget, **changes: object) -> dict[str, Any]:
    """What the SDK was given, by way of the cookie that it returned."""
    found = answer(target, "yes", **changes)
    assert isinstance(found, Returned)
    value: dict[str, Any] = json.loads(found.fields["sealed_session"])
    return value


@pytest.mark.parametrize("operation", OPERATIONS)
def test_results(start: Start, operation: str) -> None:
    """The documented fields are handed on under the documented names, and nothing else is."""
    target = start(operation)
    success, failure = answer(target, "yes"), answer(target, "no")

    assert isinstance(success, Returned)
    assert success.fields.keys() == {"authenticated", "sealed_session"}
    assert failure == Returned({"authenticated": False, "reason": "invalid_grant"})


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_result_that_is_none(start: Start, operation: str) -> None:
    """What an SDK does not say, its adapter does not say for it."""
    assert answer(start(operation), "nothing") == Returned({})


@pytest.mark.parametrize("operation", OPERATIONS)
def test_errors(start: Start, operation: str) -> None:
    """What an SDK raises is reported with its type, its message and its causes."""
    found = answer(start(operation), "raise")

    assert isinstance(found, Raised)
    assert (found.type, found.message) in [("ValueError", "the message"), ("OauthError", "the message")]
    assert "the cause" in found.text


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_it_prints(start: Start, operation: str) -> None:
    """An SDK may print what it likes: it does not come between the answers, and is searched."""
    target = start(operation)
    target.output()

    assert isinstance(answer(target, "print"), Returned)
    assert isinstance(answer(target, "yes"), Returned)
    output = target.output()
    assert "from the SDK" in output
    assert "from below" in output


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_client_is_kept(start: Start, operation: str) -> None:
    """One client serves an application for its life; an async one serves one event loop."""
    target = start(operation)
    another = EndpointInfo("http://127.0.0.1:9", "client_2", "sk_test_2")

    first, second, third = given(target), given(target), given(target, endpoint=another)

    assert (first["number"] == second["number"]) == (operation != "async")
    assert third["number"] != first["number"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_ten_at_once(start: Start, operation: str) -> None:
    """Ten calls at once all get their answer."""
    target = start(operation)

    answers = target.refresh([request(session_data="no")] * 10, 30.0)

    assert "concurrent" in target.about.capabilities
    assert answers == (Returned({"authenticated": False, "reason": "invalid_grant"}),) * 10


# The Python SDK


@pytest.mark.parametrize("operation", ["sync", "async"])
def test_python_about(start: Start, operation: str) -> None:
    """The release says which it is, and which reasons it declares."""
    about = start(operation).about

    assert (about.name, about.version) == (f"workos for Python, {operation}", "10.8.0")
    assert (about.language, about.seal, about.extra_reasons) == ("python", "fernet", ("invalid_grant",))


@pytest.mark.parametrize("operation", ["sync", "async"])
def test_python_options(start: Start, operation: str) -> None:
    """The SDK is configured with all that the request says, and with its own defaults for the rest."""
    target = start(operation)
    found, asked = given(target), given(target, organization_id="org_1", max_retries=0, timeout_s=3.5)

    assert found == {
        "api_key": "sk_test_1",
        "client_id": "client_1",
        "base_url": "http://127.0.0.1:9/",
        "request_timeout": 2.0,
        "max_retries": 2,
        "password": "a password of more than thirty-two characters",
        "organization_id": None,
        "number": found["number"],
    }
    assert (asked["organization_id"], asked["max_retries"], asked["request_timeout"]) == ("org_1", 0, 3.5)


@pytest.mark.parametrize("operation", ["sync", "async"])
def test_python_value_that_json_does_not_have(start: Start, operation: str) -> None:
    """A value that JSON does not have is an answer of an odd type, not a call without an answer."""
    found = answer(start(operation), "odd")

    assert found == Returned({"authenticated": True, "sealed_session": {"type": "bytes"}})


def test_python_up_to_5(start: Start) -> None:
    """Releases that named the cookie otherwise, and had no retries to configure, are driven as well."""
    found = given(start("sync", fake_sdks.OLD_PYTHON), max_retries=0)

    assert "max_retries" not in found
    assert found["client_id"] == "client_1"


def test_python_that_cannot_be_imported(start: Start) -> None:
    """A release that cannot be imported says so, and not that a refresh failed."""
    with pytest.raises(TargetError, match=r"could not do 'hello': .*No module named 'no_such'"):
        start("sync", "import no_such")


# The Node SDK


@pytest.mark.parametrize(
    ("operation", "source", "chosen"),
    [
        ("auto", fake_sdks.NODE, "refreshAndSealSessionData"),
        ("refresh", fake_sdks.NODE, "refresh"),
        ("refreshAndSealSessionData", fake_sdks.NODE, "refreshAndSealSessionData"),
        ("auto", fake_sdks.without("refreshAndSealSessionData"), "refresh"),
        ("auto", fake_sdks.without("loadSealedSession"), "refreshAndSealSessionData"),
    ],
)
def test_node_operation(start: Start, operation: str, source: str, chosen: str) -> None:
    """The operation that was asked for is called; auto is the first that the release has."""
    target = start(operation, source)

    assert target.about.name == f"@workos-inc/node {chosen}"
    assert given(target)["call"] == chosen


@pytest.mark.parametrize(
    ("operation", "missing"),
    [("refreshAndSealSessionData", "refreshAndSealSessionData"), ("refresh", "loadSealedSession")],
)
def test_node_operation_that_is_missing(start: Start, operation: str, missing: str) -> None:
    """Where the release does not have it, the target cannot be run, and says which release lacks what."""
    with pytest.raises(TargetError, match=f"@workos-inc/node 11.0.0 has no {operation}"):
        start(operation, fake_sdks.without(missing))


def test_node_about(start: Start) -> None:
    """The release says which it is, and which reasons it declares."""
    about = start("auto").about

    assert (about.version, about.language, about.seal) == ("11.0.0", "javascript", "iron")
    assert about.extra_reasons == ("invalid_grant", "mfa_enrollment")


@pytest.mark.parametrize(
    ("version", "operation", "switches"),
    [
        ("7.21.0", "refreshAndSealSessionData", False),
        ("7.22.0", "refreshAndSealSessionData", True),
        ("8.0.0", "refreshAndSealSessionData", True),
        ("7.21.0", "refresh", True),
    ],
)
def test_node_organization(tmp_path: Path, version: str, operation: str, switches: bool) -> None:
    """What a release cannot be told is not declared, so that nobody blames it for not being told."""
    node = shutil.which("node")
    assert node is not None, "these tests need Node.js"
    fake_sdks.write_node(tmp_path, version)
    with closing(
        StdioTarget("sdk", [node, str(ADAPTERS / "workos_node.mjs"), str(tmp_path), operation])
    ) as target:
        assert ("organization_id" in target.about.capabilities) is switches


def test_node_options(start: Start) -> None:
    """The SDK is configured with all that the request says, and with its own defaults for the rest."""
    target = start("auto")
    found, asked = given(target), given(target, organization_id="org_1", max_retries=0, timeout_s=3.5)

    assert found == {
        "key": "sk_test_1",
        "clientId": "client_1",
        "apiHostname": "127.0.0.1",
        "port": 9,
        "https": False,
        "timeout": 2000,
        "call": "refreshAndSealSessionData",
        "password": "a password of more than thirty-two characters",
        "number": found["number"],
    }
    assert (asked["organizationId"], asked["maxRetries"], asked["timeout"]) == ("org_1", 0, 3500)


def test_node_text_that_is_thrown(start: Start) -> None:
    """JavaScript can throw anything, also what is no error."""
    assert answer(start("auto"), "throw") == Raised("String", "a text", 'String\na text\na text\n"a text"')


def test_node_value_that_json_does_not_have(start: Start) -> None:
    """A value that JSON does not have does not end the adapter."""
    target = start("auto")

    assert isinstance(answer(target, "odd"), Raised)
    assert isinstance(answer(target, "yes"), Returned)
