"""Every mutant of the reference, in a fixed order, each under an id that survives edits elsewhere."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import accumulate, zip_longest
from pathlib import Path
from typing import Any
from zlib import crc32

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

from .operators import OWN

PACKAGE = "reseal_reference"


Change = tuple[str, Any, int, str]
"""An operator's name, the node that changes, the line of it, and the source of the module then."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to one module of the reference.

    Attributes:
        id: Module, function, operator, and the how manieth of these.
        line: The text of the line that changes; ``becomes`` is what it changes to.
        source: Of the whole module.
    """

    id: str
    module: str
    number: int
    line: str
    becomes: str
    source: str = field(repr=False)


def modules() -> Mapping[str, Path]:
    """The modules of the reference by full name; found, not imported."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{PACKAGE} is not installed. Install the project first.")
    folder = Path(spec.origin).parent
    return {f"{PACKAGE}.{path.stem}": path for path in sorted(folder.glob("*.py")) if path.stem != "__init__"}


def mutants(core: Sequence[str]) -> Iterator[Mutant]:
    """Every mutant that differs from the original, and from those before, in more than its looks.

    ``core`` names operators of cosmic-ray; ours are always applied.
    """
    for module, path in modules().items():
        source = path.read_text("utf-8")
        seen = {ast.dump(ast.parse(source))}
        for mutant in _of_module(module, source, core):
            try:
                shape = ast.dump(ast.parse(mutant.source))
            except SyntaxError as err:
                raise RuntimeError(f"{mutant.id}: {mutant.becomes!r} is no Python") from err
            if shape not in seen:
                seen.add(shape)
                yield mutant


def in_sample(mutant: Mutant, one_in: int) -> bool:
    """Whether ``mutant`` is in the sample: by its id, so that the sample is the same everywhere."""
    return crc32(mutant.id.encode()) % one_in == 0


def out_of_scope(mutant: Mutant, patterns: Iterable[str]) -> str | None:
    """The first of ``patterns`` that fits ``module.function/Operator: line → what becomes of it``."""
    text = f"{mutant.id.rpartition('.')[0]}: {mutant.line} → {mutant.becomes}"
    return next((pattern for pattern in patterns if re.search(pattern, text)), None)


def _of_module(module: str, source: str, core: Sequence[str]) -> Iterator[Mutant]:
    nodes = [node for node in ast_nodes(get_ast(source)) if not _says_nothing(node)]
    counts: Counter[str] = Counter()
    for name, node, number, changed in (*_by_cosmic_ray(source, core), *_by_ours(source, nodes)):
        where = f"{module.partition('.')[2]}.{_definition(node)}/{name}"
        counts[where] += 1
        if changed != source:
            line, becomes = _difference(source, changed, number)
            yield Mutant(f"{where}.{counts[where]}", module, number, line, becomes, changed)


def _by_cosmic_ray(source: str, names: Sequence[str]) -> Iterator[Change]:
    nodes = list(ast_nodes(get_ast(source)))
    for name in names:
        operator = get_operator(f"core/{name}")()
        positions = ((node, start) for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, (node, start) in enumerate(positions):
            if not _says_nothing(node):
                changed = mutate_code(source, operator, occurrence)
                yield name.removeprefix("Replace"), node, start[0], changed


def _by_ours(source: str, nodes: Iterable[Any]) -> Iterator[Change]:
    lines = source.splitlines(keepends=True)
    starts = [0, *accumulate(len(line) for line in lines)]
    for node in nodes:
        start, end = (starts[row - 1] + column for row, column in (node.start_pos, node.end_pos))
        for name, rewrites in OWN.items():
            for part, text in rewrites(node):
                yield name, node, part.start_pos[0], source[:start] + text + source[end:]


def _says_nothing(node: Any) -> bool:
    """Whether ``node`` is in an annotation or an import, or the star of a signature."""
    if node.parent is not None and node.parent.type in ("parameters", "param"):
        return node.type == "operator"
    while (parent := node.parent) is not None:
        if parent.type in ("import_name", "import_from"):
            return True
        if parent.type == "annassign" and node is parent.children[1]:
            return True
        if parent.type == "tfpdef" and node is parent.children[-1]:
            return True
        if parent.type == "funcdef" and node.get_previous_leaf().value == "->":
            return True
        node = parent
    return False


def _definition(node: Any) -> str:
    names = []
    while node is not None:
        if node.type in ("funcdef", "classdef"):
            names.append(node.name.value)
        node = node.parent
    return ".".join(reversed(names)) or "top"


def _difference(before: str, after: str, number: int) -> tuple[str, str]:
    """The line ``number`` as it was, and what stands in its place and around it where that changed."""
    old, new = before.splitlines(), after.splitlines()
    top = next(i for i, pair in enumerate(zip_longest(old, new)) if pair[0] != pair[1])
    end = next(i for i, pair in enumerate(zip_longest(old[::-1], new[::-1])) if pair[0] != pair[1])
    return old[number - 1].strip(), " ".join(line.strip() for line in new[top : len(new) - end])
