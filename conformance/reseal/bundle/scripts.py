"""A script that shows a failure without reseal: the SDK, its language's standard library, and a play."""

from __future__ import annotations

import functools
import importlib.resources
import json
import pprint
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jinja2

from .play import NotPlayableError, Play, PlayedCall, Reply, record
from .values import Bundle

_LONGEST = 40_000  # of a script: an issue on GitHub has 65,536 characters at most
_SAFE_INTEGER = 2**53
_VERSION = re.compile(r"[0-9]+\.[0-9A-Za-z.+-]*")
_UNSAFE_NAMES = {"__proto__"}


@dataclass(frozen=True, slots=True)
class Script:
    """A program, and how it is run.

    Attributes:
        language: As a fence of Markdown names it.
        install: The command that installs what it needs.
    """

    language: str
    file: str
    install: str
    run: str
    text: str = ""


def script_of(bundle: Bundle) -> Script:
    """The script that shows the failure of ``bundle``.

    Raises NotPlayableError, saying why, where there is none.
    """
    registry = bundle.about.spec.partition(":")[0]
    if registry not in ("pypi", "npm"):
        raise NotPlayableError("it is written for the official Python and Node SDKs")
    if not _VERSION.fullmatch(bundle.about.version):
        raise NotPlayableError("the bundle does not say which release it is about")
    kind = _python(bundle) if registry == "pypi" else _node(bundle)
    play = record(bundle)
    template = {"pypi": "python.py", "npm": "node.cjs"}[registry]
    text = _environment().get_template(template).render(**_given(bundle, play, kind))
    if len(text) > _LONGEST:
        raise NotPlayableError("it would be too long to paste")
    return Script(kind.language, kind.file, kind.install, kind.run, text)


def _python(bundle: Bundle) -> Script:
    return Script(
        "python", "reproduce.py", f"pip install workos=={bundle.about.version}", "python reproduce.py"
    )


def _node(bundle: Bundle) -> Script:
    install = f"npm install @workos-inc/node@{bundle.about.version}"
    return Script("js", "reproduce.cjs", install, "node reproduce.cjs")


def _given(bundle: Bundle, play: Play, kind: Script) -> Mapping[str, Any]:
    requirement, finding = bundle.main
    _, _, operation = bundle.about.name.rpartition(" ")
    major = int(bundle.about.version.partition(".")[0])
    return {
        # In a comment, which a line break would end.
        "title": " ".join(f"{requirement.id}: {bundle.case.title} ({bundle.case.id})".split()),
        "requirement": kind.install.rpartition(" ")[2],
        "expected": finding.expected,
        "cookie_is": cookie_in_words(bundle),
        "play": play,
        "calls": [_call(call, play) for call in play.calls],
        "faults": play.faults,
        "operation": operation,
        "is_async": bundle.about.spec.endswith("#async"),
        # Up to 5.x a parameter had another name, and an asynchronous session was awaited.
        "is_old": major < 6,
    }


def cookie_in_words(bundle: Bundle) -> str:
    """What the first cookie is."""
    recipe = bundle.case.recipe
    kind = recipe["kind"]
    if kind == "session":
        altered = sorted(recipe.keys() - {"kind"})
        what = f"A session, sealed as the SDK does; altered in {', '.join(altered)}" if altered else ""
        return (what or "A session, sealed as the SDK does") + "."
    return {
        "none": "The browser sends no cookie.",
        "empty": "The cookie is empty.",
        "text": "The cookie is no seal but a text.",
        "unsealed": "The cookie is the session as it is, without a seal.",
        "foreign": f"A cookie of another format: {recipe.get('format', '')}.",
        "vector": "A cookie that a release of an SDK sealed; one of the published fixtures of reseal.",
    }[kind]


def _call(call: PlayedCall, play: Play) -> dict[str, Any]:
    row: dict[str, Any] = {} if call.back is None else {"cookie": call.back}
    if call.password != play.password:
        row["cookie_password"] = call.password
    if call.organization_id is not None:
        row["organization_id"] = call.organization_id
    replies = {"answers": call.answers, "key_set": call.key_set}
    return row | {name: [_reply(reply) for reply in given] for name, given in replies.items()}


def _reply(reply: Reply) -> dict[str, Any]:
    row: dict[str, Any] = {"status": reply.status, "headers": dict(reply.headers), **_body(reply)}
    return row if reply.fault is None else {**row, "fault": reply.fault}


def _body(reply: Reply) -> dict[str, Any]:
    """The body: as JSON where that is the same, which is easier to read."""
    if reply.repeat > 1:
        return {"body": reply.text, "times": reply.repeat}
    try:
        value = json.loads(reply.text)
    except (ValueError, RecursionError):
        return {"body": reply.text}
    return {"json": value} if _is_literal(value) else {"body": reply.text}


def _is_literal(value: Any) -> bool:
    """Whether ``value`` means the same as a literal of Python and of JavaScript."""
    if isinstance(value, dict):
        return not value.keys() & _UNSAFE_NAMES and all(map(_is_literal, value.values()))
    if isinstance(value, list):
        return all(map(_is_literal, value))
    if isinstance(value, int):
        return abs(value) < _SAFE_INTEGER
    return not isinstance(value, float)


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(  # noqa: S701 - programs, not HTML; each value is a literal by its filter
        loader=jinja2.FunctionLoader(_template),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["python"] = _as_python
    environment.filters["javascript"] = _as_javascript
    return environment


def _template(name: str) -> str:
    # With a suffix of its own: these are texts, not modules of reseal.
    return (importlib.resources.files(__package__) / "templates" / f"{name}.txt").read_text("utf-8")


def _as_python(value: Any) -> str:
    return pprint.pformat(value, width=100, sort_dicts=False)


def _as_javascript(value: Any) -> str:
    return json.dumps(value, indent=2)
