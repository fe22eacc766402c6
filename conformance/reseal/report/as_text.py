"""The report that a person reads: a summary by origin, then each failure with all there is to know."""

from __future__ import annotations

import itertools
import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from .. import __version__, shipped
from .. import contract as contract_module
from ..cases import PLAIN, Case
from ..contract import Requirement
from ..endpoint import Transport
from ..judges.ruling import told
from ..observation import OF_AN_EARLIER_CASE, ExchangeSeen, Observation
from ..rows import row_of
from ..run import Run
from ..target import About
from ..target.open import is_program
from ..verdict import STATES, Finding, Level, State, counts, within
from ..wrapping import few, one_line, wrapped

_SHOWN_CASES = 3
_SHOWN_EXCHANGES = 4
_SHOWN_NAMES = 4
_FIRST = ("result.success-shape", "result.failure-shape", "seal.opened-by-others")
_COLOURS: dict[State, str] = {
    "pass": "green",
    "known": "yellow",
    "fixed": "red",
    "fail": "red",
    "error": "red",
    "not_run": "yellow",
    "not_applicable": "bright_black",
}
_HEADINGS: dict[State, str] = {
    "error": "ERROR",
    "fail": "FAIL",
    "fixed": "FIXED",
    "not_run": "NOT RUN",
    "known": "KNOWN",
    "not_applicable": "DOES NOT APPLY",
}
_LISTED: tuple[State, ...] = ("not_run", "known", "not_applicable")  # in short, by why, as errors are


def to_text(run: Run, bundles: Mapping[str, Path] | None = None) -> str:
    """The report, with colours as ANSI sequences; `click.echo` takes them out where they do not belong.

    ``bundles`` has the file that each failing case can be replayed from.
    """
    parts = [
        _head(run),
        table(run),
        *_failures(run, bundles or {}),
        conclusion(run),
        *_hint(run),
        *_news(run),
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _head(run: Run) -> str:
    contract = contract_module.load()
    about = run.about
    name = one_line(" ".join(part for part in (about.name, about.version) if part))
    spec = "" if about.spec == name else f" ({about.spec})"
    lines = [
        f"reseal {__version__}, contract {contract.edition}, level {run.level}, seed {run.seed}",
        f"{click.style(name, bold=True)}{spec}, {about.language}, {about.seal} seals",
        *(f"Note: {note}" for note in about.notes),
        "",
    ]
    return "\n".join(lines)


def table(run: Run) -> str:
    """How many requirements of each origin have each verdict."""
    heads = ["pass", "fail", "known", "fixed", "n/a", "not run", "error", "all"]
    rows = [f"{'requirements':<14}" + "".join(f"{head:>9}" for head in heads)]
    for origin, tally in run.summary().items():
        numbers = [tally[state] for state in STATES]
        cells = [_cell(state, number) for state, number in zip(STATES, numbers, strict=True)]
        mark = "" if within(origin, run.level) else "   not counted"
        rows.append(f"{origin:<14}" + "".join(cells) + f"{sum(numbers):>9}" + mark)
    return "\n".join(rows) + "\n"


def _cell(state: State, number: int) -> str:
    text = f"{number:>9}"
    return click.style(text, fg=_COLOURS[state]) if number and state != "not_applicable" else text


def _failures(run: Run, bundles: Mapping[str, Path]) -> Iterator[str]:
    contract, states = contract_module.load(), run.states()
    shown = [
        (requirement, found)
        for requirement, found in run.by_requirement().items()
        if states[requirement] in _HEADINGS
    ]
    shown.sort(key=lambda pair: _rank(contract[pair[0]]))
    for is_counted in (True, False):
        rows = [(contract[r], found) for r, found in shown if counts(contract[r], run.level) == is_counted]
        if rows and not is_counted:
            yield click.style(f"Found besides; does not count at level {run.level}:\n", bold=True)
        yield _errors(run, [(row, found) for row, found in rows if states[row.id] == "error"], bundles)
        details = [(row, found) for row, found in rows if states[row.id] in ("fail", "fixed")]
        for row, found in details:
            yield _failure(run, row, states[row.id], found, bundles)
        for state in _LISTED:
            yield _listed(state, [(row, found) for row, found in rows if states[row.id] == state])


def _rank(row: Requirement) -> int:
    """What is told first: the cause before what comes of it.

    What is judged on its own cases says more than what shows in every case besides.  But a result without
    a reason, or without a seal, is wrong wherever one of either is expected, and a seal that is written
    otherwise than the format has it goes wrong wherever it is read.
    """
    if row.id in _FIRST:
        return 0
    return 2 if row.scope == "every" else 1


def _failure(
    run: Run, row: Requirement, state: State, found: Sequence[Finding], bundles: Mapping[str, Path]
) -> str:
    bad = [finding for finding in found if finding.state == state]
    tried = [finding for finding in found if finding.state != "not_applicable"]
    titles = {case.id: case.title for case in run.cases}
    lines = [*heading(row, state), f"  {len(bad)} of {len(tried)} cases:" if len(tried) > 1 else ""]
    for finding, before in zip(bad[:_SHOWN_CASES], [None, *bad], strict=False):
        lines.append(f"  • {finding.case}: {titles[finding.case]}")
        is_repeated = before is not None and before.expected == finding.expected
        lines += evidence(finding, run.observations.get(finding.case), with_expected=not is_repeated)
    if len(bad) > _SHOWN_CASES:
        rest = [finding.case for finding in bad[_SHOWN_CASES:]]
        lines += wrapped(f"and {len(rest)} more: {few(rest, _SHOWN_NAMES)}")
    lines.append(f"  repeat: {_repeat(run, row, bad[0].case, bundles)}\n")
    if _was_explored(run, bad[0].case):
        lines.append(kept(run.examples[bad[0].case]))
    return "\n".join(line for line in lines if line)


def _repeat(run: Run, row: Requirement, case_id: str, bundles: Mapping[str, Path]) -> str:
    """The command that does a failing case again: from its bundle, where there is one."""
    if case_id in bundles:
        return shlex.join(["reseal", "replay", str(bundles[case_id])])
    # What was found besides fails where its own level is asked for.
    level = run.level if within(row.origin, run.level) else row.origin
    repeat = repeat_command(run.about, case_id, level=level, transport=run.transport, seed=run.seed)
    if _was_explored(run, case_id):
        repeat += f" --explore {run.explore_s:g}"
    return repeat


def _was_explored(run: Run, case_id: str) -> bool:
    """Whether the walk may have found the example of a case."""
    return bool(run.rounds) and case_id in run.examples


def kept(example: Case) -> str:
    """What was found in a made-up example, as a row that keeps it."""
    return f"  as a fixed case, to keep it:\n  {json.dumps(row_of(example))}\n"


def heading(row: Requirement, state: State) -> list[str]:
    """What a requirement asks, and who says so."""
    title = click.style(f"{_HEADINGS[state]} {row.id}", fg=_COLOURS[state], bold=True)
    return [
        f"{title}  ({row.origin}, {row.level})",
        *wrapped(f"{row.title}."),
        *wrapped(f"“{row.quote}” ({row.source}, read {row.checked})"),
    ]


def evidence(
    finding: Finding, observation: Observation | None, *, with_expected: bool = True, came: str = "got"
) -> list[str]:
    """What was expected in a case, what ``came``, and what was said to the endpoint."""
    lines = wrapped(finding.expected, "    expected  ") if finding.expected and with_expected else []
    lines += wrapped(finding.got, f"    {came:<8}  ")
    if observation is not None:
        if finding.requirement == "secrecy.output" and (line := _telling_line(observation)):
            lines += wrapped(line, "    printed   ")
        lines += wrapped(_exchange(observation), "    exchange  ")
    return lines


def _telling_line(observation: Observation) -> str | None:
    """What was printed around a secret, whose name stands in its place; None where that was not kept."""
    for leak in observation.leaks:
        name = re.escape(leak.secret.removesuffix(OF_AN_EARLIER_CASE))
        found = re.search(f".{{0,80}}<(part of )?{name}>.{{0,80}}", observation.output)
        if leak.where == "output" and found:
            return found[0].strip()
    return None


def _exchange(observation: Observation) -> str:
    """The conversation with the endpoint in short: call by call, where there are several."""
    if not observation.exchanges:
        return "nothing was sent"
    if len(observation.calls) == 1:
        return _few_of([*_in_turn(observation.exchanges)])
    asked = [
        "; ".join(_in_turn(exchange for exchange in observation.exchanges if exchange.call == number))
        or "nothing"
        for number in range(len(observation.calls))
    ]
    first, told = 1, []
    for text, count in _alike(asked):
        name = f"call {first}" if count == 1 else f"calls {first} to {first + count - 1}"
        told.append(f"{name}: {text}")
        first += count
    return _few_of(told)


def _few_of(told: Sequence[str]) -> str:
    """What was said, or the first and the last of it: what was judged is mostly the last."""
    left_out = len(told) - _SHOWN_EXCHANGES
    if left_out <= 0:
        return "; ".join(told)
    return "; ".join((*told[: _SHOWN_EXCHANGES - 1], f"{left_out} more", told[-1]))


def _in_turn(exchanges: Iterable[ExchangeSeen]) -> Iterator[str]:
    """Each exchange; of those that follow upon each other and are alike, one, and how many there were."""
    for text, count in _alike(map(_one, exchanges)):
        yield text if count == 1 else f"{text} ({count} times)"


def _alike(texts: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Each text, and how often it stands there in a row."""
    for text, same in itertools.groupby(texts):
        yield text, len([*same])


def _one(exchange: ExchangeSeen) -> str:
    place = "" if exchange.origin == "endpoint" else " at another origin"
    sent = ""
    if exchange.kind == "authenticate":
        sent = f" with {', '.join(exchange.fields)}" if exchange.fields else " without fields"
    return f"{exchange.method} {exchange.path}{place}{sent} → {exchange.said}"


def _errors(
    run: Run, rows: Sequence[tuple[Requirement, Sequence[Finding]]], bundles: Mapping[str, Path]
) -> str:
    if not rows:
        return ""
    row, found = rows[0]
    case = next(finding.case for finding in found if finding.state == "error")
    return f"{_listed('error', rows)}  repeat: {_repeat(run, row, case, bundles)}\n"


def _listed(state: State, rows: Sequence[tuple[Requirement, Sequence[Finding]]]) -> str:
    if not rows:
        return ""
    lines = [click.style(f"{_HEADINGS[state]} {len(rows)}", fg=_COLOURS[state], bold=True)]
    alike: dict[str, tuple[str, list[str]]] = {}  # of a reason, its first case and the requirements
    for row, found in rows:
        bad = next((finding for finding in found if finding.state == state), None)
        why = bad.got if bad else "no case came to what it judges"
        alike.setdefault(why, (f" ({bad.case})" if bad else "", []))[1].append(row.id)
    for why, (case, names) in alike.items():
        lines += wrapped(f"{few(names, _SHOWN_NAMES)}: {why}{case}")
    return "\n".join(lines) + "\n"


def conclusion(run: Run) -> str:
    """The verdict in a line, and what it took."""
    rounds = f"{run.rounds} round{'s' if run.rounds != 1 else ''}"
    walked = f" and {rounds} of made-up examples" if run.rounds else ""
    cases = f"{len(run.cases)} case{'s' if len(run.cases) != 1 else ''}"
    took = f"{cases}{walked} in {run.duration_s:.1f} s"
    return click.style(f"{verdict(run)}. {took}", fg="green" if run.conforms else "red", bold=True)


def verdict(run: Run) -> str:
    """The verdict in words."""
    states = run.states()
    seen = [row for row in contract_module.load().requirements if row.id in states]
    counted = [row for row in seen if counts(row, run.level)]
    optional = [row for row in seen if row.level != "must" and within(row.origin, run.level)]
    bad = [row for row in counted if states[row.id] not in ("pass", "known", "not_applicable", "not_run")]
    unseen = [row for row in counted if states[row.id] == "not_run"]
    known = [row for row in counted if states[row.id] == "known"]
    what = "requirements" if run.is_whole else "requirements that were selected"
    if run.is_target_broken:
        return "NO VERDICT: the adapter failed"
    if not counted:
        return f"NO VERDICT: nothing that was selected counts at level {run.level}; raise --level"
    if all(states[row.id] == "not_applicable" for row in counted):
        return "NO VERDICT: nothing that was selected applies to the target"
    if run.conforms and known:
        of = f"{len(known)} of {len(counted)} {what}"
        return f"CONFORMS BUT FOR KNOWN DEVIATIONS at level {run.level}: {of}"
    if run.conforms:
        besides = f", not counting {len(optional)} that are “should”, not “must”" if optional else ""
        return f"CONFORMS at level {run.level}: {len(counted)} {what}{besides}"
    if not bad:
        return f"NOT SHOWN TO CONFORM at level {run.level}: {len(unseen)} of {len(counted)} {what} not run"
    not_run = f", {len(unseen)} not run" if unseen else ""
    return f"DOES NOT CONFORM at level {run.level}: {len(bad)} of {len(counted)} {what} not met{not_run}"


def _hint(run: Run) -> Iterator[str]:
    """What to look at first where not even the plainest session is taken for one."""
    seen = run.observations.get(PLAIN)
    if seen is None or seen.last.is_success:
        return
    came = one_line(told(seen.last))
    if seen.is_refused_unasked:
        about = f"A valid cookie was refused and nothing was sent ({came}), so little else was learned."
        ask = f"Is {run.about.seal} the seal of your cookies, and does the adapter call your code rightly?"
    elif any(post.said == "200 tokens" for post in seen.posts()):
        about = f"New tokens were given for a valid cookie, and no success came of them ({came})."
        ask = "Does the adapter hand on what your code returns, as authenticated, sealed_session and reason?"
    else:
        return
    yield "\n".join(wrapped(f"{about} {ask} Try: -k {PLAIN}", ""))


def _news(run: Run) -> Iterator[str]:
    """What is new about a release of which something is known."""
    found = shipped.news(run)
    if found is None:
        return
    if not found.new and not found.gone:
        yield "All as known of this release; --as-known excuses it."
    if found.new:
        yield "\n".join(wrapped(f"New, not known of this release: {', '.join(found.new)}", ""))
    if found.gone:
        yield "\n".join(wrapped(f"Gone, though known of this release: {', '.join(found.gone)}", ""))


def repeat_command(about: About, case_id: str, *, level: Level, transport: Transport, seed: int) -> str:
    """The command that does one case again, with the same outcome and exit status."""
    words = ["reseal", "check", about.spec, "-k", case_id]
    if level != "documented":
        words += ["--level", level]
    if transport != "loopback":
        words += ["--transport", transport]
    if about.seal != "iron" and not is_program(about.spec):
        words += ["--seal", about.seal]
    return shlex.join([*words, "--seed", str(seed)])
