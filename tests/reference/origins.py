"""How a refused token of a real library differs from one that opens, recomputed.

``origin`` of a row in ``tests/data/vectors`` is one of:

* ``{"parent": …, "part": …}``: the parent opens, and differs in this part alone: one of the token,
  ``password``, ``options``; ``cut`` or ``more``, where something is missing or added at one end;
  ``spelling``, where it stands for the same bytes.
* ``{"part": …, "sound": …}``: no parent was kept, but with a sound value in this one part, and a MAC made
  anew, the token opens.
* ``{"part": "mac"}``: with a MAC made anew the token opens.
* ``{"part": "content"}``: its MAC holds, and what is inside is all that is refused.
* ``{"part": "options"}``: it opens where nobody asks for its age.
* ``{"none": …}``: why it has no single fault that can be recomputed.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from reseal.formats import Format, OpenError, format_of
from reseal.formats.iron import PARTS
from reseal.formats.naming import ContentError, lenient_bytes

Row = Mapping[str, Any]

_FERNET = {"version": slice(0, 1), "timestamp": slice(1, 9), "iv": slice(9, 25), "ciphertext": slice(25, -32),
           "mac": slice(-32, None)}  # fmt: skip


def holds(row: Row, by_id: Mapping[str, Row]) -> bool:
    """Whether the origin of ``row`` is true."""
    origin = row["origin"]
    if "none" in origin:
        return bool(origin["none"])
    if "parent" in origin:
        parent = by_id[origin["parent"]]
        return parent["verdict"] == "accepted" and differences(row, parent) == {origin["part"]}
    return is_mended(row, origin["part"], origin.get("sound", ""))


def differences(row: Row, parent: Row) -> set[str]:
    """What differs between two rows: parts of the token, ``password`` and ``options``."""
    found = {name for name in ("options",) if row.get(name) != parent.get(name)}
    key_id = "" if "key" in parent else parent["token"].split("*")[1]
    if _secret(row, key_id) != _secret(parent, key_id):
        found.add("password")
    if row["token"] != parent["token"]:
        found |= _of_fernet(row, parent) if "key" in row else _of_iron(row["token"], parent["token"])
    return found


def _of_iron(mine: str, its: str) -> set[str]:
    parts, others = mine.split("*"), its.split("*")
    if len(parts) == len(others) == len(PARTS):
        return {name for name, a, b in zip(PARTS, parts, others, strict=True) if a != b}
    return _around(mine, its)


def _around(mine: str, its: str) -> set[str]:
    if its.startswith(mine):
        return {"cut"}
    return {"more"} if mine.startswith(its) or mine.endswith(its) else {"whole"}


def _of_fernet(row: Row, parent: Row) -> set[str]:
    if row["token"].isascii() and row["token"].rstrip("=") != parent["token"].rstrip("="):
        mine, its = lenient_bytes(row["token"]), lenient_bytes(parent["token"])
        if mine != its and len(mine) == len(its):
            return {name for name, span in _FERNET.items() if mine[span] != its[span]}
        if mine and mine != its and its.startswith(mine):
            return {"cut"}
        if mine != its:
            return _around(row["token"], parent["token"])
    return {"spelling"}


def is_mended(row: Row, part: str, sound: str) -> bool:
    """Whether the token is sound but for one part, which ``sound`` stands for in the others' place."""
    codec, secret, token = _codec(row), _secret(row), row["token"]
    if part == "options":
        return "options" in row and _opens(codec, token, secret)
    if part == "mac":
        return not _is_signed(row) and _opens(codec, codec.resigned(token, secret), secret)
    if part == "content":
        return _is_signed(row) and _decrypts(codec, token, secret)
    mended = _with(row, part, sound)
    return _is_signed(row) and mended != token and _opens(codec, codec.resigned(mended, secret), secret)


def _is_signed(row: Row) -> bool:
    return bool(_codec(row).resigned(row["token"], _secret(row)) == row["token"])


def _opens(codec: Format, token: str, secret: str) -> bool:
    try:
        codec.open(token, secret)
    except OpenError:
        return False
    return True


def _decrypts(codec: Format, token: str, secret: str) -> bool:
    """Whether nothing before the content, or its padding, can be refused; a date is one such thing."""
    if token.startswith("Fe26.2") and token.split("*")[5]:
        return False
    try:
        codec.open(token, secret)
    except OpenError as err:
        return isinstance(err, ContentError) or "PKCS#7" in str(err)
    return True


def _with(row: Row, part: str, text: str) -> str:
    if "key" in row:
        data, span = urlsafe_b64decode(row["token"]), _FERNET[part]
        return urlsafe_b64encode(data[: span.start] + bytes.fromhex(text) + data[span.stop :]).decode()
    parts = row["token"].split("*")
    parts[PARTS.index(part)] = text
    return "*".join(parts)


def _codec(row: Row) -> Format:
    return format_of("fernet" if "key" in row else "iron")


def _secret(row: Row, key_id: str = "") -> Any:
    """The password that is for the token, by the id in it where there are several."""
    if "key" in row:
        return row["key"]
    password = row["password"]
    key_id = key_id or row["token"].split("*")[1]
    if isinstance(password, Mapping):
        return password.get(key_id, password)
    return password[int(key_id)] if isinstance(password, list) else password
