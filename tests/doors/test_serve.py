"""``reseal serve`` as a process: its first line, its log, HTTPS, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from reseal import _data

from .support import run, run_reseal

EVERYWHERE = "0.0.0.0"  # noqa: S104 - refused, or asked for


@dataclass
class Serving:
    """A running endpoint, and what it said when it was ready."""

    process: subprocess.Popen[str]
    told: dict[str, Any]
    error: str = field(default="", init=False)

    def ended(self, number: signal.Signals) -> int:
        """The exit status after a signal."""
        self.process.send_signal(number)
        _, self.error = self.process.communicate(timeout=60)
        return self.process.returncode


Start = Callable[..., Serving]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the installed command, and waits for its first line."""
    running: list[subprocess.Popen[str]] = []

    def run_it(*options: str) -> Serving:
        command = shutil.which("reseal", path=sysconfig.get_path("scripts"))
        assert command is not None
        process = subprocess.Popen(
            [command, "serve", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        running.append(process)
        assert process.stdout is not None
        return Serving(process, json.loads(process.stdout.readline()))

    yield run_it
    for process in running:
        process.kill()
        process.communicate(timeout=60)


def refreshed(told: dict[str, Any], **options: Any) -> httpx.Response:
    """The answer to a refresh of the session in the first line."""
    fields = {
        "grant_type": "refresh_token",
        "client_id": told["client_id"],
        "client_secret": told["api_key"],
        "refresh_token": told["session"]["refresh_token"],
    }
    url = f"{told['base_url']}/user_management/authenticate"
    return httpx.post(url, json=fields, trust_env=False, **{"timeout": 30, **options})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_from_beginning_to_end(start: Start, number: signal.Signals) -> None:
    """The first line has all that is needed to refresh; a signal ends it cleanly."""
    serving = start()

    assert _data.first_error(serving.told, "control", "ready") is None
    assert refreshed(serving.told).status_code == 200
    assert serving.ended(number) == 0
    assert "Traceback" not in serving.error


def test_a_stalled_answer_does_not_keep_it(start: Start) -> None:
    """It ends while a client still waits for an answer that never comes."""
    serving = start("--log", "quiet")
    control = f"{serving.told['base_url']}/_reseal/tenants/default"
    httpx.post(
        f"{control}/script", json={"answers": [{"name": "stalls"}]}, trust_env=False
    ).raise_for_status()
    with pytest.raises(httpx.ReadTimeout):
        refreshed(serving.told, timeout=0.2)

    assert serving.ended(signal.SIGTERM) == 0


def test_a_signal_while_it_begins_to_wait() -> None:
    """No signal is missed, whatever the process is about when it comes."""
    program = """if True:
        import random, signal
        from reseal.cli.serve import signals

        wait, rng = signals(signal.SIGALRM), random.Random(1)
        for _ in range(5_000):
            signal.setitimer(signal.ITIMER_REAL, rng.uniform(10e-6, 50e-6))
            wait()
    """

    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0


@pytest.mark.parametrize("form", ["json", "text", "quiet"])
def test_the_log(start: Start, form: str) -> None:
    """A line for each request, as it was asked for, without a secret."""
    serving = start("--log", form)
    answer = refreshed(serving.told).json()

    serving.ended(signal.SIGTERM)

    told = serving.told
    secrets = (
        told["api_key"],
        told["session"]["refresh_token"],
        answer["access_token"],
        told["cookie_password"],
    )
    assert [secret for secret in secrets if secret in serving.error] == []
    lines = serving.error.splitlines()
    expected = {
        "quiet": [],
        "json": [("POST", "/user_management/authenticate", 200, told["session"]["id"])],
        "text": [f"POST /user_management/authenticate → 200 ({told['client_id']} {told['session']['id']})"],
    }
    assert [_seen(form, line) for line in lines] == expected[form]


def _seen(form: str, line: str) -> object:
    if form != "json":
        return line
    event = json.loads(line)
    return event["method"], event["path"], event["status"], event["session_id"]


def test_https(start: Start) -> None:
    """It speaks HTTPS, to clients that trust the authority in the file that it names, and to no others."""
    serving = start("--https")
    ca_file = Path(serving.told["ca_file"])

    trusting = ssl.create_default_context(cafile=str(ca_file))
    by_name = serving.told | {"base_url": serving.told["base_url"].replace("127.0.0.1", "localhost")}

    assert serving.told["base_url"].startswith("https://127.0.0.1:")
    assert refreshed(serving.told, verify=trusting).status_code == 200
    assert refreshed(by_name, verify=trusting).status_code == 200
    with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        refreshed(serving.told)
    assert serving.ended(signal.SIGTERM) == 0
    assert not ca_file.exists()


def test_a_port_of_ones_own(start: Start, tmp_path: Path) -> None:
    """A port can be asked for; one that is taken is refused with what to do."""
    port = httpx.URL(start().told["base_url"]).port

    ended = run_reseal(tmp_path, "serve", "--port", str(port))

    assert ended.status == 2
    assert f"cannot listen on 127.0.0.1, port {port}: " in ended.err
    assert "Use --port 0 for a port that is free." in ended.err


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.0.2.1", "machine.example"])
def test_other_machines(tmp_path: Path, host: str) -> None:
    """An address that other machines can reach is refused, and the reason is told."""
    ended = run_reseal(tmp_path, "serve", "--host", host)

    assert (ended.status, ended.out) == (2, "")
    assert f"--host {host} can be reached from other machines" in ended.err
    assert "add --allow-remote where that is meant" in ended.err


def test_a_host_that_is_none(tmp_path: Path) -> None:
    """A name that no certificate can be made for is refused, with the option that has it."""
    ended = run_reseal(tmp_path, "serve", "--https", "--host", "a..b", "--allow-remote")

    assert (ended.status, ended.out) == (2, "")
    assert "--host a..b: no certificate can be made for it" in ended.err


def test_other_machines_when_it_is_meant(start: Start) -> None:
    """With --allow-remote it listens everywhere, and names an address that works here."""
    serving = start("--host", EVERYWHERE, "--allow-remote", "--seal", "fernet")

    assert serving.told["base_url"].startswith("http://127.0.0.1:")
    assert serving.told["session"]["sealed_session"].startswith("gAAAA")
    assert refreshed(serving.told).status_code == 200


def test_the_commands_of_the_documentation(tmp_path: Path) -> None:
    """The shell session in docs/serve.md does what it shows, from the start to the end of the process."""
    docs = Path(__file__).parents[2] / "docs" / "serve.md"
    script = "".join(
        part.partition("```")[0] for part in docs.read_text("utf-8").split("```sh\n")[1:] if "curl" in part
    )
    reseal = shutil.which("reseal", path=sysconfig.get_path("scripts"))
    assert reseal is not None
    path = f"{Path(reseal).parent}:{os.environ['PATH']}"

    ended = run(["bash", "-euo", "pipefail", "-c", script], tmp_path, {"PATH": path})

    assert ended.status == 0, ended.err
    assert '"access_token": "ey' in ended.out
    assert "503\n400\n" in ended.out
    assert '"error": "invalid_grant"' in ended.out
