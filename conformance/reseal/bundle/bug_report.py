"""An issue for the tracker of an SDK: what is documented, what happened, and how to see it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping

from ..contract import Origin
from ..markdown import code, fenced, quoted, wrapped
from ..observation import ExchangeSeen
from ..report.as_text import repeat_command
from ..rows import as_row
from .play import NotPlayableError
from .scripts import script_of
from .values import Bundle

_HEADINGS: Mapping[Origin, str] = {
    "documented": "What the documentation says",
    "observed": "What the official SDKs do",
    "hardening": "What is expected",
}
_OF: Mapping[Origin, str] = {
    "documented": "",
    "observed": "The documentation is silent here; the official SDKs agree.",
    "hardening": "The documentation is silent here; this follows from the source, or from what users met.",
}
_SHOWN = 12  # exchanges
_PRIVATE_GROUPS = ("jwt", "secrecy", "seal")
_PRIVATE_PREFIX = "request.no-"


def warning(bundle: Bundle) -> str:
    """What to think of before the report is published; empty where there is nothing."""
    ids = [finding.requirement for finding in bundle.findings]
    hole = next(
        (i for i in ids if i.partition(".")[0] in _PRIVATE_GROUPS or i.startswith(_PRIVATE_PREFIX)), None
    )
    if hole is None:
        return ""
    return (
        f"reseal: {hole} may be a vulnerability: look for the maintainers' private way to report one "
        "before you publish this.\n"
    )


def to_markdown(bundle: Bundle) -> str:
    """The text of the issue; its first line is the title."""
    parts = [_title(bundle), *_documented(bundle), *_happened(bundle), *_reproduce(bundle)]
    return "\n\n".join(parts) + "\n"


def _title(bundle: Bundle) -> str:
    requirement, _ = bundle.main
    # A title is no Markdown everywhere, so what the target calls itself is in the text.
    return f"# Session refresh: {requirement.title} ({requirement.id})"


def _documented(bundle: Bundle) -> Iterator[str]:
    requirement, _ = bundle.main
    yield f"## {_HEADINGS[requirement.origin]}"
    if _OF[requirement.origin]:
        yield _OF[requirement.origin]
    yield quoted(requirement.quote)
    yield f"Source: {requirement.source}, read {requirement.checked}."


def _happened(bundle: Bundle) -> Iterator[str]:
    _, finding = bundle.main
    about = bundle.about
    yield "## What happened"
    yield (
        f"With {code(' '.join(part for part in (about.name, about.version) if part))} "
        f"({code(about.language)}), on {bundle.clock.partition('T')[0]}."
    )
    yield f"The case is {code(bundle.case.id)}: {code(bundle.case.title)}. {_difference(bundle)}".rstrip()
    yield f"Expected: {code(finding.expected)}"
    yield "Got:"
    yield fenced(wrapped(finding.got))
    yield "\n".join(_exchange(bundle))
    others = [other.requirement for other in bundle.findings if other.requirement != finding.requirement]
    if others:
        yield f"The same case also fails {', '.join(code(other) for other in others)}."


def _difference(bundle: Bundle) -> str:
    if bundle.case.parent is None:
        return ""
    mutation = code(bundle.case.mutation or "")
    return f"It differs from one that succeeds ({code(bundle.case.parent)}) in this: {mutation}."


def _exchange(bundle: Bundle) -> Iterator[str]:
    if not bundle.observation.exchanges:
        yield "Nothing was sent to the API."
        return
    yield "| call | request | with | answer |"
    yield "|---|---|---|---|"
    for seen in bundle.observation.exchanges[:_SHOWN]:
        cells = (f"{seen.call + 1}", code(_request(seen)), code(", ".join(seen.fields)), code(seen.said))
        yield f"| {' | '.join(cells)} |"
    more = len(bundle.observation.exchanges) - _SHOWN
    if more > 0:
        yield f"| | and {more} more | | |"


def _request(seen: ExchangeSeen) -> str:
    where = "" if seen.origin == "endpoint" else " at another origin"
    return f"{seen.method} {seen.path}{where}"


def _reproduce(bundle: Bundle) -> Iterator[str]:
    yield "## How to reproduce"
    try:
        script = script_of(bundle)
    except NotPlayableError as err:
        yield f"There is no script without reseal, since {err}. With reseal:"
        yield from _with_reseal(bundle)
        yield "What is done, as data:"
        yield fenced(json.dumps(as_row(bundle.case), indent=1), "json")
        return
    yield (
        f"Save this as {code(script.file)}. It needs the SDK alone, and talks to nobody: a server on "
        "127.0.0.1 plays back the API. Every password, key and token in it was made for it."
    )
    yield fenced(f"{script.install}\n{script.run}", "sh")
    yield fenced(script.text, script.language)
    yield "With reseal, a conformance suite for this operation:"
    yield from _with_reseal(bundle)


def _with_reseal(bundle: Bundle) -> Iterator[str]:
    requirement, _ = bundle.main
    level = requirement.origin
    repeat = repeat_command(
        bundle.about, bundle.case.id, level=level, transport=bundle.transport, seed=bundle.seed
    )
    install = shlex.join(["pip", "install", f"reseal=={bundle.version}"])
    yield fenced(f"{install}\n{repeat}", "sh")
    yield f"(contract {code(bundle.edition)})"
