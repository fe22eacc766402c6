"""Two implementations side by side, on scenarios that are made up.

No contract decides here: whatever the two do differently is shown, as the simplest scenario in which
they do.  What the user of an application would not notice is left out unless it is asked for: whether a
failure that ends no session is raised or returned, and by which name; when key sets are fetched; how
often a request is tried.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from .behaviour import Behaviour, Difference, Step, behaviour, differences
from .cases import Answer, Call, Case, Event, Setup
from .observation import Observation
from .observe import observe
from .protocol import REASONS, SealName
from .target import Target
from .wrapping import cut

_NOTICED = (
    "result",
    "new seal",
    "refresh token in the seal",
    "access token in the seal",
    "user in the seal",
    "refresh token sent",
    "requests to another origin",
)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A scenario in which two implementations differ.

    Attributes:
        differences: From ``left`` to ``right``.
    """

    scenario: Case
    differences: tuple[Difference, ...]
    left: Observation
    right: Observation


def first_disagreement(
    case: Case, left: Target, right: Target, *, seed: int, examples: int, strict: bool = False
) -> Disagreement | None:
    """The simplest scenario found among ``examples`` of ``case`` in which the two differ.

    The same ``seed`` makes the same scenarios, and the same passwords, ids and tokens.

    Raises TargetError where one of them cannot be asked.
    """
    from .generate import falsify

    found: list[Disagreement] = []
    tried = 0

    def agrees(scenario: Case) -> bool:
        nonlocal tried
        if found and _is_slow(found[-1]):
            return False  # to look for a simpler one could take a day
        # Other ids for each: implementations keep clients and key sets by them.
        tried += 1
        seen = [observe(scenario, target, seed=seed + tried) for target in (left, right)]
        if not _is_same_question(*seen):
            return True
        differ = differences(*(kind_of(observation, strict=strict) for observation in seen))
        if differ:
            found.append(Disagreement(scenario, differ, *seen))
        return not differ

    falsify(case, _common(left, right), agrees, examples=examples, walk=seed)
    return found[-1] if found else None


def kind_of(observation: Observation, *, strict: bool = False) -> Behaviour:
    """The behaviour of ``observation``, in full or as far as a user would notice."""
    whole = behaviour(observation)
    return whole if strict else Behaviour(tuple(_noticed(step) for step in whole.steps), whole.leaks)


def _noticed(step: Step) -> Step:
    traits = {aspect: value for aspect, value in step.traits.items() if aspect in _NOTICED}
    traits["result"] = " or ".join(
        sorted({_ending(result) for result in step.traits["result"].split(" or ")})
    )
    if "tries" in step.traits:
        traits["anything sent"] = "no" if step.traits["tries"] == "0" else "yes"
    return Step(traits)


def _ending(result: str) -> str:
    """What ``result`` is to the user of the application: signed in, signed out, or neither."""
    kind, _, reason = result.partition(", ")
    is_own = kind == "refused" and reason not in REASONS
    return "another failure" if is_own or result.startswith("raised ") else result


def _common(left: Target, right: Target) -> SealName:
    """The format whose parts may be changed: where the two differ, a change can be of the whole only."""
    return left.about.seal if left.about.seal == right.about.seal else "own"


def _is_same_question(left: Observation, right: Observation) -> bool:
    """Whether both were given cookies that are as sound.

    Each has its cookie in its own format, and a change that damages one may leave the other whole.
    """
    pairs = zip(left.calls, right.calls, strict=False)
    return all(a.cookie_is_sound == b.cookie_is_sound for a, b in pairs)


def _is_slow(found: Disagreement) -> bool:
    return any(seen.last.kind == "silent" for seen in (found.left, found.right))


# -- showing a scenario


def told(scenario: Case) -> Iterator[str]:
    """A scenario in words, a line for each thing that happens."""
    yield from _setup(scenario.setup)
    for step in scenario.steps:
        if isinstance(step, Event):
            yield " ".join([f"then {step.do}", *_after(step)])
        else:
            yield _call(step)
    if scenario.example:
        yield f"made up: {_cut(scenario.example)}"


def _setup(setup: Setup) -> Iterator[str]:
    usual = asdict(Setup())
    for name, value in asdict(setup).items():
        if name not in ("answers", "key_set") and value != usual[name]:
            yield f"{name}: {_cut(json.dumps(value))}"
    yield from (f"the endpoint answers {_answer(answer)}" for answer in setup.answers)
    yield from (f"the key set is {_answer(answer)}" for answer in setup.key_set)


def _after(event: Event) -> Sequence[str]:
    words = [f"{event.seconds:g} s"] if event.seconds else []
    return [*words, ", ".join(_answer(answer) for answer in event.answers)] if event.answers else words


def _call(call: Call) -> str:
    usual = asdict(Call())
    changed = {name: value for name, value in asdict(call).items() if value != usual[name]}
    cookie = changed.pop("cookie", {"kind": "session"})
    text = f"refresh, cookie {_cut(json.dumps(cookie))}"
    return text + (f", {_cut(json.dumps(changed))}" if changed else "")


def _answer(answer: Answer) -> str:
    usual = asdict(Answer())
    changed = {name: value for name, value in asdict(answer).items() if value != usual[name]}
    return _cut(json.dumps({"status": answer.status, **changed}))


def _cut(text: str) -> str:
    return cut(text, 200, told=True)
