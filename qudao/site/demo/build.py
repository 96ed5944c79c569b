"""Builds the demo province in an empty database: once, from the ground up, the same every time."""

from __future__ import annotations

import itertools
import os
import shutil
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import OrderSearch
from qudao.domain.saleschannel import queries as channels
from qudao.domain.saleschannel.types import OutletFilter
from qudao.kernel.ids import seeded
from qudao.kernel.page import PageRequest
from qudao.kernel.period import business_date
from qudao.kernel.personal import Secret
from qudao.platform.commands.context import Context
from qudao.platform.identity import operations as identity
from qudao.platform.identity.roles import roles, system_context
from qudao.platform.identity.rules import temporary_password
from qudao.platform.tables import months
from qudao.site.demo import cast, commission, halls
from qudao.site.demo.books import Books
from qudao.site.demo.cast import Province, Say
from qudao.site.demo.history import History
from qudao.site.demo.pools import Pools
from qudao.site.demo.stores import Stores
from qudao.site.demo.trade import Trade
from qudao.site.demo.traffic import Customers, Traffic
from qudao.site.kiosks import token_for

UNFINISHED: Final = "demo.unfinished"
SIGN_INS: Final = "sign-ins.txt"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How large, how long, and grown from which seed."""

    outlets: int = 300
    customers: int = 20_000
    days: int = 91
    seed: int = 1
    segments: int = 2
    """Of ten thousand numbers each, for each branch with outlets."""


@dataclass(frozen=True, slots=True)
class Built:
    """What there is now."""

    province: Province
    sales: int
    refused: int
    """Sales that the platform itself refused: a wallet was empty."""


def state(at: datetime) -> tuple[int, int]:
    """How many outlets and orders the database has."""
    ctx = system_context(at, "demo.look", channel="console")
    one = PageRequest(1)
    outlets = channels.outlets(ctx, filter=OutletFilter(), page=one)
    orders = ordering.orders(ctx, search=OrderSearch(), page=one)
    return outlets.total or 0, orders.total or 0


def build(wishes: Wishes, until: datetime, books: Path | None, say: Say) -> Built:
    """
    Build the province with a history that ends at `until`.

    `books` is the folder of the BOSS simulator's books, which get the history too; None: no books.
    The same wishes and the same end make the same province, but for passwords.
    """
    last = business_date(until)
    first = last - timedelta(days=wishes.days)
    with connection.cursor() as cursor:
        # A build that is cut short begins anew: it need not be on disk before it is whole.
        cursor.execute("SET synchronous_commit = off")
    customers = Customers(wishes.seed, wishes.customers)
    with seeded(wishes.seed), Books(books, wishes.seed, wishes.customers, last) as work:
        random = Random(f"{wishes.seed}:province")
        months.ensure(last, since=first - timedelta(days=5))
        since = datetime.combine(first, datetime.min.time(), until.tzinfo)
        months.ensure(last, since=first - timedelta(days=31))  # numbers and people came before
        province = cast.build(random, wishes.outlets, since, say)
        say(f"  {wishes.days} days of sales, {first} to {last}")
        traffic = Traffic(Random(f"{wishes.seed}:traffic"), province.outlets, customers, until)
        trade = _trade(wishes, province, customers, work, until, since, say)
        history = History(Random(f"{wishes.seed}:history"), province, traffic, trade, work, until)
        history.live(first, say)
        commission.settle(province, until, say)
        if books is not None:
            say("  the BOSS simulator's books")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("RESET synchronous_commit")
    return Built(province, history.sold, history.refused_here)


def _trade(
    wishes: Wishes,
    province: Province,
    customers: Customers,
    books: Books,
    until: datetime,
    since: datetime,
    say: Say,
) -> Trade:
    """Load numbers, and bring together who sells cards, goods and accounts."""

    def system(at: datetime, what: str) -> Context:
        return system_context(at, f"demo.{what}.{next(keys)}", channel="console")

    keys = itertools.count()
    pools = Pools(Random(f"{wishes.seed}:pools"), province, customers.lines())
    loaded = pools.load(system, since - timedelta(days=5), wishes.segments)
    say(f"  {loaded:,} numbers")
    stores = Stores(Random(f"{wishes.seed}:stores"), province, pools, until)
    return Trade(Random(f"{wishes.seed}:trade"), province, customers, books, until, stores, pools)


def give_passwords(province: Province, at: datetime) -> list[str]:
    """Give each sign-in a password of its own, made now; return a line to show for each."""
    lines = []
    for username, role, place in cast.SIGN_INS:
        admitted, name = province.named[username]
        ctx = system_context(at, f"demo.password.{username}", channel="console")
        own = replace(ctx, actor=admitted.user)
        password = temporary_password()
        identity.set_password(own, password=Secret(str.__str__(password)))
        where = {
            "SHOWCASE": province.showcase.plan.draft.name_zh,
            "HALL": province.hall.plan.draft.name_zh if province.hall else "4101",
        }.get(place, place)
        told = f"{roles[role].name_zh} {roles[role].name_en}"
        lines.append(f"{username:11} {str.__str__(password)}   {told}, {name}, {where}")
    return lines


def give_service_passwords(wishes: Wishes, at: datetime) -> list[str]:
    """Give some customers service passwords, made now; return a line to show for each."""
    clock = cast.Clock(at)
    return halls.give_passwords(wishes.seed, wishes.customers, clock)


def admit_kiosks(province: Province, at: datetime) -> list[str]:
    """Admit the kiosks, with tokens made now; return a line to show for each."""
    ctx, lines = cast.Clock(at)("look"), []
    for kiosk in province.halls["kiosk"]:
        outlet = channels.outlet(ctx, outlet=kiosk)
        token = token_for(outlet.node_code, at)
        lines.append(f"{outlet.node_code} {token}   {outlet.name_zh} {outlet.name_en}")
    return lines


def keep_sign_ins(folder: Path, lines: list[str], name: str = SIGN_INS) -> Path:
    """Write sign-ins where only the owner of the installation may read them."""
    path = folder / name
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    draft.replace(path)
    return path


def boss_folder(data: Path) -> Path | None:
    """Where the simulator of this installation keeps its books; None when the BOSS is another."""
    url = os.environ.get("QUDAO_BOSS_URL", "http://127.0.0.1:8070")
    return data / "boss" if urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1") else None


def empty(tables_kept: tuple[str, ...] = ("django_migrations", "django_content_type")) -> None:
    """Throw away what a build left that was cut short."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename <> ALL(%s) AND tablename NOT LIKE 'procrastinate%%'",
            [list(tables_kept)],
        )
        names = [row[0] for row in cursor.fetchall()]
        cursor.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")
    # Nothing refers to a file any more; the next build may give the same ids to its own.
    shutil.rmtree(settings.VAULT_DIR, ignore_errors=True)
