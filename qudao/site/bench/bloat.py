"""`qudao bench bloat`: do the hot tables stay as small as they should while it sells?"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

import click

from qudao.site.bench.machine import facts_of
from qudao.site.bench.stand import FIRST_OUTLET, Stand, cpu_of, stand

PROCESSES: Final = 2
BATCH: Final = 64
HOT_SHARE: Final = 0.3
"""Of the sales that the busiest hundredth of the outlets makes."""
MONTHLY: Final = ("ordering_order", "ledger_posting", "commands_journal")
IN_PLACE: Final = ("ledger_balance", "ordering_dispatch")
"""Tables that should not grow: rows that change, or come and go."""


@dataclass(frozen=True, slots=True)
class Size:
    """A table at one moment; one that is kept by months with all of them."""

    table: str
    octets: int
    """Of the table itself, without its indexes."""
    index_octets: int
    live: int
    dead: int
    inserted: int
    updated: int
    updated_in_place: int
    """Without touching an index (HOT)."""
    vacuums: int

    @property
    def in_place(self) -> float:
        return self.updated_in_place / self.updated if self.updated else 1.0


@dataclass(frozen=True, slots=True)
class Look:
    """All of them at one moment."""

    after_s: float
    wal: int
    """Octets of write-ahead log since the start."""
    database_cpu_s: float
    own_cpu_s: float
    """Of the processes that sell and settle."""
    sizes: Mapping[str, Size]

    @property
    def sales(self) -> int:
        return self.sizes["ordering_order"].inserted


@click.command()
@click.option("--minutes", default=5.0, show_default=True, type=click.FloatRange(0.05, 600))
@click.option("--every", default=15.0, show_default=True, help="Seconds between two looks.")
@click.option("--outlets", default=2_000, show_default=True, type=click.IntRange(100, 100_000))
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path))
def bloat(minutes: float, every: float, outlets: int, file: Path | None) -> None:
    """Sizes and dead rows of the hot tables over time; disk and log for each sale.

    Two processes sell, take their orders to a BOSS that says yes at once, and settle them, as fast
    as they can: each outlet's balance changes, each order's state does, and the queue of the
    dispatcher fills and empties. Autovacuum works with the settings of the tables.
    """
    with stand(outlets, click.echo) as made:
        looks = _run(made, minutes * 60, every)
        facts = facts_of(made, round(minutes * 60))
    first, last = looks[1], looks[-1]  # what the start costs is not the sales'
    sales = last.sales - first.sales
    per_sale = {
        name: {
            "table": (last.sizes[name].octets - first.sizes[name].octets) / sales,
            "indexes": (last.sizes[name].index_octets - first.sizes[name].index_octets) / sales,
            "rows": (last.sizes[name].inserted - first.sizes[name].inserted) / sales,
        }
        for name in MONTHLY
    }
    wal = (last.wal - first.wal) / sales
    click.echo(f"\nFor each of {sales} sales, from the taking to the BOSS's yes, octets:")
    for name, octets in per_sale.items():
        click.echo(
            f"{name:20} {octets['rows']:5.2f} rows {octets['table']:7.0f}"
            f" + {octets['indexes']:5.0f} of indexes"
        )
    total = sum(octets["table"] + octets["indexes"] for octets in per_sale.values())
    click.echo(f"{'together':20} {total:18.0f}\n{'write-ahead log':20} {wal:18.0f}")
    database = (last.database_cpu_s - first.database_cpu_s) * 1e6 / sales
    own = (last.own_cpu_s - first.own_cpu_s) * 1e6 / sales
    click.echo(
        f"CPU µs for each sale, database + those who sell and settle: {database:.0f} + {own:.0f}"
    )
    if file is not None:
        report = {
            "looks": [asdict(look) for look in looks],
            "sales": sales,
            "octets_per_sale": per_sale,
            "wal_octets_per_sale": wal,
            "database_cpu_us_per_sale": database,
            "own_cpu_us_per_sale": own,
            "machine": facts,
        }
        file.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
        click.echo(f"Written to {file}")


def _run(made: Stand, seconds: float, every: float) -> Sequence[Look]:
    made.settle_down()
    command = [sys.executable, "-m", "qudao.site.bench.bloat"]
    sellers = [
        subprocess.Popen([*command, str(made.outlets), str(place)], stdin=subprocess.PIPE)
        for place in range(PROCESSES)
    ]
    looks: list[Look] = []
    try:
        click.echo(_heading())
        start = time.monotonic()
        while (after := time.monotonic() - start) < seconds + every:
            assert all(seller.poll() is None for seller in sellers), "a seller has ended"
            looks.append(_look(made, after, sellers))
            click.echo(_line(looks[-1]))
            time.sleep(max(0.0, min(every, seconds + every - after)))
    finally:
        for seller in sellers:
            assert seller.stdin is not None
            seller.stdin.close()  # it ends with the set that is under way
            seller.wait()
    return looks


def _look(made: Stand, after: float, sellers: Sequence[subprocess.Popen[bytes]]) -> Look:
    with made.connect() as connection:
        row = connection.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone()
        found = connection.execute(_SIZES, [[*IN_PLACE, *MONTHLY]]).fetchall()
    assert row is not None
    sizes = {str(size[0]): Size(*size) for size in found}  # type: ignore[arg-type]
    own = sum(cpu_of(seller.pid) for seller in sellers)
    return Look(round(after, 1), int(str(row[0])), made.cpu_s(), own, sizes)


def _heading() -> str:
    names = "".join(f"{name.partition('_')[2]:>28}" for name in (*IN_PLACE, *MONTHLY))
    return (
        f"{'':16}{names}\n{'after s':>7}{'sales':>9}"
        + f"{'MiB + ind.':>14}{'dead':>8}{'HOT':>6}" * 5
    )


def _line(look: Look) -> str:
    def cells(size: Size) -> str:
        mib = f"{size.octets / 2**20:.1f} + {size.index_octets / 2**20:.1f}"
        return f"{mib:>14}{size.dead:>8}{size.in_place:>6.0%}"

    shown = "".join(cells(look.sizes[name]) for name in (*IN_PLACE, *MONTHLY))
    return f"{look.after_s:7.0f}{look.sales:9}{shown}"


_SIZES = """
SELECT n, sum(pg_table_size(s.relid))::bigint, sum(pg_indexes_size(s.relid))::bigint,
       sum(s.n_live_tup)::bigint, sum(s.n_dead_tup)::bigint, sum(s.n_tup_ins)::bigint,
       sum(s.n_tup_upd)::bigint, sum(s.n_tup_hot_upd)::bigint,
       sum(s.autovacuum_count)::bigint
FROM unnest(%s::text[]) n
CROSS JOIN LATERAL (
    SELECT n::regclass AS relid UNION SELECT relid FROM pg_partition_tree(n::regclass)) tree
JOIN pg_stat_user_tables s ON s.relid = tree.relid
GROUP BY n
"""


def sell_on(outlets: int, place: int) -> None:
    """The child: sell, take to the BOSS, settle, until nobody listens any more."""
    import select

    from qudao.site.cli import django_setup

    django_setup()
    from qudao.domain.ordering.operations import claim, sell, settle
    from qudao.domain.ordering.ports import Completed
    from qudao.domain.ordering.types import Sale, Sold
    from qudao.domain.party.types import OrganizationId
    from qudao.kernel.money import Money
    from qudao.kernel.scope import EVERYWHERE
    from qudao.platform.commands.context import Context
    from qudao.platform.identity.roles import system_context

    random = Random(place)
    mine = list(range(FIRST_OUTLET + place, FIRST_OUTLET + outlets, PROCESSES))
    busy = mine[: max(1, len(mine) // 100)]
    grants = frozenset({"ordering.sell"})
    began, serial = time.time_ns(), 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        at = datetime.now(UTC)
        pairs = []
        for _ in range(BATCH):
            serial += 1
            n = random.choice(busy if random.random() < HOT_SHARE else mine)
            outlet = OrganizationId(UUID(f"00000000-0000-7000-8000-{n}"))
            clerk = UUID(f"00000000-0000-7002-8000-{n}")
            ctx = Context(clerk, "api", at, f"{began}-{place}-{serial}", grants, EVERYWHERE)
            line = f"138{random.randrange(100_000_000):08}"
            amount = Money(100 * random.randrange(10, 101))
            pairs.append((ctx, Sale(outlet, "TOPUP", line, amount)))
        assert all(isinstance(answer, Sold) for answer in sell(pairs))
        key = f"bloat-{place}-{serial}"
        send, ask = claim(
            system_context(at, f"{key}-claim"), most=2 * BATCH, lease=timedelta(minutes=5)
        )
        outcomes = [Completed(order.order, f"B{order.order}") for order in (*send, *ask)]
        settle(system_context(at, f"{key}-settle"), outcomes=outcomes)


if __name__ == "__main__":
    sell_on(int(sys.argv[1]), int(sys.argv[2]))
