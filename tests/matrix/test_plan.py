"""Which columns a matrix has, in which order they run, and how they are shared out."""

from __future__ import annotations

import pytest

from reseal.errors import TargetError, UsageError
from reseal.matrix.plan import Column, Shard, digest, in_turn, plan
from tests.doors.fake_registries import Machine


def specs(targets: list[str], versions: str | None = None) -> list[str]:
    return [column.spec for column in plan(targets, versions)]


def test_a_package_stands_for_its_releases(pypi: Machine) -> None:
    """A package stands for every release in the range, oldest first, each with all its operations."""
    assert specs(["pypi:workos"], ">=9") == [
        "pypi:workos==9.1.0#sync",
        "pypi:workos==9.1.0#async",
        "pypi:workos==10.8.0#sync",
        "pypi:workos==10.8.0#async",
    ]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("pypi:workos>=5.10,<9#async", ["5.10.0", "5.18.1"]),
        ("pypi:workos==5.*#async", ["5.9.0", "5.10.0", "5.18.1"]),
        ("pypi:workos~=5.10#async", ["5.10.0", "5.18.1"]),
        ("pypi:workos!=9.1.0#async", ["5.9.0", "5.10.0", "5.18.1", "10.8.0"]),
        ("pypi:workos#async", ["5.9.0", "5.10.0", "5.18.1", "9.1.0", "10.8.0"]),
        ("pypi:workos>=6.0.0rc1#async", ["6.0.0rc1", "9.1.0", "10.8.0"]),
    ],
)
def test_a_range_behind_the_name(pypi: Machine, target: str, expected: list[str]) -> None:
    """The range of the target itself counts; a pre-release is in it where the range names one."""
    assert [column.version for column in plan([target])] == expected
    assert {column.operation for column in plan([target])} == {"async"}


@pytest.mark.parametrize("wanted", [">=7 <9", "7", "7.x"])
def test_a_range_of_npm(npm: Machine, wanted: str) -> None:
    """npm is handed the range as it stands, and its answer is put in order."""
    found = plan([f"npm:@workos-inc/node@{wanted}#refresh"])

    assert [column.version for column in found] == ["7.0.0", "7.17.1", "7.82.0", "8.0.0"]
    assert npm.said("npm") == [f"view @workos-inc/node@{wanted} version --json"]


def test_one_release_asks_no_registry(machine: Machine) -> None:
    """A target with a version, and any other target, is a column of its own; nobody is asked."""
    found = plan(["pypi:workos==8.1.0#sync", "npm:@workos-inc/node@7.17.0", "reference", "reference"])

    assert found == (
        Column("pypi:workos==8.1.0#sync", "pypi:workos", "8.1.0", "sync"),
        Column(
            "npm:@workos-inc/node@7.17.0#refreshAndSealSessionData",
            "npm:@workos-inc/node",
            "7.17.0",
            "refreshAndSealSessionData",
        ),
        Column("npm:@workos-inc/node@7.17.0#refresh", "npm:@workos-inc/node", "7.17.0", "refresh"),
        Column("reference", "reference", "", None),
    )


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nobody", "target 'nobody' is of no known kind. Known are reference"),
        ("pypi:requests", "only pypi:workos==VERSION can be driven"),
        ("pypi:workos-x>=1", "only pypi:workos==VERSION can be driven"),
        ("pypi:workos>=>1", "is no range for pypi:workos. Write one as >=5.10,<9."),
        ("pypi:workos>=5#refresh", "no operation 'refresh'. Known are sync, async."),
        ("pypi:workos>=99", "pypi:workos: no release that can be installed here is in the range '>=99'."),
    ],
)
def test_what_is_no_target(pypi: Machine, target: str, said: str) -> None:
    """What cannot be driven, is no range, or has no release, is refused with what to write."""
    with pytest.raises(UsageError) as error:
        plan([target])

    assert said in str(error.value)


def test_npm_that_finds_nothing(machine: Machine) -> None:
    """npm's error for an empty range is told as such."""
    machine.command("npm", 'print(\'{"error": {"code": "E404"}}\')\nsys.exit(1)')

    with pytest.raises(UsageError, match=r"no release that can be installed here is in the range '>=99'"):
        plan(["npm:@workos-inc/node@>=99"])


@pytest.mark.parametrize("target", ["npm:@workos-inc/node", "pypi:workos"])
def test_a_registry_that_does_not_answer(pypi: Machine, target: str) -> None:
    """Where the releases cannot be listed, the client's last words are shown."""
    for client in ("npm", "python"):
        path = pypi.folder / client
        path.write_text("#!/bin/sh\necho the network is down >&2\nexit 1\n")
        path.chmod(0o755)

    with pytest.raises(TargetError, match=r"could not list the releases: the network is down"):
        plan([target])


def test_the_packages_take_turns(npm: Machine, pypi: Machine) -> None:
    """They run in turn, and no two operations of one release follow each other."""
    columns = plan(["pypi:workos>=9", "npm:@workos-inc/node@>=7"])

    order = [column.spec.partition(":")[2] for column in in_turn(columns)][:5]

    assert order == [
        "workos==9.1.0#sync",
        "@workos-inc/node@7.0.0#refreshAndSealSessionData",
        "workos==10.8.0#sync",
        "@workos-inc/node@7.17.1#refreshAndSealSessionData",
        "workos==9.1.0#async",
    ]
    assert sorted(in_turn(columns), key=str) == sorted(columns, key=str)


def test_shards_are_a_partition(npm: Machine) -> None:
    """Each column is in exactly one part."""
    columns = plan(["npm:@workos-inc/node"])

    parts = [Shard(number, 3).of_columns(columns) for number in (1, 2, 3)]

    assert sorted(c.spec for part in parts for c in part) == sorted(c.spec for c in columns)
    assert digest(columns) != digest(columns[1:])


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/", "a/b", "1/0", "-1/3"])
def test_a_part_that_is_none(text: str) -> None:
    """A part is counted from one, and is of a whole."""
    assert Shard.parse("3/3") == Shard(3, 3)

    with pytest.raises(UsageError, match="is no part of a whole"):
        Shard.parse(text)
