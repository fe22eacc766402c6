"""The endpoint on a socket of this machine: 127.0.0.1, a free port, a thread for each connection.

The one transport that sees every client: the newest Python SDK does not use httpx, PyJWT fetches key
sets through urllib, and other languages have their own.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from http import HTTPStatus

import h11

from .delivery import PAUSE_S, delivered
from .wire import HttpReply, HttpRequest, Origin

Handler = Callable[[HttpRequest], HttpReply]
_PHRASES = {status.value: status.phrase for status in HTTPStatus}  # proxies have more: 520, 529
_REACHED_AT = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - who listens everywhere is reached there
_MAX_BODY = 16 * 1024 * 1024
_PAUSE_S = 0.05  # before the next try to accept


class LoopbackServer:
    """Serves ``handle`` until it is closed.

    The port is taken at once; connections are refused until `listen`.  With ``tls`` it speaks HTTPS.
    """

    def __init__(
        self,
        handle: Handler | None = None,
        origin: Origin = "endpoint",
        tls: ssl.SSLContext | None = None,
        address: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        """Raises OSError where ``address`` cannot be taken."""
        self.handle = handle
        self._origin = origin
        self._tls = tls
        self._closing = threading.Event()
        self._is_listening = False
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        host = address[0]
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._bind(address)
        scheme = "http" if tls is None else "https"
        host = _REACHED_AT.get(host, f"[{host}]" if ":" in host else host)
        self.base_url = f"{scheme}://{host}:{self._socket.getsockname()[1]}"

    def listen(self) -> str:
        """Accept connections from now on, if not already; returns ``base_url``."""
        if not self._is_listening:
            self._is_listening = True
            self._socket.listen(128)
            threading.Thread(target=self._accept, daemon=True, name="reseal-endpoint").start()
        return self.base_url

    def close(self) -> None:
        """Close every connection, also those of stalled answers."""
        self._closing.set()
        # shutdown wakes the thread in accept; a socket that never listened has nothing to shut down.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _bind(self, address: tuple[str, int]) -> None:
        try:
            self._socket.bind(address)
        except OSError:
            self._socket.close()
            raise

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                # Out of descriptors, for one: that passes, and the endpoint is to be there then.
                if self._closing.wait(_PAUSE_S):
                    return
                continue
            if self._tls is not None:
                try:
                    # The handshake comes with the first read, in the connection's own thread.
                    connection = self._tls.wrap_socket(
                        connection, server_side=True, do_handshake_on_connect=False
                    )
                except OSError:
                    continue  # gone already
            with self._lock:
                self._connections.add(connection)
            threading.Thread(
                target=self._serve, args=(connection,), daemon=True, name="reseal-connection"
            ).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            # A peer that goes away is its own affair: what it asked for is in the journal by then.
            with contextlib.suppress(OSError, h11.RemoteProtocolError), connection:
                self._converse(connection)
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _converse(self, connection: socket.socket) -> None:
        assert self.handle is not None  # noqa: S101 - set before `listen`
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        http = h11.Connection(h11.SERVER, max_incomplete_event_size=256 * 1024)
        while (request := self._receive(connection, http)) is not None:
            if not self._reply(connection, http, self.handle(request), request.method):
                break
            http.start_next_cycle()

    def _receive(self, connection: socket.socket, http: h11.Connection) -> HttpRequest | None:
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                if http.they_are_waiting_for_100_continue:
                    connection.sendall(_sent(http, h11.InformationalResponse(status_code=100, headers=[])))
                http.receive_data(connection.recv(65_536))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > _MAX_BODY:
                    return None
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                headers = tuple((key.decode(), value.decode("latin-1")) for key, value in head.headers)
                target = head.target.decode("latin-1")
                return HttpRequest(head.method.decode(), target, headers, bytes(body), self._origin)
            else:
                return None

    def _reply(self, connection: socket.socket, http: h11.Connection, reply: HttpReply, method: str) -> bool:
        """Send ``reply``; whether the connection can be used again."""
        if reply.fault == "stalled":
            self._closing.wait()
            return False
        if reply.fault == "reset":
            # Lingering for 0 s makes the kernel send RST in place of FIN.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if reply.fault == "closed":
            return False
        body = delivered(reply)
        # What is at odds with its framing goes past h11, which would not send it, and nothing comes after it.
        goes_past = reply.fault is not None or reply.delivery is not None
        headers = [*reply.headers, *body.headers, *([("connection", "close")] if goes_past else [])]
        reason = _PHRASES.get(reply.status, "").encode()
        head = _sent(http, h11.Response(status_code=reply.status, headers=headers, reason=reason))
        if goes_past:
            self._send(connection, head, body.sent, reply)
            return False
        if method != "HEAD":
            head += _sent(http, h11.Data(data=reply.body))
        connection.sendall(head + _sent(http, h11.EndOfMessage()))
        return http.our_state is h11.DONE and http.their_state is h11.DONE

    def _send(self, connection: socket.socket, head: bytes, body: bytes, reply: HttpReply) -> None:
        if reply.delivery != "dripped":
            connection.sendall(head + body)
            if reply.fault == "stalled-body":
                self._closing.wait()
            return
        connection.sendall(head)
        for octet in body:
            # To send fails soon after the client has gone.
            connection.sendall(bytes([octet]))
            if self._closing.wait(PAUSE_S):
                return
        reply.sat_out.set()


def _sent(http: h11.Connection, event: h11.Event) -> bytes:
    return http.send(event) or b""
