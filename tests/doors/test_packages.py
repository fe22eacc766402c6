"""Released SDKs as targets: what can be named, where it is installed, and what is said where it cannot be."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reseal.errors import TargetError, UsageError
from reseal.target import Target, packages
from reseal.target.packages import cache_folder, open_package, parse

from .fake_registries import NEWEST, Machine

Open = Callable[[str], Target]

TAG = f"py{sys.version_info.major}.{sys.version_info.minor}"


# Target strings


@pytest.mark.parametrize(
    ("spec", "registry", "name", "version", "operation"),
    [
        ("pypi:workos", "pypi", "workos", None, None),
        ("pypi:workos==10.8.0", "pypi", "workos", "10.8.0", None),
        ("pypi:workos==6.0.0rc1", "pypi", "workos", "6.0.0rc1", None),
        ("pypi:workos==10.8.0#async", "pypi", "workos", "10.8.0", "async"),
        ("pypi:workos#sync", "pypi", "workos", None, "sync"),
        ("npm:@workos-inc/node", "npm", "@workos-inc/node", None, None),
        ("npm:@workos-inc/node@11.0.0", "npm", "@workos-inc/node", "11.0.0", None),
        ("npm:@workos-inc/node@8.0.0-rc.1+b2", "npm", "@workos-inc/node", "8.0.0-rc.1+b2", None),
        ("npm:@workos-inc/node@7.82.0#refresh", "npm", "@workos-inc/node", "7.82.0", "refresh"),
        (
            "npm:@workos-inc/node#refreshAndSealSessionData",
            "npm",
            "@workos-inc/node",
            None,
            "refreshAndSealSessionData",
        ),
    ],
)
def test_a_target_string(
    spec: str, registry: str, name: str, version: str | None, operation: str | None
) -> None:
    """A registry, a package, a version where one is meant, and an operation where there are several."""
    assert parse(spec) == packages.Package(spec, registry, name, version, operation)


ONLY_PYPI = "only pypi:workos==VERSION can be driven. Use stdio:COMMAND with an adapter of your own"
ONLY_NPM = "only npm:@workos-inc/node@VERSION can be driven. Use stdio:COMMAND with an adapter of your own"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("pypi:requests", ONLY_PYPI),
        ("pypi:requests==2.0", ONLY_PYPI),
        ("pypi:workos==", ONLY_PYPI),
        ("pypi:workos>=10", ONLY_PYPI),
        ("pypi:workos@10.8.0", ONLY_PYPI),
        ("pypi:workos==10.*", ONLY_PYPI),
        ("pypi:workos==--index-url=http://127.0.0.1", ONLY_PYPI),
        ("pypi:workos==1 --pre", ONLY_PYPI),
        ("npm:workos", ONLY_NPM),
        ("npm:@workos-inc/node@", ONLY_NPM),
        ("npm:@workos-inc/node@latest", ONLY_NPM),
        ("npm:@workos-inc/node@^11", ONLY_NPM),
        ("npm:@workos-inc/authkit-js@1.0.0", ONLY_NPM),
        ("pypi:workos==10.8.0#refresh", "no operation 'refresh'. Known are sync, async."),
        ("npm:@workos-inc/node#sync", "no operation 'sync'. Known are refreshAndSealSessionData, refresh."),
    ],
)
def test_a_wrong_target_string(spec: str, said: str) -> None:
    """What cannot be driven is refused before anything is installed, with what can."""
    with pytest.raises(UsageError) as error:
        parse(spec)

    assert str(error.value).startswith(f"target {spec!r}: {said}")


# The cache


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"RESEAL_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, Path("/a")),
        ({"RESEAL_CACHE": "", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, Path("/b/reseal")),
        ({"RESEAL_CACHE": "", "XDG_CACHE_HOME": "", "HOME": "/c"}, Path("/c/.cache/reseal")),
        ({"RESEAL_CACHE": "here"}, Path.cwd() / "here"),
    ],
)
def test_cache_folder(monkeypatch: pytest.MonkeyPatch, env: dict[str, str], expected: Path) -> None:
    """RESEAL_CACHE names the folder itself; otherwise it is reseal in the user's cache folder."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    assert cache_folder() == expected.absolute()


def test_a_cache_that_cannot_be_written(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that cannot be written is the user's to mend, and the message names the variable."""
    machine.uv()
    monkeypatch.setenv("RESEAL_CACHE", str(machine.folder / "uv"))

    with pytest.raises(
        UsageError, match=r"cannot write to the cache .*: .*\. Set RESEAL_CACHE to a folder\."
    ):
        open_package("pypi:workos==10.8.0")


# PyPI


def test_pypi(machine: Machine, opened: Open) -> None:
    """A release is installed once, into a folder of its own, and driven by its own interpreter."""
    machine.uv()

    about = [opened("pypi:workos==10.8.0").about, opened("pypi:workos==10.8.0#async").about]

    assert [(a.name, a.version) for a in about] == [
        ("workos for Python, sync", "10.8.0"),
        ("workos for Python, async", "10.8.0"),
    ]
    assert machine.cached() == [f"pypi-workos-10.8.0-{TAG}"]
    assert [words.split()[-1] for words in machine.said("uv")][1:] == ["workos==10.8.0"]


def test_the_newest_of_pypi(machine: Machine, opened: Open) -> None:
    """Without a version the newest is installed, and kept under the version that it has."""
    machine.uv()

    assert opened("pypi:workos").about.version == NEWEST
    assert opened("pypi:workos").about.version == NEWEST
    assert machine.cached() == [f"pypi-workos-{NEWEST}-{TAG}"]
    assert machine.said("uv")[-1].endswith(" workos")


def test_pypi_without_uv(machine: Machine, monkeypatch: pytest.MonkeyPatch, opened: Open) -> None:
    """Where there is no uv, venv and pip do it."""
    monkeypatch.setattr(sys, "executable", str(machine.python_and_pip()))

    assert opened("pypi:workos==10.8.0").about.version == "10.8.0"
    assert machine.said("python")[0].startswith("-m venv ")
    assert machine.said("pip")[0].endswith("-m pip install --quiet workos==10.8.0")


@pytest.mark.parametrize("error", [TargetError("no network"), KeyboardInterrupt()])
def test_an_install_that_was_interrupted(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, opened: Open, error: BaseException
) -> None:
    """What was not installed whole is not taken for ready, and does not stay."""
    machine.uv()

    def interrupted(folder: Path, _: packages.Package) -> None:
        (folder / "bin").mkdir()
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(packages, "_install_pypi", interrupted)
        with pytest.raises(type(error)):
            opened("pypi:workos==10.8.0")
    assert machine.cached() == []

    assert opened("pypi:workos==10.8.0").about.version == "10.8.0"


def test_an_install_that_was_killed(machine: Machine, opened: Open) -> None:
    """What a killed process has left behind is not taken for ready either."""
    machine.uv()
    (machine.cache / f"pypi-workos-10.8.0-{TAG}.abc123" / "bin").mkdir(parents=True)

    assert opened("pypi:workos==10.8.0").about.version == "10.8.0"


def test_two_installs_at_once(machine: Machine, monkeypatch: pytest.MonkeyPatch, opened: Open) -> None:
    """Of two processes that install the same release, the second takes what the first has made."""
    machine.uv()
    install = packages._install_pypi

    def overtaken(folder: Path, package: packages.Package) -> None:
        monkeypatch.setattr(packages, "_install_pypi", install)
        opened("pypi:workos==10.8.0")
        install(folder, package)

    monkeypatch.setattr(packages, "_install_pypi", overtaken)

    assert opened("pypi:workos==10.8.0").about.version == "10.8.0"
    assert machine.cached() == [f"pypi-workos-10.8.0-{TAG}"]


def test_an_install_that_fails(machine: Machine) -> None:
    """The last lines of the installer are shown: they say why."""
    machine.command("uv", 'sys.exit("one\\ntwo\\n\\nworkos==99.0 was not found\\nTry another")')

    with pytest.raises(TargetError) as error:
        open_package("pypi:workos==99.0")

    said = "uv could not install it: two workos==99.0 was not found Try another"
    assert str(error.value) == f"target 'pypi:workos==99.0': {said}"


def test_an_install_that_hangs(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installer that does not end is not waited for without end."""
    machine.command("uv", "import time\ntime.sleep(60)")
    monkeypatch.setattr(packages, "_INSTALL_S", 0.3)

    with pytest.raises(TargetError, match=r"target 'pypi:workos': uv took over 0.3 s\."):
        open_package("pypi:workos")


# npm


def test_npm(machine: Machine, opened: Open) -> None:
    """A release is installed once, without running its scripts, and driven by Node.js."""
    machine.npm()
    machine.node("v22.11.0")

    about = opened("npm:@workos-inc/node@11.0.0").about
    opened("npm:@workos-inc/node@11.0.0#refresh")

    assert (about.name, about.version) == ("@workos-inc/node refreshAndSealSessionData", "11.0.0")
    assert machine.cached() == ["npm-workos-node-11.0.0"]
    assert len(machine.said("npm")) == 1
    assert " --ignore-scripts " in machine.said("npm")[0]


def test_the_newest_of_npm(machine: Machine, opened: Open) -> None:
    """Without a version the registry is asked for the newest."""
    machine.npm()
    machine.node("v22.11.0")

    assert opened("npm:@workos-inc/node").about.version == NEWEST
    assert machine.cached() == [f"npm-workos-node-{NEWEST}"]


def test_node_that_is_too_old(machine: Machine, opened: Open) -> None:
    """A release that asks for a newer Node.js is run all the same, and the report says so."""
    machine.npm()
    machine.node("v20.20.2")

    (note,) = opened("npm:@workos-inc/node@11.0.0").about.notes

    assert note.startswith("@workos-inc/node 11.0.0 asks for Node.js >=22.11.0, this ran on 20.20.2.")
    assert note.endswith(" Install reseal[node] to run it on a newer one.")


def test_node_of_the_extra(machine: Machine, monkeypatch: pytest.MonkeyPatch, opened: Open) -> None:
    """Where reseal[node] brings a newer one, it is taken, and there is nothing to note."""
    machine.npm()
    machine.node("v20.20.2")
    newer = machine.node("v24.1.0", "newer-node")
    monkeypatch.setattr(packages, "_node_of_wheel", lambda: newer)

    target = opened("npm:@workos-inc/node@11.0.0")

    assert target.about.notes == ()
    assert target._command[0] == str(newer)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("version", "wanted", "expected"),
    [
        ((22, 11, 0), ">=22.11.0", True),
        ((22, 11, 0), ">= v22.11", True),
        ((22, 11, 0), ">=22", True),
        ((22, 10, 9), ">=22.11.0", False),
        ((9, 0, 0), ">=22", False),
        ((20, 0, 0), "^22 || ^24", True),
        ((20, 0, 0), ">=22 <24", True),
        ((20, 0, 0), "", True),
        ((), ">=22", False),
    ],
)
def test_a_range_of_versions(version: tuple[int, ...], wanted: str, expected: bool) -> None:
    """A lower bound is compared number by number; a range of another form is taken as met."""
    assert packages._satisfies(version, wanted) is expected


def test_no_npm(machine: Machine) -> None:
    """Without npm, the message says what to install."""
    machine.node("v22.11.0")

    with pytest.raises(TargetError, match=r"there is no npm\. Install Node.js, or reseal\[node\]\."):
        open_package("npm:@workos-inc/node@11.0.0")


def test_no_node(machine: Machine) -> None:
    """Without Node.js, too."""
    machine.npm()

    with pytest.raises(TargetError, match=r"there is no Node.js\. Install it, or reseal\[node\]\."):
        open_package("npm:@workos-inc/node@11.0.0")


def test_a_cached_release_that_is_damaged(machine: Machine, opened: Open) -> None:
    """A folder of the cache that somebody has tidied is named, and can be deleted."""
    machine.npm()
    machine.node("v22.11.0")
    opened("npm:@workos-inc/node@11.0.0")
    folder = machine.cache / "npm-workos-node-11.0.0"
    (folder / "node_modules" / "@workos-inc" / "node" / "package.json").unlink()

    with pytest.raises(TargetError) as error:
        open_package("npm:@workos-inc/node@11.0.0")

    assert str(error.value).endswith(f"{folder} is damaged. Delete it and try again.")
