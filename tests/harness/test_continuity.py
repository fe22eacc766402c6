"""Cookies that are handed from one implementation to another."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from reseal.diff import Cell, judge_continuity
from reseal.protocol import SealName
from reseal.target import Target
from reseal.target.builtin import references
from reseal.target.inprocess import InProcessTarget
from reseal_reference import SealError
from tests.broken.right import Right

from .support import IRON, rng

DAY_S = 86_400
TITLES = [
    "plain",
    "organization",
    "impersonator",
    "unicode",
    "large",
    "plain, 1 day old",
    "plain, 16 days old",
]


class Expiring(Right):
    """Seals that expire in a fortnight and a day, as those of iron-session 6 do; and it minds."""

    def seal(self, payload: Any, password: str) -> str:
        expires = str(round((time.time() + 15 * DAY_S) * 1_000))
        return IRON.seal(payload, password, rng(), {"expiration": expires})


class Renamed(Right):
    """Calls the refresh token otherwise inside its seals, and knows no other name."""

    def payload(self, answer: Any, session: Any) -> dict[str, Any]:
        made = super().payload(answer, session)
        return {"token": made.pop("refreshToken"), **made}

    def unseal(self, token: str, password: str) -> Any:
        session = super().unseal(token, password)
        if "token" in session:
            session["refreshToken"] = session["token"]
        return session


class NoImpersonators(Right):
    """Takes a session with an impersonator for a damaged one."""

    def unseal(self, token: str, password: str) -> Any:
        session = super().unseal(token, password)
        if "impersonator" in session:
            raise SealError
        return session


class Forgetful(Right):
    """Its first refresh of a session never succeeds."""

    def succeeded(self, sealed: str) -> dict[str, Any]:
        raise KeyError("sealed_session")


class AnotherUser(Right):
    """Seals the user of somebody else when the cookie is one that was refreshed before."""

    def payload(self, answer: Any, session: Any) -> dict[str, Any]:
        made = super().payload(answer, session)
        if session["user"].get("firstName") == "Grace" and "seen" in session["user"]:
            made["user"]["id"] = "user_2"
        made["user"]["seen"] = True
        return made


def reference(seal: SealName = "iron") -> Target:
    return InProcessTarget(references(seal)["reference"], "reference")


def states(cells: tuple[Cell, ...]) -> dict[str, list[str]]:
    """The sessions of each direction that are not as they should be."""
    return {
        direction: [
            f"{cell.title}: {cell.state}" for cell in cells if cell.direction == direction and cell.why
        ]
        for direction in ("deployment", "roll-back")
    }


@pytest.mark.parametrize("seal", ["iron", "fernet"])
def test_the_same_release(seal: SealName) -> None:
    """Every cookie survives a change to the same, in both directions, and at every age."""
    cells = judge_continuity(reference(seal), reference(seal))

    assert {cell.state for cell in cells} == {"holds"}
    assert [cell.title for cell in cells[:7]] == TITLES
    assert len(cells) == 14


def test_two_implementations_that_are_right(target: Callable[[type[Right]], Target]) -> None:
    """Two that were written apart take each other's cookies."""
    assert states(judge_continuity(reference(), target(Right))) == {"deployment": [], "roll-back": []}


def test_a_seal_that_expires(target: Callable[[type[Right]], Target]) -> None:
    """An old cookie that its own maker refuses is not lost by the upgrade; a younger one holds."""
    cells = judge_continuity(target(Expiring), target(Right))

    assert states(cells) == {"deployment": ["plain, 16 days old: as before"], "roll-back": []}
    assert "mine:Expiring itself does not refresh it: refused, invalid_session_cookie" in cells[6].why


def test_a_cookie_that_only_the_new_one_reads(target: Callable[[type[Right]], Target]) -> None:
    """Cookies of a release that renames a field open after a deployment, and are lost in a roll-back."""
    found = states(judge_continuity(target(Right), target(Renamed)))

    assert found["deployment"] == []
    assert set(found["roll-back"]) == {f"{title}: breaks" for title in TITLES}


def test_one_kind_of_session(target: Callable[[type[Right]], Target]) -> None:
    """What is lost for one kind of session alone is named, with what the taker said."""
    cells = judge_continuity(target(Right), target(NoImpersonators))

    assert states(cells)["deployment"] == ["impersonator: breaks"]
    assert cells[2].why == "mine:NoImpersonators: refused, invalid_session_cookie"


def test_no_cookie_to_hand_over(target: Callable[[type[Right]], Target]) -> None:
    """Where a release never returns a cookie, nothing is said of its cookies; least of all that they hold."""
    cells = judge_continuity(target(Forgetful), target(Right))

    deployment = [cell for cell in cells if cell.direction == "deployment"]
    assert {cell.state for cell in deployment} == {"not run"}
    assert deployment[0].why == "there is no cookie of mine:Forgetful: raised KeyError"
    # The other way round it gives none back, as it never did: nothing is lost by going back to it.
    assert {cell.state for cell in cells[7:]} == {"as before"}


def test_a_release_that_refreshes_nothing(target: Callable[[type[Right]], Target]) -> None:
    """To deploy one loses every cookie."""
    cells = judge_continuity(target(Right), target(Forgetful))

    assert {cell.state for cell in cells[:7]} == {"breaks"}
    assert {cell.state for cell in cells[7:]} == {"not run"}


def test_another_format() -> None:
    """Cookies of one format do not open in another."""
    cells = judge_continuity(reference("fernet"), reference("iron"))

    assert {cell.state for cell in cells} == {"breaks"}


def test_the_user_is_the_same(target: Callable[[type[Right]], Target]) -> None:
    """A cookie whose user becomes another one does not hold."""
    cells = judge_continuity(target(AnotherUser), target(AnotherUser))

    assert cells[0].state == "as before"
    assert judge_continuity(target(AnotherUser), target(Right))[0].state == "holds"
