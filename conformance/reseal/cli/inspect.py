"""``reseal inspect``: what is this cookie, and why does it not open?"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from ..errors import UsageError
from ..inspect import SDKS, inspect_cookie, to_json, to_text
from . import CONFORMS, DOES_NOT

_VARIABLE = "WORKOS_COOKIE_PASSWORD"
_MOST = 1 << 20  # bytes; no cookie is nearly as long
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("inspect")
@click.argument("cookie", required=False)
@click.option("--file", "file", type=_FILE, help="Read the cookie from a file.")
@click.option("--ask-password", is_flag=True, help="Ask for the password.")
@click.option("--password-env", metavar="NAME", help=f"Take it from this variable ({_VARIABLE} if set).")
@click.option("--password-file", type=_FILE, help="Take it from a file, without its last line break.")
@click.option("--for", "sdk", type=click.Choice(list(SDKS)), help="The SDK that should open the cookie.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (fixtures/schema/inspect.schema.json).")
@click.pass_context
def inspect_command(context: click.Context, /, cookie: str | None, **options: Any) -> None:
    """Say what COOKIE is, what is inside, and why it does not open or would not refresh.

    COOKIE is read from standard input where it is not given, which keeps it out of the shell's
    history.  Nothing is sent anywhere; tokens are shown as a length and a short hash.

    \b
    Exit status: 0 it opens and would refresh, or nothing is wrong as far as can be told without a
    password; 1 it does not open or would not refresh; 2 wrong usage.
    """
    found = inspect_cookie(
        _cookie(cookie, options["file"]),
        password=_password(options),
        sdk=options["sdk"],
        now_s=time.time(),
    )
    if options["as_json"]:
        click.echo(json.dumps(to_json(found), indent=1))
    else:
        click.echo(to_text(found), nl=False)
    context.exit(CONFORMS if found.is_well else DOES_NOT)


def _cookie(argument: str | None, file: Path | None) -> str:
    if argument is not None and file is not None:
        raise UsageError("the cookie was given twice: as an argument and as --file. Give it once.")
    if argument is not None:
        return argument
    if file is None and sys.stdin is None:
        raise UsageError("there is no cookie, and no standard input to read it from. Pass it as --file.")
    data = _read(file) if file is not None else sys.stdin.buffer.read(_MOST + 1)
    if len(data) > _MOST:
        raise UsageError(f"the cookie is over {_MOST:,} bytes. Pass one cookie alone.")
    return _line(data.decode("utf-8", "replace"))


def _password(options: dict[str, Any]) -> str | None:
    asked, variable, file = options["ask_password"], options["password_env"], options["password_file"]
    if sum((asked, variable is not None, file is not None)) > 1:
        raise UsageError(
            "--ask-password, --password-env and --password-file exclude each other. Give one of them."
        )
    if asked:
        return str(click.prompt("Cookie password", hide_input=True, err=True))
    if file is not None:
        return _line(_read(file).decode("utf-8", "surrogateescape"))
    if variable is not None and variable not in os.environ:
        raise UsageError(f"--password-env: {variable} is not set. Export it, or use --ask-password.")
    return os.environ.get(variable or _VARIABLE)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as err:
        raise UsageError(f"cannot read {file}: {err.strerror}.") from err


def _line(text: str) -> str:
    """``text`` without the line break that ends a file, which is not the cookie's or password's."""
    return text.removesuffix("\n").removesuffix("\r")
