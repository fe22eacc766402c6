"""From what was made up to a case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..cases import Answer, Call, Case


def example_of(
    case: Case,
    made_up: Any,
    *,
    cookie: Mapping[str, Any] | None = None,
    answers: tuple[Answer, ...] = (),
    impersonator: Mapping[str, Any] | None = None,
) -> Case:
    """``case`` with what was made up in its place, told as JSON."""
    steps = list(case.steps)
    if cookie is not None:
        first = next(i for i, step in enumerate(steps) if isinstance(step, Call))
        steps = [
            replace(step, cookie=cookie) if i == first and isinstance(step, Call) else step
            for i, step in enumerate(steps)
        ]
    setup = replace(case.setup, answers=answers, impersonator=impersonator or case.setup.impersonator)
    return replace(case, steps=tuple(steps), setup=setup, generate=None, example=json.dumps(made_up))
