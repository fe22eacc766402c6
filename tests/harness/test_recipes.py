from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jwt
import pytest

from reseal import HarnessError, cases
from reseal.cases import Call, Setup
from reseal.endpoint import Model
from reseal.formats import Format, OpenError, OwnFormat, format_of
from reseal.formats.iron import PARTS
from reseal.recipes import Cookie, altered, bake

from .asking import NOW_S, endpoint
from .support import FERNET, IRON, rng

PASSWORD = IRON.new_password(rng())
FERNET_PASSWORD = FERNET.new_password(rng())


def baked(recipe: Mapping[str, Any], model: Model | None = None, sealing: Format = IRON) -> Cookie:
    password = FERNET_PASSWORD if sealing is FERNET else PASSWORD
    return bake(recipe, sealing, password, model or endpoint(), rng(1))


def inside(recipe: Mapping[str, Any], model: Model | None = None) -> Any:
    return IRON.open(baked({"kind": "session", **recipe}, model).text or "", PASSWORD)


@pytest.mark.parametrize(
    ("recipe", "text"),
    [
        ({"kind": "none"}, None),
        ({"kind": "empty"}, ""),
        ({"kind": "text", "text": "garbage"}, "garbage"),
        ({"kind": "text", "text": "ab", "times": 3}, "ababab"),
    ],
)
def test_cookies_without_a_session(recipe: dict[str, Any], text: str | None) -> None:
    """A cookie of text is that text, and holds no tokens."""
    assert Cookie(text, PASSWORD) == baked(recipe)


def test_a_cookie_does_not_show_itself() -> None:
    """What is printed of a cookie is none of it."""
    cookie = baked({"kind": "session"})

    shown = repr(cookie)

    secrets = [cookie.text, cookie.password, cookie.access_token, cookie.refresh_token]
    assert [secret for secret in secrets if secret is None or secret in shown] == []


@pytest.mark.parametrize(
    ("recipe", "is_sound"),
    [
        ({}, True),
        ({"seal": {"expiration": "1"}}, True),
        ({"change": {"op": "append", "text": "="}}, True),
        ({"change": {"op": "flip", "part": "iv"}}, False),
        ({"change": {"op": "flip", "part": "iv", "resigned": True}}, False),
        ({"change": {"op": "keep", "fraction": 0.5}}, False),
    ],
)
def test_a_changed_cookie_is_not_sound(recipe: dict[str, Any], is_sound: bool) -> None:
    """A cookie is sound until it is changed into more than another spelling of itself."""
    assert baked({"kind": "session", **recipe}).is_sound is is_sound


@pytest.mark.parametrize("kind", ["first", "newest", "oatmeal"])
def test_what_cannot_be_made(kind: str) -> None:
    """A case cannot begin with a cookie of its own later calls."""
    with pytest.raises(HarnessError, match=f"^no cookie of the kind '{kind}' can be made$"):
        baked({"kind": kind})


# -- sessions


def test_a_session_is_the_endpoints() -> None:
    """A cookie holds the session of the endpoint: its live refresh token, its user, a token that verifies."""
    model = endpoint(Setup(organization="org_1", impersonator={"email": "a@example.com", "reason": None}))

    cookie = baked({"kind": "session"}, model)

    payload = IRON.open(cookie.text or "", PASSWORD)
    assert payload["refresh_token"] == cookie.refresh_token == model.session.live
    assert payload["access_token"] == cookie.access_token
    assert payload["user"] == model.session.user
    assert "organization_id" not in payload  # which not every SDK seals
    assert payload["impersonator"] == {"email": "a@example.com", "reason": None}


@pytest.mark.parametrize(
    ("kind", "age_s"), [({}, 60), ({"access_token": "fresh"}, 60), ({"access_token": "stale"}, 300 * 86_400)]
)
def test_the_age_of_the_access_token(kind: dict[str, str], age_s: int) -> None:
    """A fresh token is a minute old, a stale one the better part of a year."""
    claims = jwt.decode(inside(kind)["access_token"], options={"verify_signature": False})

    assert NOW_S - age_s == claims["iat"]
    assert NOW_S - age_s + 300 == claims["exp"]


@pytest.mark.parametrize(("kind", "token"), [("malformed", "not.a.jwt"), ("empty", "")])
def test_odd_access_tokens(kind: str, token: str) -> None:
    """An access token can be none."""
    assert token == inside({"access_token": kind})["access_token"]


def test_fields_are_set_and_left_out() -> None:
    """What is inside can be altered field by field."""
    payload = inside({"set": {"refresh_token": None, "more": 1}, "omit": ["user", "access_token"]})

    assert {"refresh_token", "more"} == set(payload)
    assert payload["refresh_token"] is None


@pytest.mark.parametrize("value", [None, [], "refreshToken", 42, True])
def test_any_value_in_place_of_a_session(value: object) -> None:
    """What is inside need not be an object."""
    assert value == inside({"value": value})


def test_sealed_with_another_password() -> None:
    """A cookie of another password does not open with the one that comes with it."""
    assert inside({})
    with pytest.raises(OpenError, match="MAC does not hold"):
        inside({"sealed_with": "another password"})


def test_options_go_to_the_format() -> None:
    """How a cookie is sealed is up to its recipe."""
    cookie = baked({"kind": "session", "seal": {"expiration": "1", "suffix": ""}})

    assert (cookie.text or "").split("*")[PARTS.index("expiration")] == "1"
    assert not (cookie.text or "").endswith("~2")


# -- changes


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"op": "flip"}, "abcdffgh"),
        ({"op": "flip", "part": "whole"}, "abcdffgh"),
        ({"op": "flip", "part": "whole", "fraction": 0}, "bbcdefgh"),
        ({"op": "replace", "part": "whole", "text": "x"}, "x"),
        ({"op": "keep", "fraction": 0.5}, "abcd"),
        ({"op": "keep", "fraction": 0.9}, "abcdefg"),
        ({"op": "drop", "characters": 3}, "abcde"),
        ({"op": "append", "text": "!"}, "abcdefgh!"),
        ({"op": "put", "part": "whole", "fraction": 0.5, "characters": 2, "text": "xyz"}, "abcdxyzgh"),
        ({"op": "put", "part": "whole", "fraction": 0.0, "characters": 0, "text": ""}, "abcdefgh"),
        ({"op": "prepend", "text": " "}, " abcdefgh"),
        ({"op": "double"}, "abcdefghabcdefgh"),
        ({"op": "swapcase", "part": "whole", "fraction": 0.5}, "abcdEfgh"),
        ({"op": "percent", "part": "whole", "fraction": 0.5}, "abcd%65fgh"),
    ],
)
def test_changes(change: dict[str, Any], text: str) -> None:
    """A change is made to the cookie as it was sealed."""
    sealing = OwnFormat(lambda *_: "abcdefgh", lambda *_: {})

    assert text == baked({"kind": "session", "change": change}, sealing=sealing).text


def test_parts_are_swapped() -> None:
    """Two parts of a seal change places, in whichever order they are named; the rest stays."""
    parts = (baked({"kind": "session"}).text or "").split("*")
    swapped = [
        (baked({"kind": "session", "change": {"op": "swap", "part": part, "with": other}}).text or "").split(
            "*"
        )
        for part, other in (("iv", "mac_salt"), ("mac_salt", "iv"))
    ]

    iv, mac_salt = PARTS.index("iv"), PARTS.index("mac_salt")
    parts[iv], parts[mac_salt] = parts[mac_salt], parts[iv]
    assert swapped == [parts, parts]


def test_seals_are_spliced() -> None:
    """Two seals of one session, cut at the same place, make one that neither is."""
    change = {"op": "splice", "part": "ciphertext", "fraction": 0.0}
    whole, spliced = (baked({"kind": "session", **c}).text or "" for c in ({}, {"change": change}))
    own, parts = whole.split("*"), spliced.split("*")
    at = PARTS.index("ciphertext")

    assert parts[:at] == own[:at]
    assert not set(parts[at:]) & set(own[at:]) - {""}
    with pytest.raises(OpenError):
        IRON.open(spliced, PASSWORD)


@pytest.mark.parametrize(
    ("change", "is_sound"),
    [
        ({"op": "prepend", "text": " "}, True),
        ({"op": "append", "text": "\r\n"}, True),
        ({"op": "percent", "part": "iv", "fraction": 0.5}, True),
        ({"op": "double"}, True),  # what follows the suffix is another version of the seal
        ({"op": "splice", "part": "iv", "fraction": 0.5}, False),
        ({"op": "splice", "part": "password_id", "fraction": 0.0}, True),  # all of it is the other seal
        ({"op": "swap", "part": "iv", "with": "mac"}, False),
        ({"op": "swapcase", "part": "encryption_salt", "fraction": 0.0}, False),
    ],
)
def test_a_spelling_is_no_change(change: dict[str, Any], is_sound: bool) -> None:
    """White space around a seal and percent-encoding are spellings of it; what the MAC covers is not."""
    cookie = baked({"kind": "session", "change": change})
    # A digit has no case, and then nothing was changed.
    unchanged = cookie.text == baked({"kind": "session"}).text

    assert cookie.is_sound == (is_sound or unchanged)


def test_an_own_format_knows_its_spellings() -> None:
    """A changed seal that the own format opens as the same session is the same; as another, it is not."""
    lenient = OwnFormat(lambda payload, _: json.dumps(payload), lambda token, _: json.loads(token))
    space, cut = {"op": "append", "text": "\n"}, {"op": "keep", "fraction": 0.5}
    other = {"op": "replace", "part": "whole", "text": "{}"}

    sound = [baked({"kind": "session", "change": c}, sealing=lenient).is_sound for c in (space, cut, other)]

    assert sound == [True, False, False]


@pytest.mark.parametrize("character", ["A", "z", "9", "f", "-", "_", "+", "/", "=", "*", "~", ".", "é"])
def test_a_flipped_character_is_another(character: str) -> None:
    """A flip gives another character, also in formats with other alphabets than ours."""
    sealing = OwnFormat(lambda *_: character, lambda *_: {})

    flipped = baked({"kind": "session", "change": {"op": "flip"}}, sealing=sealing).text

    assert flipped not in (None, character)
    assert len(flipped) == 1


@pytest.mark.parametrize("character", "0123456789abcdef")
def test_a_flipped_digit_is_a_digit(character: str) -> None:
    """A flip in hexadecimal stays hexadecimal: it must be the MAC that finds it."""
    sealing = OwnFormat(lambda *_: character, lambda *_: {})

    flipped = baked({"kind": "session", "change": {"op": "flip"}}, sealing=sealing).text

    assert flipped in set("0123456789abcdef") - {character}


def test_an_unknown_change() -> None:
    """A change that nobody knows is the harness's fault."""
    with pytest.raises(HarnessError, match=r"^no change 'fold' is known$"):
        baked({"kind": "session", "change": {"op": "fold"}})


ALTERED = [
    (case.id, step.cookie, seal)
    for case in cases.load()
    for step in case.steps
    if isinstance(step, Call) and ("change" in step.cookie or "sealed_with" in step.cookie)
    for seal in case.formats
    if seal != "own" and step.cookie["kind"] == "session"
]
AGAIN = [
    (case.id, step.cookie["change"], case.formats[0])
    for case in cases.load()
    for step in case.steps
    if isinstance(step, Call) and step.cookie["kind"] == "first" and "change" in step.cookie
]


@pytest.mark.parametrize(
    ("name", "recipe", "seal"), ALTERED, ids=[f"{name}-{seal}" for name, _, seal in ALTERED]
)
def test_an_altered_cookie_does_not_open(name: str, recipe: dict[str, Any], seal: Any) -> None:
    """The same session opens as it was sealed, and no more once it was altered."""
    sealing = format_of(seal)
    password = sealing.new_password(rng())
    sound = {key: value for key, value in recipe.items() if key not in ("change", "sealed_with")}

    right, wrong = (bake(r, sealing, password, endpoint(), rng(1)).text or "" for r in (sound, recipe))

    assert sealing.open(right, password)["refresh_token"]
    with pytest.raises(OpenError):
        sealing.open(wrong, password)


@pytest.mark.parametrize(("name", "change", "seal"), AGAIN, ids=[name for name, _, _ in AGAIN])
def test_a_cookie_that_is_altered_later_does_not_open(name: str, change: dict[str, Any], seal: Any) -> None:
    """What was a sound cookie is none any more, and is known for that."""
    sealing = format_of(seal)
    password = sealing.new_password(rng())
    sound = bake({"kind": "session"}, sealing, password, endpoint(), rng(1))

    wrong = altered(sound, change, sealing)

    assert sound.is_sound
    assert not wrong.is_sound
    with pytest.raises(OpenError):
        sealing.open(wrong.text or "", password)


@pytest.mark.parametrize("spelling", ["base64url", "json", "percent"])
def test_an_unsealed_session(spelling: str) -> None:
    """It can be read by anybody, in either manner, and opens in no format."""
    cookie = bake(
        {"kind": "unsealed", "spelling": spelling}, format_of("iron"), "password", endpoint(), rng(1)
    )
    text = unquote(cookie.text or "")
    read = json.loads(base64.urlsafe_b64decode(text) if spelling == "base64url" else text)

    assert read["refreshToken"] == read["refresh_token"] == cookie.refresh_token
    assert not cookie.is_sound


# -- cookies of others


@pytest.mark.parametrize(
    ("name", "sealing"), [("fernet", IRON), ("iron", FERNET), ("aes-gcm", IRON), ("access-token", IRON)]
)
def test_foreign_cookies(name: str, sealing: Format) -> None:
    """A cookie in another format does not open in this one, and no tokens are known of it."""
    cookie = baked({"kind": "foreign", "format": name}, sealing=sealing)

    assert cookie.refresh_token is None
    with pytest.raises(OpenError):
        sealing.open(cookie.text or "", cookie.password)


def test_foreign_cookies_look_like_theirs() -> None:
    """A foreign cookie is what it says, as far as can be seen from outside."""
    texts = {
        name: baked({"kind": "foreign", "format": name}).text or ""
        for name in ("iron", "fernet", "aes-gcm", "access-token")
    }

    assert texts["iron"].startswith("Fe26.2*1*")
    assert texts["fernet"].startswith("gAAAA")
    assert len(base64.b64decode(texts["aes-gcm"], validate=True)) == 928
    assert jwt.get_unverified_header(texts["access-token"])["alg"] == "RS256"


def test_an_unknown_foreign_format() -> None:
    """A format that nobody knows is the harness's fault."""
    with pytest.raises(HarnessError, match=r"^no foreign format 'rot13' is known$"):
        baked({"kind": "foreign", "format": "rot13"})


@pytest.mark.parametrize("vector", ["iron.node-11.0-impersonator", "iron.node-7.82", "fernet.python-10.8"])
def test_the_session_of_a_vector_becomes_the_endpoints(vector: str) -> None:
    """A cookie that a library made can be refreshed: the endpoint takes its session for its own."""
    model = endpoint()

    cookie = baked({"kind": "vector", "vector": vector}, model)

    assert cookie.refresh_token
    assert model.session.live == cookie.refresh_token
    assert cookie.password != PASSWORD


def write_vector(folder: Path, payload: Any, password: str = PASSWORD) -> None:
    row = {
        "id": "mine",
        "format": "iron",
        "password": PASSWORD,
        "cookie": IRON.seal(payload, password, rng(), {}),
    }
    (folder / "vectors").mkdir()
    (folder / "vectors" / "sealed-sessions.json").write_text(json.dumps({"vectors": [row]}))


@pytest.mark.parametrize(
    ("token", "organization"),
    [
        (jwt.encode({"org_id": "org_7"}, "k" * 32), "org_7"),
        (jwt.encode({"org_id": 7}, "k" * 32), None),
        (jwt.encode({}, "k" * 32), None),
        ("not.a.jwt", None),
    ],
)
def test_the_organization_of_a_vector(folder: Path, token: str, organization: str | None) -> None:
    """A session in a cookie belongs to the organization that its access token names, if any."""
    model = endpoint_with_users(folder)
    write_vector(folder, {"access_token": token, "refresh_token": "live"})

    baked({"kind": "vector", "vector": "mine"}, model)

    assert organization == model.session.organization
    assert ((organization,) if organization else ()) == model.session.memberships


def endpoint_with_users(folder: Path) -> Model:
    (folder / "users.json").write_text(json.dumps({"plain": {"id": "user_1"}}))
    return endpoint()


def test_an_unknown_vector(folder: Path) -> None:
    """A vector that is not there is the harness's fault."""
    model = endpoint_with_users(folder)
    write_vector(folder, {})

    with pytest.raises(HarnessError, match=r"^sealed-sessions\.json has no vector 'yours'$"):
        baked({"kind": "vector", "vector": "yours"}, model)


def test_a_vector_that_does_not_open(folder: Path) -> None:
    """A vector with the wrong password is the harness's fault."""
    model = endpoint_with_users(folder)
    write_vector(folder, {}, IRON.new_password(rng(2)))

    with pytest.raises(
        HarnessError, match=r"^sealed-sessions\.json: vector 'mine' does not open: its MAC does not"
    ):
        baked({"kind": "vector", "vector": "mine"}, model)


def test_a_repeated_plaintext() -> None:
    """A text to be sealed can be repeated, so that a case need not hold it in full."""
    recipe = {"kind": "session", "seal": {"plaintext": "12", "repeat": 3}}

    assert IRON.open(baked(recipe).text or "", PASSWORD) == 121212
