"""`qudao demo`: build the demo province, or play a day's traffic in it."""

from __future__ import annotations

import gc
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from qudao.site import paths
from qudao.site.cli import django_setup

if TYPE_CHECKING:
    from qudao.site.demo.build import Wishes


@click.command()
@click.option("--outlets", default=300, show_default=True, type=click.IntRange(1, 5_000))
@click.option("--customers", default=20_000, show_default=True, type=click.IntRange(50, 500_000))
@click.option("--months", default=3, show_default=True, type=click.IntRange(1, 12))
@click.option("--seed", default=1, show_default=True, help="Another seed, another province.")
@click.option("--once", is_flag=True, help="Do nothing if the database has outlets already.")
@click.option("--live", is_flag=True, help="Play traffic against the running server instead.")
@click.option("--rate", default=5.0, show_default=True, help="--live: sales per second.")
@click.option("--minutes", default=10.0, show_default=True, help="--live: how long.")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="--live: where.")
def demo(
    outlets: int,
    customers: int,
    months: int,
    seed: int,
    once: bool,
    live: bool,
    rate: float,
    minutes: float,
    url: str,
) -> None:
    """Build the demo province, or play a day's traffic in it (--live).

    Henan with its 18 branches, outlets of all kinds, the people who work there, and months of
    sales. The same options make the same province, but for the passwords, which are made anew.
    It is built in an empty database only.

    \b
        qudao demo                           build it
        qudao demo --outlets 50 --months 1   a smaller one
        qudao demo --live --rate 20          20 sales per second, through the HTTP API
    """
    django_setup()
    if live:
        from qudao.site.demo.live import play

        sys.exit(play(url, rate, minutes * 60, click.echo))
    from qudao.site.demo.build import Wishes

    _build(Wishes(outlets, customers, round(months * 30.4), seed), once)


def _build(wishes: Wishes, once: bool) -> None:
    from qudao.site import reference
    from qudao.site.demo import build, relays
    from qudao.site.halls import CUSTOMERS, KIOSKS

    data = paths.data_directory()
    marker = data / build.UNFINISHED
    if marker.exists():
        click.echo("  the last build was cut short: beginning anew")
        build.empty()
    now = datetime.now(UTC)
    known, orders = build.state(now)
    if known or orders:
        if once:
            return
        raise click.ClickException(
            f"the database has {known} outlets and {orders} orders already: the demo province is"
            " built in an empty one only. Choose another folder with QUDAO_DATA."
        )
    began = time.monotonic()
    for _ in reference.load():
        continue
    marker.touch()
    gc.set_threshold(100_000, 20, 50)  # a build makes millions of objects and hardly a cycle
    with relays.beside():
        built = build.build(wishes, now, build.boss_folder(data), click.echo)
    lines = build.give_passwords(built.province, datetime.now(UTC))
    path = build.keep_sign_ins(data, lines)
    customers = build.give_service_passwords(wishes, datetime.now(UTC))
    build.keep_sign_ins(data, customers, CUSTOMERS)
    kiosks = build.admit_kiosks(built.province, datetime.now(UTC))
    build.keep_sign_ins(data, kiosks, KIOSKS)
    marker.unlink()
    click.echo(
        f"  {len(built.province.outlets)} outlets, {built.sales:,} sales"
        f" in {time.monotonic() - began:.0f} s"
    )
    if once:  # part of `qudao run`, which tells the sign-ins when all is ready
        return
    click.echo(f"Sign-ins (kept in {path}):")
    for line in lines:
        click.echo(f"  {line}")
    for what, file, told in (
        ("Customers' numbers and service passwords", CUSTOMERS, customers),
        ("Kiosks and their tokens", KIOSKS, kiosks),
    ):
        click.echo(f"{what} (kept in {data / file}):")
        for line in told:
            click.echo(f"  {line}")
