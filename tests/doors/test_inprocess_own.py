"""Python callables with a seal format of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reseal import Implementation, RefreshRequest
from reseal.errors import TargetError
from reseal.formats import OpenError
from reseal.target.inprocess import InProcessTarget

SUCCESS = {"authenticated": True, "sealed_session": "a new cookie"}


async def succeed(_: RefreshRequest) -> dict[str, Any]:
    return SUCCESS


def target(refresh: Callable[..., Any], **fields: Any) -> InProcessTarget:
    return InProcessTarget(Implementation("mine", refresh, **fields), "mine:refresh")


def test_about() -> None:
    """A target tells what its implementation says of itself."""
    about = target(succeed, seal="fernet", version="2.1", extra_reasons=("sso_required",)).about

    assert (about.spec, about.name, about.version) == ("mine:refresh", "mine", "2.1")
    assert (about.language, about.seal, about.extra_reasons) == ("python", "fernet", ("sso_required",))
    assert about.capabilities == ("organization_id", "concurrent")


def test_a_format_of_its_own() -> None:
    """An implementation with a format of its own seals and opens its cookies itself."""
    sealing = target(
        succeed,
        seal="own",
        seal_data=lambda data, _: str(data["user"]),
        unseal_data=lambda text, _: {"user": text},
    ).sealing

    assert sealing.seal({"user": "ann"}, "password", None, {}) == "ann"  # type: ignore[arg-type]
    assert sealing.open("ann", "password") == {"user": "ann"}


@pytest.mark.parametrize("fields", [{}, {"seal_data": str}, {"unseal_data": str}])
def test_a_format_of_its_own_without_functions(fields: dict[str, Any]) -> None:
    """It must bring both functions."""
    with pytest.raises(TargetError, match="says seal = 'own' but has no seal"):
        target(succeed, seal="own", **fields)


def test_a_seal_that_it_does_not_open() -> None:
    """What its own function does not open is no error of ours: that is a seal that does not open."""
    sealing = target(succeed, seal="own", seal_data=str, unseal_data=lambda text, _: int(text)).sealing

    assert sealing.open("12", "password") == 12
    with pytest.raises(OpenError, match="its own unseal_data does not open it"):
        sealing.open("twelve", "password")


@pytest.mark.parametrize(
    ("seal_data", "said"),
    [
        (lambda _payload, _password: b"bytes", "seal_data must return a text, got a bytes."),
        (lambda _payload: "", "seal_data raised TypeError: "),
    ],
    ids=["bytes", "raises"],
)
def test_a_session_that_it_does_not_seal(seal_data: Callable[..., Any], said: str) -> None:
    """Without a sealed session nothing can be asked of it: the target cannot be run."""
    sealing = target(succeed, seal="own", seal_data=seal_data, unseal_data=str).sealing

    with pytest.raises(TargetError, match=said):
        sealing.seal({}, "password", None, {})  # type: ignore[arg-type]
