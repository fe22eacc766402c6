"""What `reseal init` writes drives the SDK that the project itself has installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from reseal.target import open_target
from reseal.target.packages import cache_folder


def reseal(folder: Path, *words: str, **env: str) -> str:
    """What the installed command says; it must end with 0."""
    command = shutil.which("reseal", path=sysconfig.get_path("scripts"))
    assert command is not None
    done = subprocess.run(
        [command, *words], cwd=folder, env=os.environ | env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def installed(spec: str, name: str) -> Path:
    """The folder that a release is installed in, as a project would have it."""
    open_target(spec).close()
    (folder,) = cache_folder().glob(name)
    return folder


@pytest.mark.sdk
def test_in_a_project_with_the_node_sdk(tmp_path: Path) -> None:
    """A session is refreshed by the SDK in the project's own node_modules."""
    folder = installed("npm:@workos-inc/node@11.0.0", "npm-workos-node-11.0.0")
    (tmp_path / "node_modules").symlink_to(folder / "node_modules")
    (tmp_path / "package.json").write_text('{"dependencies": {"@workos-inc/node": "11.0.0"}}')

    assert "next: reseal check" in reseal(tmp_path, "init")
    assert "CONFORMS" in reseal(tmp_path, "check", "-k", "refresh.success.plain")


@pytest.mark.sdk
def test_in_a_project_with_the_python_sdk(tmp_path: Path) -> None:
    """A session is refreshed by the SDK in the project's own environment."""
    folder = installed("pypi:workos==10.8.0", "pypi-workos-10.8.0-py*")
    (packages,) = folder.glob("lib/python*/site-packages")
    (tmp_path / "requirements.txt").write_text("workos==10.8.0\n")

    assert "next: reseal check" in reseal(tmp_path, "init")
    told = reseal(tmp_path, "check", "-k", "refresh.success.plain", PYTHONPATH=str(packages))
    assert "CONFORMS" in told
