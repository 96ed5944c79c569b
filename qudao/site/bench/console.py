"""`qudao bench`: measure, and write the figures down."""

from __future__ import annotations

import click

from qudao.site.bench.bloat import bloat
from qudao.site.bench.calls import calls
from qudao.site.bench.commission import commission
from qudao.site.bench.counter import counter
from qudao.site.bench.numbers import numbers
from qudao.site.bench.overload import overload
from qudao.site.bench.relay import relay
from qudao.site.bench.sales import sales
from qudao.site.bench.settle import settle
from qudao.site.bench.sms import sms
from qudao.site.bench.soak import soak


@click.group(invoke_without_command=True)
@click.option("--list", "listed", is_flag=True, help="List the benchmarks.")
@click.pass_context
def bench(ctx: click.Context, listed: bool) -> None:
    """Measure speed against plain PostgreSQL, on a server of its own that is thrown away after."""
    if ctx.invoked_subcommand is not None:
        return
    if not listed:
        click.echo(ctx.get_help())
        return
    for name, command in sorted(bench.commands.items()):
        click.echo(f"{name:10} {command.get_short_help_str(90)}")


for command in (
    bloat,
    calls,
    commission,
    counter,
    numbers,
    overload,
    relay,
    sales,
    settle,
    sms,
    soak,
):
    bench.add_command(command)
