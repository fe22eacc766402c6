"""``reseal contract``: what is checked."""

from __future__ import annotations

import click

from .. import cases, contract
from ..report import contract_page


@click.command("contract")
@click.option("--cases", "show_cases", is_flag=True, help="List the cases in place of the requirements.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the page of the documentation.")
def contract_command(*, show_cases: bool, as_markdown: bool) -> None:
    """List the requirements of the contract."""
    if as_markdown:
        click.echo(contract_page.to_markdown(), nl=False)
        return
    if show_cases:
        for case in cases.load():
            click.echo(f"{case.id:<62} {case.title} ({', '.join(case.requirements)})")
        return
    for row in contract.load().requirements:
        click.echo(f"{row.id:<36} {row.origin:<11} {row.level:<7} {row.title}")
