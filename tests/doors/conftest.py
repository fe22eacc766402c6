"""Fixtures for the tests of the command, the plugin and the targets."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reseal import cases
from reseal.cli import main
from reseal.target import Target, packages
from reseal.target.stdio import StdioTarget

from .fake_registries import Machine
from .support import ADAPTER, Ended


@pytest.fixture(scope="session", autouse=True)
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let the many interpreters that the tests start share what they compile and compute."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        environment.delenv("PYTHONUNBUFFERED", raising=False)
        environment.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))
        environment.setenv("HYPOTHESIS_STORAGE_DIRECTORY", str(tmp_path_factory.mktemp("hypothesis")))
        yield


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current folder; what is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    _forget(tmp_path)


@pytest.fixture
def few_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue with a case or two of each requirement: a whole run in this process is a short one."""
    every, first = cases.by_id(), {}
    for case in every.values():
        for requirement in case.requirements:
            first.setdefault(requirement, case)
    some = tuple(
        case for case in every.values() if case in first.values() or case.id.startswith("refresh.reason.")
    )
    monkeypatch.setattr(cases, "load", lambda: some)
    monkeypatch.setattr(cases, "by_id", lambda: every)


@pytest.fixture
def reseal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """The command, in this process and in ``folder``: any other exception than its exit is a failure."""

    def run(*words: str) -> Ended:
        _forget(folder)
        monkeypatch.setattr(sys, "argv", ["reseal", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Ended(int(ended.value.code or 0), out, err)

    return run


def _forget(folder: Path) -> None:
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(folder)):
            del sys.modules[name]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., StdioTarget]]:
    """Starts the adapter that answers by the book, with a function replaced; stops it after the test."""
    running: list[StdioTarget] = []

    def run(replaced: str = "", **env: str) -> StdioTarget:
        text = ADAPTER.replace("# the function that a test replaces", textwrap.dedent(replaced))
        script = tmp_path / f"adapter-{len(running)}.py"
        script.write_text(text)
        target = StdioTarget("stdio:mine", [sys.executable, str(script)], env)
        running.append(target)
        return target

    yield run
    for target in running:
        target.close()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine without uv, npm and Node.js, until they are installed, and with an empty cache."""
    made = Machine(tmp_path / "bin", tmp_path / "cache")
    made.folder.mkdir()
    monkeypatch.setenv("PATH", str(made.folder))
    monkeypatch.setenv("RESEAL_CACHE", str(made.cache))
    monkeypatch.setattr(packages, "_node_of_wheel", lambda: None)
    return made


@pytest.fixture
def opened() -> Iterator[Callable[[str], Target]]:
    """Opens released SDKs, and closes them after the test."""
    running: list[Target] = []

    def run(spec: str) -> Target:
        running.append(packages.open_package(spec))
        return running[-1]

    yield run
    for target in running:
        target.close()
