"""The process: where it listens, what it says when it is ready, and how it ends."""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import __version__, _data
from ..authkit import Entry, Host
from ..endpoint.loopback import LoopbackServer
from ..endpoint.wire import HttpReply, HttpRequest
from ..errors import UsageError
from ..protocol import SealName
from .control import PREFIX, Control, entry_json, session_json, tenant_json
from .log import Log, LogForm, log_as

_KEPT = 10_000  # entries of a journal; a process that runs for weeks must not grow for weeks


@dataclass(frozen=True, slots=True)
class Settings:
    """How the endpoint runs.

    Attributes:
        port: 0 for a free one.
        https: Whether it speaks HTTPS, by an authority of its own whose certificate is written to a file.
        allow_remote: Whether it may be reached from other machines.
        seal: The format of the default tenant's cookies.
    """

    host: str = "127.0.0.1"
    port: int = 0
    https: bool = False
    allow_remote: bool = False
    log: LogForm = "text"
    seal: SealName = "iron"


def serve(settings: Settings, ready: Callable[[dict[str, Any]], None], wait: Callable[[], object]) -> None:
    """Serve until ``wait`` returns; ``ready`` is called with what to connect to.

    Raises UsageError where the address cannot be taken, or other machines could reach it unasked.
    """
    _refuse_remote(settings)
    with _tls(settings) as (context, ca_file):
        try:
            server = LoopbackServer(tls=context, address=(settings.host, settings.port))
        except (OSError, OverflowError) as err:
            raise UsageError(
                f"cannot listen on {settings.host}, port {settings.port}: {err}. "
                "Use --port 0 for a port that is free."
            ) from err
        host = Host(server.base_url, seal=settings.seal)
        server.handle = Dispatch(host, log_as(settings.log)).handle
        try:
            server.listen()
            ready(_told(host, ca_file))
            _data.first_error({}, "wire", "success")  # imports what validates: while nobody waits for it yet
            wait()
        finally:
            server.close()


class Dispatch:
    """Gives each request to the control API or to its application, and writes the log."""

    def __init__(self, host: Host, log: Log) -> None:
        self._host = host
        self._log = log
        self._control = Control(host)

    def handle(self, request: HttpRequest) -> HttpReply:
        if request.path.startswith(PREFIX):
            reply = self._control.handle(request)
            self._log(_event(None, request, reply, self._control.redacted))
            return reply
        application = self._host.of(request)
        reply = application.model.handle(request)
        entry = application.journal.entry_of(reply)
        told = _event(entry, request, reply, self._control.redacted)
        self._log({"client_id": application.client_id} | told)
        del application.model.journal[:-_KEPT]
        return reply


def _event(
    entry: Entry | None, request: HttpRequest, reply: HttpReply, redacted: Callable[[str], str]
) -> dict[str, Any]:
    if entry is not None:
        return entry_json(entry, redacted)
    names = {"client_id": "control", "kind": "control", "session_id": None, "error": None, "fault": None}
    return {**names, "method": request.method, "path": redacted(request.path), "status": reply.status}


def _told(host: Host, ca_file: Path | None) -> dict[str, Any]:
    """The ready line: the default tenant, and a session of it for whoever wants to try at once."""
    session = host.first.session()
    return {
        "event": "ready",
        "reseal": __version__,
        **tenant_json(host.first),
        "ca_file": None if ca_file is None else str(ca_file),
        "session": session_json(host.first, session),
    }


def _refuse_remote(settings: Settings) -> None:
    if settings.allow_remote or settings.host == "localhost":
        return
    try:
        is_loopback = ipaddress.ip_address(settings.host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise UsageError(
            f"--host {settings.host} can be reached from other machines, and whoever reaches the endpoint "
            "can script it and sign in as anybody. Use 127.0.0.1, or add --allow-remote where that is meant."
        )


@contextmanager
def _tls(settings: Settings) -> Iterator[tuple[ssl.SSLContext | None, Path | None]]:
    """A context for HTTPS, and the file with the authority's certificate for as long as it is served."""
    if not settings.https:
        yield None, None
        return
    from ..endpoint.tls import server_context

    names = dict.fromkeys(("127.0.0.1", "::1", "localhost", settings.host))
    try:
        context, authority = server_context(*names)
    except ValueError as err:
        raise UsageError(f"--host {settings.host}: no certificate can be made for it: {err}.") from err
    with tempfile.TemporaryDirectory(prefix="reseal-") as folder:
        ca_file = Path(folder, "ca.pem")
        ca_file.write_bytes(authority)
        yield context, ca_file
