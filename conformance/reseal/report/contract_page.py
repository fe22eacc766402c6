"""The contract as a page of the documentation, with an anchor for each requirement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .. import cases, contract
from ..cases import Case
from ..contract import Contract, Requirement
from ..protocol import SEALS

_GROUPS = {
    "result": "The answer",
    "cookie": "The cookie that comes in",
    "request": "What the endpoint may see",
    "success": "What a success must hold",
    "jwt": "The new access token",
    "error": "Failures of the endpoint",
    "seal": "The format of the seal",
    "concurrency": "Several refreshes",
    "secrecy": "Secrets",
}
_HEAD = """\
# The contract

<!-- Made by `reseal contract --markdown`; what to change is fixtures/contract.toml. -->

Edition {edition}: {count} requirements. `documented`: the page says so. `observed`: the official SDKs
agree, and the page is silent. `hardening`: an RFC asks for it, or users were hurt. What is `must` decides
about conformance at its level; what is `should` is reported only. `reseal contract --cases` lists the cases.
[What goes over the wire](wire.md) has the endpoint, its answers, and the inside of seals.
"""


def to_markdown() -> str:
    """The page, from the contract and the cases as installed."""
    table = contract.load()
    head = _HEAD.format(edition=table.edition, count=len(table.requirements))
    return "\n".join([head, *_groups(table)])


def _groups(table: Contract) -> Iterator[str]:
    for group, title in _GROUPS.items():
        yield f"## {title}\n"
        for row in table.requirements:
            if row.group == group:
                yield from _requirement(row)


def _requirement(row: Requirement) -> Iterator[str]:
    yield f'<a id="{row.id}"></a>\n'
    yield f"### {row.id}\n"
    yield f"{row.title}.\n"
    yield f"{row.origin}, {row.level}, since {row.since}. Judged on {_judged_on(row)}.\n"
    yield f"> {row.quote}\n>\n> {row.source}, read {row.checked}\n"


def _judged_on(row: Requirement) -> str:
    if row.scope == "every":
        return "whatever is observed in any case"
    own = [case for case in cases.load() if row.id in case.requirements]
    if len(own) == 1:
        return f"`{own[0].id}`"
    return f"{len(own)} cases{_by_format(own)}, such as `{own[0].id}`"


def _by_format(own: Sequence[Case]) -> str:
    """How many of the cases there are for each format of seals, where that makes a difference."""
    counts = {seal: sum(seal in case.formats for case in own) for seal in SEALS}
    if set(counts.values()) == {len(own)}:
        return ""
    return f" ({', '.join(f'{count} for {seal}' for seal, count in counts.items())})"
