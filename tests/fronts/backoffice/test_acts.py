"""What people do at the back office: each time one command, worded when it is refused."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from qudao.domain.catalog.models import Fit, Offering, ShelfEntry, WholesaleDiscount
from qudao.domain.ordering.models import Order
from qudao.domain.party.models import Individual, Membership, Organization
from qudao.domain.saleschannel.models import Outlet
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.platform.commands.models import JournalEntry, ParkedCommand
from qudao.platform.identity.models import User
from tests.fronts.backoffice.conftest import Enter, do, now, page, text, trade
from tests.province import Province, assert_sound

pytestmark = pytest.mark.django_db


def outlet(province: Province) -> Outlet:
    return Outlet.objects.unscoped("test").get(pk=province.agent)


def journal(command: str) -> list[JournalEntry]:
    return list(JournalEntry.objects.filter(command=command).order_by("id"))


def test_suspending_an_outlet_takes_a_reason_and_is_done_once(
    province: Province, enter: Enter
) -> None:
    client = enter("supervisor")
    refused = do(client, "saleschannel_outlet", "suspend", province.agent, reason="")
    assert refused.status_code == 422
    assert outlet(province).state == "active"

    for _twice in range(2):
        sent = do(client, "saleschannel_outlet", "suspend", province.agent, reason="odd hours")
        assert sent.status_code == 302
    assert outlet(province).state == "suspended"
    (entry,) = journal("saleschannel.suspend")
    assert entry.actor == province.people["supervisor"].user
    assert (entry.channel, entry.request_key) == ("backoffice", "k1")

    late = do(client, "saleschannel_outlet", "suspend", province.agent, key="k2", reason="again")
    assert late.status_code == 409
    assert "Refused; nothing was changed." in text(late)
    assert "saleschannel." not in text(late), "worded, not a code"
    shown = text(page(client, "saleschannel_outlet", province.agent))
    assert "odd hours" in shown and "Suspend an outlet" in shown


def test_the_same_key_for_another_request_is_refused(province: Province, enter: Enter) -> None:
    client = enter("supervisor")
    assert (
        do(client, "saleschannel_outlet", "suspend", province.agent, reason="first").status_code
        == 302
    )
    other = do(client, "saleschannel_outlet", "suspend", province.hall, reason="second")
    assert other.status_code == 409
    assert Outlet.objects.unscoped("test").get(pk=province.hall).state == "active"


def test_a_refusal_is_worded_in_the_user_s_language(province: Province, enter: Enter) -> None:
    client = enter("supervisor", "zh-hans")
    do(client, "saleschannel_outlet", "suspend", province.agent, reason="异常")
    late = do(client, "saleschannel_outlet", "suspend", province.agent, key="k2", reason="再次")
    assert "未获准，没有任何改变。" in text(late)


def test_limits_can_be_tried_out_first(province: Province, enter: Enter) -> None:
    client = enter("province")
    data = {"sale_limit": "500", "day_limit": "2,000.50"}
    tried = do(client, "saleschannel_outlet", "limits", province.agent, preview="1", **data)
    assert tried.status_code == 200
    assert "Nothing stands against it." in text(tried) and "¥2,000.50" in text(tried)
    assert outlet(province).day_limit is None and journal("saleschannel.set_limits") == []
    assert do(client, "saleschannel_outlet", "limits", province.agent, **data).status_code == 302
    assert (outlet(province).sale_limit, outlet(province).day_limit) == (500_00, 2_000_50)
    for wrong in ("abc", "1.234", "-5", "0", "9" * 17):
        answer = do(
            client, "saleschannel_outlet", "limits", province.agent, key="k9", sale_limit=wrong
        )
        assert answer.status_code == 422, wrong
    assert outlet(province).sale_limit == 500_00


def test_entering_an_outlet(province: Province, enter: Enter) -> None:
    assert do(enter("manager"), "saleschannel_outlet", "open").status_code == 403, "by a process"
    client = enter("province")
    data = {
        "place": "410102",
        "name_zh": "新网点",
        "name_en": "New outlet",
        "kind": "agency_point",
        "market": "city",
        "address": "2 High Street",
        "tier": "2",
        "opening_hours": "mon-fri 08:30-12:00 13:30-18:00\nsat 09:00-17:00",
        "contract_number": "C-9",
        "contract_from": "2026-01-01T00:00",
    }
    elsewhere = do(client, "saleschannel_outlet", "open", **{**data, "place": "990305"})
    assert elsewhere.status_code == 422, "there is no such county"
    nonsense = do(client, "saleschannel_outlet", "open", **{**data, "opening_hours": "always"})
    assert nonsense.status_code == 422
    tried = do(client, "saleschannel_outlet", "open", preview="1", **data).content.decode()
    cells = re.findall(r"<td>([^<]*)</td>", tried)
    assert {"Agency point", "City"} <= set(cells) and "agency_point" not in cells
    sent = do(client, "saleschannel_outlet", "open", **data)
    assert sent.status_code == 302, text(sent)
    made = Outlet.objects.unscoped("test").get(organization__name_en="New outlet")
    assert sent.url == reverse("admin:saleschannel_outlet_change", args=[made.pk])
    assert made.state == "draft"
    assert made.opening_hours["mon"] == [["08:30", "12:00"], ["13:30", "18:00"]]
    assert made.opening_hours["sat"] == [["09:00", "17:00"]] and "sun" not in made.opening_hours
    assert made.contract_from is not None and made.contract_from.hour == 16, "market midnight"
    shown = text(client.get(sent.url))
    assert "mon-fri 08:30-12:00 13:30-18:00" in shown
    assert "It has none yet, and cannot sell." in shown
    assert do(client, "saleschannel_outlet", "wallet", made.pk, key="k2").status_code == 302
    assert wallets.wallet(province.system(), outlet=made.pk).balance == Money(0)


def test_freezing_a_wallet(province: Province, enter: Enter) -> None:
    client = enter("finance")
    assert do(client, "wallet_wallet", "freeze", province.agent, reason="fraud").status_code == 302
    assert wallets.wallet(province.system(), outlet=province.agent).frozen
    assert "Frozen" in text(page(client, "wallet_wallet", province.agent))
    assert do(client, "wallet_wallet", "unfreeze", province.agent, key="k2").status_code == 302
    assert not wallets.wallet(province.system(), outlet=province.agent).frozen


def test_a_high_credit_limit_waits_for_a_second_person(province: Province, enter: Enter) -> None:
    maker, checker = enter("supervisor"), enter("finance")
    high = {"limit": "6000"}
    for _twice in range(2):
        sent = do(maker, "wallet_wallet", "credit", province.agent, **high)
        assert "Parked for a second person" in text(sent)
    (parked,) = ParkedCommand.objects.all()
    assert wallets.wallet(province.system(), outlet=province.agent).credit_limit == Money(0)

    own = do(maker, "commands_parkedcommand", "approve", parked.pk, key="a1", remark="me")
    assert own.status_code == 403 and "second person" in text(own)
    listed = text(checker.get(reverse("admin:commands_parkedcommand_changelist")))
    assert "Set a credit limit" in listed and "supervisor" in listed
    assert "The credit limit is above what one person may set." in listed

    done = do(checker, "commands_parkedcommand", "approve", parked.pk, key="a1", remark="fine")
    assert done.status_code == 302
    assert wallets.wallet(province.system(), outlet=province.agent).credit_limit == Money(6000_00)
    (entry,) = journal("wallet.set_credit_limit")
    assert entry.actor == province.people["supervisor"].user
    assert entry.approved_by == province.people["finance"].user
    again = do(checker, "commands_parkedcommand", "decline", parked.pk, key="a2", reason="late")
    assert again.status_code == 409


def test_a_correction_is_declined(province: Province, enter: Enter) -> None:
    province.pay_in(province.agent, Money(50_00))
    maker, checker = enter("finance"), enter("province")
    sent = do(maker, "wallet_wallet", "adjust", province.agent, amount="-12.30", reason="mistake")
    assert "Parked for a second person" in text(sent)
    (parked,) = ParkedCommand.objects.all()
    done = do(checker, "commands_parkedcommand", "decline", parked.pk, reason="no proof")
    assert done.status_code == 302
    parked.refresh_from_db()
    assert (parked.state, parked.remark) == ("declined", "no proof")
    assert wallets.wallet(province.system(), outlet=province.agent).balance == Money(50_00)
    assert_sound()


def test_requests_of_another_area_are_not_on_the_worklist(province: Province, enter: Enter) -> None:
    do(enter("supervisor"), "wallet_wallet", "credit", province.agent, limit="6000")
    (parked,) = ParkedCommand.objects.all()
    far = enter("luoyang")
    assert page(far, "commands_parkedcommand", parked.pk).status_code == 404
    sent = do(far, "commands_parkedcommand", "approve", parked.pk, remark="")
    assert sent.status_code == 404


def test_revealing_takes_a_reason_and_is_journalled(province: Province, enter: Enter) -> None:
    member = Membership.objects.unscoped("test").get(user__username="clerk")
    person = Individual.objects.unscoped("test").get(pk=member.individual_id)
    client = enter("supervisor")
    assert (
        do(client, "party_individual", "reveal", person.pk, field="name", reason="").status_code
        == 422
    )
    shown = do(client, "party_individual", "reveal", person.pk, field="name", reason="complaint 7")
    assert person.name in text(shown)
    (entry,) = journal("party.reveal")
    assert entry.arguments["reason"] == "complaint 7"
    assert person.name not in str(entry.answer)
    again = do(client, "party_individual", "reveal", person.pk, field="name", reason="complaint 7")
    assert person.name not in text(again), "the same request again shows a mask"
    assert "complaint 7" in text(page(client, "party_individual", person.pk))


def test_admitting_a_member(province: Province, enter: Enter) -> None:
    client = enter("manager")
    data = {
        "organization": Organization.objects.unscoped("test").get(pk=province.agent).code,
        "role": "outlet_clerk",
        "username": "new.clerk",
        "name": "王小明",
        "language": "en",
    }
    for wrong in ({"role": "finance"}, {"organization": "4103"}, {"username": "1"}):
        answer = do(client, "party_membership", "admit", **{**data, **wrong})
        assert answer.status_code == 422, wrong
    assert not User.objects.filter(username="new.clerk").exists()
    sent = do(client, "party_membership", "admit", **data)
    assert sent.status_code == 200
    found = re.search(r"o-shown.>.*?q-mono.>([^<]+)<", sent.content.decode(), re.S)
    assert found is not None
    newcomer = Client()
    answer = newcomer.post(
        reverse("account_login"), {"login": "new.clerk", "password": found[1].strip()}
    )
    assert answer.status_code == 302
    twice = do(client, "party_membership", "admit", **data)
    assert found[1] not in twice.content.decode(), "the password is shown once"
    assert User.objects.filter(username="new.clerk").count() == 1


def test_suspending_a_member_ends_the_rights_at_once(province: Province, enter: Enter) -> None:
    member = Membership.objects.unscoped("test").get(user__username="teller")
    teller, supervisor = enter("teller"), enter("supervisor")
    assert teller.get("/office/").status_code == 200
    assert (
        do(supervisor, "party_membership", "suspend", member.pk, reason="leave").status_code == 302
    )
    assert teller.get("/office/", follow=True).status_code == 403


def test_resetting_a_password(province: Province, enter: Enter) -> None:
    member = Membership.objects.unscoped("test").get(user__username="owner")
    client = enter("manager")
    sent = do(client, "party_membership", "password", member.pk)
    assert sent.status_code == 200 and "Temporary password" in text(sent)
    assert User.objects.get(username="owner").must_change_password
    boss = Membership.objects.unscoped("test").get(user__username="supervisor")
    assert page(client, "party_membership", boss.pk).status_code == 404


def test_organizations_are_added_and_renamed(province: Province, enter: Enter) -> None:
    client = enter("supervisor")
    branch = province.organizations["4101"]
    sent = do(
        client,
        "party_organization",
        "add",
        branch,
        kind="county",
        code="410199",
        name_zh="新区",
        name_en="New district",
    )
    assert sent.status_code == 302
    made = Organization.objects.unscoped("test").get(code="410199")
    assert made.path == "000.41.4101.410199"
    renamed = do(
        client, "party_organization", "rename", made.pk, key="k2", name_zh="高新区", name_en="Hi"
    )
    assert renamed.status_code == 302
    made.refresh_from_db()
    assert made.name_zh == "高新区"


def test_the_catalogue_is_marketing_s(province: Province, enter: Enter) -> None:
    client = enter("marketing")
    sent = do(
        client,
        "catalog_offering",
        "create",
        business="add_on",
        code="NEW-PACK",
        name_zh="新流量包",
        name_en="New pack",
        price="15",
        boss_product_code="B-77",
        states=["active"],
    )
    assert sent.status_code == 302, text(sent)
    made = Offering.objects.get(code="NEW-PACK")
    assert "On no shelf" in text(client.get(sent.url))
    shelved = do(client, "catalog_offering", "shelve", made.pk, key="k2", branch="4101")
    assert shelved.status_code == 302
    entry = ShelfEntry.objects.get(offering=made)
    assert entry.branch_id == province.organizations["4101"] and entry.on_shelf
    version = do(
        client,
        "catalog_offering",
        "version",
        made.pk,
        key="k3",
        name_zh="新流量包",
        name_en="New pack",
        price="18.50",
        boss_product_code="B-77",
        valid_from=f"{now() + timedelta(days=30):%Y-%m-%dT%H:%M}",
    )
    assert version.status_code == 302, text(version)
    shown = text(client.get(sent.url))
    assert "¥18.50" in shown and "Planned" in shown
    discount = do(
        client,
        "catalog_wholesalediscount",
        "set",
        key="k4",
        business="add_on",
        channel_kind="agency_point",
        rate_ppm="2.5",
        offering="NEW-PACK",
    )
    assert discount.status_code == 302
    assert WholesaleDiscount.objects.get(offering=made).rate_ppm == 25_000
    late = do(client, "catalog_offering", "end", made.pk, key="k5", valid_until="2020-01-01T00:00")
    assert late.status_code == 422


def test_the_fit_matrix_is_stored_as_one_change(province: Province, enter: Enter) -> None:
    client = enter("marketing")
    address = reverse("admin:fit_matrix")
    body = client.get(address).content.decode()
    assert body.count("<select") >= 14 * 8
    shown = re.search(r'name="shown" value="([^"]*)"', body)
    assert shown is not None
    name = "fit.rural.recharge_point.plan_change"
    data = {
        "request_key": "f1",
        "shown": shown[1],
        name: "best",
        "fit.city.kiosk.top_up": "nonsense",
    }
    for _twice in range(2):
        assert client.post(address, data).status_code == 302
    cell = Fit.objects.get(business="plan_change", channel_kind="recharge_point", market="rural")
    assert cell.level == "best"
    mine = [entry for entry in journal("catalog.set_fit") if entry.channel == "backoffice"]
    assert [len(entry.arguments["cells"]) for entry in mine] == [1]
    reader = enter("auditor")
    assert "<select" not in reader.get(address).content.decode()
    refused = reader.post(address, {**data, "request_key": "f2", name: "unfit"})
    assert refused.status_code == 403
    cell.refresh_from_db()
    assert cell.level == "best"


def test_an_order_is_found_shown_whole_and_taken_back(province: Province, enter: Enter) -> None:
    province.pay_in(province.agent, Money(500_00))
    sold = trade(province)
    trade(province, 30_00)
    client = enter("supervisor")
    address = reverse("admin:ordering_order_changelist")
    grouped = f"{sold.number[:6]} {sold.number[6:]}"
    for word in (sold.number, grouped, str(sold.order)):
        found = text(client.get(address, {"q": word}))
        assert sold.number in found and "¥30.00" not in found, word
    assert sold.number in text(client.get(address, {"q": "138 0013 8000"}))
    assert "Nothing found" in text(client.get(address, {"q": "13900139000"}))
    assert client.get(reverse("admin:find"), {"q": sold.number}).status_code == 302

    shown = text(page(client, "ordering_order", sold.order))
    for part in ("Sell", "Write down the BOSS's answer", "In flight", "clerk"):
        assert part in shown, part
    sent = do(client, "ordering_order", "reverse", sold.order, reason="wrong number")
    assert sent.status_code == 302, text(sent)
    assert Order.objects.unscoped("test").get(pk=sold.order).state == "assessingCancellation"
    province.complete(province.dispatch(at=now()), at=now())
    shown = text(page(client, "ordering_order", sold.order))
    assert "Reversed" in shown and "wrong number" in shown and "Take a sale back" in shown
    assert_sound()


def test_the_journal_shows_what_the_own_people_did(province: Province, enter: Enter) -> None:
    do(enter("supervisor"), "saleschannel_outlet", "suspend", province.agent, reason="odd hours")
    (entry,) = journal("saleschannel.suspend")
    address = reverse("admin:commands_journalentry_changelist")
    for name, sees in (("province", True), ("supervisor", True), ("luoyang", False)):
        client = enter(name)
        found = text(client.get(address, {"q": str(province.agent)}))
        assert ("Nothing found" not in found) == sees
        assert (page(client, "commands_journalentry", entry.pk).status_code == 200) == sees
    shown = text(page(enter("province"), "commands_journalentry", entry.pk))
    assert "odd hours" in shown and str(province.agent) in shown
    assert isinstance(entry.subject, UUID)
