"""The plugin's fixtures, in pytest runs of their own, as users of the fixtures start them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .support import outcome, run_pytest

TEST = """
import asyncio

import httpx
import pytest
from reseal.authkit import Authkit, Session
from reseal_reference import (
    Application, refresh_and_seal_session_data, refresh_and_seal_session_data_async
)


def application(authkit: Authkit) -> Application:
    return Application(
        authkit.client_id, authkit.api_key, base_url=authkit.base_url, seal=authkit.seal
    )


def test_sync(authkit: Authkit, authkit_session: Session, sealed_session: str, cookie_password: str):
    result = refresh_and_seal_session_data(sealed_session, cookie_password, application(authkit))

    authkit_session.assert_sealed_in(result.sealed_session)
    authkit.journal.assert_refreshed(authkit_session)


def test_async(authkit: Authkit, authkit_session: Session, sealed_session: str, cookie_password: str):
    async def refresh_many():
        return await asyncio.gather(
            *(
                refresh_and_seal_session_data_async(sealed_session, cookie_password, application(authkit))
                for _ in range(3)
            )
        )

    results = asyncio.run(refresh_many())

    assert all(result.authenticated for result in results)
    authkit_session.assert_sealed_in(results[0].sealed_session)


@pytest.mark.anyio
async def test_in_an_event_loop(authkit: Authkit, sealed_session: str, cookie_password: str):
    authkit.next.invalid_grant()
    result = await refresh_and_seal_session_data_async(sealed_session, cookie_password, application(authkit))

    assert result.reason == "invalid_grant"
"""
SEAL = """
def test_seal(authkit, sealed_session):
    print("made", authkit.seal, authkit.base_url, sealed_session[:5])
"""
OURS = {"reseal", "reseal.errors", "reseal.plugin", "reseal.protocol"}
LISTS_MODULES = """
import json
import sys


def pytest_unconfigure():
    print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers --strict-config\n")
    return tmp_path


def test_sync_and_async(folder: Path) -> None:
    """The fixtures serve sync tests, tests that run a loop, and tests that a plugin runs in one."""
    (folder / "test_a.py").write_text(TEST)

    ended = run_pytest(folder, "-W", "error")

    assert outcome(ended.out) == "3 passed", ended.out


def test_under_xdist(folder: Path) -> None:
    """Tests in several processes each have an endpoint of their own."""
    (folder / "test_a.py").write_text(TEST)

    ended = run_pytest(folder, "-n", "2", "-k", "not event_loop")

    assert outcome(ended.out) == "2 passed", ended.out


def test_the_marker(folder: Path) -> None:
    """The marker of a test comes before that of its module, and both before the project's options."""
    text = f"import pytest\npytestmark = pytest.mark.authkit(seal='fernet', transport='respx')\n\n{SEAL}"
    text += f"\n\n@pytest.mark.authkit(seal='iron')\n{SEAL.replace('test_seal', 'test_iron')}"
    (folder / "test_a.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\nauthkit_seal = iron\nauthkit_transport = loopback\n")

    ended = run_pytest(folder, "-s")

    assert outcome(ended.out) == "2 passed", ended.out
    assert "made fernet http://127.0.0.1:9 gAAAA" in ended.out
    assert "made iron http://127.0.0.1:9 Fe26." in ended.out


def test_the_options_of_the_project(folder: Path) -> None:
    """Without a marker, the ini options decide."""
    (folder / "test_a.py").write_text(SEAL)
    assert "made fernet" in run_pytest(folder, "-s").out

    (folder / "pytest.ini").write_text("[pytest]\nauthkit_seal = iron\nauthkit_transport = respx\n")

    assert "made iron http://127.0.0.1:9 " in run_pytest(folder, "-s").out


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("colour='red'", "marker authkit: 'colour' is not known. Name one of transport, seal"),
        ("'iron'", "marker authkit: 'iron' is not known."),
        ("seal='wax'", "seal: 'wax' cannot be made here. Use iron or fernet."),
        ("transport='smoke'", "transport: 'smoke' is not known. Use loopback or respx."),
    ],
)
def test_a_wrong_marker(folder: Path, marker: str, message: str) -> None:
    """A marker that asks for what there is not is an error of the test, with words that help."""
    (folder / "test_a.py").write_text(f"import pytest\n\n\n@pytest.mark.authkit({marker})\n{SEAL}")

    ended = run_pytest(folder)

    assert outcome(ended.out) == "1 error"
    assert message in ended.out


def test_what_a_run_without_them_imports(folder: Path) -> None:
    """Where no test asks for them, nothing of ours but the plugin is imported, and nothing heavy by it."""
    (folder / "conftest.py").write_text(LISTS_MODULES)
    (folder / "test_a.py").write_text("def test_plain():\n    pass\n")

    ours, without = (
        set(json.loads(run_pytest(folder, *words).out.splitlines()[-1]))
        for words in ((), ("-p", "no:reseal"))
    )

    assert ours - without == OURS


def test_they_are_listed(folder: Path) -> None:
    """`pytest --fixtures` and `--markers` say what there is."""
    (folder / "test_a.py").write_text("def test_plain():\n    pass\n")

    fixtures, markers = run_pytest(folder, "--fixtures").out, run_pytest(folder, "--markers").out

    assert "An AuthKit endpoint of this test's own: sessions, scripted answers, a journal." in fixtures
    assert "@pytest.mark.authkit(transport='loopback', seal='fernet'" in markers
