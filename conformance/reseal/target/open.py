"""From a target string to a running implementation."""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..errors import TargetError, UsageError
from ..protocol import SEALS, Implementation, SealName
from .base import Target

KINDS = (
    "reference, reference-async, module:attribute, stdio:COMMAND, pypi:workos==X or npm:@workos-inc/node@X"
)
Kind = Literal["reference", "command", "release", "attribute"]


@dataclass(frozen=True, slots=True)
class Declared:
    """What a configuration says of a plain callable; an `Implementation` or an adapter says it itself."""

    seal: SealName | None = None
    capabilities: tuple[str, ...] | None = None
    extra_reasons: tuple[str, ...] | None = None


def is_program(spec: str) -> bool:
    """Whether ``spec`` names a program of its own, and not Python code in this process."""
    return spec.startswith("stdio:") or _is_release(spec)


def usual_workers(spec: str) -> int:
    """How many processes of ``spec`` run at once where nobody says.

    One of an adapter that is the user's: it may not bear another beside it.  Six of a release, which
    spends most of a run waiting, for time-outs and for key sets to cool down.
    """
    return 6 if _is_release(spec) else 1


def _is_release(spec: str) -> bool:
    return spec.startswith(("pypi:", "npm:"))


def open_target(spec: str, declared: Declared = Declared(), *, folder: Path | None = None) -> Target:
    """The implementation that ``spec`` names, running.

    ``folder`` is where modules are looked for first, and commands are run; the current one otherwise.

    Raises UsageError where ``spec`` is malformed or names nothing, TargetError where what it names
    cannot be started.
    """
    kind, _, rest = spec.partition(":")
    match kind_of(spec):
        case "reference":
            return _reference(spec, declared)
        case "command":
            from .stdio import StdioTarget

            return _as_declared(StdioTarget.of_command(spec, rest, folder), declared)
        case "release":
            from .packages import open_package

            return _as_declared(open_package(spec), declared)
        case "attribute":
            return _attribute(spec, kind, rest, declared, folder or Path.cwd())


def settled(spec: str) -> str:
    """``spec``, of a release without a version with the newest; what it raises is what `open_target` does."""
    if kind_of(spec) != "release":
        return spec
    from .packages import pinned

    return pinned(spec)


def kind_of(spec: str) -> Kind:
    """What ``spec`` names.  Raises UsageError, with what it could, where that is nothing known."""
    kind, _, rest = spec.partition(":")
    if spec in ("reference", "reference-async"):
        return "reference"
    if kind == "stdio" and rest:
        return "command"
    if _is_release(spec) and rest:
        return "release"
    if rest and re.fullmatch(r"[A-Za-z_][\w.]*", kind) and re.fullmatch(r"[A-Za-z_][\w.]*", rest):
        return "attribute"
    raise UsageError(f"target {spec!r} is of no known kind. Known are {KINDS}.")


def _as_declared(target: Target, declared: Declared) -> Target:
    """``target``, which speaks for itself, where nobody else says otherwise."""
    said = target.about
    for name, here, there in (
        ("seal", declared.seal, said.seal),
        ("capabilities", declared.capabilities, said.capabilities),
        ("extra_reasons", declared.extra_reasons, said.extra_reasons),
    ):
        is_same = here == there if isinstance(there, str) else {*(here or ())} == {*there}
        if here is not None and not is_same:
            target.close()
            raise UsageError(
                f"{name}: {here!r} is asked for, and {said.spec!r} says {there!r} of itself. "
                f"Remove {name} from reseal.toml or the command line, or mend the adapter."
            )
    return target


def _reference(spec: str, declared: Declared) -> Target:
    from .builtin import references
    from .inprocess import InProcessTarget

    return InProcessTarget(references(declared.seal or "iron")[spec], spec)


def _attribute(spec: str, module: str, attribute: str, declared: Declared, folder: Path) -> Target:
    from .inprocess import InProcessTarget

    return InProcessTarget(_implementation(_import(spec, module, attribute, folder), spec, declared), spec)


def _import(spec: str, module: str, attribute: str, folder: Path) -> Any:
    # A command does not have the current folder on its path, as `python -m` has; users expect it.
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    # A module may have been written since Python listed the folder, within the same tick of its clock.
    importlib.invalidate_caches()
    try:
        value: Any = importlib.import_module(module)
    except ModuleNotFoundError as err:
        raise UsageError(
            f"target {spec!r}: {err}. Run from the folder that holds the module, or install its package."
        ) from err
    except (Exception, SystemExit) as err:  # whatever the user's code does
        raise TargetError(f"target {spec!r}: importing {module} raised {_where_raised(err)}.") from err
    _refuse_namesake(module, spec, folder)
    try:
        for name in attribute.split("."):
            value = getattr(value, name)
    except AttributeError as err:
        raise UsageError(f"target {spec!r}: {err}. Name a function or a reseal.Implementation.") from err
    return value


def _where_raised(err: BaseException) -> str:
    told = f"{type(err).__name__}: {err}"
    if isinstance(err, SyntaxError):
        return told  # it names file and line itself
    place = traceback.extract_tb(err.__traceback__)[-1]
    return f"{told} ({Path(place.filename).name}, line {place.lineno})"


def _refuse_namesake(module: str, spec: str, folder: Path) -> None:
    """Python imports one module of a name: two configurations must not mean two."""
    top = module.partition(".")[0]
    found = getattr(sys.modules[top], "__file__", None)
    for wanted in (folder / top / "__init__.py", folder / f"{top}.py"):
        if wanted.is_file():
            if found is None or not wanted.samefile(found):
                raise UsageError(
                    f"target {spec!r}: {top} was imported from {found} before, so {wanted} cannot be. "
                    "Give one of them another name, or check them in two runs."
                )
            return


def _implementation(value: Any, spec: str, declared: Declared) -> Implementation:
    if not isinstance(value, Implementation):
        if not callable(value):
            raise UsageError(
                f"target {spec!r} is a {type(value).__name__}. Name a function or a reseal.Implementation."
            )
        refresh: Callable[..., Any] = value
        value = Implementation(name=spec, refresh=refresh)
    stated = {
        "seal": declared.seal,
        "capabilities": declared.capabilities,
        "extra_reasons": declared.extra_reasons,
    }
    implementation: Implementation = replace(
        value, **{name: field for name, field in stated.items() if field is not None}
    )
    if implementation.seal not in SEALS:
        raise UsageError(f"target {spec!r}: seal is {implementation.seal!r}. Use one of {', '.join(SEALS)}.")
    return implementation
