"""One cell of a matrix as a pure function: JSON in, JSON out.

It runs alike in a process of this machine and on a worker of a cluster, so it is told everything, and
keeps nothing: what is sent is the name of this function and a dictionary.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from .. import __version__, cases, contract, report, selection
from ..errors import NoSuchOperationError, TargetError, UsageError
from ..run import check
from ..target import open_target
from ..target.open import is_program
from .normal import normalized, public

# A worker of a cluster may run several cells at once, but what code in this process prints cannot be
# told apart by thread.
_IN_PROCESS = threading.Lock()


def run_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Check what ``cell`` names, and return it with a ``report``, or with why it ``failed``.

    ``cell`` has ``spec``, ``package``, ``version``, ``operation``, the facts of the matrix (``reseal``,
    ``contract``, ``seed``, ``level``, ``cases``), and the ``folder`` to import from.  A release without
    the operation is ``absent``.  Raises nothing: one bad cell is not the end of the others.
    """
    started = monotonic()
    result: dict[str, Any] = {name: cell[name] for name in ("spec", "package", "version", "operation")}
    try:
        result |= _checked(cell)
    except NoSuchOperationError as err:
        result |= {"failed": public(str(err)), "absent": True}
    except (TargetError, UsageError) as err:
        result["failed"] = public(str(err))
    except Exception as err:  # noqa: BLE001 - a fault of ours, told as such
        result["failed"] = public(f"reseal itself failed: {type(err).__name__}: {err}. Please report it.")
    return {**result, "seconds": round(monotonic() - started, 1)}


def _checked(cell: Mapping[str, Any]) -> dict[str, Any]:
    here = {"reseal": __version__, "contract": contract.load().edition}
    wanted = {name: cell[name] for name in here}
    if wanted != here:
        raise UsageError(f"the worker has {_facts(here)}, the matrix is of {_facts(wanted)}.")
    spec = cell["spec"]
    selected = selection.select(cases.load(), cell["cases"])
    with contextlib.nullcontext() if is_program(spec) else _IN_PROCESS:
        run = check(
            lambda: open_target(spec, folder=Path(cell["folder"])),
            selected,
            level=cell["level"],
            seed=cell["seed"],
        )
    return {"version": run.about.version or cell["version"], "report": normalized(report.to_json(run))}


def _facts(facts: Mapping[str, Any]) -> str:
    return f"reseal {facts['reseal']} and contract {facts['contract']}"
