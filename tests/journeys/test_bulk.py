"""Files of goods and numbers: previewed, refused whole with every bad row named, loaded whole."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterable
from uuid import UUID

import pytest
import xlsxwriter
from django.db import connection

from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries as goods
from qudao.domain.stock.models import Bulk, Unit
from qudao.domain.stock.types import BulkId, BulkRecord, BulkTerms, RowFault
from qudao.journeys import bulk
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.platform.commands.context import Context
from tests.domain.stock.stand import Stand, card, iccid, imei, pin
from tests.province import Province

pytestmark = pytest.mark.django_db


@pytest.fixture
def stand(province: Province) -> Stand:
    stock.load_reference(province.system())
    return Stand(province)


def keeper(stand: Stand, code: str = "4101") -> Context:
    return stand.province.context("stock_keeper", stand.province.organizations[code])


def table(heading: str, rows: Iterable[str]) -> bytes:
    return "\r\n".join([heading, *rows]).encode()


def checked(stand: Stand, kind: str, content: bytes, **more: object) -> BulkRecord:
    name = str(more.pop("file_name", "goods.csv"))
    made = bulk.check_file(
        keeper(stand),
        kind=kind,
        place=stand.store,
        file_name=name,
        content=content,
        **more,  # type: ignore[arg-type]
    )
    bulk.examine(stand.province.system(), bulk=made)
    return goods.bulk(keeper(stand), bulk=made)


def loaded(stand: Stand, record: BulkRecord) -> BulkRecord:
    made = BulkId(record.id)
    bulk.load_file(keeper(stand), bulk=made)
    bulk.take_in(stand.province.system(), bulk=made)
    return goods.bulk(keeper(stand), bulk=made)


def faults(stand: Stand, record: BulkRecord) -> list[tuple[int, str, str]]:
    page = goods.faults(keeper(stand), bulk=record.id, page=PageRequest(200))
    return [(one.row, one.column, one.problem) for one in page.items]


def test_a_good_file_is_previewed_and_loaded(stand: Stand) -> None:
    rows = [f"{iccid(n)},46000{n:010d},SIM3IN1,2.50" for n in range(1, 31)]
    record = checked(stand, "sim", table("ICCID,IMSI,物料编码,成本价", rows))
    assert (record.state, record.total, record.bad) == ("checked", 30, 0)
    assert record.counts == {"SIM3IN1": 30}
    assert record.columns == ["serial", "imsi", "item", "cost"]
    assert len(record.first) == 20 and record.first[0][0] == iccid(1)
    assert Unit.objects.unscoped("test").count() == 0
    done = loaded(stand, record)
    assert (done.state, done.done) == ("loaded", 30)
    unit = goods.unit(keeper(stand), kind="sim", serial=iccid(7))
    assert (unit.place, unit.imsi, unit.state) == (stand.store, "460000000000007", "in_stock")
    assert goods.unsound() == []
    assert Bulk.objects.unscoped("test").get(id=record.id).content is None
    assert bulk.take_in(stand.province.system(), bulk=BulkId(record.id)) == 0
    again = checked(stand, "sim", table("iccid,item", [f"{iccid(3)},SIM3IN1"]))
    assert faults(stand, again) == [(2, "serial", "known_already")]


def test_every_bad_row_is_named(stand: Stand) -> None:
    (known,) = stand.cards(1)
    wrong = iccid(5)[:-1] + str((int(iccid(5)[-1]) + 1) % 10)
    rows = [
        f"{iccid(1)},460000000000001,SIM3IN1,2",  # 2
        f"{wrong},,SIM3IN1,2",  # 3: check digit
        "",  # empty rows count, and are left out
        f"{iccid(1)},,SIM3IN1,2",  # 5: twice
        f"{iccid(2)},123,SIM3IN1,2",  # 6: IMSI
        f"{iccid(3)},,RC50,2",  # 7: not a SIM card
        f"{iccid(4)},,SIM3IN1,two",  # 8: cost
        ",,SIM3IN1,2",  # 9: no serial
    ]
    record = checked(stand, "sim", table("iccid,imsi,item,cost", rows))
    assert (record.state, record.total, record.bad) == ("refused", 7, 6)
    assert faults(stand, record) == [
        (3, "serial", "iccid"),
        (5, "serial", "twice_in_file"),
        (6, "imsi", "imsi"),
        (7, "item", "item_unknown"),
        (8, "cost", "amount"),
        (9, "serial", "missing"),
    ]
    with pytest.raises(stock.BulkStateWrong):
        bulk.load_file(keeper(stand), bulk=BulkId(record.id))
    lines = list(goods.faults_csv(keeper(stand), bulk=record.id, words=_words))
    assert len(lines) == 7 and lines[1] == f"3,serial,said:iccid,{wrong}\r\n"
    cards = [
        f"{known},123456789012345678,2027-12-31",
        f"{card(900)},{pin(int(known[4:]))},2027-12-31",
        f"{card(901)},12345,2027-12-31",
        f"{card(902)},{pin(902)},2020-01-01",
        f"{card(903)},{pin(903)},soon",
    ]
    record = checked(
        stand, "recharge_card", table("serial,pin,expires_on", cards), terms=BulkTerms("RC50")
    )
    assert faults(stand, record) == [
        (2, "serial", "known_already"),
        (3, "pin", "known_already"),
        (4, "pin", "pin"),
        (5, "expires_on", "expired"),
        (6, "expires_on", "date"),
    ]
    assert pin(902) not in str(record) and "12345" not in str(record.first)


def _words(fault: RowFault) -> str:
    return f"said:{fault.problem}"


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.csv", b"\xff\xfe\x00x", (0, "", "unreadable")),
        ("a.csv", b"\r\n\r\n", (0, "", "empty")),
        ("a.csv", b"iccid,item\r\n", (0, "", "empty")),
        ("a.csv", b"name\r\nx\r\n", (1, "serial", "column_missing")),
        ("a.xlsx", b"no spreadsheet", (0, "", "unreadable")),
        ("a.xlsx", b"PK\x03\x04 broken", (0, "", "unreadable")),
    ],
)
def test_what_is_no_table(
    stand: Stand, name: str, content: bytes, fault: tuple[int, str, str]
) -> None:
    record = checked(stand, "sim", content, file_name=name)
    assert record.state == "refused" and faults(stand, record) == [fault]


def test_spreadsheets(stand: Stand) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([("IMEI", "数量"), (imei(1), 1), (imei(2), 1)], start=2):
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell)
    record = checked(
        stand, "handset", out.getvalue(), file_name="手机.xlsx", terms=BulkTerms("HS-NOVA5")
    )
    assert (record.state, record.counts) == ("checked", {"HS-NOVA5": 2})
    assert loaded(stand, record).state == "loaded"
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["iccid", "item"])
        sheet.write_row(1, 0, [int(iccid(77)), "SIM3IN1"])  # a number: its end is lost
    record = checked(stand, "sim", out.getvalue(), file_name="a.xlsx")
    assert faults(stand, record) == [(2, "serial", "number_format")]


def test_counted_goods(stand: Stand) -> None:
    rows = ["GIFT-POWER,40,50.00", "GIFT-POWER,10,60.00", "ACC-CASE,7,5.5"]
    record = checked(stand, "counted_goods", table("item,quantity,cost", rows))
    assert record.counts == {"GIFT-POWER": 50, "ACC-CASE": 7}
    loaded(stand, record)
    levels = {one.item: one for one in goods.stock_at(keeper(stand), place=stand.store)}
    assert levels["GIFT-POWER"].in_stock == 50
    assert levels["GIFT-POWER"].value == Money(40 * 50_00 + 10 * 60_00)
    assert goods.unsound() == []


def test_a_branch_sees_its_own_files(stand: Stand) -> None:
    record = checked(stand, "sim", table("iccid,item", [f"{iccid(1)},SIM3IN1"]))
    with pytest.raises(goods.BulkUnknown):
        goods.bulk(keeper(stand, "4103"), bulk=record.id)
    with pytest.raises(goods.BulkUnknown):
        bulk.load_file(keeper(stand, "4103"), bulk=BulkId(record.id))
    stock.discard_file(keeper(stand), bulk=BulkId(record.id))
    assert Bulk.objects.unscoped("test").get(id=record.id).content is None
    with pytest.raises(stock.BulkStateWrong):
        bulk.load_file(keeper(stand), bulk=BulkId(record.id))


def test_what_has_become_wrong_since_is_not_loaded(stand: Stand) -> None:
    content = table("iccid,item", [f"{iccid(1)},SIM3IN1", f"{iccid(2)},SIM3IN1"])
    first, second = checked(stand, "sim", content), checked(stand, "sim", content)
    loaded(stand, first)
    refused = loaded(stand, second)
    assert (refused.state, refused.bad) == ("refused", 2)
    assert Unit.objects.unscoped("test").count() == 2


def test_the_content_is_never_clear(stand: Stand) -> None:
    record = checked(
        stand,
        "recharge_card",
        table("serial,pin,expires_on", [f"{card(1)},{pin(1)},2027-12-31"]),
        terms=BulkTerms("RC50"),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM stock_bulk")
        rows = str(
            [[bytes(c) if isinstance(c, memoryview) else c for c in r] for r in cursor.fetchall()]
        )
    assert pin(1) not in rows
    loaded(stand, record)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pin, pin_hash FROM stock_unit")
        ((sealed, hashed),) = cursor.fetchall()
    assert pin(1).encode() not in bytes(sealed) and len(bytes(hashed)) == 32


@pytest.mark.django_db(transaction=True)
def test_a_hundred_thousand_rows(committed_province: Province) -> None:
    """
    One percent bad: previewed in seconds, refused whole, every bad row named; mended, loaded
    whole. The limits leave room for a machine that does other things too; the figures are printed.
    """
    stock.load_reference(committed_province.system())
    stand = Stand(committed_province)
    rows = [f"{card(n)},{pin(n)},2027-12-31" for n in range(100_000)]
    bad = {n for n in range(0, 100_000, 100)}
    broken = [f"x{row}" if n in bad else row for n, row in enumerate(rows)]
    heading, terms = "serial,pin,expires_on", BulkTerms("RC50", Money(30), "2026-B7")
    seen: set[tuple[int, int]] = set()
    over = threading.Event()

    def watch(made: UUID) -> None:
        while not over.wait(0.1):
            row = Bulk.objects.unscoped("test").get(id=made)
            seen.add((row.done, row.total))
        connection.close()

    started = time.monotonic()
    record = checked(stand, "recharge_card", table(heading, broken), terms=terms)
    preview_s = time.monotonic() - started
    assert (record.state, record.total, record.bad) == ("refused", 100_000, 1_000)
    named = list(goods.faults_csv(keeper(stand), bulk=record.id, words=_words))
    assert {int(line.split(",")[0]) for line in named[1:]} == {n + 2 for n in bad}
    assert Unit.objects.unscoped("test").count() == 0
    record = checked(stand, "recharge_card", table(heading, rows), terms=terms)
    watcher = threading.Thread(target=watch, args=(record.id,))
    watcher.start()
    started = time.monotonic()
    record = loaded(stand, record)
    load_s = time.monotonic() - started
    over.set()
    watcher.join()
    assert record.state == "loaded" and record.counts == {"RC50": 100_000}
    assert Unit.objects.unscoped("test").count() == 100_000
    assert any(0 < done < total for done, total in seen), "it was seen how far the load was"
    assert goods.unsound() == []
    print(f"100,000 rows: previewed in {preview_s:.1f} s, loaded in {load_s:.1f} s")
