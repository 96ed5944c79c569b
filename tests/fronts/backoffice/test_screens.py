"""Every list, page and act, by role and by scope."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from qudao.domain.catalog.models import Offering
from qudao.domain.ordering.models import Order
from qudao.domain.party.models import Individual, Membership
from qudao.domain.saleschannel.models import Outlet
from qudao.fronts.backoffice.desk import pages
from qudao.fronts.backoffice.site import office
from qudao.kernel.money import Money
from qudao.platform.commands.command import commands
from qudao.platform.commands.models import JournalEntry
from qudao.platform.identity.roles import grants_of
from tests.fronts.backoffice.conftest import Enter, do, text, trade
from tests.province import PEOPLE, Province

pytestmark = pytest.mark.django_db

OFFICE = [
    "province",
    "marketing",
    "finance",
    "auditor",
    "supervisor",
    "luoyang",
    "manager",
    "keeper",
    "teller",
]
SCREENS = [
    "commands.journalentry",
    "commands.parkedcommand",
    "messaging.outgoingmessage",
    "party.individual",
    "party.organization",
    "party.membership",
    "saleschannel.channelkind",
    "saleschannel.outlet",
    "catalog.offering",
    "catalog.wholesalediscount",
    "echannel.configuration",
    "wallet.wallet",
    "wallet.dailyclosing",
    "payment.drawer",
    "payment.paymentreceived",
    "payment.bankstatement",
    "payment.bankline",
    "ordering.order",
    "resource.grade",
    "resource.number",
    "resource.pattern",
    "resource.pool",
    "resource.segment",
    "stock.count",
    "stock.item",
    "stock.movement",
    "stock.quantity",
    "stock.requisition",
    "stock.threshold",
    "stock.unit",
    "credential.linecredential",
    "credential.policyversion",
    "customer.blacklistentry",
    "customer.customer",
    "customer.dossier",
    "checkout.customerpayment",
    "care.agentrequest",
    "care.appointment",
    "care.complaint",
    "care.desk",
    "care.interaction",
    "commission.adjustment",
    "commission.dispute",
    "commission.payout",
    "commission.pointreward",
    "commission.policy",
    "commission.redemption",
    "commission.settlement",
    "commission.statement",
    "commission.taxterms",
    "processes.instance",
    "processes.task",
]


@pytest.fixture
def reachable(client: Client) -> None:
    client.get("/office/")  # loads the addresses, and with them the screens


def screens() -> dict[str, Any]:
    return {screen.screen_name: screen for screen in office._registry.values()}


def test_these_are_the_screens(reachable: None) -> None:
    assert sorted(screens()) == sorted(SCREENS)


@pytest.mark.parametrize("name", OFFICE)
def test_lists_and_pages_open_to_whom_they_are_granted(name: str, enter: Enter) -> None:
    role, place = PEOPLE[name]
    grants = grants_of(role)
    client = enter(name)
    for screen in screens().values():
        opened = screen.read in grants
        if screen.screen_name == "commission.settlement":
            opened &= place == "41"  # months are the province's
        status = client.get(screen.changelist_url).status_code
        assert status == (200 if opened else 403), screen.screen_name
    for declared in pages.values():
        if "<" in declared.views[0][0]:
            continue  # it belongs to a row
        status = client.get(reverse(f"admin:{declared.views[0][2]}")).status_code
        assert status == (200 if declared.permissions <= grants else 403), declared.code


def test_strangers_are_sent_to_the_sign_in_page(reachable: None, client: Client) -> None:
    for screen in screens().values():
        answer = client.get(screen.changelist_url)
        assert answer.status_code == 302
    assert client.get("/office/", follow=True).redirect_chain[-1][0].startswith("/accounts/login/")


def test_a_live_part_without_a_session_reloads_its_page(reachable: None, client: Client) -> None:
    answer = client.get("/office/live/", headers={"HX-Request": "true"}, follow=True)
    assert answer.status_code == 204
    assert answer.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("name", ["owner", "clerk"])
def test_outlets_have_no_business_here(name: str, enter: Enter) -> None:
    client = enter(name)
    for screen in screens().values():
        assert client.get(screen.changelist_url, follow=True).status_code == 403


def test_lists_show_the_own_area_only(province: Province, enter: Enter) -> None:
    near, far = enter("supervisor"), enter("luoyang")
    for screen in ("saleschannel.outlet", "wallet.wallet", "party.organization"):
        address = screens()[screen].changelist_url
        assert "Outlet AGENT" in text(near.get(address))
        assert "Outlet FAR" not in text(near.get(address))
        assert "Outlet FAR" in text(far.get(address))
        assert "Outlet AGENT" not in text(far.get(address))
    people = screens()["party.membership"].changelist_url
    assert "farclerk" not in text(near.get(people))
    assert "farclerk" in text(far.get(people))


def rows(province: Province) -> dict[str, object]:
    """One row of each screen that has rows with a place, all of them in Zhengzhou."""
    membership = Membership.objects.unscoped("test").filter(organization=province.agent).first()
    order = Order.objects.unscoped("test").first()
    assert membership is not None and order is not None
    return {
        "saleschannel.outlet": province.agent,
        "wallet.wallet": province.agent,
        "party.organization": province.organizations["410102"],
        "party.membership": membership.pk,
        "party.individual": membership.individual_id,
        "ordering.order": order.pk,
    }


def test_a_row_outside_the_area_is_not_found(province: Province, enter: Enter) -> None:
    province.pay_in(province.agent, Money(500_00))
    trade(province)
    near, far = enter("supervisor"), enter("luoyang")
    before = JournalEntry.objects.count()
    for name, key in rows(province).items():
        screen = screens()[name]
        assert near.get(screen.url("change", key)).status_code == 200, name
        assert far.get(screen.url("change", key)).status_code == 404, name
        for act in screen.all_acts:
            address = screen.url("act", key, act.code)
            assert far.get(address).status_code == 404, (name, act.code)
            data = {"request_key": str(uuid4()), "reason": "why not"}
            assert far.post(address, data).status_code == 404, (name, act.code)
        for nonsense in (uuid4(), "nonsense", "0", "' OR 1=1", "null", "add", "history"):
            assert near.get(screen.url("change", nonsense)).status_code == 404, name
    assert JournalEntry.objects.count() == before, "looking changes nothing"
    assert Outlet.objects.unscoped("test").get(pk=province.agent).state == "active"


@pytest.mark.parametrize("name", OFFICE)
def test_acts_are_offered_to_whom_the_command_is_granted(
    name: str, province: Province, enter: Enter
) -> None:
    province.pay_in(province.agent, Money(500_00))
    trade(province)
    role, _place = PEOPLE[name]
    grants = grants_of(role)
    client = enter(name)
    offering = Offering.objects.values_list("id", flat=True)[0]
    found = {**rows(province), "catalog.offering": offering}
    if name == "luoyang":
        found = {"saleschannel.outlet": province.far, "wallet.wallet": province.far}
    if name == "teller":
        found = {"saleschannel.outlet": province.hall, "wallet.wallet": province.hall}
    for screen_name, key in found.items():
        screen = screens()[screen_name]
        body = client.get(screen.url("change", key)).content.decode()
        for act in screen.all_acts:
            address = screen.url("act", key, act.code)
            status = client.get(address).status_code
            granted = act.command in grants
            assert status in ((200, 302) if granted else (403,)), (screen_name, act.code)
            assert not (address in body and not granted), (screen_name, act.code)
            if not granted:
                sent = do(client, screen_name.replace(".", "_"), act.code, key, reason="why")
                assert sent.status_code == 403
    for screen in screens().values():
        for act in screen.list_acts:
            granted = act.command in grants and screen.read in grants
            assert client.get(screen.url("do", act.code)).status_code == (200 if granted else 403)


def test_pages_take_few_statements(
    province: Province, enter: Enter, django_assert_max_num_queries: Any
) -> None:
    """However many rows: nothing is asked for row by row."""
    province.pay_in(province.agent, Money(500_00))
    for _sale in range(5):
        trade(province)
    client = enter("province")
    client.get("/office/")
    for screen in screens().values():
        with django_assert_max_num_queries(12):
            client.get(screen.changelist_url)
    for name, key in rows(province).items():
        with django_assert_max_num_queries(20):
            client.get(screens()[name].url("change", key))
    for address in ("/office/", "/office/?place=000.41.4101", "/office/live/"):
        with django_assert_max_num_queries(22):
            client.get(address)


def test_every_act_names_a_command(reachable: None) -> None:
    for screen in screens().values():
        for act in (*screen.list_acts, *screen.all_acts):
            assert act.command in commands, act.command


def test_filters_and_searches_survive_nonsense(province: Province, enter: Enter) -> None:
    client = enter("province")
    nonsense = ["'", "%00", "ж" * 90, "-1", "0" * 40, "<script>", "\\", "2026-99-99", "13800138000"]
    grants = grants_of(PEOPLE["province"][0])
    for screen in screens().values():
        if screen.read not in grants:
            continue
        for word in nonsense:
            query = {
                "q": word,
                "first": word,
                "last": word,
                "state": word,
                "place": word,
                "p": word,
                "o": word,
                "command": word,
                "unknown_parameter": word,
            }
            answer = client.get(screen.changelist_url, query)
            assert answer.status_code in (200, 302), (screen.screen_name, word)
            if answer.status_code == 302:
                assert answer.url.startswith(screen.changelist_url)


def test_personal_data_is_masked_everywhere(province: Province, enter: Enter) -> None:
    client = enter("province")
    person = Individual.objects.unscoped("test").all()[0]
    for name in ("party.individual", "party.membership"):
        assert person.name not in text(client.get(screens()[name].changelist_url))
    assert person.name not in text(
        client.get(screens()["party.individual"].url("change", person.pk))
    )


def test_no_page_allows_inline_script(enter: Enter) -> None:
    client = enter("province")
    for path in ("/office/", screens()["saleschannel.outlet"].changelist_url):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy
        body = answer.content.decode()
        assert " onclick=" not in body and " style=" not in body and "<style" not in body
