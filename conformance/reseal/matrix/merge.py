"""The parts of a matrix that several machines ran, made one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import UsageError
from .file import Writer
from .lines import FACTS, Lines, read_lines


def merge(out: Path, parts: Sequence[Path]) -> int:
    """Write the matrix whose shards are ``parts`` to ``out``; return how many cells it has.

    Raises UsageError where ``out`` is there already, where parts belong to different matrices, one is
    there twice, is not finished, or is missing; nothing is written then.
    """
    if out.exists():
        raise UsageError(f"{out} is there already. Name a new file.")
    shards = sorted((read_lines(part) for part in parts), key=_number)
    _refuse_strangers(shards)
    _refuse_incomplete(shards)
    header = {name: value for name, value in shards[0].header.items() if name != "shard"}
    header["started"] = min(shard.header["started"] for shard in shards)
    with Writer(out, header) as writer:
        for shard in shards:
            for cell in shard.cells.values():
                writer.add(cell)
        writer.finish()
        return len(writer.cells)


def _number(lines: Lines) -> int:
    shard = lines.header.get("shard")
    if shard is None:
        raise UsageError(f"{lines.path.name}: this is a whole matrix and not a part of one (--shard).")
    return int(shard["number"])


def _refuse_strangers(shards: Sequence[Lines]) -> None:
    first = shards[0]
    for shard in shards[1:]:
        for name in FACTS:
            _same(name, first.header[name], shard.header[name], first, shard)
        for name, what in (("of", "the number of parts"), ("plan", "the list of releases")):
            _same(what, first.header["shard"][name], shard.header["shard"][name], first, shard)


def _same(what: str, one: object, other: object, first: Lines, second: Lines) -> None:
    if one != other:
        raise UsageError(
            f"{second.path.name}: {what} is {other!r}, in {first.path.name} it is {one!r}. "
            "Merge parts of one matrix."
        )


def _refuse_incomplete(shards: Sequence[Lines]) -> None:
    numbers = [_number(shard) for shard in shards]
    for shard, before, number in zip(shards[1:], numbers, numbers[1:], strict=False):
        if before == number:
            raise UsageError(f"{shard.path.name}: part {number} is there twice.")
    of = shards[0].header["shard"]["of"]
    if missing := sorted(set(range(1, of + 1)) - set(numbers)):
        raise UsageError(f"missing: {', '.join(f'{number}/{of}' for number in missing)}. Run them, too.")
    for shard in shards:
        if not shard.is_finished:
            number = _number(shard)
            raise UsageError(f"{shard.path.name}: part {number}/{of} is not finished. Run it again to go on.")
