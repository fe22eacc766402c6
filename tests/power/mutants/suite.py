"""The conformance suite on the reference, as often as it takes to see all of it, and no further
than the first complaint.

In process, once with Iron and the sync function, once with Fernet and the async one: the two choices
have no code in common, so two runs see what four would.  Over loopback, what only a socket shows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from reseal import cases, observe
from reseal.cases import Case
from reseal.endpoint import Transport
from reseal.endpoint.signing import signing_keys
from reseal.engine import Engine
from reseal.protocol import SealName
from reseal.target import open_target
from reseal.target.open import Declared

_HAPPY = ("pass", "not_applicable")
_SLACK_S = 15.0  # the reference answers in milliseconds, but on a busy machine it waits for its turn
_SOCKET_CASES = ("refresh.success.plain", "refresh.error.transient.", "refresh.request.redirect-elsewhere.")


class HarnessAtFaultError(Exception):
    """A verdict that says something of the harness, and nothing of the mutant."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One run of the suite, or of a part of it."""

    target: str
    seal: SealName
    transport: Transport
    prefixes: tuple[str, ...] = ("",)

    def cases(self) -> Iterator[Case]:
        return (case for case in cases.load() if case.id.startswith(self.prefixes))


PASSES = (
    Pass("reference", "iron", "respx"),
    Pass("reference-async", "fernet", "respx"),
    Pass("reference", "iron", "loopback", _SOCKET_CASES),
    Pass("reference-async", "fernet", "loopback", _SOCKET_CASES),
)


def warm_up() -> None:
    """Read what every run reads; does not import the reference, so that a mutant can take its place."""
    observe.SLACK_S = _SLACK_S
    cases.load()
    signing_keys()


def first_complaint() -> str | None:
    """The first finding that is neither pass nor not_applicable; None where there is none.

    Raises HarnessAtFaultError where the harness accuses itself.
    """
    for run in PASSES:
        target = open_target(run.target, Declared(seal=run.seal))
        engine = Engine(target, transport=run.transport)
        for case in run.cases():
            ran = engine.run(case)
            if ran.blame == "harness":
                raise HarnessAtFaultError(f"{case.id}: {ran.findings[0].got}")
            complaint = next((f for f in ran.findings if f.state not in _HAPPY), None)
            if complaint is not None:
                return (
                    f"{complaint.requirement} in {complaint.case} ({run.target}, {run.seal}): {complaint.got}"
                )
    return None


if __name__ == "__main__":
    warm_up()
    found = first_complaint()
    sys.stdout.write(f"{found or 'no complaint'}\n")
    sys.exit(1 if found else 0)
