"""`qudao lake`: the history that commission is computed from."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import click
from django.utils import translation

from qudao.kernel.period import business_date, month_of
from qudao.platform.commands.context import Context
from qudao.site import paths
from qudao.site.cli import django_setup
from qudao.site.maintenance import running_database

if TYPE_CHECKING:
    from qudao.platform.lake.store import Lake

MONTH = click.option("--month", type=click.DateTime(["%Y-%m"]), help="YYYY-MM.")


@click.group()
def lake() -> None:
    """Sales, outlets and lines of customers, month by month, in Parquet files.

    docs/lake.md tells what is in them and how they come there.
    """
    django_setup()


@lake.command("list")
@MONTH
def list_(month: datetime | None) -> None:
    """Show what the lake has: dataset, month, branch, newest version, rows, control totals."""
    from qudao.platform.lake.dataset import datasets

    with _opened() as opened:
        for name in sorted(datasets):
            months = None if month is None else [month.date()]
            for one in opened.manifests(name, months=months):
                sums = "  ".join(f"{total} {value:,}" for total, value in one.totals.items())
                click.echo(
                    f"{name:12} {one.month:%Y-%m} {one.branch:5} v{one.number:<4}"
                    f" {one.rows:>12,} rows  {sums}  from {one.source}"
                )


@lake.command()
@MONTH
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="One day only.")
@click.option("--branch", "branches", multiple=True, help="Division code; all without it.")
@click.option("--again", is_flag=True, help="Also what the lake has already.")
def export(
    month: datetime | None, day: datetime | None, branches: tuple[str, ...], again: bool
) -> None:
    """Write sales, reversals and outlets from the database into the lake.

    Without options: what of this month is not in it. The job `lake.export` does so every night.
    """
    from qudao.journeys import lake as journey

    with running_database(paths.data_directory()), _opened() as opened:
        ctx = _context("export")
        first, last = _days(ctx, month, day)
        written = journey.export(
            ctx,
            opened,
            first=first,
            last=last,
            branches=branches or None,
            again=again,
            say=click.echo,
        )
    click.echo(f"{len(written)} files written")


@lake.command()
def take() -> None:
    """Load the BOSS's extracts that lie in the drop folder. The job `lake.take` does so hourly."""
    from qudao.fronts.wording import word
    from qudao.journeys import extracts
    from qudao.platform.lake.open import drop_folder

    refused = 0
    with running_database(paths.data_directory()), translation.override("en"), _opened() as opened:
        for taken in extracts.take(_context("take"), opened, drop_folder()):
            if taken.refusal is not None:
                refused += 1
                click.echo(f"{taken.control}: refused. {word(taken.refusal)}")
            elif taken.manifest is not None:
                click.echo(
                    f"{taken.control}: {taken.manifest.rows:,} rows as {taken.manifest.version},"
                    f" {taken.quarantined} put aside"
                )
    if refused:
        raise SystemExit(1)


@lake.command()
@MONTH
def check(month: datetime | None) -> None:
    """Compare the lake with orders, ledger and settlements, and every file with its digest."""
    from qudao.domain.commission.queries import computed
    from qudao.journeys import lake as journey
    from qudao.platform.lake import files

    with running_database(paths.data_directory()), _opened() as opened:
        ctx = _context("check")
        today = business_date(ctx.at)
        first, last = _days(ctx, month, None)
        found = [
            *journey.untied(opened, first=first, last=min(last, today - timedelta(days=1))),
            *opened.damaged(months=[first] if month else None),
            *files.unpinned(opened.root, computed.pinned()),
        ]
    for problem in found:
        click.echo(problem)
    if found:
        raise SystemExit(1)
    click.echo("The lake ties to orders and ledger, and every file is whole.")


@contextmanager
def _opened() -> Iterator[Lake]:
    from qudao.platform.lake.open import lake

    with lake() as opened:
        yield opened


def _days(ctx: Context, month: datetime | None, day: datetime | None) -> tuple[date, date]:
    today = business_date(ctx.at)
    if day is not None:
        return day.date(), day.date()
    first = month_of(today if month is None else month.date())
    return first, min(today, month_of(first + timedelta(days=32)) - timedelta(days=1))


def _context(what: str) -> Context:
    from qudao.platform.identity.roles import system_context

    at = datetime.now(UTC)
    return system_context(at, f"lake {what} {getpass.getuser()} {at.isoformat()}", channel="cli")
