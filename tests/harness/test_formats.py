from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reseal import TargetError
from reseal.errors import HarnessError
from reseal.formats import Format, OpenError, OwnFormat, format_of
from reseal.formats.fernet import FernetFormat
from reseal.formats.iron import PARTS, IronFormat
from reseal.formats.naming import ContentError, MacError, camel, renamed, snake
from reseal.vectors.mutations import CLOCK_S
from reseal_reference import fernet, iron

from .by_hand import fernet_remade, iron_remade
from .support import FERNET, IRON, OWN, PROPERTY, rng

text = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=10,
)
users = st.dictionaries(st.sampled_from(["id", "first_name", "email_verified", "metadata"]), json_values)
sessions = st.fixed_dictionaries(
    {"access_token": text, "refresh_token": text},
    optional={
        "user": users | json_values.filter(lambda value: not isinstance(value, dict)),
        "organization_id": text,
    },
)
payloads = sessions | json_values.filter(lambda value: not isinstance(value, dict))

both = pytest.mark.parametrize(
    ("form", "theirs", "spell"),
    [(IRON, iron, camel), (FERNET, fernet, snake)],
    ids=["iron", "fernet"],
)


@both
@PROPERTY
@given(payload=payloads, seed=st.integers(0, 2**32))
def test_the_reference_opens_what_the_harness_seals(
    form: Format, theirs: ModuleType, spell: Callable[[str], str], payload: Any, seed: int
) -> None:
    """A seal of the harness opens in the reference, and holds what was sealed."""
    password = form.new_password(rng(seed))

    opened = theirs.unseal(form.seal(payload, password, rng(seed), {}), password)

    assert renamed(payload, spell) == opened


@both
@PROPERTY
@given(payload=payloads, seed=st.integers(0, 2**32))
def test_the_harness_opens_what_the_reference_seals(
    form: Format, theirs: ModuleType, spell: Callable[[str], str], payload: Any, seed: int
) -> None:
    """A seal of the reference opens in the harness, and holds what was sealed."""
    password = form.new_password(rng(seed))

    opened = form.open(theirs.seal(renamed(payload, spell), password), password)

    assert payload == opened


@pytest.mark.parametrize("form", [IRON, FERNET, OWN], ids=["iron", "fernet", "own"])
def test_what_is_sealed_opens(form: Format) -> None:
    """A format opens its own seals, and is content with them."""
    password = form.new_password(rng())
    token = form.seal({"refresh_token": "é", "user": {"first_name": None}}, password, rng(), {})

    assert form.open(token, password) == {"refresh_token": "é", "user": {"first_name": None}}
    assert form.quirk(token) is None


@pytest.mark.parametrize("form", [IRON, FERNET], ids=["iron", "fernet"])
def test_the_same_dice_make_the_same_seal(form: Format) -> None:
    """Passwords and seals depend on the random source alone, so that a run can be repeated."""
    assert form.new_password(rng(1)) == form.new_password(rng(1)) != form.new_password(rng(2))
    password = form.new_password(rng())
    seals = [form.seal({}, password, rng(seed), {}) for seed in (1, 1, 2)]
    assert seals[0] == seals[1] != seals[2]


@pytest.mark.parametrize("form", [IRON, FERNET], ids=["iron", "fernet"])
@pytest.mark.parametrize("options", [{"plaintext": '{"refreshToken": '}, {"hex": "fffefd"}])
def test_plaintext_in_place_of_a_payload(form: Format, options: dict[str, str]) -> None:
    """What is no JSON can be sealed, and then does not open."""
    password = form.new_password(rng())

    with pytest.raises(OpenError, match=r"^it holds no JSON in UTF-8$"):
        form.open(form.seal(None, password, rng(), options), password)


@pytest.mark.parametrize("form", [IRON, FERNET], ids=["iron", "fernet"])
def test_a_changed_seal_is_signed_anew(form: Format) -> None:
    """A change before the MAC is refused for the MAC; signed anew it is not, and what was sound stays."""
    password = form.new_password(rng())
    sealed = form.seal({"a": 1}, password, rng(), {})
    start, _ = form.span(sealed, "iv")
    changed = sealed[: start + 4] + ("A" if sealed[start + 4] != "A" else "B") + sealed[start + 5 :]

    with pytest.raises(MacError):
        form.open(changed, password)

    assert form.resigned(sealed, password) == sealed
    with pytest.raises(ContentError):
        form.open(form.resigned(changed, password), password)


# -- Iron

IRON_PASSWORD = IRON.new_password(rng())
IRON_TOKEN = IRON.seal({"a": 1}, IRON_PASSWORD, rng(), {})


@pytest.mark.parametrize(
    ("options", "part", "value"),
    [
        ({"expiration": "1577836800000"}, "expiration", "1577836800000"),
        ({"password_id": "key7"}, "password_id", "key7"),
        ({"encryption_salt": ""}, "encryption_salt", ""),
        ({"mac_salt": ""}, "mac_salt", ""),
        ({}, "expiration", ""),
        ({}, "password_id", "1"),
        ({}, "prefix", "Fe26.2"),
    ],
)
def test_iron_options(options: dict[str, str], part: str, value: str) -> None:
    """An option of a recipe stands in the seal, which still opens."""
    token = IRON.seal({"a": 1}, IRON_PASSWORD, rng(), options)

    start, end = IRON.span(token, part)
    assert value == token[start:end]
    assert IRON.open(token, IRON_PASSWORD) == {"a": 1}


@pytest.mark.parametrize(
    ("salt", "follow"), [("encryption_salt", {"ciphertext", "mac"}), ("mac_salt", {"mac"})]
)
def test_an_iron_salt_changes_what_is_made_with_it(salt: str, follow: set[str]) -> None:
    """Of one seed, a seal with a salt of its own differs in that salt, and in what is made with it."""
    token = IRON.seal({"a": 1}, IRON_PASSWORD, rng(), {salt: ""})
    drawn = IRON.seal({"a": 1}, IRON_PASSWORD, rng(), {})

    pairs = zip(PARTS, token.split("*"), drawn.split("*"), strict=True)
    assert {part for part, mine, its in pairs if mine != its} == {salt, *follow}


@pytest.mark.parametrize(("part", "number"), [(part, number) for number, part in enumerate(PARTS)])
def test_iron_spans(part: str, number: int) -> None:
    """A span is the part that it is called by, whole and alone."""
    start, end = IRON.span(IRON_TOKEN, part)

    assert IRON_TOKEN.removesuffix("~2").split("*")[number] == IRON_TOKEN[start:end]


@pytest.mark.parametrize(
    ("token", "part"), [(IRON_TOKEN, "lid"), ("Fe26.2*1", "mac"), ("", "prefix"), (IRON_TOKEN[7:], "prefix")]
)
def test_iron_has_no_other_parts(token: str, part: str) -> None:
    """A part that is not there has no span."""
    with pytest.raises(KeyError, match=part):
        IRON.span(token, part)


@pytest.mark.parametrize("suffix", ["", "~1", "~22"])
def test_iron_suffix(suffix: str) -> None:
    """A seal without iron-session's suffix opens where it can, and is said to be odd."""
    token = IRON.seal({"a": 1}, IRON_PASSWORD, rng(), {"suffix": suffix})

    assert IRON.quirk(IRON_TOKEN) is None
    assert (
        IRON.quirk(token) == "it does not end in ~2, so iron-session 6 and 8 look for another payload in it"
    )


BASE64 = "a part of it is not base64url without padding"
SPELLING = "a part of it is base64url in a spelling that some readers refuse"
LENGTH = "its iv or ciphertext has a length that AES-CBC does not have"
EXPIRATION = "its expiration is neither empty nor a decimal number of milliseconds"
IV = IRON_TOKEN.split("*")[3]


def padded_with(pad: int) -> str:
    """The iv that makes another last byte of the only block, which holds seven bytes, and nine of padding."""
    iv = bytearray(urlsafe_b64decode(IV + "=="))
    iv[15] ^= 9 ^ pad
    return urlsafe_b64encode(iv).decode().rstrip("=")


def iron_with(**parts: str) -> str:
    return iron_remade(IRON_TOKEN, IRON_PASSWORD, **parts)


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ("", "it has 1 parts, Iron has 8"),
        ("garbage", "it has 1 parts, Iron has 8"),
        (IRON_TOKEN + "*", "it has 9 parts, Iron has 8"),
        (IRON_TOKEN.replace("Fe26.2", "Fe26.1"), "it does not start with Fe26.2"),
        (IRON_TOKEN.replace("Fe26.2", "fe26.2"), "it does not start with Fe26.2"),
        (iron_with(expiration="soon"), EXPIRATION),
        (iron_with(expiration="0"), EXPIRATION),
        (iron_with(expiration="01"), EXPIRATION),
        (iron_with(expiration="-1"), EXPIRATION),
        (iron_with(expiration="1" + "\u0660"), EXPIRATION),
        (IRON_TOKEN.replace("*1*", "*2*", 1), "its MAC does not hold under the same password"),
        (IRON_TOKEN[:-3] + "~2", "its MAC does not hold under the same password"),
        (IRON_TOKEN.removesuffix("~2") + "~1", "its MAC does not hold under the same password"),
        (iron_with(iv=IV + "=="), BASE64),
        (iron_with(iv=IV[:-1]), BASE64),
        (iron_with(ciphertext="+/+/"), BASE64),
        (iron_with(iv=IV[:-1] + "x"), SPELLING),
        (iron_with(iv=""), LENGTH),
        (iron_with(iv=IV[:-2]), LENGTH),
        (iron_with(ciphertext=""), LENGTH),
        (iron_with(ciphertext="AAAA"), LENGTH),
        (iron_with(iv="A" * 22), "its padding is not PKCS#7"),
        *[(iron_with(iv=padded_with(pad)), "its padding is not PKCS#7") for pad in (0, 8, 17)],
        ("Fe26.2*1*\ud800*b*c**d*e~2", "it has a lone surrogate, which UTF-8 cannot write"),
    ],
)
def test_iron_that_does_not_open(token: str, problem: str) -> None:
    """A seal that does not open is told by what is wrong with it, and by nothing of what is in it."""
    assert IRON.open(IRON_TOKEN, IRON_PASSWORD) == IRON.open(iron_with(), IRON_PASSWORD) == {"a": 1}

    with pytest.raises(OpenError) as caught:
        IRON.open(token, IRON_PASSWORD)

    assert problem == str(caught.value)


# -- Fernet

FERNET_PASSWORD = FERNET.new_password(rng())
SEALED = {"sealed_at": CLOCK_S}  # the same each time, as names of tests must be
FERNET_TOKEN = FERNET.seal({"a": 1}, FERNET_PASSWORD, rng(), SEALED)


@pytest.mark.parametrize(
    ("part", "start", "end"),
    [("version", 0, 1), ("timestamp", 1, 9), ("iv", 9, 25), ("ciphertext", 25, 41), ("mac", 41, 73)],
)
@pytest.mark.parametrize("side", [0, -1])
def test_fernet_spans(part: str, start: int, end: int, side: int) -> None:
    """A change within a span, to its first or last character, changes bytes of that part alone."""
    at = range(*FERNET.span(FERNET_TOKEN, part))[side]
    other = "A" if FERNET_TOKEN[at] != "A" else "B"

    changed = urlsafe_b64decode(FERNET_TOKEN[:at] + other + FERNET_TOKEN[at + 1 :])

    before = urlsafe_b64decode(FERNET_TOKEN)
    assert before[start:end] != changed[start:end]
    assert before[:start] + before[end:] == changed[:start] + changed[end:]


def test_fernet_spans_hold_the_whole() -> None:
    """The whole of a token is all of it, and a part that Fernet does not have has no span."""
    assert FERNET.span(FERNET_TOKEN, "whole") == (0, len(FERNET_TOKEN))
    with pytest.raises(KeyError, match="salt"):
        FERNET.span(FERNET_TOKEN, "salt")


FERNET_BASE64 = "it is not URL-safe base64 with padding"
FERNET_LENGTH = "it does not have the length or version of a Fernet token"
FERNET_MAC = "its MAC does not hold under the same password"


LONGER = FERNET.seal({"a": "x" * 20}, FERNET_PASSWORD, rng(), SEALED)
LAST_OF_IV = urlsafe_b64decode(FERNET_TOKEN)[24]  # its block holds eight bytes, and eight of padding


def fernet_with(**changes: int) -> str:
    return fernet_remade(FERNET_TOKEN, FERNET_PASSWORD, **changes)


def shortened(characters: int) -> str:
    return FERNET_TOKEN[:-characters]


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ("", FERNET_BASE64),
        ("garbage!", FERNET_BASE64),
        ("\ud800", FERNET_BASE64),
        (FERNET_TOKEN.rstrip("="), FERNET_BASE64),
        (FERNET_TOKEN + "=", FERNET_BASE64),
        (FERNET_TOKEN + "\n", FERNET_BASE64),
        ("gAAAAA==", FERNET_LENGTH),
        (shortened(4), FERNET_LENGTH),
        (fernet_with(drop=1), FERNET_LENGTH),
        (fernet_with(drop=16), FERNET_LENGTH),
        (fernet_with(b0=0x81), FERNET_LENGTH),
        (FERNET.seal({"a": 1}, FERNET.new_password(rng(1)), rng(), SEALED), FERNET_MAC),
        ("gAAAAAC" + FERNET_TOKEN[7:], FERNET_MAC),
        *[(fernet_with(b24=LAST_OF_IV ^ 8 ^ pad), "its padding is not PKCS#7") for pad in (0, 7, 17)],
        (fernet_remade(LONGER, FERNET_PASSWORD, drop=1), FERNET_LENGTH),
        (fernet_with(b9=0), "it holds no JSON in UTF-8"),
    ],
)
def test_fernet_that_does_not_open(token: str, problem: str) -> None:
    """A token that does not open is told by what is wrong with it, and by nothing of what is in it."""
    assert (
        FERNET.open(FERNET_TOKEN, FERNET_PASSWORD)
        == FERNET.open(fernet_with(b8=7), FERNET_PASSWORD)
        == {"a": 1}
    )

    with pytest.raises(OpenError) as caught:
        FERNET.open(token, FERNET_PASSWORD)

    assert problem == str(caught.value)


# -- a format of the target's own


def refuses(*_: object) -> Any:
    raise ValueError("not with me")


def gone(*_: object) -> Any:
    raise TargetError("the adapter has gone")


def says_so(*_: object) -> Any:
    raise OpenError("wrong tin")


@pytest.mark.parametrize(
    ("opens", "problem"),
    [
        (refuses, "its own unseal_data does not open it"),
        (lambda *_: {1, 2}, "its own unseal_data does not open it"),
        (says_so, "wrong tin"),
    ],
)
def test_an_own_seal_that_does_not_open(opens: Callable[[str, str], Any], problem: str) -> None:
    """What an implementation cannot open of its own, or opens as no JSON, does not open."""
    with pytest.raises(OpenError, match=f"^{problem}$"):
        OwnFormat(lambda *_: "sealed", opens).open("sealed", "password")


@pytest.mark.parametrize(
    ("seals", "problem"),
    [
        (refuses, "the target's seal_data raised ValueError: not with me"),
        (lambda *_: b"sealed", "the target's seal_data must return a text, got a bytes."),
        (gone, "the adapter has gone"),
    ],
)
def test_an_own_seal_that_cannot_be_made(seals: Callable[[Any, str], str], problem: str) -> None:
    """Who cannot seal for the harness is at fault as an adapter, not as an implementation."""
    with pytest.raises(TargetError) as caught:
        OwnFormat(seals, lambda *_: {}).seal({}, "password", rng(), {})

    assert problem == str(caught.value)


def test_an_own_seal_is_not_signed_anew() -> None:
    """What authenticates a seal that only its maker knows is not ours to make."""
    with pytest.raises(HarnessError, match=r"^only the target knows what authenticates"):
        OWN.resigned("sealed", "password")


def test_an_own_seal_has_no_parts() -> None:
    """Of a seal that only its maker knows, nothing but the whole can be named."""
    assert OWN.span("sealed", "whole") == (0, 6)
    with pytest.raises(KeyError, match="iv"):
        OWN.span("sealed", "iv")


@pytest.mark.parametrize(("name", "kind"), [("iron", IronFormat), ("fernet", FernetFormat)])
def test_a_format_by_its_name(name: Any, kind: type[Format]) -> None:
    """A format is known by its name."""
    assert isinstance(format_of(name), kind)
    assert name == format_of(name).name


@pytest.mark.parametrize("functions", [(None, None), (OWN.seal_data, None), (None, OWN.unseal_data)])
def test_an_own_format_brings_both_functions(functions: tuple[Any, Any]) -> None:
    """An implementation with a format of its own seals and opens it for the harness."""
    assert format_of("own", OWN.seal_data, OWN.unseal_data) == OWN

    with pytest.raises(
        TargetError, match=r"seal = 'own' but has no seal and unseal\. Give the Implementation"
    ):
        format_of("own", *functions)


# -- names


@pytest.mark.parametrize(
    ("wire", "spelled"),
    [("access_token", "accessToken"), ("user", "user"), ("last_sign_in_at", "lastSignInAt"), ("", "")],
)
def test_names_go_both_ways(wire: str, spelled: str) -> None:
    """A name of the wire becomes one of JavaScript's, and comes back."""
    assert spelled == camel(wire)
    assert wire == snake(spelled)


def test_only_names_of_the_session_and_its_user_are_spelled() -> None:
    """What is inside a user's metadata belongs to the application."""
    session = {"access_token": "a_b", "user": {"first_name": "x_y", "metadata": {"snake_case": 1}}}

    expected = {"accessToken": "a_b", "user": {"firstName": "x_y", "metadata": {"snake_case": 1}}}
    assert expected == renamed(session, camel)


@pytest.mark.parametrize("payload", [None, 42, "a_b", ["a_b"], {"user": "a_b"}])
def test_what_has_no_names_stays(payload: object) -> None:
    """A payload without fields, or with a user that is none, is left as it is."""
    assert payload == renamed(payload, camel)


# -- what only its maker reads


def unpadded_blocks(text: str) -> str:
    """A ciphertext without its last block, which is all padding where nothing is to fill up."""
    return urlsafe_b64encode(urlsafe_b64decode(text + "==")[:-16]).decode().rstrip("=")


def test_a_padded_mac_is_overlooked() -> None:
    """A reader that drops the padding of base64 opens it; Iron's own does not."""
    token = IRON.seal({"a": 1}, IRON_PASSWORD, rng(), {}).replace("~2", "=~2")

    with pytest.raises(OpenError):
        IRON.open(token, IRON_PASSWORD)
    assert IRON.leniently(token, IRON_PASSWORD) == {"a": 1}


def test_a_missing_block_of_padding_is_overlooked() -> None:
    """A reader that takes off what padding there is opens it; Iron's own does not."""
    parts = IRON.seal(None, IRON_PASSWORD, rng(), {"plaintext": '{"a":12345678}  '}).split("*")
    parts[4] = unpadded_blocks(parts[4])
    token = IRON.resigned("*".join(parts), IRON_PASSWORD)

    with pytest.raises(OpenError, match="PKCS#7"):
        IRON.open(token, IRON_PASSWORD)
    assert IRON.leniently(token, IRON_PASSWORD) == {"a": 12345678}


def test_another_password_is_not_overlooked() -> None:
    """However a seal is written, its MAC must hold."""
    fernet = FernetFormat()
    iron_token = IRON.seal({"a": 1}, IRON_PASSWORD, rng(), {})
    fernet_token = fernet.seal({"a": 1}, fernet.new_password(rng()), rng(), {}).rstrip("=")

    with pytest.raises(OpenError, match="MAC"):
        IRON.leniently(iron_token, IRON_PASSWORD + "x")
    with pytest.raises(OpenError, match="MAC"):
        fernet.leniently(fernet_token, urlsafe_b64encode(bytes(32)).decode())


def test_a_fernet_token_without_padding_is_overlooked() -> None:
    """Readers that fill up the padding open it; those of the specification do not."""
    fernet = FernetFormat()
    password = fernet.new_password(rng())
    token = fernet.seal({"a": 1}, password, rng(), {}).rstrip("=")

    with pytest.raises(OpenError):
        fernet.open(token, password)
    assert fernet.leniently(token, password) == {"a": 1}
