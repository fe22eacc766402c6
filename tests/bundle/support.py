"""Bundles of implementations that fail in a known way."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

from reseal import Implementation, RefreshRequest, cases
from reseal.bundle import Bundle
from reseal.bundle.values import of_run
from reseal.run import Run, check
from reseal.target import Target
from reseal.target.inprocess import InProcessTarget

CLOCK = "2026-11-25T09:30:00+00:00"
NONE = "refresh.cookie.none"
REVOKED = "refresh.reason.invalid-grant.revoked"


def forgetful(request: RefreshRequest) -> dict[str, Any]:
    """Takes no cookie for an invalid one, and is right otherwise."""
    from reseal.target.builtin import references

    if not request.session_data:
        return {"authenticated": False, "reason": "invalid_session_cookie"}
    result: dict[str, Any] = references("iron")["reference"].refresh(request)
    return result


def target(refresh: Any = forgetful, **fields: Any) -> Target:
    return InProcessTarget(Implementation(name="mine", refresh=refresh, **fields), "mine:refresh")


def run_of(*ids: str, refresh: Any = forgetful) -> Run:
    chosen = tuple(cases.by_id()[each] for each in ids)
    return check(lambda: target(refresh), chosen, seed=7)


@functools.cache
def bundle_of(case_id: str = NONE, refresh: Any = forgetful, spec: str = "", **about: Any) -> Bundle:
    """A bundle; with ``spec``, as if another target had failed so."""
    (bundle,) = of_run(run_of(case_id, refresh=refresh), CLOCK)
    return replace(bundle, about=replace(bundle.about, **{"spec": spec or bundle.about.spec, **about}))


def of_python_sdk(bundle: Bundle, **about: Any) -> Bundle:
    """``bundle`` as if the Python SDK had failed so."""
    fields = {"spec": "pypi:workos==10.8.0", "name": "workos for Python, sync", "version": "10.8.0"}
    return replace(bundle, about=replace(bundle.about, **{**fields, "seal": "fernet", **about}))
