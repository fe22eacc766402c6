"""The pytest plugin: collects ``reseal.toml``, one item for each case, and brings the fixture ``authkit``.

It does nothing at all in a run that meets no such file and asks for no fixture.  pytest's own options do
what they always do: ``-k``, ``-x``, ``--lf``, ``-n`` of pytest-xdist, ``--junit-xml``.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ._pytest_items import CaseFile
    from .authkit import Authkit, Session

_FILE = "reseal.toml"
_SEED = pytest.StashKey[int]()
_MARKER = (
    "authkit(transport='loopback', seal='fernet', cookie_password=None, grace_s=30.0): "
    "how the fixture authkit of this test is made"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("authkit_transport", "loopback (every client) or respx (httpx alone)", default="loopback")
    parser.addini("authkit_seal", "the format of sealed sessions: fernet or iron", default="fernet")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)
    # `testpaths` would hide a file at the root of the project, which is where it belongs.
    if config.args_source is config.ArgsSource.TESTPATHS:
        paths = (config.rootpath / _FILE, config.rootpath / "pyproject.toml")
        config.args += [str(path) for path in paths if _is_ours(path)]
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Summary(), "reseal-summary")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CaseFile | None:
    if not _is_ours(file_path):
        return None
    from ._pytest_items import CaseFile

    file: CaseFile = CaseFile.from_parent(parent, path=file_path)
    return file


@pytest.fixture
def authkit(request: pytest.FixtureRequest) -> Iterator[Authkit]:
    """An AuthKit endpoint of this test's own: sessions, scripted answers, a journal."""
    from ._pytest_fixtures import options_of
    from .authkit import open_host

    with open_host(**options_of(request)) as host:
        yield host.first


@pytest.fixture
def authkit_session(authkit: Authkit) -> Session:
    """A session of ``authkit``: a user without an organization."""
    return authkit.session()


@pytest.fixture
def sealed_session(authkit_session: Session) -> str:
    """The cookie of ``authkit_session``."""
    return authkit_session.seal()


@pytest.fixture
def cookie_password(authkit: Authkit) -> str:
    """The password that seals the cookies of ``authkit``."""
    return authkit.cookie_password


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Let every worker of pytest-xdist use the same seed."""
    node.workerinput["reseal_seed"] = run_seed(node.config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Attach what was found to the report, which travels from the workers to the controller."""
    report = yield
    found = getattr(item, "reseal_found", None)
    if found is not None and report.when == "call":
        report.reseal_found = found
    return report


def run_seed(config: pytest.Config) -> int:
    """The seed of this run, for configurations that have none."""
    from .config import new_seed

    if _SEED not in config.stash:
        given = getattr(config, "workerinput", {}).get("reseal_seed")
        config.stash[_SEED] = new_seed() if given is None else given
    return config.stash[_SEED]


def _is_ours(path: Path) -> bool:
    """Whether ``path`` is a configuration: one without a target is, and says so when it is collected."""
    if path.name != "pyproject.toml":
        return path.name == _FILE and path.is_file()
    from ._data import configures_reseal

    return configures_reseal(path)


class _Summary:
    """Gathers what the items found, and sums it up by file."""

    def __init__(self) -> None:
        self._found: dict[str, list[dict[str, Any]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        text = getattr(report, "reseal_found", None)
        if text is not None:
            found = json.loads(text)
            self._found.setdefault(found["file"], []).append(found)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """A deviation that no longer happens fails the run; only here is every case of it known."""
        if exitstatus == pytest.ExitCode.OK and any(run.is_overdue for run in self._runs):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for run in self._runs:
            terminalreporter.section(f"reseal: {run.file}")
            terminalreporter.write_line(run.text(with_colours=terminalreporter.hasmarkup))

    @functools.cached_property
    def _runs(self) -> Any:
        """What came of each file; asked for when all is found."""
        if not self._found:
            return ()
        from ._pytest_items import summed_up

        return [summed_up(file, found) for file, found in self._found.items()]
