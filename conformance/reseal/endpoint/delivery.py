"""How the body of an answer goes out: as HTTP has it, or broken in one named way.

``dripped``           a byte at a time, for `DRIP_S`; the end never comes
``length-too-short``  Content-Length is half of what is sent
``broken-chunks``     half in one chunk; the size of the next is no number
``unended-chunks``    half in one chunk; the last chunk never comes
``false-gzip``        the body in gzip, damaged where it begins; neither unpacked nor as it is, it is JSON
``gzip-bomb``         the body and 16 MiB of white space, in a few KiB of gzip
``padded``            the body and 10 MiB of white space
``not-utf-8``         a field with a byte that UTF-8 does not have
``cut-off``           all but the end of it, and nothing says so
``cut-in-token``      the tokens alone, and not the end of the second
``in-pieces``         in chunks of five bytes, which end within characters; nothing is wrong with that

``gzip-bomb``, ``padded``, ``not-utf-8`` and ``in-pieces`` are still the JSON that they were.
Sources: RFC 9112, sections 6 to 8; RFC 8259, 8.1.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass

from .wire import HttpReply

DRIP_S = 2.5
"""How long a body is dripped, in seconds: five times the time-out of the cases that do it."""

PAUSE_S = 0.05  # a tenth of that time-out: on a busy machine a byte may be late, and it must not pass
_MISSING = 100  # bytes that a truncated answer promises and does not send
PIECE = 5  # bytes; no character of two to four bytes is always whole in one
_END = 20  # bytes, after the tokens of an answer
_BOMB = 16 * 1024 * 1024
_PADDING = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Delivered:
    """A body on its way.

    Attributes:
        headers: Those that frame and encode it.
        body: What a client that keeps to the framing gets to see.
        sent: What goes over the connection.
        is_whole: Whether all that the framing promised is sent.
    """

    headers: tuple[tuple[str, str], ...]
    body: bytes
    sent: bytes
    is_whole: bool = True


def delivered(reply: HttpReply) -> Delivered:  # noqa: C901 - a table
    """The body of ``reply`` as its delivery has it."""
    body, half = reply.body, reply.body[: len(reply.body) // 2]
    if reply.fault in ("truncated", "stalled-body"):
        return Delivered(_length(len(body) + _MISSING), body, body, is_whole=False)
    match reply.delivery:
        case "dripped":
            drops = body[: round(DRIP_S / PAUSE_S)]
            return Delivered(_length(len(body) + _MISSING), drops, drops, is_whole=False)
        case "length-too-short":
            return Delivered(_length(len(half)), half, body)
        case "broken-chunks":
            return Delivered(_CHUNKED, half, _chunk(half) + b"half\r\n" + body, is_whole=False)
        case "unended-chunks":
            return Delivered(_CHUNKED, half, _chunk(half), is_whole=False)
        case "false-gzip":
            return _in_gzip(_damaged(gzip.compress(body, mtime=0)))
        case "gzip-bomb":
            return _in_gzip(gzip.compress(body + b" " * _BOMB, compresslevel=1, mtime=0))
        case "in-pieces":
            return _in_pieces(body)
        case "cut-off":
            body = body[:-_END]
        case "cut-in-token":
            body = _tokens_of(body)
        case "padded":
            body += b" " * _PADDING
        case "not-utf-8":
            body = body.replace(b"{", b'{"note": "\xff", ', 1)
    return Delivered(_length(len(body)), body, body)


def _in_gzip(packed: bytes) -> Delivered:
    return Delivered((*_length(len(packed)), *_GZIP), packed, packed)


def _damaged(packed: bytes) -> bytes:
    # A block of type 3, which there is not (RFC 1951, 3.2.3), after the ten bytes of the header.
    return packed[:10] + bytes([packed[10] | 0b110]) + packed[11:]


def _in_pieces(body: bytes) -> Delivered:
    # As UTF-8, and not with escapes, so that there are characters of several bytes.
    body = json.dumps(json.loads(body), ensure_ascii=False).encode()
    pieces = [body[i : i + PIECE] for i in range(0, len(body), PIECE)]
    return Delivered(_CHUNKED, body, b"".join(map(_chunk, [*pieces, b""])))


def _tokens_of(body: bytes) -> bytes:
    """The tokens of a successful answer without the quote that ends the last, as if the rest were lost."""
    answer = json.loads(body)
    return json.dumps({name: answer[name] for name in ("access_token", "refresh_token")}).encode()[:-2]


_CHUNKED = (("transfer-encoding", "chunked"),)
_GZIP = (("content-encoding", "gzip"),)


def _length(octets: int) -> tuple[tuple[str, str]]:
    return (("content-length", str(octets)),)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)
