"""What was said to the endpoint, in short: enough to see what went wrong, and in its turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from reseal.observation import ExchangeSeen, Leak, Observation
from reseal.report.as_text import evidence
from reseal.verdict import Finding

from .support import key_set, observed, post, success

FINDING = Finding("success.user", "refresh.success.plain", "fail", "", "something")
POST = (
    "POST /user_management/authenticate with grant_type, client_id, client_secret, refresh_token → 200 tokens"
)
GET = "GET /sso/jwks/client_1 →"


def exchange(observation: Observation) -> str:
    """The paragraph on the exchange, in one line."""
    text = " ".join(" ".join(evidence(FINDING, observation)).split())
    return text.partition(" exchange ")[2]


def key_sets(said: str, times: int) -> Sequence[ExchangeSeen]:
    return [key_set(said=said)] * times


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ([], "nothing was sent"),
        ([post(), key_set()], f"{POST}; {GET} 200"),
        ([post(), *key_sets("stalled", 9), key_set()], f"{POST}; {GET} stalled (9 times); {GET} 200"),
        (
            [post(), *(key_set(said=str(status)) for status in range(500, 504))],
            f"{POST}; {GET} 500; {GET} 501; 1 more; {GET} 503",
        ),
    ],
    ids=["nothing", "each", "alike", "many"],
)
def test_the_exchange_of_one_call(sent: Sequence[ExchangeSeen], told: str) -> None:
    """Each request with its answer; those that are alike once, and of many the first and the last."""
    assert exchange(observed(success(), sent=sent)) == told


def test_the_exchange_of_several_calls() -> None:
    """Call by call, and those that are alike together."""
    sent = [post(call=0), *(key_set(call=0, said="503") for _ in range(2)), post(call=3)]

    told = exchange(observed(*[success()] * 4, sent=sent))

    assert told == f"call 1: {POST}; {GET} 503 (2 times); calls 2 to 3: nothing; call 4: {POST}"


@pytest.mark.parametrize(
    ("secret", "output", "told"),
    [
        ("cookie", "up\nfor <cookie> at 1\ndown\n<cookie>", "for <cookie> at 1"),
        ("cookie", "x <part of cookie>", "x <part of cookie>"),
        ("cookie of an earlier case", "late: <cookie>", "late: <cookie>"),
        ("cookie", f"{'a' * 100}<cookie>{'b' * 100}", f"{'a' * 80}<cookie>{'b' * 80}"),
        ("cookie", "cut before it came… (9000 characters in all)", ""),
    ],
)
def test_what_was_printed(secret: str, output: str, told: str) -> None:
    """Who prints a secret is shown the words around it."""
    finding = replace(FINDING, requirement="secrecy.output", got=f"the {secret} in the output")
    observation = replace(observed(success()), leaks=(Leak(secret, "output"),), output=output)

    printed = "".join(line.strip() for line in evidence(finding, observation) if "exchange" not in line)
    assert printed.partition("printed")[2].strip() == told
