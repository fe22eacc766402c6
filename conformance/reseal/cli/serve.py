"""``reseal serve``: the endpoint on its own."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable
from typing import Any

import click

from ..serve import Settings, serve
from ..serve.log import LOG_FORMS


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", default=0, show_default=True, type=click.IntRange(0, 65_535), help="0 takes a free one."
)
@click.option("--https", is_flag=True, help="Speak HTTPS; the ready line names the file with the authority.")
@click.option("--log", default="text", show_default=True, type=click.Choice(LOG_FORMS), help="On stderr.")
@click.option(
    "--seal",
    default="iron",
    show_default=True,
    type=click.Choice(["iron", "fernet"]),
    help="The default tenant's cookies: iron (Node SDK) or fernet (Python SDK).",
)
@click.option("--allow-remote", is_flag=True, help="Let other machines reach it.")
def serve_command(**options: Any) -> None:
    """Run the mocked endpoint until SIGINT or SIGTERM, for tests in any language.

    The first line on stdout is JSON, written when connections are accepted: base_url, client_id, api_key,
    cookie_password, and a session. docs/serve.md has the API that scripts it.
    """
    wait = signals(signal.SIGINT, signal.SIGTERM)
    serve(Settings(**options), lambda told: click.echo(json.dumps(told)), wait)


def signals(*numbers: signal.Signals) -> Callable[[], object]:
    """From now on catch ``numbers``; what is returned waits until there is one that it has not told of.

    A socket tells of them: whoever waits for a lock when one comes may never learn of it, since Python
    calls a handler between two instructions, and takes the lock of an event in it.
    """
    told, tell = socket.socketpair()
    tell.settimeout(0)
    signal.set_wakeup_fd(tell.detach())
    for number in numbers:
        signal.signal(number, lambda *_: None)
    return lambda: told.recv(1)
