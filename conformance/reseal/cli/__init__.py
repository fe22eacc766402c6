"""The command ``reseal``.

Exit status: 0 conforms, 1 does not, 2 wrong usage or configuration, 3 the target could not be run.
Each command has a module of its own, which is imported when it is called or described.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Mapping

import click

from .. import __version__
from ..errors import HarnessError, TargetError, UsageError
from ..target.packages import cache_folder

CONFORMS, DOES_NOT, USAGE, NOT_RUN = 0, 1, 2, 3

# Where each command is: the module, and the name in it.
_COMMANDS: Mapping[str, str] = {
    "check": "check:check_command",
    "baseline": "baseline:baseline_command",
    "compare": "compare:compare_command",
    "contract": "contract:contract_command",
    "init": "init:init_command",
    "serve": "serve:serve_command",
    "diff": "diff:diff_command",
    "matrix": "matrix:matrix_command",
    "merge": "matrix:merge_command",
    "fixtures": "fixtures:fixtures_command",
    "inspect": "inspect:inspect_command",
    "replay": "replay:replay_command",
}


def main() -> None:
    """Run the command, and turn our own errors into a message and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # an error's text may hold any character
    # What Hypothesis computes once for all is not left in the user's current folder.
    with contextlib.suppress(RuntimeError):  # there is no home
        os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache_folder() / "hypothesis"))
    try:
        # Without standalone mode, `Context.exit` makes its status the return value.
        sys.exit(commands(standalone_mode=False))
    except click.ClickException as err:
        err.show()
        sys.exit(USAGE)
    except click.Abort:
        sys.exit(130)
    except UsageError as err:
        _complain(str(err), USAGE)
    except (TargetError, HarnessError) as err:
        _complain(str(err), NOT_RUN)


def _complain(message: str, status: int) -> None:
    click.echo(f"reseal: {message}", err=True)
    sys.exit(status)


class _Commands(click.Group):
    """Imports a command when it is asked for: what one needs must not slow down the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's form
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(f"{__name__}.{module}"), name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reseal")
def commands() -> None:
    """Does session refresh in an AuthKit SDK, or in your own code, do what its documentation says?"""
