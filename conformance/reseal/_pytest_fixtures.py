"""How a test wants its ``authkit``: the ini options of the project, and the test's own marker above them."""

from __future__ import annotations

from typing import Any

import pytest

from .errors import UsageError

_OPTIONS = ("transport", "seal", "cookie_password", "grace_s")


def options_of(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The options of `reseal.authkit.open_host`; markers nearer to the test come before the others.

    Raises UsageError where a marker has something else.
    """
    options: dict[str, Any] = {
        "transport": request.config.getini("authkit_transport"),
        "seal": request.config.getini("authkit_seal"),
    }
    for marker in reversed(list(request.node.iter_markers("authkit"))):
        unknown = [*marker.args, *(name for name in marker.kwargs if name not in _OPTIONS)]
        if unknown:
            raise UsageError(
                f"marker authkit: {unknown[0]!r} is not known. Name one of {', '.join(_OPTIONS)}, as in "
                "@pytest.mark.authkit(seal='iron')."
            )
        options |= marker.kwargs
    return options
