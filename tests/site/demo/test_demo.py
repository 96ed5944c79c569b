"""The demo province: the same from a seed, sound, and its short cut equal to the long way."""

import hashlib
import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection, transaction

from qudao.domain.care import queries as care
from qudao.domain.ordering.operations import claim, sell, settle
from qudao.domain.ordering.ports import Completed, Refused
from qudao.domain.ordering.types import Sale, Sold
from qudao.domain.payment.types import Method
from qudao.journeys import callers
from qudao.kernel.ids import seeded
from qudao.kernel.money import Money
from qudao.kernel.numbers import valid_document
from qudao.kernel.period import business_date
from qudao.kernel.personal import Secret
from qudao.platform.identity.models import User
from qudao.platform.identity.roles import grants_of, system_context
from qudao.site import reference
from qudao.site.demo import build, cast, console, past
from qudao.site.integrity import faults
from simulators.boss import store
from tests.province import NOON, Province

UNTIL = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
SMALL = build.Wishes(outlets=9, customers=400, days=8, seed=7, segments=1)

CONTENT = """
SELECT 'order', o.business, o.msisdn, o.amount, o.debit, o.state, o.ordered_at, o.settled_at,
       o.refusal_code, o.boss_reference, g.code, g.name_zh, u.username, o.channel
FROM ordering_order o JOIN party_organization g ON g.id = o.outlet_id
JOIN identity_user u ON u.id = o.actor ORDER BY o.ordered_at, o.id
"""
PLACES = """
SELECT g.code, g.name_zh, g.name_en, g.path, s.kind_id, s.market, s.address, s.longitude,
       s.latitude, s.star, s.contract_number, s.contract_until, s.deposit, s.state, s.sale_limit,
       s.day_limit, b.balance, b.frozen
FROM saleschannel_outlet s JOIN party_organization g ON g.id = s.organization_id
JOIN wallet_wallet w ON w.outlet_id = g.id JOIN ledger_balance b ON b.account_id = w.account_id
ORDER BY g.code
"""
PEOPLE = """
SELECT u.username, u.phone, m.role, m.employee_number, g.code
FROM party_membership m JOIN identity_user u ON u.id = m.user_id
JOIN party_organization g ON g.id = m.organization_id ORDER BY u.username
"""

THINGS = """
SELECT 'unit', u.kind, u.serial, u.state, g.code, u.moved_at
FROM stock_unit u JOIN party_organization g ON g.id = u.place_id
UNION ALL
SELECT 'counted', q.item_id, q.in_stock::text, q.in_transit::text, g.code, q.moved_at
FROM stock_quantity q JOIN party_organization g ON g.id = q.place_id
UNION ALL
SELECT 'number', n.number::text, p.code, n.state, coalesce(g.code, ''), n.changed_at
FROM resource_number n JOIN resource_pattern p ON p.id = n.pattern_id
LEFT JOIN party_organization g ON g.id = n.holder_id
WHERE n.state <> 'free'
UNION ALL
SELECT 'dossier', d.purpose, d.number, d.state, g.code, d.opened_at
FROM customer_dossier d JOIN party_organization g ON g.id = d.outlet_id
ORDER BY 1, 2, 3, 5, 6
"""


def rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def content() -> str:
    """A hash of what there is: amounts, names, states."""
    found = [rows(query) for query in (CONTENT, PLACES, PEOPLE, THINGS)]
    return hashlib.sha256(json.dumps(found, default=str).encode()).hexdigest()


def make(books: Path | None = None) -> build.Built:
    for _ in reference.load():
        pass
    return build.build(SMALL, UNTIL, books, lambda text: None)


@pytest.mark.django_db(transaction=True)
def test_a_seed_makes_one_province_and_it_is_sound(tmp_path: Path) -> None:
    built = make(tmp_path)
    assert faults() == []
    assert len(built.province.outlets) == 9
    assert 250 < built.sales < 600
    assert_hourly_figures()
    assert_ends_in_the_middle_of_things()
    assert_the_boss_knows(tmp_path)
    own = [outlet for outlet in built.province.outlets if outlet.plan.own]
    for hall in own:
        assert care.slots(
            system_context(UNTIL, "look"),
            outlet=hall.id,
            purpose="sim_swap",
            first=business_date(UNTIL) + timedelta(days=1),
        )
    assert own
    assert all(valid_document(number) for number in documents(built.province))
    first = content()

    build.empty()
    assert rows("SELECT count(*) FROM ordering_order") == [(0,)]
    make()
    assert content() == first


def assert_hourly_figures() -> None:
    """What the relay has counted is what a group-by over the orders counts."""
    counted = rows(
        "SELECT outlet_id, business_date, hour, business, channel, taken, taken_amount,"
        " completed, completed_amount, debited, failed, reversed FROM ordering_hourly_sales"
        " ORDER BY 1, 2, 3, 4, 5"
    )
    grouped = rows(
        "SELECT outlet_id, business_date, extract(hour FROM ordered_at AT TIME ZONE"
        " 'Asia/Shanghai')::int, business, channel, count(*), sum(amount),"
        " count(*) FILTER (WHERE state IN ('completed', 'assessingCancellation')),"
        " coalesce(sum(amount) FILTER (WHERE state = 'completed'), 0),"
        " coalesce(sum(debit) FILTER (WHERE state = 'completed'), 0),"
        " count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'cancelled')"
        " FROM ordering_order WHERE reverses_id IS NULL GROUP BY 1, 2, 3, 4, 5"
        " ORDER BY 1, 2, 3, 4, 5"
    )
    assert counted == grouped


def assert_ends_in_the_middle_of_things() -> None:
    states = dict(rows("SELECT state, count(*) FROM ordering_order GROUP BY 1"))
    assert (states["pending"], states["acknowledged"]) == (2, 3)
    assert states["failed"] > 0
    assert rows("SELECT count(*) FROM ordering_dispatch") == [(5,)]
    (days,) = rows("SELECT count(DISTINCT business_date) FROM wallet_closing")
    assert days == (8,)
    assert rows("SELECT DISTINCT method FROM payment_received WHERE hall_id IS NULL") == [
        (Method.BANK_TRANSFER.value,)
    ]


def assert_the_boss_knows(folder: Path) -> None:
    """Each settled order stands in the BOSS's books under the reference that we have of it."""
    db = store.connect(store.books(folder))
    theirs = {
        (row["external_id"], row["id"], row["amount"]) for row in db.execute("SELECT * FROM work")
    }
    known = dict(db.execute("SELECT external_id, id FROM work").fetchall())
    db.close()
    ours = rows(
        "SELECT id, boss_reference, amount, state, business FROM ordering_order"
        " WHERE reverses_id IS NULL AND settled_at IS NOT NULL AND business NOT LIKE '%goods%'"
    )
    assert len(known) == len(ours)
    for order, reference_, amount, state, business in ours:
        if state == "failed":
            assert str(order) in known
        elif business == "card_recharge":  # the card was paid for when it was sold
            assert known[str(order)] == reference_
        else:
            assert (str(order), reference_, amount) in theirs
    assert_the_boss_has_the_lines_and_cards(folder)


def assert_the_boss_has_the_lines_and_cards(folder: Path) -> None:
    db = store.connect(store.books(folder))
    lines = {(row["msisdn"], row["iccid"]) for row in db.execute("SELECT * FROM line")}
    cards = {row["serial"] for row in db.execute("SELECT * FROM card")}
    db.close()
    opened = rows(
        "SELECT l.number, u.serial FROM customer_line l JOIN stock_unit u ON u.cause = l.order"
        " WHERE l.state = 'active' AND u.kind = 'sim' AND u.state = 'sold'"
    )
    assert opened and set(opened) <= lines
    sold = rows("SELECT serial FROM stock_unit WHERE kind = 'recharge_card' AND state = 'sold'")
    assert sold and {serial for (serial,) in sold} <= cards


def documents(province: cast.Province) -> list[str]:
    from qudao.domain.party import operations as party
    from qudao.domain.party.types import PersonalField

    clock = cast.Clock(UNTIL)
    return [
        str.__str__(
            party.reveal(
                clock(),
                individual=admitted.individual,
                field=PersonalField.DOCUMENT,
                reason="a look at the document",
            ).value
        )
        for admitted, _ in province.named.values()
    ]


def test_settling_the_past_is_settling_one_order_after_the_other(province: Province) -> None:
    province.pay_in(province.agent, Money(5_000_00))
    province.pay_in(province.hall, Money(5_000_00))
    short, long = run_twice(province, by_settle_past), run_twice(province, one_by_one)
    assert short["ordering_order"] and short["commands_journal"]
    assert short == long


Answers = list[tuple[Completed | Refused, datetime, datetime]]


def by_settle_past(province: Province, answers: Answers) -> None:
    past.prepare()
    past.settle([(outcome, answered) for outcome, _, answered in answers])


def one_by_one(province: Province, answers: Answers) -> None:
    for outcome, sent, answered in answers:
        claim(province.system(sent), most=1, lease=timedelta(minutes=1))
        settle(province.system(answered), outcomes=[outcome])


def run_twice(
    province: Province, settled: Callable[[Province, Answers], None]
) -> dict[str, list[tuple[Any, ...]]]:
    """Sell, settle in one way, and return what the tables hold; then take it all back."""
    try:
        with transaction.atomic(), seeded(3):
            before = NOON.replace(hour=15, minute=58)  # 23:58 in the market
            orders = []
            for number in range(6):
                at = before + timedelta(seconds=20 * number)
                outlet = (province.agent, province.hall)[number % 2]
                actor = province.people["clerk" if number % 2 == 0 else "teller"].user
                ctx = province.context(
                    "outlet_clerk", outlet, at=at, key=f"sale-{number}", actor=actor
                )
                offering, amount = ("BILLPAY", 88_00) if number == 4 else ("TOPUP", 30_00)
                sold = sell.one(ctx, Sale(outlet, offering, "13800138000", Money(amount)))
                assert isinstance(sold, Sold)
                orders.append((sold.order, at))
            answers: Answers = []
            for number, (order, at) in enumerate(orders):
                outcome: Completed | Refused = Completed(order, f"PA{number:010}")
                if number in (1, 4):
                    outcome = Refused(order, "line_terminated", "号码已销户 / terminated")
                later = at + timedelta(minutes=2)
                answers.append((outcome, later, later + timedelta(seconds=3)))
            settled(province, answers)
            raise _TakenBack(tables())
    except _TakenBack as taken:
        return taken.tables


class _TakenBack(Exception):
    def __init__(self, tables: dict[str, list[tuple[Any, ...]]]) -> None:
        self.tables = tables


def tables() -> dict[str, list[tuple[Any, ...]]]:
    """What was written; serial numbers, which go on after a rollback, from the first one on."""
    ((first,),) = rows("SELECT min(hold_id) FROM ordering_order")
    found = {}
    for table, order, leave in (
        ("ordering_order", "id", ()),
        ("ordering_dispatch", "order_id", ()),
        ("ledger_posting", "id", ()),
        ("ledger_balance", "account_id", ()),
        ("commands_journal", "id", ("id", "xid")),
    ):
        where = " WHERE command LIKE 'ordering.%%'" if table == "commands_journal" else ""
        if table == "ledger_posting":
            where = f" WHERE id >= {first}"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}{where} ORDER BY {order}".replace("%%", "%"))
            names = [column.name for column in cursor.description]
            found[table] = [
                tuple(
                    (name, _relative(name, value, first, table))
                    for name, value in zip(names, row, strict=True)
                    if name not in leave
                )
                for row in cursor.fetchall()
            ]
    return found


def _relative(name: str, value: Any, first: int, table: str) -> Any:
    serials = ("hold_id", "post_id", "resolves_id")
    if value is not None and (name in serials or (table, name) == ("ledger_posting", "id")):
        return value - first
    if isinstance(value, memoryview):
        return bytes(value)
    if name == "answer" and "posting" in (facts := json.loads(value)):
        return facts | {"posting": facts["posting"] - first}
    return value


@pytest.mark.django_db(transaction=True)
def test_the_command_prints_sign_ins_once_and_refuses_a_full_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in reference.load():
        pass
    monkeypatch.setenv("QUDAO_DATA", str(tmp_path))
    province = build.build(
        build.Wishes(outlets=3, customers=100, days=1), UNTIL, None, lambda text: None
    ).province
    lines = build.give_passwords(province, UNTIL)
    path = build.keep_sign_ins(tmp_path, lines)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert [line.split()[0] for line in path.read_text("utf-8").splitlines()] == [
        username for username, _, _ in cast.SIGN_INS
    ]
    for line in lines:
        username, password = line.split()[:2]
        user = User.objects.get(username=username)
        assert user.check_password(password)
        assert not user.must_change_password
    both = {"echannel.publish", "commands.approve"}
    able = [who for who, role, at in cast.SIGN_INS if at == "41" and both <= grants_of(role)]
    assert able == ["province", "deputy"], "one publishes a hall's menu, the other approves"
    others = User.objects.exclude(username__in=[username for username, _, _ in cast.SIGN_INS])
    assert others.exists()
    assert not any(user.has_usable_password() for user in others)

    customers = build.give_service_passwords(build.Wishes(customers=100), UNTIL)
    assert customers
    for line in customers:
        msisdn, password = line.split()[:2]
        ctx = system_context(UNTIL, f"test.{msisdn}")
        caller = callers.identify_by_password(
            ctx, msisdn=msisdn, password=Secret(password), address=""
        )
        assert caller.msisdn == msisdn

    again = CliRunner().invoke(console.demo, [])
    assert again.exit_code == 1
    assert "the database has 11 outlets" in again.output, "three, and those of the halls"
    assert CliRunner().invoke(console.demo, ["--once"]).exit_code == 0
