"""One application: its sessions, its keys and its clock."""

from __future__ import annotations

import jwt
import pytest

from reseal.authkit import Authkit, OpenError
from reseal.errors import UsageError

from .support import claims, posted, refresh


def test_a_session_is_refreshed(authkit: Authkit) -> None:
    """A right implementation refreshes a sealed session, and its new cookie holds the new tokens."""
    session = authkit.session()

    result = refresh(authkit, session.seal())

    assert result.authenticated
    session.assert_sealed_in(result.sealed_session)


def test_sessions_are_apart(authkit: Authkit) -> None:
    """Ending one session leaves the other, and each refresh gives its own user's data."""
    ended, other = authkit.session(), authkit.session({"email": "ada@example.com"})

    ended.end()

    assert refresh(authkit, ended.seal()).reason == "invalid_grant"
    answer = refresh(authkit, other.seal())
    assert authkit.open(answer.sealed_session or "")["user"]["email"] == "ada@example.com"
    assert ended.is_ended
    assert not other.is_ended


def test_what_a_session_is(authkit: Authkit) -> None:
    """Organization, impersonator and user turn up in the answer and in the access token."""
    session = authkit.session("typical", organization_id="org_a", impersonator="admin@example.com")

    body = posted(authkit, session).json()

    token = claims(body["access_token"])
    assert body["user"] == session.user
    assert body["organization_id"] == token["org_id"] == session.organization_id == "org_a"
    assert body["impersonator"] == {"email": "admin@example.com", "reason": None}
    assert token["act"] == {"sub": "admin@example.com"}
    assert (token["sid"], token["sub"]) == (session.id, session.user["id"])


def test_made_users_differ(authkit: Authkit) -> None:
    """A user made from fields has an id of its own, and the other fields of the plain one."""
    first, second = authkit.session({"first_name": "Ada"}), authkit.session({"first_name": "Ada"})

    assert first.user["id"] != second.user["id"]
    assert first.user["last_name"] == authkit.session().user["last_name"]


def test_an_unknown_user(authkit: Authkit) -> None:
    """A name that no test user has is refused, and those that there are named."""
    with pytest.raises(UsageError, match=r"user: 'nobody' is not known. Use one of plain, typical"):
        authkit.session("nobody")


@pytest.mark.parametrize(("name", "meant"), [("emial", "email"), ("firstName", "first_name")])
def test_a_misspelt_field(authkit: Authkit, name: str, meant: str) -> None:
    """A field that looks misspelt would leave the test with a user it did not mean; a new one may come."""
    assert authkit.session({meant: "x", "shoe_size": 42}).user["shoe_size"] == 42

    with pytest.raises(UsageError, match=f"user: '{name}' is no field of a user. Did you mean '{meant}'?"):
        authkit.session({name: "x"})


def test_switching_the_organization(authkit: Authkit) -> None:
    """A session switches to the organizations that it is a member of, and to no other."""
    session = authkit.session(organization_id="org_a", memberships=["org_b"])
    authkit.session(organization_id="org_of_another")

    assert refresh(authkit, session.seal(), "org_b").authenticated
    assert session.organization_id == "org_b"
    assert refresh(authkit, session.seal(), "org_of_another").reason == "organization_not_authorized"
    assert posted(authkit, session, organization_id="org_unheard").json()["error"] == "organization_not_found"


def test_a_revoked_token(authkit: Authkit) -> None:
    """The token in the user's cookie is not accepted any more; the endpoint has another."""
    session = authkit.session()
    cookie = session.seal()

    session.revoke()

    assert refresh(authkit, cookie).reason == "invalid_grant"
    assert refresh(authkit, session.seal()).authenticated


def test_the_clock_and_the_grace_period(authkit: Authkit) -> None:
    """A spent token is accepted for 30 s, with the same answer, and not after them."""
    session = authkit.session()
    cookie = session.seal()
    first = refresh(authkit, cookie)

    again = refresh(authkit, cookie)
    authkit.advance(31)

    assert first.authenticated
    assert again.authenticated
    session.assert_sealed_in(again.sealed_session)
    assert refresh(authkit, cookie).reason == "invalid_grant"


@pytest.mark.authkit(grace_s=0)
def test_without_a_grace_period(authkit: Authkit) -> None:
    """With ``grace_s`` 0, a refresh token is single-use."""
    cookie = authkit.session().seal()
    assert refresh(authkit, cookie).authenticated

    assert refresh(authkit, cookie).reason == "invalid_grant"


def test_a_spent_token_is_kept_without_its_answer(authkit: Authkit) -> None:
    """What an endpoint that runs for weeks remembers of a refresh is the token, once the grace is over."""
    session = authkit.session()
    spent = [session.refresh_token]
    for _ in range(3):
        cookie = session.seal()
        assert refresh(authkit, cookie).authenticated
        spent.append(session.refresh_token)
        authkit.advance(31)
    retired = session._state.retired

    assert [bool(body) for _, body in retired.values()] == [False, False, True]
    assert all(session.owns(token) for token in spent)


def test_the_clock_goes_forward(authkit: Authkit) -> None:
    """A negative number of seconds is refused."""
    with pytest.raises(UsageError, match=r"seconds: -1 is negative"):
        authkit.advance(-1)


@pytest.mark.parametrize("times", [1, 4])
def test_rotating_keys(authkit: Authkit, times: int) -> None:
    """After every rotation, tokens are signed with a key that the key set has, under another id."""
    before = posted(authkit, authkit.session()).json()["access_token"]

    for _ in range(times):
        authkit.rotate_keys()

    session = authkit.session()
    assert refresh(authkit, session.seal()).authenticated
    assert (times % 3 == 0) == (_kid(before) == _kid(session.access_token()))


def _kid(token: str) -> object:
    return jwt.get_unverified_header(token)["kid"]


@pytest.mark.authkit(seal="iron", cookie_password="a password of thirty-two characters or more")
def test_iron(authkit: Authkit) -> None:
    """The format of the Node SDK, with a password of one's own."""
    session = authkit.session()

    result = refresh(authkit, session.seal())

    assert (result.sealed_session or "").startswith("Fe26.2*")
    session.assert_sealed_in(result.sealed_session)


def test_one_password_for_both_formats(authkit: Authkit) -> None:
    """The password that is made for an application seals cookies of both SDKs."""
    session = authkit.session()

    assert session.seal(seal="iron").startswith("Fe26.2*")
    assert session.seal(seal="fernet").startswith("gAAAA")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seal": "own"}, r"seal: 'own' cannot be made here. Use iron or fernet."),
        ({"seal": "iron", "cookie_password": "short"}, r"cookie_password: Iron seals need 32 .* got 5"),
        ({"cookie_password": "x" * 40}, r"cookie_password: Fernet seals need 32 bytes .* got <40 chars #"),
    ],
)
def test_wrong_options(authkit: Authkit, options: dict[str, str], message: str) -> None:
    """What cannot be sealed with is refused where it is given, and passwords are not shown."""
    with pytest.raises(UsageError, match=message) as refused:
        authkit.tenant(**options)

    assert "x" * 40 not in str(refused.value)


def test_a_cookie_of_another_password(authkit: Authkit) -> None:
    """A cookie sealed with another password does not open, here and in the application."""
    session = authkit.session()
    cookie = session.seal(cookie_password=authkit.tenant().cookie_password)

    assert refresh(authkit, cookie).reason == "invalid_session_cookie"
    with pytest.raises(OpenError):
        authkit.open(cookie)


def test_an_old_access_token(authkit: Authkit) -> None:
    """A cookie can hold an access token that expired, as it does when a refresh is due."""
    session = authkit.session()

    held = claims(authkit.open(session.seal(access_token_age_s=3_600))["access_token"])
    fresh = claims(authkit.open(session.seal())["access_token"])

    assert 3_500 <= fresh["iat"] - held["iat"] <= 3_600  # type: ignore[operator] # both are seconds
