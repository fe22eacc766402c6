"""Three blames, told apart by type.

* What the implementation under test does wrong is never an exception here: it is a verdict.
* `UsageError`: the user's command, configuration or fixtures.  Exit status 2.
* `TargetError`: the target cannot be run: not installed, no adapter, protocol broken.  Exit status 3.
* `HarnessError`: reseal itself is wrong.  A case that ends so has the verdict ``error``.
"""

from __future__ import annotations

import traceback
from pathlib import Path


class ResealError(Exception):
    """Base of all errors that reseal raises on purpose."""


class UsageError(ResealError):
    """A command, configuration or fixture is wrong; the message names the field and the mend."""


class TargetError(ResealError):
    """The target could not be started, or its adapter broke the protocol."""


class NoSuchOperationError(TargetError):
    """The release is there, and does not have the operation: nothing is broken, there is nothing to check."""


class GivenUpError(TargetError):
    """The target broke down, or hung, too often: it is not asked any more, and the rest is not run."""


class HarnessError(ResealError):
    """The harness contradicts itself.  Please report it."""


def place_of(err: Exception) -> str:
    """What was raised, and where; not its text, which may hold what a target was given."""
    last = traceback.extract_tb(err.__traceback__)[-1]
    return f"{type(err).__name__} in {Path(last.filename).name}, line {last.lineno}"
