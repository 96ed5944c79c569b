"""A month goes into the archive and comes back; the books balance at every step."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Event

import psycopg
import pytest
from django.db import connection

from qudao.domain.ledger import operations as ledger
from qudao.domain.ordering import operations as ordering
from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import OrderId, Sale, Sold
from qudao.domain.party.types import OrganizationId
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.journeys import months as journey
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.platform.commands.models import JournalEntry
from qudao.platform.tables import months
from qudao.site.integrity import faults
from tests import database
from tests.province import Province

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
IN_SEPTEMBER = datetime(2026, 9, 28, 4, tzinfo=UTC)
LAST_MINUTE = datetime(2026, 9, 30, 15, 59, 30, tzinfo=UTC)
"""Half a minute before October begins in the market."""
IN_OCTOBER = datetime(2026, 9, 30, 16, 0, 30, tzinfo=UTC)
LATER = datetime(2026, 10, 20, 4, tzinfo=UTC)
NOW = datetime(2026, 12, 2, 4, tzinfo=UTC)


def run(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def province(committed_province: Province) -> Iterator[Province]:
    """The province in a database whose oldest month is September."""
    before = months.partitions()
    for one in before:
        if one.month is not None and one.month < SEPTEMBER:
            run(f"DROP TABLE {one.name}")
    months.ensure(NOW.date(), since=SEPTEMBER)
    yield committed_province
    known = {one.name for one in before}
    for one in months.partitions():
        if one.name not in known and one.attached:
            run(f"DROP TABLE {one.name}")
    run("DROP SCHEMA IF EXISTS archive CASCADE")
    for one in before:
        if one.month is not None:
            run("SELECT months_ensure(%s, %s, %s)", one.table, one.month, one.month)


def sale(
    province: Province, at: datetime, fen: int = 100_00, outlet: OrganizationId | None = None
) -> OrderId:
    outlet = outlet or province.agent
    ctx = province.context("outlet_clerk", outlet, at=at)
    sold = sell.one(ctx, Sale(outlet, "TOPUP", "13800138000", Money(fen)))
    return sold.order


def history(province: Province) -> dict[str, OrderId]:
    """Sales of September and October: done, refused, taken back, and decided in the next month."""
    for outlet in (province.agent, province.far):
        province.pay_in(outlet, Money(10_000_00), at=IN_SEPTEMBER)
    made = {name: sale(province, IN_SEPTEMBER) for name in ("done", "refused", "back")}
    sale(province, IN_SEPTEMBER, outlet=province.far)
    due = province.dispatch(at=IN_SEPTEMBER)
    province.refuse([made["refused"]], at=IN_SEPTEMBER)
    province.complete([one for one in due if one != made["refused"]], at=IN_SEPTEMBER)
    ordering.reverse(province.system(IN_SEPTEMBER), order=made["back"], reason="wrong number")
    province.complete(province.dispatch(at=IN_SEPTEMBER), at=IN_SEPTEMBER)
    made |= {name: sale(province, LAST_MINUTE, 77_00) for name in ("late", "late_refused")}
    assert len(province.dispatch(at=LAST_MINUTE)) == 2
    made["october"] = sale(province, IN_OCTOBER, 50_00)
    province.refuse([made["late_refused"]], at=IN_OCTOBER)
    province.complete([made["late"]], at=IN_OCTOBER)
    for _ in range(3):
        sale(province, LATER)
    province.complete(province.dispatch(at=LATER), at=LATER)
    return made


def ready(province: Province) -> dict[str, OrderId]:
    """All that has to be before September may go."""
    made = history(province)
    province.relay()
    wallet.close_day(province.system(NOW), day=date(2026, 9, 30))
    wallet.close_day(province.system(NOW), day=date(2026, 10, 1))
    return made


def statement(province: Province, size: int = 100) -> tuple[object, ...]:
    ctx = province.system(NOW)
    found: list[object] = []
    while True:
        page = wallets.statement(ctx, outlet=province.agent, page=PageRequest(size, len(found)))
        found += page.items
        if len(found) >= page.total:
            assert len(found) == page.total
            return tuple(found)


def figures(province: Province) -> object:
    return orders.figures(
        province.system(NOW), first=SEPTEMBER, last=date(2026, 10, 31), by="month"
    )


def detach(province: Province, month: date = SEPTEMBER, at: datetime = NOW) -> journey.Detached:
    return journey.detach(province.system(at), month=month, by="li.hua")


def test_a_month_goes_and_comes_back(province: Province) -> None:
    made = ready(province)
    lines, sums = statement(province), figures(province)
    rows = {table: run(f"SELECT count(*) FROM {table}") for table in months.tables()}
    assert faults(read_files=False) == []
    assert journey.hindrance(province.system(NOW), month=SEPTEMBER) is None

    detach(province)

    assert faults(read_files=False) == []
    assert months.archived() == (SEPTEMBER,)
    assert months.attached()[0] == OCTOBER
    assert figures(province) == sums, "reports stay"
    for name in ("done", "back", "late", "late_refused"):
        with pytest.raises(orders.OrderArchived) as refused:
            orders.order(province.system(NOW), order=made[name])
        assert refused.value.month == "2026-09"
    assert orders.order(province.system(NOW), order=made["october"]).state == "completed"
    with pytest.raises(orders.OrderUnknown):
        orders.order(province.system(NOW), order=OrderId(new_id(LATER)))
    (entry,) = JournalEntry.objects.filter(command="months.detach")
    assert entry.arguments == {"month": "2026-09-01", "by": "li.hua"}

    journey.attach(province.system(NOW), month=SEPTEMBER, by="li.hua")

    assert faults(read_files=False) == []
    assert statement(province) == lines
    assert months.archived() == ()
    for table, (before,) in rows.items():
        (after,) = run(f"SELECT count(*) FROM {table}")
        new = 3 if table == "commands_journal" else 0  # detach, with squash in it; attach
        assert before[0] <= after[0] <= before[0] + new  # type: ignore[operator]
    assert orders.order(province.system(NOW), order=made["done"]).state == "completed"
    assert run("SELECT count(*) FROM ledger_carried") == [(0,)]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_statement_begins_with_what_was_carried(province: Province, size: int) -> None:
    made = ready(province)
    lines = statement(province)
    detach(province)
    left = statement(province, size)
    *after, opening = left
    assert (opening.kind, opening.amount) == ("carried", opening.balance)  # type: ignore[attr-defined]
    # What was decided in October stays where it was, among the sales of October.
    kept = [line for line in lines if line.at >= IN_OCTOBER]  # type: ignore[attr-defined]
    assert after == kept
    assert made["late_refused"] in {line.cause for line in after}  # type: ignore[attr-defined]
    for newer, older in zip(left, left[1:], strict=False):
        assert newer.balance == older.balance + newer.amount  # type: ignore[attr-defined]
    page = wallets.statement(
        province.system(NOW), outlet=province.agent, page=PageRequest(9), first=OCTOBER
    )
    assert page.total == len(kept), "the sum belongs to September"


def test_the_audit_sees_what_was_carried_wrongly(province: Province) -> None:
    ready(province)
    detach(province)
    assert faults(read_files=False) == []
    run(
        "UPDATE ledger_carried SET amount = amount + 1 WHERE account IN"
        " (SELECT account_id FROM ledger_balance WHERE balance > 0) AND kind = 'carried'"
    )
    found = "\n".join(faults(read_files=False))
    assert "its postings say" in found
    assert "what was carried of 2026-09 adds up to" in found


def test_month_after_month(province: Province) -> None:
    """October goes when September has gone, and they come back the other way round."""
    ready(province)
    lines = statement(province)
    january = datetime(2027, 1, 10, 4, tzinfo=UTC)
    with pytest.raises(journey.OlderMonthFirst):
        detach(province, OCTOBER, january)
    wallet.close_day(province.system(january), day=date(2026, 10, 20))
    detach(province, SEPTEMBER, january)
    province.relay()
    detach(province, OCTOBER, january)
    assert faults(read_files=False) == []
    (only,) = statement(province)
    assert only.balance == lines[0].balance  # type: ignore[attr-defined]
    with pytest.raises(journey.NewerMonthFirst):
        journey.attach(province.system(january), month=SEPTEMBER, by="li.hua")
    journey.attach(province.system(january), month=OCTOBER, by="li.hua")
    assert faults(read_files=False) == []
    journey.attach(province.system(january), month=SEPTEMBER, by="li.hua")
    assert faults(read_files=False) == []
    assert statement(province) == lines


def test_what_keeps_a_month(province: Province) -> None:
    history(province)

    def reason(at: datetime = NOW, month: date = SEPTEMBER) -> object:
        ctx = province.system(at)
        found = journey.hindrance(ctx, month=month)
        if found is not None:
            with pytest.raises(type(found)):
                detach(province, month, at)
        assert months.archived() == ()
        return None if found is None else type(found)

    assert reason(month=date(2025, 1, 1)) is journey.MonthUnknown
    assert reason(at=datetime(2026, 11, 28, tzinfo=UTC)) is journey.MonthTooRecent
    with pytest.raises(journey.MonthUnknown):
        journey.attach(province.system(NOW), month=SEPTEMBER, by="li.hua")
    assert reason() is journey.RelaysBehind
    province.relay()
    assert reason() is journey.DaysNotClosed
    wallet.close_day(province.system(NOW), day=date(2026, 10, 1))
    order, home, period, hold = run(
        "SELECT id, home, period, hold_id FROM ordering_order WHERE period = '2026-09-01'"
        " AND state = 'completed' AND hold_id IS NOT NULL LIMIT 1"
    )[0]
    run(
        "INSERT INTO ordering_dispatch (order_id, next_at, period, home, line)"
        " VALUES (%s, %s, %s, %s, '')",
        order,
        NOW,
        period,
        home,
    )
    assert reason() is journey.OrdersOpen
    run("DELETE FROM ordering_dispatch WHERE order_id = %s", order)
    run("CREATE TABLE aside AS SELECT * FROM ledger_posting WHERE resolves_id = %s", hold)
    run("DELETE FROM ledger_posting WHERE resolves_id = %s", hold)
    assert reason() is journey.PostingsPending
    run("INSERT INTO ledger_posting SELECT * FROM aside")
    run("DROP TABLE aside")
    assert reason() is None


def test_what_was_posted_yesterday_keeps_a_month(province: Province) -> None:
    ready(province)
    yesterday = datetime(2026, 12, 1, 4, tzinfo=UTC)
    for outlet in (province.agent, province.far):
        province.pay_in(outlet, Money(20_000_00), at=LATER)
    ((posting, account),) = run(
        "SELECT id, target_id FROM ledger_posting WHERE kind = 'pay_in' ORDER BY id LIMIT 1"
    )
    ledger.take_back(province.system(yesterday), posting=posting, account=account)  # type: ignore[arg-type]
    province.relay()
    wallet.close_day(province.system(NOW), day=date(2026, 12, 1))
    with pytest.raises(journey.SquashBehind):
        detach(province)
    in_two_days = datetime(2026, 12, 4, 4, tzinfo=UTC)
    detach(province, at=in_two_days)
    assert faults(read_files=False) == []


def test_sales_go_on_while_a_month_goes(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sellers sell throughout; a report holds the tables, so that it takes several tries."""
    ready(province)
    tries: list[float] = []
    seen_twice, over = Event(), Event()
    monkeypatch.setattr(
        months.time,
        "sleep",
        lambda s: (tries.append(s), len(tries) < 2 or seen_twice.set(), over.wait(0.02)),
    )
    monkeypatch.setattr(months, "TRIES", 500)

    def work(n: int) -> list[object]:
        outlet, answers = (province.agent, province.far)[n % 2], []
        try:
            while not over.is_set():
                ctx = province.context("outlet_clerk", outlet, at=LATER)
                answers += sell([(ctx, Sale(outlet, "TOPUP", "13800138000", Money(1_00)))])
            return answers
        finally:
            connection.close()

    def go() -> journey.Detached:
        try:
            return detach(province)
        finally:
            connection.close()

    with psycopg.connect(database.dsn()) as report, ThreadPoolExecutor(5) as pool:
        report.execute("SELECT count(*) FROM ordering_order")
        sellers = [pool.submit(work, n) for n in range(4)]
        gone = pool.submit(go)
        assert seen_twice.wait(60), "it has tried twice in vain"
        report.rollback()
        gone.result(60)
        over.set()
        answers = [answer for seller in sellers for answer in seller.result(60)]
    assert {type(answer) for answer in answers} == {Sold}
    assert months.archived() == (SEPTEMBER,)
    while due := province.dispatch(at=LATER):
        province.complete(due, at=LATER)
    assert faults(read_files=False) == []
