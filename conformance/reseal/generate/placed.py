"""Fixed cases in circumstances that make no difference.

A rule of another kind than its neighbours: an example is not drawn but put together, from a fixed case of
the same requirement and some of the `circumstances`.  Nothing but these is new in it, so where an
implementation does right in the fixed case, and wrong in the example, they are why.  What must hold before
such a failure says anything goes with the example, as its ``like``.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from .. import cases as cases_module
from ..cases import Case
from ..protocol import SealName
from .circumstances import ALL, BEFORE, Circumstance, answers_of, calls_of, events_of

_FEW = 3  # of what happened before, each of which takes a call or more


def falsify(
    case: Case,
    seal: SealName,
    passes: Callable[[Case], bool],
    *,
    examples: int,
    walk: int | None,
    capabilities: Collection[str],
) -> None:
    """Look for a fixed case of ``case``'s requirement that does not pass in circumstances, then for fewer.

    The examples of a ``walk``, more than the usual two, depend on its number.
    """
    fixed = [each for each in _fixed_cases(case, seal) if set(each.needs) <= set(capabilities)]
    known = [each for each in ALL if seal in each.formats and set(each.needs) <= set(capabilities)]
    if not fixed:
        return
    if walk is None:
        chosen = _in_turn(fixed, known, random.Random(zlib.crc32(case.id.encode())))  # noqa: S311 - repeatable
    else:
        chosen = _at_random(fixed, known, random.Random(walk), examples)  # noqa: S311 - repeatable

    def fails(placed: _Placed) -> bool:
        return bool(placed.told) and not passes(placed.example_of(case))

    for placed in chosen:
        if fails(placed):
            needed = placed.told
            for each in placed.told:
                fewer = _Placed.of(placed.base).in_all([other for other in needed if other is not each])
                needed = fewer.told if fails(fewer) else needed
            return


def _in_turn(fixed: Sequence[Case], known: Sequence[Circumstance], rng: random.Random) -> Iterable[_Placed]:
    """A case in all that costs no call of its own, and another after a few of the things that do."""
    # What takes a capability hides the plainer one that it includes, so it comes every other time.
    at_once = [each for each in known if each not in BEFORE and (not each.needs or rng.random() < 0.5)]
    lived = [each for each in known if each in BEFORE]
    before = sorted(rng.sample(lived, _FEW), key=lived.index)
    for base, some in zip(rng.sample([*fixed, *fixed], 2), (at_once, before), strict=True):
        yield _Placed.of(base).in_all(some)


def _at_random(
    fixed: Sequence[Case], known: Sequence[Circumstance], rng: random.Random, examples: int
) -> Iterable[_Placed]:
    for _ in range(examples):
        some = set(rng.sample(range(len(known)), rng.randint(1, len(known))))
        yield _Placed.of(rng.choice(fixed)).in_all([each for i, each in enumerate(known) if i in some])


@dataclass(frozen=True, slots=True)
class _Placed:
    """A fixed case in circumstances.

    Attributes:
        family: The case in them, and its parent, which must bear what its faulty child does.
        told: Those that make no difference to either.
    """

    base: Case
    family: tuple[Case, ...]
    told: tuple[Circumstance, ...] = ()

    @classmethod
    def of(cls, base: Case) -> _Placed:
        return cls(base, (base, *(cases_module.by_id()[name] for name in [base.parent] if name is not None)))

    def in_all(self, circumstances: Iterable[Circumstance]) -> _Placed:
        """In ``circumstances`` besides, which come in the order of `ALL`, where they make no difference."""
        family, told = self.family, self.told
        for each in circumstances:
            changed = [each.change(member) for member in family]
            if None not in changed:
                family = tuple(member for member in changed if member is not None)
                told = (*told, each)
        return replace(self, family=family, told=told)

    def example_of(self, case: Case) -> Case:
        """The example of ``case`` that it is."""
        words = [each.words for each in self.told]
        made_up = json.dumps({"case": self.base.id, "circumstances": words}, ensure_ascii=False)
        example, *parents = self.family
        return replace(
            case,
            setup=example.setup,
            steps=example.steps,
            expect=example.expect,
            needs=example.needs,
            generate=None,
            example=made_up,
            like=(self.base, *(replace(parent, example=made_up) for parent in parents)),
        )


def _fixed_cases(case: Case, seal: SealName) -> list[Case]:
    """Those of the requirement that take no time, and do not race."""
    wanted = set(case.requirements)
    return [
        each
        for each in cases_module.load()
        if wanted & set(each.requirements)
        and each.generate is None
        and seal in each.formats
        and _is_quick(each)
    ]


def _is_quick(case: Case) -> bool:
    setup = case.setup
    if not setup.listening or setup.tls is not None or any(a.delivery or a.fault for a in answers_of(case)):
        return False
    calls = calls_of(case)
    return "wait" not in events_of(case) and all(call.repeat * call.together <= 2 for call in calls)
