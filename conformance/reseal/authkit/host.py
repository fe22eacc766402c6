"""Several applications behind one base URL, told apart by their client ids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, get_args

from .. import _data
from ..endpoint import Transport
from ..endpoint.fields import read_fields
from ..endpoint.loopback import LoopbackServer
from ..endpoint.model import KEY_SET
from ..endpoint.wire import HttpReply, HttpRequest
from ..errors import UsageError
from .application import Authkit


class Host:
    """Applications by client id.  The first answers requests that name none of them, as the API would."""

    def __init__(self, base_url: str, **options: Any) -> None:
        self.base_url = base_url
        self.first = Authkit(base_url, self.add, **options)
        self.applications = {self.first.client_id: self.first}

    def add(self, **options: Any) -> Authkit:
        """Make a further application; see `open_host` for ``options``."""
        application = Authkit(self.base_url, self.add, **options)
        self.applications[application.client_id] = application
        return application

    def remove(self, client_id: str) -> None:
        """Forget an application.  Raises UsageError where it is the first, or unknown."""
        if client_id == self.first.client_id:
            raise UsageError("client_id: the first application cannot be removed. Stop the endpoint.")
        if self.applications.pop(client_id, None) is None:
            raise UsageError(f"client_id: {client_id!r} is not known here.")

    def of(self, request: HttpRequest) -> Authkit:
        """The application that ``request`` is meant for."""
        if request.path.startswith(KEY_SET):
            client_id: Any = request.path.removeprefix(KEY_SET)
        else:
            client_id = read_fields(request)[0].get("client_id") if request.body else None
        found = self.applications.get(client_id) if isinstance(client_id, str) else None
        return found or self.first

    def handle(self, request: HttpRequest) -> HttpReply:
        return self.of(request).model.handle(request)


@contextmanager
def open_host(transport: Transport = "loopback", **options: Any) -> Iterator[Host]:
    """Run an endpoint with one application.

    Args:
        transport: ``loopback``, which sees every client; or ``respx``, which sees httpx alone.
        options: Of the application: ``seal`` (``fernet`` or ``iron``), ``cookie_password`` (a new one
            otherwise) and ``grace_s``, for how many seconds a spent refresh token is accepted again.
    """
    if transport not in get_args(Transport):
        raise UsageError(f"transport: {transport!r} is not known. Use {' or '.join(get_args(Transport))}.")
    with ExitStack() as until_the_end:
        if transport == "respx":
            from ..endpoint.inprocess import BASE_URL, InProcessTransport  # respx takes 0.2 s

            host = Host(BASE_URL, **options)
            server: LoopbackServer | InProcessTransport = InProcessTransport(host.handle, is_everywhere=True)
            until_the_end.callback(server.close)
        else:
            server = LoopbackServer()
            until_the_end.callback(server.close)
            host = Host(server.base_url, **options)
            server.handle = host.handle
        # A client that waits for its first answer must not wait for what validates it to be imported.
        _data.first_error({}, "wire", "success")
        server.listen()
        yield host
