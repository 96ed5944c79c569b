"""`qudao months`: the months that the large tables are kept by."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from django.utils import translation

from qudao.kernel.period import business_date
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context
from qudao.platform.tables.months import Partition
from qudao.site import paths
from qudao.site.cli import django_setup
from qudao.site.maintenance import running_database

MONTH = click.argument("month", type=click.DateTime(["%Y-%m"]), metavar="YYYY-MM")
BY = click.option(
    "--by", default=getpass.getuser, metavar="NAME", help="Who does it, for the journal."
)


@click.group()
def months() -> None:
    """Orders, postings and journal are kept by months: make them, take old ones out.

    docs/months.md tells when and how.
    """
    django_setup()


@months.command("list")
def list_() -> None:
    """Show each month of each table, and which may be taken out, or why not.

    Rows and dead rows are what the statistics say, as autovacuum sees them.
    """
    from qudao.fronts.wording import word
    from qudao.journeys import months as journey
    from qudao.platform.tables import months as tables

    with running_database(paths.data_directory()), translation.override("en"):
        click.echo(table(tables.partitions()))
        ctx = _context("list", "all")
        for month in tables.attached():
            refusal = journey.hindrance(ctx, month=month)
            why = "may be detached" if refusal is None else f"stays: {word(refusal)}"
            click.echo(f"{month:%Y-%m}  {why}")


@months.command()
def ensure() -> None:
    """Make the present month and the next two, and move there what fell outside of all months.

    `qudao migrate`, `qudao run` and a daily job do so too.
    """
    from qudao.platform.tables import months as tables

    with running_database(paths.data_directory()):
        made = tables.ensure(business_date(datetime.now(UTC)))
    for name in made:
        click.echo(f"{name} made")
    if not made:
        click.echo("all months are there")


@months.command()
@MONTH
@BY
def detach(month: datetime, by: str) -> None:
    """Take the oldest month out of all tables, into the schema `archive`.

    Refuses while anything in it is open. Sales go on meanwhile. `qudao check` proves the books
    before and after: what wallets hold of the month is carried forward.
    """
    from qudao.journeys import months as journey

    with running_database(paths.data_directory()), _worded():
        done = journey.detach(_context("detach", f"{month:%Y-%m}"), month=month.date(), by=by)
    click.echo(f"{month:%Y-%m} lies in the schema archive; {done.carried} rows carried forward")


@months.command()
@MONTH
@BY
def attach(month: datetime, by: str) -> None:
    """Bring the newest of the archived months back."""
    from qudao.journeys import months as journey

    with running_database(paths.data_directory()), _worded():
        journey.attach(_context("attach", f"{month:%Y-%m}"), month=month.date(), by=by)
    click.echo(f"{month:%Y-%m} is back")


@contextmanager
def _worded() -> Iterator[None]:
    """Let a refusal be one line for the person at the console."""
    from qudao.fronts.wording import word

    with translation.override("en"):
        try:
            yield
        except Refusal as refusal:
            raise click.ClickException(word(refusal)) from None


def _context(what: str, about: str) -> Context:
    from qudao.platform.identity.roles import system_context

    at = datetime.now(UTC)
    return system_context(at, f"months.{what}.{about}.{at.isoformat()}", channel="console")


def table(found: Sequence[Partition]) -> str:
    """Return the partitions as the lines of a table."""
    lines = [f"{'month':9}{'table':22}{'rows':>13}{'dead':>11}{'size':>11}  vacuumed"]
    shown = None
    for one in found:
        month = f"{one.month:%Y-%m}" if one.month else "default"
        lines.append(
            f"{'' if month == shown else month:9}{one.table:22}{one.rows:13,}{one.dead:11,}"
            f"{one.octets / 2**20:7,.1f} MiB  "
            + (f"{one.vacuumed_at:%Y-%m-%d %H:%M}" if one.vacuumed_at else "never")
            + ("" if one.attached else "  archived")
        )
        shown = month
    return "\n".join(lines)
