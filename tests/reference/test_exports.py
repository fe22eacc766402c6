from __future__ import annotations

import inspect
from types import ModuleType

import pytest

import reseal_reference
from reseal_reference import errors, fernet, iron, session


def public_names(module: ModuleType) -> set[str]:
    """The names without underscore that are defined in ``module`` and are not modules."""
    names = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return {name for name, value in names.items() if not inspect.ismodule(value)}


def own_names(module: ModuleType) -> set[str]:
    """The public functions and classes whose definition stands in ``module``."""
    names = public_names(module)
    return {name for name in names if getattr(vars(module)[name], "__module__", None) == module.__name__}


def test_all_is_what_the_package_has() -> None:
    """``__all__`` lists exactly the public names of the package."""
    assert public_names(reseal_reference) == set(reseal_reference.__all__)


def test_all_is_sorted() -> None:
    """``__all__`` is sorted and names nothing twice."""
    assert sorted(set(reseal_reference.__all__)) == reseal_reference.__all__


@pytest.mark.parametrize("module", [errors, session], ids=["errors", "session"])
def test_public_definitions_are_exported(module: ModuleType) -> None:
    """Whatever the modules of the operation define in public can be imported from the package."""
    assert own_names(module) - set(reseal_reference.__all__) == set()


@pytest.mark.parametrize("module", [iron, fernet], ids=["iron", "fernet"])
def test_both_formats_have_the_same_names(module: ModuleType) -> None:
    """The two seal formats offer the same three functions."""
    assert own_names(module) == {"check_password", "seal", "unseal"}
