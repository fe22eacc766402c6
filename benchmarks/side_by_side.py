"""Speed as ratios, each measured side by side with a peer in one run: ``python benchmarks/side_by_side.py``.

Machines differ and are shared, so no figure here is a limit and no test fails for it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from cryptography.fernet import Fernet

from reseal import cases
from reseal.run import check
from reseal.target import open_target
from reseal_reference import fernet, iron

ROUNDS = 9
IRON_PASSWORD = "benchmark-password-of-more-than-32-characters"
FERNET_KEY = Fernet.generate_key().decode()
PAYLOAD = {
    "accessToken": "a" * 900,
    "refreshToken": "r" * 32,
    "user": {"id": "user_01", "metadata": {"k": "v" * 900}},
}


def main() -> None:
    peer = Fernet(FERNET_KEY)
    text = str(PAYLOAD).encode()
    ours, theirs = iron.seal(PAYLOAD, IRON_PASSWORD), peer.encrypt(text)
    compare(
        "Iron seal : Fernet's encrypt", lambda: iron.seal(PAYLOAD, IRON_PASSWORD), lambda: peer.encrypt(text)
    )
    compare(
        "Iron unseal : Fernet's decrypt",
        lambda: iron.unseal(ours, IRON_PASSWORD),
        lambda: peer.decrypt(theirs),
    )
    compare(
        "Fernet seal : Fernet's encrypt", lambda: fernet.seal(PAYLOAD, FERNET_KEY), lambda: peer.encrypt(text)
    )
    few = [case for case in cases.load() if case.generate is None][:40]
    compare(
        "40 cases over loopback : over respx",
        lambda: check(lambda: open_target("reference"), few),
        lambda: check(lambda: open_target("reference"), few, transport="respx"),
        calls=1,
    )


def compare(what: str, ours: Callable[[], object], theirs: Callable[[], object], calls: int = 300) -> None:
    """Time the two in turn, so that a slow moment of the machine hits both."""
    ratios = [seconds(ours, calls) / seconds(theirs, calls) for _ in range(ROUNDS)]
    print(f"{what:<38} median {statistics.median(ratios):.2f}  ({min(ratios):.2f} to {max(ratios):.2f})")


def seconds(work: Callable[[], object], calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
