"""Cases: what is done to an implementation, as data.  Read once into values here."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from . import _data, contract
from .errors import UsageError
from .protocol import SealName

PLAIN = "refresh.success.plain"
"""The id of the plainest case: who fails it has shown little else."""
_OF_OTHERS = ("another", "newest", "earlier", "again", "first")
"""Kinds of cookies that come of earlier calls, or of other sessions than the first."""

Delivery = Literal[
    "dripped",
    "length-too-short",
    "broken-chunks",
    "unended-chunks",
    "false-gzip",
    "gzip-bomb",
    "padded",
    "not-utf-8",
    "in-pieces",
    "cut-off",
    "cut-in-token",
]
Outcome = Literal["success", "reason", "raised", "not-terminal", "not-success", "any"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A scripted answer of the endpoint.

    Exactly one of ``json``, ``text``, ``fault``, ``redirect``, ``tokens`` and ``keys`` says what it is;
    ``tokens`` is the usual answer of a successful exchange, altered, and ``keys`` a key set (the names
    are in `reseal.endpoint.signing`).  A redirect to a ``lookalike`` leads elsewhere, and begins like
    the endpoint's own address; so does one to a ``network-path``, which names a host and no scheme.

    Attributes:
        tokens: ``fault`` and ``claims`` alter the access token; ``again`` gives that of the answer before,
            under a signature that is ``damaged``, ``stripped`` or ``replaced``, or other claims under its
            signature (``altered``).  ``of`` the ``first`` application is one of that, and not of the
            session's own.  ``set`` and ``omit`` alter the fields, ``filled_with`` fills the user's metadata,
            ``oauth_tokens`` adds those of a provider, and ``in`` puts it all into a field of that name.
        headers: Of which ``{in 60 s}`` stands for the date in a minute.
        repeat: How often ``text`` stands in the body.
        delivery: How the body goes out, where that is at odds with HTTP or with good measure; see
            `reseal.endpoint.delivery`.
        times: How often it is given; 0 stands for always.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    text: str | None = None
    fault: Literal["reset", "truncated", "closed", "stalled", "stalled-body"] | None = None
    redirect: Literal["elsewhere", "lookalike", "network-path", "same"] | None = None
    tokens: Mapping[str, Any] | None = None
    keys: Sequence[str] | None = None
    repeat: int = 1
    delivery: Delivery | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Setup:
    """The endpoint at the start of a case.

    ``tls`` serves HTTPS with a certificate of an authority that nobody trusts, or with one that is signed
    by itself.  An expired certificate, or one for another host, would be refused for its authority
    already, and so prove nothing more.  ``password_ends`` stands behind every cookie password.
    """

    grace_s: float = 30.0
    listening: bool = True
    tls: Literal["unknown-authority", "self-signed"] | None = None
    user: str = "plain"
    password_ends: str = ""
    impersonator: Mapping[str, Any] | None = None
    authentication_method: str = "SSO"
    organization: str | None = None
    memberships: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    key_set: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens between two calls.

    ``wait`` lets ``seconds`` of real time pass, but only where the last call failed after one that
    succeeded; ``cool-down`` does where it did not even look at the key set; ``advance`` moves the
    endpoint's clock; ``rotate-password`` seals the newest session anew under another password, as an
    application does that changes its own; ``rotate-api-key`` gives the application another API key, by
    which it is known from then on; ``age`` dates the newest seal back by ``seconds``, where its format
    says when it was made or until when it is good.
    """

    do: Literal[
        "rotate-keys",
        "rotate-api-key",
        "end-session",
        "revoke",
        "advance",
        "listen",
        "answer",
        "key-set",
        "wait",
        "cool-down",
        "rotate-password",
        "age",
    ]
    seconds: float = 0.0
    answers: tuple[Answer, ...] = ()

    @property
    def is_wait(self) -> bool:
        """Whether it lets real time pass."""
        return self.do in ("wait", "cool-down")


@dataclass(frozen=True, slots=True)
class Call:
    """One or more calls of the implementation, with the same arguments but for cookies.

    Attributes:
        cookie: The recipe of the cookie; see `reseal.recipes`.
        password: ``right`` is the one that the cookie was sealed with, ``new`` the newest of the case.
        repeat: How many calls, each with the newest cookie.
        together: How many calls at once, all with the same cookie, but for that of ``another`` user.
        cookies: Of each of these calls, the recipe in place of ``cookie``.
        organizations: Of each of these calls, the organization to switch to; None for none.
        aside: Whether it only makes the circumstances, so that nothing is judged of it.  What came of a
            session that is not the first is forgotten.
    """

    cookie: Mapping[str, Any] = field(default_factory=lambda: {"kind": "session"})
    password: Literal["right", "new", "missing", "empty", "short", "short-wide", "long"] = "right"
    organization_id: str | None = None
    timeout_s: float = 5.0
    max_retries: int | None = None
    repeat: int = 1
    together: int = 1
    cookies: tuple[Mapping[str, Any], ...] = ()
    organizations: tuple[str | None, ...] = ()
    aside: bool = False


Step = Call | Event


@dataclass(frozen=True, slots=True)
class Expect:
    """The documented outcome of the last call.

    Attributes:
        outcome: ``success``; ``reason`` (returned, and this one); ``raised``; ``not-terminal``
            (neither success nor one of the five reasons); ``not-success``; ``any``.
        sends: False where nothing may be sent to the endpoint.
        or_terminal: Reasons of the five that do as well.
    """

    outcome: Outcome
    reason: str | None = None
    sends: bool = True
    or_terminal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    Attributes:
        requirements: What it is evidence for; those of scope ``every`` are judged besides.
        parent: The valid case that this one differs from in the one way that ``mutation`` says.
        formats: The seal formats that it makes sense for.
        needs: Capabilities without which it does not apply.
        generate: What its examples vary (`reseal.generate`); None for a case that is its own example.
        example: Of a generated example, what was made up, as JSON.
        like: Of such an example, what must come out as it should before a failure says anything.
    """

    id: str
    title: str
    requirements: tuple[str, ...]
    expect: Expect
    steps: tuple[Step, ...]
    setup: Setup = Setup()
    parent: str | None = None
    mutation: str | None = None
    formats: tuple[SealName, ...] = ("iron", "fernet", "own")
    needs: tuple[str, ...] = ()
    generate: str | None = None
    example: str = ""
    like: tuple[Case, ...] = ()

    @property
    def recipe(self) -> Mapping[str, Any]:
        """That of the first cookie, which every case has."""
        return next(cookie for cookie in _cookies(self) if cookie["kind"] not in _OF_OTHERS)

    @property
    def waits_s(self) -> float:
        """How long it waits between calls at most, in seconds."""
        return sum(step.seconds for step in self.steps if isinstance(step, Event) and step.is_wait)


@functools.cache
def load() -> tuple[Case, ...]:
    """Every case, in the order of files and of rows.

    Raises UsageError, naming file and field, where one is malformed or contradicts the contract.
    """
    folder = _data.fixtures_root() / "cases"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".json")), key=lambda f: f.name)
    cases: dict[str, Case] = {}
    homes: dict[str, str] = {}
    for file in files:
        table = _data.read_json(file)
        _data.validate_own(table, "cases", file.name)
        for row in table["cases"]:
            if row["id"] in cases:
                raise UsageError(
                    f"{file.name}: case {row['id']} stands twice. Give the second an id of its own."
                )
            cases[row["id"]] = _case(row)
            homes[row["id"]] = file.name
    for case in cases.values():
        _check(case, cases, f"{homes[case.id]}: case {case.id}")
    return tuple(cases.values())


def read(row: Mapping[str, Any], where: str) -> Case:
    """The case of a row that stands elsewhere than in the fixtures.

    Raises UsageError, naming ``where`` and the field, where it is malformed or contradicts the contract.
    """
    error = _data.first_error(row, "cases", "case")
    if error is not None:
        raise UsageError(f"{where}: {error}")
    case = _case(row)
    _check(case, by_id(), where)
    return case


@functools.cache
def by_id() -> Mapping[str, Case]:
    """The cases by their ids."""
    return {case.id: case for case in load()}


@functools.cache
def made_up() -> frozenset[str]:
    """The ids of the cases that stand for many examples."""
    return frozenset(case.id for case in load() if case.generate is not None)


def _check(case: Case, cases: Mapping[str, Case], where: str) -> None:
    known = contract.load()
    for requirement in case.requirements:
        if requirement not in known:
            raise UsageError(f"{where}: requirements: {requirement!r} is not in contract.toml.")
    if not any(isinstance(step, Call) for step in case.steps):
        raise UsageError(f"{where}: steps: one of them must be a call.")
    parent = cases.get(case.parent or "")
    if case.parent is not None and (parent in (None, case) or parent.expect.outcome != "success"):
        raise UsageError(f"{where}: parent: {case.parent!r} must be another case that expects success.")
    cookies = list(_cookies(case))
    if all(cookie["kind"] in _OF_OTHERS for cookie in cookies):
        kinds = ", ".join(_OF_OTHERS)
        raise UsageError(f"{where}: steps: one of the cookies must be none of {kinds}: these come of others.")
    others = sum(cookie["kind"] == "another" for cookie in cookies)
    if any(cookie["kind"] == "again" and not 1 <= cookie["number"] <= others for cookie in cookies):
        raise UsageError(f"{where}: steps: a cookie that comes again has a number from 1 to {others}.")
    if (case.parent is None) != (case.mutation is None):
        raise UsageError(f"{where}: parent and mutation go together. Name both or neither.")
    if case.expect.outcome != "success" and case.parent is None:
        raise UsageError(f"{where}: a negative case needs a parent, which is run before it.")


def _cookies(case: Case) -> Iterator[Mapping[str, Any]]:
    """The recipes of all cookies, call by call."""
    for step in case.steps:
        if isinstance(step, Call):
            yield from step.cookies or (step.cookie,) * step.together


def _case(row: Mapping[str, Any]) -> Case:
    fields = dict(row)
    fields["expect"] = Expect(**_tuples(row["expect"]))
    fields["steps"] = tuple(_step(step) for step in row.get("steps", [{"call": {}}]))
    fields["setup"] = _setup(row.get("setup", {}))
    return Case(**_tuples(fields))


def _step(row: Mapping[str, Any]) -> Step:
    if "call" in row:
        return Call(**_tuples(row["call"]))
    return Event(**_with_answers(row["event"], "answers"))


def _setup(row: Mapping[str, Any]) -> Setup:
    return Setup(**_with_answers(row, "answers", "key_set"))


def _with_answers(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    answers = {name: tuple(Answer(**answer) for answer in row[name]) for name in names if name in row}
    return {**_tuples(row), **answers}


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
