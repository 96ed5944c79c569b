"""The pages that span packages: dashboards, the counter, bank import, customers, finding."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from qudao.domain.party import operations as party
from qudao.domain.payment import queries as payments
from qudao.domain.payment.models import BankLine, BankStatement, Drawer, PaymentReceived
from qudao.domain.saleschannel.models import Outlet
from qudao.domain.wallet import queries as wallets
from qudao.gateways.boss import gateway
from qudao.journeys import customers
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.kernel.personal import Personal
from qudao.platform.commands.models import JournalEntry, ParkedCommand
from tests.boss_process import BossProcess
from tests.boss_process import boss as boss
from tests.boss_process import boss_process as boss_process
from tests.fronts.backoffice.conftest import Enter, do, follow, now, text, trade
from tests.province import PASSWORD, Province, assert_sound

pytestmark = pytest.mark.django_db


def balance(province: Province) -> Money:
    return wallets.wallet(province.system(), outlet=province.agent).balance


# ------------------------------------------------------------------ dashboards


@pytest.mark.django_db(transaction=True)  # relays read what is committed
def test_the_dashboard_adds_up_and_leads_down(province: Province, enter: Enter) -> None:
    province.pay_in(province.agent, Money(500_00))
    trade(province, 50_00)
    trade(province, 30_00)
    follow(province, 2)
    client = enter("province")
    shown = text(client.get("/office/"))
    assert "Henan Province" in shown and "¥80.00" in shown and "Zhengzhou Branch" in shown
    assert "everything is settled" in shown and "Agency point" in shown
    branch = text(client.get("/office/", {"place": "000.41.4101"}))
    assert "By county" in branch and "Zhongyuan District" in branch and "¥80.00" in branch
    county = text(client.get("/office/", {"place": "000.41.4101.410102"}))
    assert "By outlet" in county and "Outlet AGENT" in county
    other = text(client.get("/office/", {"place": "000.41.4103"}))
    assert "¥80.00" not in other and "No sales yet" in other
    yesterday = str(business_date(now()) - timedelta(days=1))
    past = text(client.get("/office/", {"first": yesterday, "last": yesterday}))
    assert "¥80.00" not in past


def test_the_dashboard_ends_at_the_own_area(province: Province, enter: Enter) -> None:
    province.pay_in(province.agent, Money(500_00))
    trade(province)
    client = enter("luoyang")
    for query in ({}, {"place": "000.41.4101"}, {"place": "000"}, {"first": "x", "place": "%"}):
        for address in ("/office/", "/office/live/", "/office/failures/"):
            answer = client.get(address, query)
            assert answer.status_code == 200
            assert "¥50.00" not in text(answer) and "Zhongyuan" not in text(answer)


def test_failures_are_shown_by_reason(province: Province, enter: Enter) -> None:
    province.pay_in(province.agent, Money(500_00))
    from qudao.domain.catalog import queries as catalog
    from qudao.domain.ordering.operations import sell
    from qudao.domain.ordering.types import Sale
    from qudao.kernel.page import PageRequest

    rows = catalog.offerings(province.system(), page=PageRequest(1), business="top_up")
    sale = Sale(province.agent, rows.items[0].code, "13800138000", Money(50_00))
    sell.one(province.clerk(at=now()), sale)
    client = enter("supervisor")
    province.relay()
    assert "the oldest for" in text(client.get("/office/"))
    province.refuse(province.dispatch(at=now()), at=now())
    province.relay()
    shown = text(client.get("/office/"))
    assert "The line is suspended" in shown and "everything is settled" in shown


@pytest.mark.django_db(transaction=True)  # relays read what is committed
def test_the_figures_come_as_files(province: Province, enter: Enter) -> None:
    province.pay_in(province.agent, Money(500_00))
    trade(province)
    follow(province, 1)
    client = enter("province")
    csv = client.get(reverse("admin:dashboard_file", args=["csv"]))
    line = csv.content.decode("utf-8-sig").splitlines()[1]
    assert line.startswith("4101,Zhengzhou Branch,Top-up,1,1,50.00,")
    branch = client.get(
        reverse("admin:dashboard_file", args=["csv"]), {"place": "000.41.4101.410102"}
    )
    assert "Outlet AGENT" in branch.content.decode("utf-8-sig")
    xlsx = client.get(reverse("admin:dashboard_file", args=["xlsx"]))
    assert xlsx.content.startswith(b"PK")
    assert client.get(reverse("admin:dashboard_file", args=["exe"])).status_code == 404


# ------------------------------------------------------------------ the counter of a hall


def test_a_hall_takes_cash_into_the_wallet(province: Province, enter: Enter) -> None:
    client = enter("teller")
    hall = reverse("admin:hall")
    code = Outlet.objects.unscoped("test").get(pk=province.agent).node_code
    pay = reverse("admin:hall_receive", args=[province.agent]) + f"?code={code}"
    cash = {"request_key": "p1", "method": "cash", "amount": "1,000.50", "reference": ""}
    refused = client.post(pay, cash)
    assert refused.status_code == 409 and "drawer" in text(refused)

    opening = {"request_key": "o1", "opening_float": "200"}
    for _twice in range(2):
        assert client.post(reverse("admin:hall_open"), opening).status_code == 302
    assert Drawer.objects.unscoped("test").count() == 1
    found = text(client.get(hall, {"q": "AGENT"}))
    assert "Outlet AGENT" in found and code in found
    assert "Outlet FAR" not in text(client.get(hall, {"q": "FAR"})), "of another branch"

    for _twice in range(2):
        assert client.post(pay, cash).status_code == 302
    assert balance(province) == Money(1000_50)
    shown = text(client.get(hall))
    assert "¥1,000.50 is in the wallet of Outlet AGENT." in shown and "¥1,200.50" in shown

    count = {"request_key": "c1", "counted": "1200.00", "remark": "", "count": "1"}
    client.post(reverse("admin:hall_count"), count)
    assert "difference −¥0.50" in text(client.get(hall))
    close = {**count, "request_key": "c2", "remark": "half a yuan lost", "close": "1"}
    del close["count"]
    assert client.post(reverse("admin:hall_count"), close).status_code == 302
    assert payments.own_drawer(province.context("hall_clerk", province.hall)) is None
    assert "Open your drawer" in text(client.get(hall))
    assert_sound()


def test_a_high_pay_in_is_parked(province: Province, enter: Enter) -> None:
    client = enter("teller")
    client.post(reverse("admin:hall_open"), {"request_key": "o1", "opening_float": "0"})
    code = Outlet.objects.unscoped("test").get(pk=province.agent).node_code
    pay = reverse("admin:hall_receive", args=[province.agent]) + f"?code={code}"
    cash = {"request_key": "p1", "method": "cash", "amount": "60000", "reference": ""}
    assert "Parked for a second person" in text(client.post(pay, cash))
    assert PaymentReceived.objects.unscoped("test").count() == 0 and balance(province) == Money(0)
    (parked,) = ParkedCommand.objects.all()
    assert do(
        enter("finance"), "commands_parkedcommand", "approve", parked.pk, remark=""
    ).status_code in (302, 403, 409)


def test_an_outlet_of_another_branch_cannot_be_paid_for(province: Province, enter: Enter) -> None:
    client = enter("teller")
    far = Outlet.objects.unscoped("test").get(pk=province.far).node_code
    address = reverse("admin:hall_receive", args=[province.far])
    for query in ("", f"?code={far}"):
        assert client.get(address + query).status_code == 404


# ------------------------------------------------------------------ bank statements


def statement(*texts: str) -> bytes:
    lines = ["account,date,amount,reference,remittance,payer"]
    lines += [
        f"62220001,2026-11-20,{100 + n}.00,REF-{n},{words},张三"
        for n, words in enumerate(texts, start=1)
    ]
    return "\n".join(lines).encode()


def upload(client: Client, content: bytes, branch: str = "4101") -> Any:
    return client.post(
        reverse("admin:bank_import"),
        {
            "request_key": "b1",
            "branch": branch,
            "format": "csv",
            "file": SimpleUploadedFile("bank.csv", content),
        },
    )


def hidden(body: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', body))


def test_a_statement_is_shown_first_and_then_imported_once(
    province: Province, enter: Enter
) -> None:
    client = enter("finance")
    code = Outlet.objects.unscoped("test").get(pk=province.agent).node_code
    previewed = upload(client, statement(f"pay-in {code}", "no idea"))
    assert previewed.status_code == 200, text(previewed)
    assert "¥203.00" in text(previewed) and code in text(previewed)
    assert BankStatement.objects.unscoped("test").count() == 0 and balance(province) == Money(0)

    fields = hidden(previewed.content.decode())
    confirm = reverse("admin:bank_import_confirm")
    for _twice in range(2):
        done = client.post(confirm, fields)
        assert done.status_code == 302, text(done)
    assert balance(province) == Money(101_00)
    shown = text(client.get(done.url))
    assert "1 lines are in wallets, 1 wait for you" in shown
    again = client.post(confirm, {**fields, "request_key": "b2"})
    assert again.status_code == 422 and "Refused; nothing was changed." in text(again)
    assert BankStatement.objects.unscoped("test").count() == 1

    waiting = BankLine.objects.unscoped("test").get(state="waiting")
    assert do(client, "payment_bankline", "assign", waiting.pk, outlet="1").status_code == 422
    assert do(client, "payment_bankline", "assign", waiting.pk, outlet=code).status_code == 302
    assert balance(province) == Money(203_00)
    late = do(client, "payment_bankline", "set-aside", waiting.pk, key="s1", reason="no pay-in")
    assert late.status_code == 409
    assert_sound()


def test_a_bad_statement_is_refused_as_a_whole(province: Province, enter: Enter) -> None:
    client = enter("finance")
    for content in (b"", b"\x00\xff", b"account,date\n1,2", statement("a").replace(b"101", b"1x1")):
        answer = upload(client, content)
        assert answer.status_code == 422
        assert "Import it" not in text(answer)
    assert upload(client, statement("a"), branch="9999").status_code == 422
    forged = {"request_key": "f", "branch": "4101", "format": "csv", "content": "%%%"}
    assert client.post(reverse("admin:bank_import_confirm"), forged).status_code in (302, 422)
    assert BankStatement.objects.unscoped("test").count() == 0


# ------------------------------------------------------------------ finding


def test_one_box_finds_what_is_in_the_own_area(province: Province, enter: Enter) -> None:
    find = reverse("admin:find")
    near, far = enter("supervisor"), enter("luoyang")
    assert near.get(find, {"q": "farclerk"}).status_code == 200
    assert "Nothing found" in text(near.get(find, {"q": "farclerk"}))
    one = far.get(find, {"q": "farclerk"})
    assert one.status_code == 302 and "/party/membership/" in one.url
    several = text(near.get(find, {"q": "Outlet"}))
    assert "Outlet AGENT" in several and "Outlet FAR" not in several
    for nonsense in ("", "x", "'; DROP TABLE", "0" * 90, "\x00bad", "%"):
        assert near.get(find, {"q": nonsense}).status_code in (200, 302)


def test_customer_service_looks_a_customer_up(
    province: Province, enter: Enter, boss: BossProcess, settings: Any
) -> None:
    settings.BOSS_URL = boss.url
    customers.boss.cache_clear()
    gateway._of_process.cache_clear()
    party.admit_member(
        province.system(),
        organization=province.organizations["41"],
        role="customer_service",
        username="service",
        name=Personal("客服"),
        password=PASSWORD,
    )
    client = enter("service")
    person = boss.fresh()
    answer = client.post(reverse("admin:customers"), {"msisdn": person.msisdn})
    assert answer.status_code == 200, text(answer)
    shown = text(answer)
    assert "Account balance" in shown and "Amount due" in shown and "Active" in shown
    (entry,) = JournalEntry.objects.filter(command="customers.look_up")
    assert entry.arguments["msisdn"] == person.msisdn and entry.channel == "backoffice"
    assert client.get(reverse("admin:customers")).status_code == 200
    assert JournalEntry.objects.filter(command="customers.look_up").count() == 1
    unknown = client.post(reverse("admin:customers"), {"msisdn": "19999999999"})
    assert unknown.status_code == 404
    assert client.post(reverse("admin:customers"), {"msisdn": "1"}).status_code == 422
    customers.boss.cache_clear()
    gateway._of_process.cache_clear()


def test_looking_a_customer_up_needs_the_grant(province: Province, enter: Enter) -> None:
    before = JournalEntry.objects.filter(command="customers.look_up").count()
    answer = enter("marketing").post(reverse("admin:customers"), {"msisdn": "13800138000"})
    assert answer.status_code == 403
    assert JournalEntry.objects.filter(command="customers.look_up").count() == before
