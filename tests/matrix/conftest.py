"""Fixtures for the tests of the matrix; machines and the command are those of the doors."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reseal.target import releases
from tests.doors.conftest import _shared, folder, machine, reseal
from tests.doors.fake_registries import Machine

__all__ = ["_shared", "folder", "machine", "reseal"]

_PIP = """
if "--pre" in words:
    print("workos (6.0.0rc1)\\nAvailable versions: 6.0.0rc1, {versions}")
else:
    print("workos (x)\\nAvailable versions: {versions}\\n  INSTALLED: 5.0")
"""

_NPM = """
import json
from tests.doors import fake_sdks
if "view" in words:
    print(json.dumps({versions!r}))
elif words[-1].endswith("7.17.1"):
    sys.exit("npm error code E404\\nnpm error no https://registry.example/node.tgz\\nnpm notice\\n")
else:
    version = words[-1].rpartition("@")[2]
    sources = {{"7.0.0": fake_sdks.NODE.replace("loadSealedSession(given)", "a()")
        + "delete UserManagement.prototype.refreshAndSealSessionData;",
        "8.0.0": fake_sdks.without("refreshAndSealSessionData")}}
    fake_sdks.write_node(Path.cwd(), version, sources.get(version, fake_sdks.NODE))
"""


@pytest.fixture
def pypi(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine whose pip lists some releases of the Python SDK."""
    versions = "10.8.0, 9.1.0, 5.18.1, 5.10.0, 5.9.0"
    machine.command("python", _PIP.format(versions=versions))
    monkeypatch.setattr(sys, "executable", str(machine.folder / "python"))
    monkeypatch.setattr(releases, "_has_pip", lambda: True)
    return machine


@pytest.fixture
def npm(machine: Machine) -> Machine:
    """A machine whose npm lists some releases of the Node SDK.

    7.0.0 cannot refresh, 8.0.0 has one operation, 7.17.1 cannot be installed.
    """
    machine.command("npm", _NPM.format(versions=["8.0.0", "7.17.1", "7.0.0", "7.82.0"]))
    machine.node("v22.11.0")
    return machine


@pytest.fixture
def counted(folder: Path) -> Callable[[], int]:
    """A module of an implementation, ``mine:refresh``; tells how often it was called."""
    (folder / "mine.py").write_text(
        "from pathlib import Path\n"
        "def refresh(request):\n"
        f"    with Path({str(folder / 'calls')!r}).open('a') as calls:\n"
        "        calls.write('.')\n"
        "    return {'authenticated': False, 'reason': 'invalid_grant'}\n"
    )
    return lambda: len((folder / "calls").read_text())
