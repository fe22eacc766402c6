"""Answers of the endpoint: out of the published schema, near misses of it, and anything else in JSON.

What is altered in an answer that gives tokens keeps the tokens that it does not touch: an answer with
tokens that nobody issued would be refused for these alone, whatever else is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ..cases import Answer, Case
from ..formats.naming import camel
from ..protocol import SealName
from .examples import example_of
from .schema import answers_of, definitions, resolved

_SUCCESSES = (200, 201, 202)
_REFUSALS = (400, 403, 401, 404, 408, 409, 418, 422, 429, 500, 502, 503, 504)
_CODES = (
    "invalid_grant",
    "invalid_request",
    "sso_required",
    "organization_not_authorized",
    "",
    "Invalid_Grant",
)
_TOKENS = ("access_token", "refresh_token")
# Lone surrogates too, as escapes: RFC 8259, section 8.2, calls what becomes of them unpredictable.
_TEXT = st.text(st.characters(), max_size=20)
_SCALARS: SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT
    | st.sampled_from(_CODES)
)
_VALUES: SearchStrategy[Any] = (
    _SCALARS | st.lists(_SCALARS, max_size=3) | st.dictionaries(_TEXT, _SCALARS, max_size=3)
)


# -- out of the schema


def published(case: Case, seal: SealName) -> SearchStrategy[Case]:  # noqa: ARG001 - the form of a strategy
    """Successes with any field that the schema has, and one that it does not have."""
    unknown = st.dictionaries(st.from_regex(r"x_[a-z]{1,12}", fullmatch=True), _VALUES, max_size=1)
    bodies = st.builds(lambda body, more: {**body, **more}, answers_of("success"), unknown)
    return bodies.map(_without_tokens).map(lambda body: _giving_tokens(case, body, ()))


def _without_tokens(body: Mapping[str, Any]) -> dict[str, Any]:
    # The endpoint issues these, and the organization is the session's.
    return {name: value for name, value in body.items() if name not in (*_TOKENS, "organization_id")}


def _giving_tokens(case: Case, altered: Mapping[str, Any], omitted: tuple[str, ...]) -> Case:
    tokens: dict[str, Any] = {"set": dict(altered), **({"omit": list(omitted)} if omitted else {})}
    # Always, so that who asks again within the call gets the same.
    example = example_of(case, tokens, answers=(Answer(tokens=tokens, times=0),))
    if not isinstance(altered.get("impersonator"), Mapping):
        return example
    return replace(example, setup=replace(example.setup, authentication_method="Impersonation"))


# -- near misses


def near_misses(case: Case, seal: SealName) -> SearchStrategy[Case]:  # noqa: ARG001 - the form of a strategy
    """An answer of the schema but for one field: missing, null, mistyped, empty, renamed or twice."""
    return st.one_of(_near_successes(case), _near_refusals(case), _duplicates(case))


def _near_successes(case: Case) -> SearchStrategy[Case]:
    body = answers_of("success").map(_without_tokens)
    names = st.sampled_from(("user", *_TOKENS, "organization_id", "impersonator", "authentication_method"))
    outer = st.builds(lambda body, name, miss: (body, *_missed(name, miss)), body, names, _misses())
    inner_names = st.sampled_from(tuple(resolved(definitions()["user"])["properties"]))
    inner = st.builds(_with_inner_miss, body, inner_names, _misses())
    return (outer | inner).map(
        lambda made: _giving_tokens(case, {**_but(made[0], made[2]), **made[1]}, made[2])
    )


def _misses() -> SearchStrategy[tuple[str, Any]]:
    # A token is a secret, and searched for: as a short text it would be found by chance.
    scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text(st.characters(), max_size=7)
    values: SearchStrategy[Any] = (
        st.sampled_from((None, "", {}, [])) | scalars | st.lists(scalars, max_size=3)
    )
    return st.tuples(st.just("set"), values) | st.tuples(st.sampled_from(("omit", "rename")), st.none())


def _missed(name: str, miss: tuple[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What is set in an answer, and what is left out of it."""
    how, value = miss
    if how == "set":
        return {name: value}, ()
    return ({_another(name): value} if how == "rename" else {}), (name,)


def _another(name: str) -> str:
    return camel(name) if "_" in name else name.upper()


def _with_inner_miss(
    body: Mapping[str, Any], name: str, miss: tuple[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]:
    altered, omitted = _missed(name, miss)
    return {**body, "user": {**_but(body["user"], omitted), **altered}}, {}, ()


def _but(body: Mapping[str, Any], omitted: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in omitted}


def _near_refusals(case: Case) -> SearchStrategy[Case]:
    shapes = {"oauth_error": "error", "code_error": "code", "message": "message"}
    bodies = st.one_of(
        [
            st.builds(lambda body, name, code: {**body, name: code}, answers_of(shape), st.just(name), codes)
            for shape, name in shapes.items()
            for codes in (st.sampled_from(_CODES),)
        ]
    )
    missed = st.builds(_with_one_miss, bodies, st.integers(0, 1), _misses())
    return st.builds(lambda status, body: _answering(case, status, body), st.sampled_from(_REFUSALS), missed)


def _with_one_miss(body: Mapping[str, Any], index: int, miss: tuple[str, Any]) -> dict[str, Any]:
    name = sorted(body)[index % len(body)]
    altered, omitted = _missed(name, miss)
    return {**_but(body, omitted), **altered}


def _duplicates(case: Case) -> SearchStrategy[Case]:
    """Two fields of one name, which RFC 8259, section 4, lets every reader take as it likes."""
    refusals = st.tuples(st.sampled_from(_REFUSALS), st.just("error"), st.sampled_from(_CODES), _VALUES)
    successes = st.tuples(st.sampled_from(_SUCCESSES), st.sampled_from(_TOKENS), st.just("twice"), _VALUES)
    return st.builds(lambda made: _written(case, *made), refusals | successes)


def _written(case: Case, status: int, name: str, first: Any, second: Any) -> Case:
    fields = [(name, first), (name, second), ("user", {"object": "user", "id": "user_01"})]
    text = "{" + ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in fields) + "}"
    answer = Answer(status=status, headers={"content-type": "application/json"}, text=text, times=0)
    return example_of(case, {"status": status, "text": text}, answers=(answer,))


# -- anything


def anything(case: Case, seal: SealName) -> SearchStrategy[Case]:  # noqa: ARG001 - the form of a strategy
    """Answers with the names of the schema and any value, and any JSON at all."""
    user = {"object": "user", "id": "user_01", "email": "anybody@example.com", "email_verified": True}
    successes = st.fixed_dictionaries(
        {},
        optional={
            "user": st.just(user) | _VALUES,
            "access_token": st.just("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyXzAxIn0.") | _VALUES,
            "refresh_token": st.just("another_refresh_token_0123") | _VALUES,
            "sealed_session": _VALUES,
        },
    )
    refusals = st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("error", "error_description", "code", "message"), _VALUES)
    )
    bodies = st.tuples(st.sampled_from(_SUCCESSES), successes) | st.tuples(
        st.sampled_from(_REFUSALS), refusals
    )
    other = st.tuples(st.sampled_from(_SUCCESSES + _REFUSALS), _VALUES)
    return (bodies | other).map(lambda pair: _answering(case, *pair))


def _answering(case: Case, status: int, body: Any) -> Case:
    answer = Answer(status=status, json=body, times=0)
    return example_of(case, {"status": status, "json": body}, answers=(answer,))
