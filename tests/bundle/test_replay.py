"""A failure again: in the same way, differently, or no longer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reseal import RefreshRequest
from reseal.bundle.replay import judge_again, run_again
from reseal.bundle.values import of_run
from reseal.errors import UsageError
from reseal.target.builtin import references

from .support import CLOCK, NONE, bundle_of, forgetful, run_of, target


def raising(request: RefreshRequest) -> dict[str, Any]:
    """Wrong in another way."""
    if not request.session_data:
        raise KeyError("cookie")
    return forgetful(request)


def mended(request: RefreshRequest) -> dict[str, Any]:
    result: dict[str, Any] = references("iron")["reference"].refresh(request)
    return result


def dead(_request: RefreshRequest) -> dict[str, Any]:
    """Does not even what the positive control asks."""
    return {"authenticated": False, "reason": "invalid_session_cookie"}


@pytest.mark.parametrize(
    ("refresh", "change", "passes"),
    [(forgetful, "same", False), (raising, "differently", False), (mended, "passes", True)],
)
def test_it_is_told_how_it_fails_now(refresh: Any, change: str, passes: bool) -> None:
    """The same failure, another one, and none are told apart."""
    replay = run_again(bundle_of(), target(refresh))

    assert [change] == [again.change for again in replay.found if again.then.requirement == "cookie.none"]
    assert passes == replay.passes


def test_without_its_positive_control_nothing_is_learned() -> None:
    """Who fails the valid parent passes nothing."""
    replay = run_again(bundle_of(), target(dead))

    assert {"unknown"} == {again.change for again in replay.found}
    assert not replay.passes


def test_judged_again_it_fails_in_the_same_way() -> None:
    """The judges of today find in the stored observation what they found then."""
    bundle = bundle_of()

    replay = judge_again(bundle)

    assert bundle.findings == tuple(again.now for again in replay.found)
    assert {"same"} == {again.change for again in replay.found}


def test_judged_again_something_right_passes() -> None:
    """An observation of something right is not found guilty for being in a bundle."""
    bundle = bundle_of()
    right = run_of(NONE, refresh=mended).observations[NONE]

    assert judge_again(replace(bundle, observation=right)).passes


def test_a_target_that_the_case_says_nothing_about() -> None:
    """A case of one format is not run against another."""
    bundle = bundle_of()
    about_fernet = replace(bundle, case=replace(bundle.case, formats=("fernet",)))

    with pytest.raises(
        UsageError, match=r"TARGET: case refresh.cookie.none says nothing about 'mine:refresh'"
    ):
        run_again(about_fernet, target())


def loud(request: RefreshRequest) -> dict[str, Any]:
    """Raises where it should refuse a cookie."""
    result = mended(request)
    if getattr(result, "reason", None) == "invalid_session_cookie":
        raise ValueError(request.session_data)
    return result


def test_a_made_up_case_is_the_example_with_its_seed() -> None:
    """What is kept of a generated case is the simplest example, and the seed that it failed with."""
    (bundle,) = of_run(run_of("refresh.any.changed-seal", refresh=loud), CLOCK)

    replay = run_again(bundle, target(loud))

    assert bundle.case.generate is None
    assert bundle.case.example
    assert replay.observation is not None
    assert {"same"} == {again.change for again in replay.found}
    # Another seed would make another cookie.
    assert bundle.observation.last.cookie_refresh_token == replay.observation.last.cookie_refresh_token
