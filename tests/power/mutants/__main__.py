"""Run the mutants, print the score, and fail below the gate.

``python -m tests.power.mutants`` runs all; ``--sample`` the fixed part of them that CI runs; ``--listed``
those that are listed as survivors, to see which of them are killed by now; ``-k`` those whose id has a text
in it.  Exit status: 0 above the gate and all survivors are listed, 1 not.
"""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from collections.abc import Container, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from . import catalogue, guard, score, trial
from .catalogue import Mutant

_HERE = Path(__file__).parent
_LAST = _HERE / "last_run.toml"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    began = monotonic()
    config = tomllib.loads((_HERE / "mutants.toml").read_text("utf-8"))
    limit, jobs = config["timeout_s"], options.jobs

    wrong = guard.misjudged(config["planted"], jobs=jobs, timeout_s=limit)
    if wrong:
        _say("The run is not to be trusted:", *wrong)
        return 1

    everything = list(catalogue.mutants(config["operators"]))
    scope = [m for m in everything if catalogue.out_of_scope(m, config["out_of_scope"]) is None]
    listed = score.read(_HERE / "survivors.toml")
    chosen = [m for m in scope if _is_chosen(m, options, listed, config["sample_one_in"])]
    outcomes = []
    for outcome in trial.outcomes(chosen, jobs=jobs, timeout_s=limit):
        outcomes.append(outcome)
        if options.verbose or not outcome.is_killed:
            _say(f"{outcome.verdict:9} {outcome.seconds:5.1f} s  {outcome.mutant.id}")
            _say(f"    {outcome.mutant.line}", f"  → {outcome.mutant.becomes}", f"    {outcome.why or ''}")

    report = score.Report(tuple(outcomes), listed, {m.id for m in scope}, config["gate"])
    _say(f"{len(everything)} mutants, {len(scope)} in scope, {len(chosen)} tried", *report.lines())
    beyond = report.killed / len(everything)
    if chosen == scope:
        _say(f"killed / all, with what is out of scope as survivors: {beyond:.1%} of {len(everything)}")
        _note(len(everything), len(scope), report)
    _say(f"{monotonic() - began:.0f} s with {jobs} processes")
    return 0 if report.is_good else 1


def _note(generated: int, in_scope: int, report: score.Report) -> None:
    """Keep the figures of a full run, for `tox run -e power` to show."""
    _LAST.write_text(
        "# What the last full run of `tox run -e mutants` found; it writes this file.\n"
        f'date = "{datetime.now(UTC):%Y-%m-%d}"\n'
        f"generated = {generated}\nin_scope = {in_scope}\n"
        f"equivalent = {report.equivalent}\nkilled = {report.killed}\n",
        "utf-8",
    )


def _is_chosen(mutant: Mutant, options: argparse.Namespace, listed: Container[str], one_in: int) -> bool:
    if options.k:
        return options.k in mutant.id
    if options.listed:
        return mutant.id in listed
    return not options.sample or catalogue.in_sample(mutant, one_in)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.power.mutants")
    parser.add_argument("--sample", action="store_true", help="the fixed sample only")
    parser.add_argument("--listed", action="store_true", help="the listed survivors only")
    parser.add_argument("-k", metavar="TEXT", help="only mutants whose id has TEXT in it")
    parser.add_argument("-j", "--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("-v", "--verbose", action="store_true", help="say what killed each one")
    return parser.parse_args(arguments)


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
