"""What is known of released SDKs: deviations by version, shipped with reseal as data.

Each row of ``fixtures/deviations`` says which implementation and which versions it is about, and where
its evidence is.  They were written down from a run of every release (``docs/releases``).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

from . import _data, cases, deviations
from .deviations import Deviation
from .run import Run
from .target import About


@dataclass(frozen=True, slots=True)
class News:
    """How a run differs from what is known of the release.

    Attributes:
        new: The requirements that failed in a case of which that was not known.
        gone: Those of which a failure was known that no longer happens.
    """

    new: tuple[str, ...]
    gone: tuple[str, ...]


@functools.cache
def load() -> tuple[Deviation, ...]:
    """The deviations of every release that is known."""
    files = sorted((_data.fixtures_root() / "deviations").iterdir(), key=lambda file: file.name)
    found: list[Deviation] = []
    for file in files:
        table = _data.read_toml(file)
        for row in table["deviation"]:
            names = row.pop("implementations")
            (deviation,) = deviations.read([row], file.name)
            found += [replace(deviation, implementation=name) for name in names]
    return tuple(found)


def known_of(about: About) -> tuple[Deviation, ...]:
    """What is known of the release that ``about`` describes; empty for an implementation of one's own."""
    ours = [deviation for deviation in load() if deviation.implementation == about.name]
    return deviations.in_force(ours, about.name, about.version) if ours else ()


def news(run: Run) -> News | None:
    """How ``run`` differs from what is known of its release; None where nothing is."""
    known = known_of(run.about)
    if not known:
        return None
    failed = [finding for finding in run.findings if finding.state in ("fail", "known")]
    made_up = cases.made_up()
    # Which examples of a made-up case fail is chance; that its requirement is not met is known.
    new = {
        f.requirement
        for f in failed
        if not any(row.covers(f) or (f.case in made_up and row.requirement == f.requirement) for row in known)
    }
    passed = [
        finding
        for finding in run.findings
        if finding.state in ("pass", "fixed", "not_applicable") and finding.case not in made_up
    ]
    gone = {f.requirement for f in passed if any(row.covers(f) and row.cases for row in known)}
    in_order = run.by_requirement()
    return News(
        tuple(requirement for requirement in in_order if requirement in new),
        tuple(requirement for requirement in in_order if requirement in gone),
    )
