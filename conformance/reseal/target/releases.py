"""Which releases of an SDK there are: asked of the registry, through its ordinary client.

A range is written as the registry's own tools write it: ``>=5.10,<9`` for Python, ``>=7.17 <9`` for
Node.  Pre-releases are left out unless the range names one.  A release that was yanked or deprecated
is listed where its client lists it: somebody may have it pinned, and it can still be installed.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from ..errors import TargetError, UsageError
from .packages import KINDS, last_words, npm_command

_ASK_S = 120


def releases(package: str, wanted: str) -> tuple[str, ...]:
    """The versions of ``package``, such as ``pypi:workos``, in the range ``wanted``, oldest first.

    Raises UsageError where the range is malformed or holds no release, TargetError where the registry
    cannot be asked.
    """
    registry, _, name = package.partition(":")
    found = _pypi(name, wanted) if registry == "pypi" else _npm(package, name, wanted)
    if not found:
        raise UsageError(f"{package}: no release that can be installed here is in the range {wanted!r}.")
    return tuple(sorted(found, key=age))


def age(version: str) -> Version:
    """A key that sorts versions by age; one of a form of its own sorts by its leading numbers."""
    try:
        return Version(version)
    except InvalidVersion:
        numbers = re.match(r"[0-9]+(\.[0-9]+)*", version)
        return Version(f"{numbers[0] if numbers else 0}.dev0")


def _pypi(name: str, wanted: str) -> list[str]:
    try:
        specifiers = SpecifierSet(wanted)
    except InvalidSpecifier as err:
        raise UsageError(f"{wanted!r} is no range for pypi:{name}. Write one as >=5.10,<9.") from err
    asks_for_early = bool(specifiers.prereleases)
    early = ["--pre"] if asks_for_early else []
    done = _ask([*_pip(), "index", "versions", name, *early], f"pypi:{name}")
    listed = re.search(r"^Available versions: (.+)$", done.stdout, re.MULTILINE)
    if done.returncode != 0 or listed is None:
        raise TargetError(f"pypi:{name}: pip could not list the releases: {last_words(done)}")
    return list(specifiers.filter(re.split(r",\s*", listed[1].strip()), prereleases=asks_for_early))


def _pip() -> list[str]:
    if _has_pip():
        return [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    if uv := shutil.which("uv"):  # environments that uv makes have no pip
        return [uv, "tool", "run", "--quiet", "--python", sys.executable, "pip"]
    raise TargetError(
        "the releases on PyPI cannot be listed: there is neither pip nor uv. Install one of them."
    )


def _has_pip() -> bool:
    return importlib.util.find_spec("pip") is not None


def _npm(package: str, name: str, wanted: str) -> list[str]:
    done = _ask([*npm_command(package), "view", f"{name}@{wanted or '*'}", "version", "--json"], package)
    answer = _json(done.stdout)
    if done.returncode != 0:
        if isinstance(answer, dict) and answer.get("error", {}).get("code") == "E404":
            return []
        raise TargetError(f"{package}: npm could not list the releases: {last_words(done)}")
    # One release is a text, several are a list, and an unknown range is taken for a tag: nothing.
    versions = [answer] if isinstance(answer, str) else answer
    return [version for version in versions or () if isinstance(version, str)]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _ask(command: list[str], package: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_ASK_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as err:
        raise TargetError(f"{package}: listing the releases took over {_ASK_S} s. Try again later.") from err


def operations(package: str) -> tuple[str, ...]:
    """The operations that releases of ``package`` can have."""
    return KINDS[package.partition(":")[0]].operations
