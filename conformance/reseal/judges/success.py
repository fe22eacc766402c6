"""``success.*`` and ``seal.opened-by-others``: what the new seal must hold."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..cases import Case
from ..formats.naming import snake
from ..observation import CallSeen, ExchangeSeen, Observation, SealSeen
from ..target import About
from ..wrapping import cut
from . import outcome
from .ruling import Ruling, given_to, inapplicable, ruled, unproven

_NO_SEAL = "no new seal came back, or none that opens"
_TOO_LARGE = 2**1_024  # for a double
_MAX_COOKIE = 4_096  # bytes of name, value and attributes (RFC 6265, 6.1)
KEPT = (
    "object",
    "id",
    "first_name",
    "last_name",
    "profile_picture_url",
    "email",
    "email_verified",
    "external_id",
    "metadata",
    "last_sign_in_at",
    "created_at",
    "updated_at",
)
"""The fields of a user that the published schema requires, and the metadata that applications put there."""
_NAME_AND_ATTRIBUTES = 100  # `wos-session=…; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=…`


def new_tokens(case: Case, observation: Observation, about: About) -> Ruling:
    expected = "the new seal opens with the same password and holds the tokens that the endpoint gave"
    control = outcome.judge(case, observation, about)
    if control.state != "pass":
        if "seal.open-foreign" in case.requirements and not observation.posts():
            return unproven(expected, f"the cookie was not opened: {control.got}")
        return ruled(expected, control.got, passes=False)
    for call, seal, exchange in _sealed(observation):
        if seal.problem is not None:
            return ruled(expected, f"the new seal does not open: {seal.problem}", passes=False)
        for name, inside, given, old in (
            ("access", seal.access_token, exchange.access_token, call.cookie_access_token),
            ("refresh", seal.refresh_token, exchange.refresh_token, call.cookie_refresh_token),
        ):
            if inside != given:
                which = "old" if inside == old else "missing" if inside is None else "unknown"
                return ruled(expected, f"the {name} token inside is {which}", passes=False)
    return ruled(expected, "the new tokens are inside", passes=True)


def opened_by_others(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    expected = "the new seal opens in the format's other implementations"
    if about.seal == "own":
        return inapplicable(expected, "the format has no other implementation")
    # One that does not open at all, as under another password, is what success.new-tokens is for.
    seals = [seal for _, seal, _ in _sealed(observation) if seal.problem is None]
    if not seals:
        return unproven(expected, _NO_SEAL)
    quirk = next((seal.quirk for seal in seals if seal.quirk is not None), None)
    return ruled(expected, quirk or "it opens", passes=quirk is None)


def user(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    """Fields that the implementation does not know may be missing; those that are there must be right."""
    expected = "the user of the answer, every field of it unaltered"
    return _each(observation, expected, lambda seal, exchange: _difference(seal.user, exchange.user))


def whole_user(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    """Newer fields, which an implementation need not know, may be missing; those of old may not."""
    expected = "the fields of the answer's user that the schema requires, metadata, nothing of the old user"
    old = _user_of_the_cookie(case)

    def wrong(seal: SealSeen, exchange: ExchangeSeen) -> str | None:
        problem = _difference(seal.user, exchange.user)
        return problem or _lost(seal.user, exchange.user) or _left_over(seal.user, exchange.user, old)

    return _each(observation, expected, wrong)


def survives(case: Case, observation: Observation, about: About) -> Ruling:
    """The outcome first, where nothing was sent: a cookie that holds such data was refused for them."""
    ruling = outcome.judge(case, observation, about)
    is_refused = any(not observation.posts_of(i) for i in range(len(observation.calls)))
    return ruling if is_refused and ruling.state == "fail" else user(case, observation, about)


def impersonator(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    expected = "the impersonator of the answer"

    def wrong(seal: SealSeen, exchange: ExchangeSeen) -> str | None:
        return None if seal.impersonator == exchange.impersonator else f"impersonator {seal.impersonator!r}"

    return _each(observation, expected, wrong)


def fresh_seal(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    expected = "no two seals are the same, nor begin alike: each has a salt or an iv of its own"
    seals = [seal for _, seal, _ in _sealed(observation) if seal.problem is None]
    if len(seals) < 2:
        return unproven(expected, "there are no two seals")
    if len({seal.fingerprint for seal in seals}) < len(seals):
        return ruled(expected, "the same seal twice", passes=False)
    blocks = [seal.first_block for seal in seals if seal.first_block is not None]
    if not blocks and len({seal.refresh_token for seal in seals}) > 1:
        return inapplicable(
            expected, "they hold other tokens, and nobody knows where their ciphertext begins"
        )
    # A date or a MAC differs, and what is inside shows all the same.
    passes = len(set(blocks)) == len(blocks)
    return ruled(expected, "they differ" if passes else "the same ciphertext twice", passes=passes)


def cookie_safe(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    expected = "cookie octets only (RFC 6265, 4.1.1)"

    def wrong(seal: SealSeen, _: ExchangeSeen) -> str | None:
        return None if seal.cookie_safe else "characters that a cookie cannot have"

    return _each(observation, expected, wrong, opened=False)


def cookie_size(case: Case, observation: Observation, about: About) -> Ruling:  # noqa: ARG001
    room = _MAX_COOKIE - _NAME_AND_ATTRIBUTES
    expected = f"at most {room:,} characters for a typical session, so that browsers keep the cookie"

    def wrong(seal: SealSeen, _: ExchangeSeen) -> str | None:
        return None if seal.length <= room else f"{seal.length:,} characters"

    return _each(observation, expected, wrong, opened=False)


def chain(case: Case, observation: Observation, about: About) -> Ruling:
    calls = observation.calls
    expected = f"{len(calls)} refreshes in a row, each with the seal of the one before"
    for number, call in enumerate(calls, 1):
        if not (call.is_success and call.seal is not None):
            return ruled(expected, f"refresh {number} of {len(calls)} failed", passes=False)
    if len({call.cookie for call in calls}) != len(calls):
        return ruled(expected, "a new seal that does not open, so the first was used again", passes=False)
    return new_tokens(case, observation, about)


def _sealed(observation: Observation) -> Iterator[tuple[CallSeen, SealSeen, ExchangeSeen]]:
    """Each successful call with its seal and the exchange that gave its tokens."""
    for i, call in enumerate(observation.calls):
        given = given_to(i, observation)
        if call.is_success and call.seal is not None and given:
            yield call, call.seal, given[-1]


def _each(
    observation: Observation,
    expected: str,
    wrong: Callable[[SealSeen, ExchangeSeen], str | None],
    *,
    opened: bool = True,
) -> Ruling:
    sealed = [
        (seal, exchange) for _, seal, exchange in _sealed(observation) if not opened or seal.problem is None
    ]
    if not sealed:
        return unproven(expected, _NO_SEAL)
    found = next((text for pair in sealed if (text := wrong(*pair)) is not None), None)
    return ruled(expected, found or "as expected", passes=found is None)


def _difference(inside: Any, given: Mapping[str, Any]) -> str | None:
    """What is wrong with the user inside a seal; None where nothing is."""
    if not isinstance(inside, Mapping):
        return "no user inside"
    fields = {snake(name): value for name, value in inside.items()}
    for name in ("id", "email"):
        if name not in fields:
            return f"a user without {name}"
    for name, value in fields.items():
        if name in given and not _is_same(value, given[name]):
            return f"user field {_where_apart(name, value, given[name])}"
    return None


def _lost(inside: Mapping[str, Any], given: Mapping[str, Any]) -> str | None:
    """Which field of ``given`` is not inside; one without a value may be left out."""
    fields = {snake(name) for name in inside}
    lost = [name for name in KEPT if name not in fields and given.get(name) not in (None, {})]
    return f"a user without {', '.join(lost)}" if lost else None


def _left_over(inside: Mapping[str, Any], given: Mapping[str, Any], old: Mapping[str, Any]) -> str | None:
    fields = {snake(name): value for name, value in inside.items()}
    kept = [name for name in old if name not in given and name in fields and fields[name] == old[name]]
    return f"{', '.join(kept)} of the old user, which the answer does not have" if kept else None


def _user_of_the_cookie(case: Case) -> Mapping[str, Any]:
    """What the recipe says of the user in the first cookie."""
    user: Mapping[str, Any] = case.recipe.get("set", {}).get("user", {})
    return user


def _is_same(value: Any, given: Any) -> bool:
    """Whether two JSON values are the same; of numbers, whether they are the same IEEE 754 double.

    Writers spell a large double as they like: JavaScript writes 1e20 with all its digits.
    """
    if isinstance(value, Mapping) and isinstance(given, Mapping):
        return value.keys() == given.keys() and all(_is_same(value[name], given[name]) for name in given)
    if isinstance(value, list) and isinstance(given, list):
        return len(value) == len(given) and all(map(_is_same, value, given))
    if isinstance(value, bool) or isinstance(given, bool):
        return value is given
    if isinstance(value, int | float) and isinstance(given, int | float):
        return value == given or (abs(value) < _TOO_LARGE and float(value) == float(given))
    return bool(value == given)


def _where_apart(path: str, value: Any, given: Any) -> str:
    """What is wrong at ``path``, or at the first place within: of 50 entries, most may be the same."""
    if not (isinstance(value, Mapping) and isinstance(given, Mapping)):
        mine, its = _told_apart(value, given)
        return f"{path} is {_short(mine)}, the answer had {_short(its)}"
    both = given.keys() & value.keys()
    name = next(
        name for name in {**given, **value} if name not in both or not _is_same(value[name], given[name])
    )
    within = f"{path}[{_short(repr(name))}]"
    if name not in value:
        return f"{within} is missing, the answer had {_short(repr(given[name]))}"
    if name not in given:
        return f"{within} is {_short(repr(value[name]))}, the answer did not have it"
    return _where_apart(within, value[name], given[name])


def _told_apart(value: Any, given: Any) -> tuple[str, str]:
    """Two values as a reader sees that they differ, also where it is in how accents are composed."""
    alike = len({unicodedata.normalize("NFKC", repr(each)) for each in (value, given)}) == 1
    return (ascii(value), ascii(given)) if alike else (repr(value), repr(given))


def _short(text: str) -> str:
    return cut(text, 60)
