"""What the tests of the two doors share: folders of users, and the commands that are run in them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reseal import EndpointInfo, RefreshRequest, cases
from reseal._data import fixtures_root
from reseal.engine import CaseRun, Engine
from reseal.target import Target

FIXTURES = fixtures_root()
REQUIREMENTS = tuple(
    row["id"] for row in tomllib.loads((FIXTURES / "contract.toml").read_text())["requirement"]
)

# A user's implementation: an application of the reference, with a mapping of its own that is wrong.
WRONG = '''\
"""How our application refreshes a session."""

from reseal import RefreshRequest
from reseal_reference import Application, KeyCache, Reason, refresh_and_seal_session_data

KEYS = KeyCache()


def refresh(request: RefreshRequest) -> dict[str, object]:
    endpoint = request.endpoint
    application = Application(
        endpoint.client_id, endpoint.api_key, base_url=endpoint.base_url,
        timeout_s=request.timeout_s, key_cache=KEYS,
    )
    result = refresh_and_seal_session_data(
        request.session_data, request.cookie_password, application, organization_id=request.organization_id
    )
    if result.authenticated:
        return {"authenticated": True, "sealed_session": result.sealed_session}
    reason = "invalid_session_cookie" if result.reason is Reason.INVALID_GRANT else result.reason
    return {"authenticated": False, "reason": reason}
'''
NO_COOKIE = "cookie.none and not with-organization and not circumstances"  # of which there is one case
FAILING_CASE = "refresh.reason.invalid-grant.revoked"
MENDED = WRONG.replace('"invalid_session_cookie" if result.reason is Reason.INVALID_GRANT else ', "")

# Right but for a password on stdout, which no documentation forbids.
CHATTY = MENDED.replace("    endpoint =", "    print(request.cookie_password)\n    endpoint =")

DEVIATION = '[[deviation]]\nrequirement = "{}"\nreason = "until 2.0"\nissue = "https://tracker.example/1"\n'


# An adapter that answers by the book; each test replaces one of its functions.
ADAPTER = """
import json, os, sys, threading, time

def tell(number, **reply):
    print(json.dumps({"id": number, **reply}), flush=True)

def hello(m):
    tell(m["id"], ok={"name": "mine", "language": "python", "seal": "iron", "capabilities": ["concurrent"]})

def refresh(m):
    tell(m["id"], ok={"authenticated": True, "sealed_session": m["session_data"]})

def seal(m):
    tell(m["id"], ok=json.dumps(m["payload"]))

def unseal(m):
    tell(m["id"], ok=json.loads(m["session_data"]))

def bye(m):
    sys.exit()

# the function that a test replaces

for line in sys.stdin:
    m = json.loads(line)
    globals()[m["op"]](m)
"""


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    status: int
    out: str
    err: str = ""


def run(words: list[str], folder: Path, env: Mapping[str, str] | None = None) -> Ended:
    """Run a command in ``folder``, in an environment that no run around this one has left traces in."""
    # pytest keeps its cache in tox's folder where it finds one: runs side by side would share it.
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "TOX_"))
    }
    # Only what hangs takes so long: four SDKs side by side on a busy machine have needed two minutes each.
    done = subprocess.run(
        words, cwd=folder, env={**kept, **(env or {})}, capture_output=True, timeout=600, check=False
    )
    return Ended(
        done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    )


def run_reseal(folder: Path, *words: str, env: Mapping[str, str] | None = None) -> Ended:
    """Run the installed command."""
    command = shutil.which("reseal", path=sysconfig.get_path("scripts"))
    assert command is not None, "reseal is not installed in this environment"
    return run([command, *words], folder, env)


def run_pytest(folder: Path, *words: str) -> Ended:
    """Run pytest, with reseal's plugin as its entry point brings it."""
    # Hypothesis's plugin has no part in this, and takes a fifth of the time.
    return run([sys.executable, "-m", "pytest", "-p", "no:hypothesispytest", *words], folder)


def project(folder: Path, module: str, source: str, toml: str = "") -> None:
    """Write an implementation and its reseal.toml."""
    folder.mkdir(exist_ok=True)
    (folder / f"{module}.py").write_text(source)
    (folder / "reseal.toml").write_text(f'target = "{module}:refresh"\n{toml}')


def outcome(out: str) -> str:
    """The counts in the last line of a pytest run."""
    return re.sub(r"=+ (.*) in [\d.]+s.* =+", r"\1", out.strip().splitlines()[-1])


def failing(text: str) -> list[str]:
    """The requirements that a report shows as failed."""
    return re.findall(r"^FAIL (\S+)", text, re.MULTILINE)


def observed(target: Target) -> CaseRun:
    """What comes of the simplest case."""
    return Engine(target).run(cases.by_id()["refresh.success.plain"])


def request(**changes: object) -> RefreshRequest:
    """A request that nobody is going to answer."""
    fields: dict[str, object] = {
        "session_data": "a cookie",
        "cookie_password": "a password of more than thirty-two characters",
        "organization_id": None,
        "endpoint": EndpointInfo("http://127.0.0.1:9", "client_1", "sk_test_1"),
    }
    return RefreshRequest(**{**fields, **changes})  # type: ignore[arg-type] # typed at each place of use
