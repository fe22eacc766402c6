"""``reseal init``: what it finds, what it writes, and that it runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reseal._data import configures_reseal
from reseal.errors import UsageError
from reseal.starter import Language, look_at, write_missing
from reseal.target import Returned, open_target

from . import fake_sdks
from .support import Ended, request, run_reseal

Reseal = Callable[..., Ended]
PLAIN = ("check", "-k", "refresh.success.plain")
SAME = "print"  # the cookie for which the stand-ins print, and return what they were given


def manifest(*names: str, kind: str = "dependencies") -> dict[str, str]:
    return {"package.json": json.dumps({kind: dict.fromkeys(names, "1")})}


@pytest.mark.parametrize(
    ("files", "language", "sdk", "framework"),
    [
        ({}, "python", None, None),
        (
            {"requirements.txt": "# web\nFastAPI[all]>=0.1 ; python_version > '3'\n-r more.txt\n"},
            "python",
            None,
            "fastapi",
        ),
        ({"requirements-dev.txt": "workos==10.8.0\nflask"}, "python", "workos", "flask"),
        (
            {"pyproject.toml": '[project]\ndependencies = ["workos>=10", "Django"]'},
            "python",
            "workos",
            "django",
        ),
        (
            {"pyproject.toml": '[project.optional-dependencies]\nweb = ["starlette"]'},
            "python",
            None,
            "starlette",
        ),
        (
            {"pyproject.toml": '[dependency-groups]\ndev = ["workos", {include-group = "x"}]'},
            "python",
            "workos",
            None,
        ),
        ({"pyproject.toml": '[tool.poetry.dependencies]\nworkos = "^10"'}, "python", "workos", None),
        ({"pyproject.toml": '[project]\ndependencies = ["workos-extras"]'}, "python", None, None),
        ({"pyproject.toml": "project = 1\ntool = []\ndependency-groups = 'x'"}, "python", None, None),
        ({"pyproject.toml": '[project]\ndependencies = "workos"\n[tool]\npoetry = 1'}, "python", None, None),
        ({"package.json": '{"dependencies": ["express"], "devDependencies": "next"}'}, "node", None, None),
        ({"package.json": "[]"}, "node", None, None),
        (manifest("express"), "node", None, "express"),
        (manifest("@workos-inc/node", "next"), "node", "@workos-inc/node", "next"),
        (manifest("@workos-inc/authkit-nextjs", "next"), "node", "@workos-inc/node", "next"),
        (manifest("@workos-inc/node", kind="devDependencies"), "node", "@workos-inc/node", None),
        ({**manifest("express"), "requirements.txt": "flask"}, "python", None, "flask"),
        ({**manifest("@workos-inc/node"), "requirements.txt": "flask"}, "node", "@workos-inc/node", None),
    ],
)
def test_what_is_found(
    tmp_path: Path, files: dict[str, str], language: str, sdk: str | None, framework: str | None
) -> None:
    """Language, SDK and framework are those of the project's own files; the SDK decides between two."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    found = look_at(tmp_path)

    assert (found.language, found.sdk, found.framework) == (language, sdk, framework)


def test_the_language_can_be_told(tmp_path: Path) -> None:
    """A project in two languages is taken for the one that was asked for."""
    (tmp_path / "package.json").write_text(manifest("@workos-inc/node")["package.json"])
    (tmp_path / "requirements.txt").write_text("flask")

    assert look_at(tmp_path, "python").framework == "flask"


@pytest.mark.parametrize(
    ("name", "text"), [("pyproject.toml", "[project"), ("package.json", "{"), ("requirements.txt", "\xff")]
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, text: str) -> None:
    """A file that is broken is named."""
    (tmp_path / name).write_bytes(text.encode("latin-1"))

    with pytest.raises(UsageError, match=f"{name}: cannot be read"):
        look_at(tmp_path)


@pytest.mark.parametrize("language", ["python", "node"])
def test_nothing_is_overwritten(tmp_path: Path, language: Language) -> None:
    """What is there stays as it is, and is named; what is missing beside it is written."""
    (tmp_path / "reseal.toml").write_text("mine")

    first = write_missing(look_at(tmp_path, language))
    second = write_missing(look_at(tmp_path, language))

    assert [file.is_new for file in (*first, *second)] == [False, True, False, False]
    assert (tmp_path / "reseal.toml").read_text() == "mine"
    assert {file.why for file in second} == {"it is there already"}


def test_a_configuration_in_pyproject(tmp_path: Path) -> None:
    """A project that is configured in pyproject.toml gets no second configuration."""
    (tmp_path / "pyproject.toml").write_text("[tool.reseal]\ntarget = 'mine:refresh'\n")

    configuration, adapter = write_missing(look_at(tmp_path))

    assert configuration.why == "pyproject.toml has a table [tool.reseal]"
    assert adapter.is_new
    assert not (tmp_path / "reseal.toml").exists()


@pytest.mark.parametrize(
    "text", ["tool = 1", "[tool]", "tool = ", "x = " + "[" * 2_000], ids=lambda text: text[:8]
)
def test_a_pyproject_that_configures_nothing(tmp_path: Path, text: str) -> None:
    """Whatever stands there, a configuration is written beside it."""
    (tmp_path / "pyproject.toml").write_text(text)

    assert not configures_reseal(tmp_path / "pyproject.toml")


def test_an_adapter_that_calls_nothing(reseal: Reseal, folder: Path) -> None:
    """A Python adapter imports and runs at once: the verdict is an error, never a pass, and it says why."""
    (folder / "requirements.txt").write_text("django\n")

    told = reseal("init")
    ended = reseal(*PLAIN, "--json", "r.json")
    see = "see that seal in reseal.toml is yours,"

    assert told.out.splitlines() == [
        "found python, no official SDK, django",
        "wrote reseal.toml",
        "wrote reseal_adapter.py",
        f"next: put your call into reseal_adapter.py, {see} run: reseal check",
    ]
    assert "Django needs its settings first" in (folder / "reseal_adapter.py").read_text()
    assert ended.status == 3
    assert "reseal_adapter.py calls nothing yet." in ended.out
    summary = json.loads((folder / "r.json").read_text())["summary"]
    assert {counts["pass"] for counts in summary.values()} == {0}


def test_an_adapter_with_a_call(reseal: Reseal, folder: Path) -> None:
    """Where the line that raises is replaced by a call, the call is what is checked."""
    reseal("init")
    adapter = folder / "reseal_adapter.py"
    lines = adapter.read_text().splitlines()
    call = "    return references('fernet')['reference'].refresh(request)"
    lines.insert(2, "from reseal.target.builtin import references")
    adapter.write_text("\n".join([*lines[:-1], call, ""]))

    assert lines[-1].startswith("    raise TargetError(")
    assert reseal(*PLAIN).status == 0


def test_another_seal_than_that_of_the_project(reseal: Reseal, folder: Path) -> None:
    """Where a valid cookie is refused at once, the report asks about seal and adapter at its end."""
    (folder / "mine.py").write_text(
        "def refresh(request):\n    return {'authenticated': False, 'reason': 'invalid_session_cookie'}\n"
    )

    ended = reseal("check", "mine:refresh", "--seal", "fernet", "-k", "refresh.success.plain")

    assert ended.status == 1
    assert "A valid cookie was refused and nothing was sent" in ended.out
    assert "Is fernet the seal of your cookies" in ended.out


def test_an_async_adapter_that_calls_nothing(reseal: Reseal, folder: Path) -> None:
    """An adapter that is a coroutine function is as honest."""
    reseal("init")
    adapter = folder / "reseal_adapter.py"
    adapter.write_text(adapter.read_text().replace("def refresh", "async def refresh"))

    ended = reseal(*PLAIN)

    assert ended.status == 3
    assert "reseal_adapter.py calls nothing yet." in ended.out


def test_a_node_adapter_that_calls_nothing(tmp_path: Path) -> None:
    """A Node adapter runs at once, and cannot be taken for one that passes."""
    (tmp_path / "package.json").write_text(manifest("express")["package.json"])

    told, ended = run_reseal(tmp_path, "init"), run_reseal(tmp_path, *PLAIN)

    assert told.out.splitlines()[0] == "found node, no official SDK, express"
    assert told.out.splitlines()[-1].startswith("next: put your call into reseal-adapter.mjs")
    assert ended.status == 3
    assert "reseal-adapter.mjs calls nothing yet" in ended.err


@pytest.mark.parametrize("language", ["python", "node"])
def test_an_adapter_for_the_sdk(folder: Path, language: str) -> None:
    """For a project with the SDK, the adapter drives the one that the project has installed."""
    if language == "python":
        fake_sdks.write_python(folder)
        (folder / "requirements.txt").write_text("workos\n")
    else:
        fake_sdks.write_node(folder)
        (folder / "package.json").write_text(manifest("@workos-inc/node")["package.json"])
    write_missing(look_at(folder))
    spec = "reseal_adapter:refresh" if language == "python" else "stdio:node reseal-adapter.mjs"

    target = open_target(spec, folder=folder)
    try:
        given, refused, raised = (
            target.refresh([request(session_data=cookie, organization_id="org_a")], 30.0)[0]
            for cookie in (SAME, "no", "raise")
        )
    finally:
        target.close()

    assert isinstance(given, Returned)
    assert isinstance(refused, Returned)
    assert given.fields["authenticated"] is True
    assert "org_a" in given.fields["sealed_session"]
    assert refused.fields == {"authenticated": False, "reason": "invalid_grant"}
    assert type(raised).__name__ == "Raised"
    assert "organization_id" in target.about.capabilities
