"""``success.*`` and ``seal.opened-by-others``: what the new seal must hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reseal.observation import Observation

from .support import ABOUT, GOOD, REFUSED, USER, failure, observed, post, raising, ruling, seal, success

IMPERSONATOR = {"email": "admin@example.com", "reason": None}
SEALED_NOTHING = observed(success(seal=None), sent=[post()])
IMPERSONATED = [post(impersonator=IMPERSONATOR)]
NO_TOKENS = "but the endpoint gave no tokens for it"


def sealed(**changes: Any) -> Observation:
    """A success whose seal differs in this."""
    return observed(success(seal=seal(**changes)), sent=GOOD.exchanges)


def impersonated(impersonator: object) -> Observation:
    return observed(success(seal=seal(impersonator=impersonator)), sent=IMPERSONATED)


def in_a_row(*changes: dict[str, Any]) -> Observation:
    """Successes one after the other, each with the cookie of the one before."""
    numbered = [{"cookie": f"<cookie {number}>", **change} for number, change in enumerate(changes)]
    return observed(
        *(success(**change) for change in numbered), sent=[post(call=i) for i in range(len(changes))]
    )


TWICE = in_a_row({"seal": seal(fingerprint="a")}, {"seal": seal(fingerprint="b")})

WRONG = [
    ("success.new-tokens", GOOD, observed(raising()), "raised SomeError"),
    ("success.new-tokens", GOOD, observed(success()), NO_TOKENS),
    ("success.new-tokens", GOOD, observed(success(seal=None), sent=[post()]), "sealed_session an empty"),
    ("success.new-tokens", GOOD, sealed(problem="it is odd"), "the new seal does not open: it is odd"),
    ("success.new-tokens", GOOD, sealed(access_token="old-access"), "the access token inside is old"),
    ("success.new-tokens", GOOD, sealed(access_token=None), "the access token inside is missing"),
    ("success.new-tokens", GOOD, sealed(access_token="x"), "the access token inside is unknown"),
    ("success.new-tokens", GOOD, sealed(refresh_token="old"), "the refresh token inside is old"),
    ("success.new-tokens", GOOD, sealed(refresh_token=None), "the refresh token inside is missing"),
    ("success.new-tokens", GOOD, sealed(refresh_token="x"), "the refresh token inside is unknown"),
    ("success.unknown-fields", GOOD, sealed(refresh_token="old"), "the refresh token inside is old"),
    ("success.user", GOOD, sealed(user=None), "no user inside"),
    ("success.user", GOOD, sealed(user="user_1"), "no user inside"),
    ("success.user", GOOD, sealed(user={"email": USER["email"]}), "a user without id"),
    ("success.user", GOOD, sealed(user={"id": USER["id"]}), "a user without email"),
    ("success.user", GOOD, sealed(user={**USER, "id": "x"}), "user field id is 'x', the answer had 'user_1'"),
    ("success.user", GOOD, sealed(user={**USER, "first_name": ""}), "user field first_name is ''"),
    ("success.unicode", GOOD, sealed(user={**USER, "firstName": "é" * 99}), "user field first_name is 'éé"),
    ("success.impersonator", impersonated(IMPERSONATOR), impersonated(None), "impersonator None"),
    (
        "success.impersonator",
        impersonated(IMPERSONATOR),
        impersonated({"email": "admin@example.com"}),
        "impersonator {'email': 'admin@example.com'}",
    ),
    ("success.impersonator", GOOD, sealed(impersonator=IMPERSONATOR), "impersonator {'email'"),
    ("success.cookie-safe", GOOD, sealed(cookie_safe=False), "characters that a cookie cannot have"),
    ("success.cookie-size", sealed(length=3_996), sealed(length=3_997), "3,997 characters"),
    (
        "success.fresh-seal",
        TWICE,
        in_a_row({"seal": seal(fingerprint="a")}, {"seal": seal(fingerprint="a")}),
        "the same seal twice",
    ),
    (
        "success.fresh-seal",
        in_a_row(
            {"seal": seal(fingerprint="a", first_block="1")}, {"seal": seal(fingerprint="b", first_block="2")}
        ),
        in_a_row(
            {"seal": seal(fingerprint="a", first_block="1")}, {"seal": seal(fingerprint="b", first_block="1")}
        ),
        "the same ciphertext twice",
    ),
    ("success.chain", TWICE, in_a_row({}, {"authenticated": False}), "refresh 2 of 2 failed"),
    ("success.chain", TWICE, in_a_row({"seal": None}, {}), "refresh 1 of 2 failed"),
    ("success.chain", TWICE, in_a_row({"cookie": "a"}, {"cookie": "a"}), "so the first was used again"),
    (
        "success.chain",
        TWICE,
        in_a_row({}, {"seal": seal(refresh_token="old")}),
        "the refresh token inside is old",
    ),
    ("success.chain", TWICE, replace(TWICE, exchanges=TWICE.exchanges[:1]), NO_TOKENS),
    ("seal.opened-by-others", GOOD, sealed(quirk="it has no suffix"), "it has no suffix"),
    ("seal.opened-by-others", TWICE, in_a_row({}, {"seal": seal(quirk="odd")}), "odd"),
]


@pytest.mark.parametrize(
    ("requirement", "good", "wrong", "got"), WRONG, ids=[f"{row[0]}: {row[3]}" for row in WRONG]
)
def test_one_thing_wrong(requirement: str, good: Observation, wrong: Observation, got: str) -> None:
    """What is right passes; one thing wrong fails, and the ruling says what was got."""
    assert ruling(requirement, good).state == "pass"

    ruled = ruling(requirement, wrong)

    assert ruled.state == "fail"
    assert got in ruled.got


@pytest.mark.parametrize(
    "requirement",
    [
        "success.user",
        "success.impersonator",
        "success.cookie-safe",
        "success.cookie-size",
        "success.fresh-seal",
        "seal.opened-by-others",
    ],
)
@pytest.mark.parametrize("seen", [REFUSED, observed(raising()), observed(success()), SEALED_NOTHING])
def test_without_a_seal(requirement: str, seen: Observation) -> None:
    """Of a seal that did not come back, or that no refresh made, nothing is known: that is no pass."""
    assert ruling(requirement, seen).state == "not_run"


@pytest.mark.parametrize("requirement", ["success.user", "success.impersonator"])
def test_a_seal_that_does_not_open(requirement: str) -> None:
    """What is in a seal that does not open is not known; that it does not is for another requirement."""
    assert ruling(requirement, sealed(problem="it is odd")).state == "not_run"
    assert ruling("success.cookie-safe", sealed(problem="it is odd")).state == "pass"


@pytest.mark.parametrize(
    "user",
    [
        {"id": "user_1", "email": "grace@example.com"},
        {"id": "user_1", "email": "grace@example.com", "firstName": None},
        {"id": "user_1", "email": "grace@example.com", "shoe_size": 41},
    ],
)
def test_users_as_implementations_know_them(user: dict[str, object]) -> None:
    """A seal may leave out fields of the user, spell them in its own way, and have more."""
    assert ruling("success.user", sealed(user=user)).state == "pass"


def test_a_long_value_is_cut_short() -> None:
    """A ruling shows so much of a value that a line still holds it."""
    got = ruling("success.user", sealed(user={**USER, "first_name": "x" * 200})).got

    assert "…" in got
    assert len(got) < 130


@pytest.mark.parametrize("seen", [GOOD, in_a_row({}, {"seal": seal(problem="it is odd")})])
def test_one_seal_says_nothing_of_another(seen: Observation) -> None:
    """It takes two that open to tell whether they differ."""
    ruled = ruling("success.fresh-seal", seen)

    assert (ruled.state, ruled.got) == ("not_run", "there are no two seals")


@pytest.mark.parametrize(
    ("blocks", "state", "got"),
    [
        (("one", "two"), "pass", "they differ"),
        (("one", "one"), "fail", "the same ciphertext twice"),
        (
            (None, None),
            "not_applicable",
            "they hold other tokens, and nobody knows where their ciphertext begins",
        ),
    ],
)
def test_seals_of_different_tokens(blocks: tuple[str | None, ...], state: str, got: str) -> None:
    """They begin alike where salt and iv come again, since all sessions do; of an own format nobody knows."""
    made = [
        {"seal": seal(fingerprint=f"{i}", refresh_token=f"new {i}", first_block=block)}
        for i, block in enumerate(blocks)
    ]
    ruled = ruling("success.fresh-seal", in_a_row(*made))

    assert (ruled.state, ruled.got) == (state, got)


def test_a_format_of_its_own_has_no_others() -> None:
    """A format that only its maker has opens nowhere else, and need not."""
    about = replace(ABOUT, seal="own")

    assert ruling("seal.opened-by-others", sealed(quirk="odd"), about=about).state == "not_applicable"


def test_what_does_not_open_says_nothing_of_others() -> None:
    """A seal that stays shut under its password is the matter of success.new-tokens."""
    assert ruling("seal.opened-by-others", sealed(problem="its MAC does not hold")).state == "not_run"


def test_the_last_answer_counts() -> None:
    """Who asks twice seals what it was given last."""
    posts = [post(access_token="first", refresh_token="first"), post()]

    assert ruling("success.new-tokens", observed(success(), sent=posts)).state == "pass"
    assert ruling("success.new-tokens", observed(success(), sent=posts[::-1])).state == "fail"


@pytest.mark.parametrize(
    ("inside", "given", "state"),
    [
        (123456789012345680000, 1.2345678901234568e20, "pass"),
        (1, 1.0, "pass"),
        (2**53, 2**53 - 1, "fail"),
        (10**400, 1.5, "fail"),
        (1, True, "fail"),
        (0, False, "fail"),
        ([1, {"a": None}], [1.0, {"a": None}], "pass"),
        ([1], [1, 2], "fail"),
        ({"a": 1}, {"a": True}, "fail"),
        ({"a": None}, {}, "fail"),
        ("1", 1, "fail"),
    ],
)
def test_numbers_are_doubles(inside: object, given: object, state: str) -> None:
    """A number may be written otherwise, but must be the same double; and true is no number."""
    seen = observed(
        success(seal=seal(user={**USER, "custom": inside})), sent=[post(user={**USER, "custom": given})]
    )

    assert ruling("success.unicode", seen).state == state


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (observed(failure("invalid_session_cookie")), "fail"),
        (observed(raising()), "fail"),
        (observed(raising(), sent=[post()]), "not_run"),
        (GOOD, "pass"),
    ],
)
def test_data_that_are_refused_do_not_survive(seen: Observation, state: str) -> None:
    """Where unusual data are all that is unusual of a cookie, it is refused for them."""
    assert ruling("success.unicode", seen).state == state


def test_what_cannot_be_seen_to_differ() -> None:
    """Two texts that look alike are told with escapes."""
    user = {**USER, "first_name": "e\u0301"}
    given = [post(user={**USER, "first_name": "\u00e9"})]
    told = ruling("success.unicode", observed(success(seal=seal(user=user)), sent=given)).got

    assert "first_name is 'e\\u0301', the answer had '\\xe9'" in told
