"""Targets that a command names beside the configured one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .. import config
from ..target import Target, open_target
from ..target.open import Declared


def opener(spec: str) -> Callable[[], Target]:
    """What starts ``spec``, with what the configuration in the current folder declares of it."""
    settings = config.find(Path.cwd())
    declared = settings.declared if spec == settings.target else Declared()
    return lambda: open_target(spec, declared)
