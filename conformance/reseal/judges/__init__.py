"""Judging: an observation against one requirement.  Pure: no clock, no I/O, no state.

Most requirements ask for an outcome, which is in the case (`outcome.judge`).  Those that look at
something else have a judge of their own, in the table below.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..cases import Call, Case
from ..observation import Observation
from ..target import About
from . import answers, history, outcome, request, result, secrecy, sessions, success, various
from .ruling import Judge, Ruling

__all__ = ["OWN", "Ruling", "judge", "meets_outcome"]

OWN: Mapping[str, Judge] = {
    "result.success-shape": result.success_shape,
    "result.failure-shape": result.failure_shape,
    "result.reason-only-on-failure": result.reason_only_on_failure,
    "result.no-seal-on-failure": result.no_seal_on_failure,
    "result.reason-vocabulary": result.reason_vocabulary,
    "result.returned-not-raised": result.returned_not_raised,
    "request.single-post": request.single_post,
    "request.grant": request.grant,
    "request.client-authentication": request.client_authentication,
    "request.well-formed": request.well_formed,
    "request.organization": request.organization,
    "request.no-cookie-password": request.no_cookie_password,
    "request.no-seal": request.no_seal,
    "request.no-secret-in-url": request.no_secret_in_url,
    "request.no-cross-origin-redirect": request.no_cross_origin,
    "success.new-tokens": success.new_tokens,
    "success.user": success.user,
    "success.whole-user": success.whole_user,
    "success.impersonator": success.impersonator,
    "success.fresh-seal": success.fresh_seal,
    "success.unicode": success.survives,
    "success.unknown-fields": success.new_tokens,
    "success.history": history.newest_refreshes,
    "success.cookie-safe": success.cookie_safe,
    "success.cookie-size": success.cookie_size,
    "success.chain": success.chain,
    "jwt.unknown-kid": various.unknown_key,
    "jwt.key-rotation": various.if_it_verifies,
    "jwt.hostile-key-set": various.if_it_verifies,
    "jwt.jwks-unavailable": various.out_of_reach,
    "jwt.jwks-cached": various.key_set_cached,
    "error.any-answer": answers.any_answer,
    "error.bounded-answer": various.bounded_answer,
    "error.deadline": various.deadline,
    "cookie.truncated": various.unless_it_is_spelling,
    "seal.never-something-else": various.never_something_else,
    "seal.lasts": sessions.lasts,
    "seal.opened-by-others": success.opened_by_others,
    "concurrency.single-use": various.single_use,
    "concurrency.sessions-apart": sessions.apart,
    "secrecy.exceptions": secrecy.exceptions,
    "secrecy.output": secrecy.output,
}


def judge(requirement: str, case: Case, observation: Observation, about: About) -> Ruling:
    """The verdict of one observation on ``requirement``."""
    return OWN.get(requirement, outcome.judge)(case, _judged(case, observation), about)


def meets_outcome(case: Case, observation: Observation, about: About) -> Ruling:
    """Whether the case came out as documented: the positive control of its children."""
    return outcome.judge(case, _judged(case, observation), about)


def _judged(case: Case, observation: Observation) -> Observation:
    aside = [i for i, step in enumerate(case.steps) if isinstance(step, Call) and step.aside]
    return observation.without(aside) if aside else observation
