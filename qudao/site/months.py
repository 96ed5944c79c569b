"""`qudao months`: the months that the large tables are kept by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from qudao.kernel.period import business_date
from qudao.platform.tables.months import Partition
from qudao.site import paths
from qudao.site.cli import django_setup
from qudao.site.maintenance import running_database


@click.group()
def months() -> None:
    """Orders, postings and journal are kept by months: make them, take old ones out.

    docs/months.md tells when and how.
    """
    django_setup()


@months.command("list")
def list_() -> None:
    """Show each month of each table: rows, dead rows, size, and when it was last vacuumed."""
    from qudao.platform.tables import months as tables

    with running_database(paths.data_directory()):
        found = tables.partitions()
        click.echo(table(found))


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
