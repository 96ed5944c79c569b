"""The rest of what people do: each act once, with what it changes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from qudao.domain.party.models import Individual, Membership, Organization
from qudao.domain.saleschannel.models import Outlet
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.platform.commands.models import JournalEntry
from qudao.platform.identity.models import ApiToken, User
from tests.fronts.backoffice.conftest import Enter, do, page, text
from tests.province import Province

pytestmark = pytest.mark.django_db


def outlet(province: Province) -> Outlet:
    return Outlet.objects.unscoped("test").select_related("organization").get(pk=province.agent)


def member(name: str) -> Membership:
    return Membership.objects.unscoped("test").filter(user__username=name).latest("started_at")


def test_an_outlet_s_life(province: Province, enter: Enter) -> None:
    client = enter("province")

    def act(code: str, **data: Any) -> None:
        sent = do(client, "saleschannel_outlet", code, province.agent, key=f"k-{code}", **data)
        assert sent.status_code == 302, f"{code}: {text(sent)}"

    act("businesses", businesses=["top_up"])
    assert outlet(province).businesses == ["top_up"]
    shown = text(page(client, "saleschannel_outlet", province.agent))
    assert "Air top-up" in shown and "Bill payment" not in shown.split("May sell now")[1][:300]
    act(
        "contract",
        contract_number="C-77",
        contract_from="2026-01-01T00:00",
        contract_until="2029-01-01T00:00",
        deposit="3000",
    )
    assert (outlet(province).contract_number, outlet(province).deposit) == ("C-77", 3000_00)
    act(
        "change",
        name_zh="新名",
        name_en="New name",
        kind="franchise_store",
        market="rural",
        address="3 Low Road",
        star="4",
        tier="2",
        longitude="113.65",
        latitude="34.76",
        opening_hours="mon-sun 09:00-18:00",
    )
    changed = outlet(province)
    assert (changed.organization.name_en, changed.kind_id) == ("New name", "franchise_store")
    assert (changed.market, changed.star, changed.address) == ("rural", 4, "3 Low Road")
    act("move", place="410105")
    assert outlet(province).organization.path.split(".")[3] == "410105"
    act("suspend", reason="odd hours")
    act("resume")
    act("close", reason="gone")
    assert outlet(province).state == "closed"
    offered = page(client, "saleschannel_outlet", province.agent).content.decode()
    assert f"{province.agent}/do/suspend/" not in offered
    told = text(page(client, "saleschannel_outlet", province.agent))
    for done in ("Move an outlet", "Sign an outlet's contract", "Close an outlet", "gone"):
        assert done in told


def test_a_wallet_s_warning(province: Province, enter: Enter) -> None:
    sent = do(enter("manager"), "wallet_wallet", "low", province.agent, amount="350")
    assert sent.status_code == 302, text(sent)
    held = wallets.wallet(province.system(), outlet=province.agent)
    assert held.low_balance == Money(350_00)


def test_an_account_s_life(province: Province, enter: Enter) -> None:
    client = enter("province")
    clerk = member("clerk")

    def act(code: str, **data: Any) -> Any:
        return do(client, "party_membership", code, clerk.pk, key=f"k-{code}", **data)

    assert act("phone", phone="138 0013 8111").status_code == 302
    assert User.objects.get(username="clerk").phone == "13800138111"
    issued = act("token", name="till", expires_at="")
    assert issued.status_code == 200, text(issued)
    secret = re.search(r"o-shown.>.*?q-mono.>([^<]+)<", issued.content.decode(), re.S)
    assert secret is not None
    token = ApiToken.objects.get(user__username="clerk")
    assert secret[1].strip() not in str(list(JournalEntry.objects.values_list("answer", flat=True)))
    assert secret[1].strip() not in page(client, "party_membership", clerk.pk).content.decode()
    assert act("revoke", token=str(token.pk)).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert act("close").status_code == 302
    assert not User.objects.get(username="clerk").is_active
    assert act("open").status_code == 302
    assert User.objects.get(username="clerk").is_active


def test_a_member_s_roles(province: Province, enter: Enter) -> None:
    client = enter("province")
    clerk = member("clerk")
    sent = do(client, "party_membership", "role", clerk.pk, role="outlet_owner")
    assert sent.status_code == 302, text(sent)
    fresh = member("clerk")
    assert fresh.role == "outlet_owner" and fresh.pk != clerk.pk
    assert sent.url == reverse("admin:party_membership_change", args=[fresh.pk])
    far = Organization.objects.unscoped("test").get(pk=province.far).code
    added = do(
        client, "party_membership", "add", fresh.pk, key="k2", organization=far, role="outlet_clerk"
    )
    assert added.status_code == 302, text(added)
    ended = do(client, "party_membership", "end", fresh.pk, key="k3", reason="left")
    assert ended.status_code == 302
    fresh.refresh_from_db()
    assert fresh.ended_at is not None
    late = do(client, "party_membership", "suspend", fresh.pk, key="k4", reason="late")
    assert late.status_code in (302, 403, 409)
    fresh.refresh_from_db()
    assert fresh.state == "active"


def test_nobody_changes_the_own_membership(province: Province, enter: Enter) -> None:
    client = enter("province")
    own = member("province")
    for code, data in (("end", {"reason": "tired"}), ("password", {}), ("close", {})):
        sent = do(client, "party_membership", code, own.pk, key=f"k-{code}", **data)
        assert sent.status_code in (403, 409), code
    own.refresh_from_db()
    assert own.ended_at is None and User.objects.get(username="province").is_active


def test_persons_are_registered_and_corrected(province: Province, enter: Enter) -> None:
    client = enter("province")
    data = {
        "organization": "410102",
        "name": "李四",
        "document": "11010519491231002X",
        "phone": "13900139000",
        "address": "某路一号",
    }
    wrong = do(client, "party_individual", "register", **{**data, "document": "123"})
    assert wrong.status_code == 422
    sent = do(client, "party_individual", "register", **data)
    assert sent.status_code == 302, text(sent)
    shown = client.get(sent.url)
    assert "李四" not in text(shown) and "11010519491231002X" not in text(shown)
    person = Individual.objects.unscoped("test").latest("created_at")
    assert person.name == "李四"
    found = client.get(reverse("admin:party_individual_changelist"), {"q": "13900139000"})
    assert f"/party/individual/{person.pk}/" in found.content.decode()
    fixed = do(client, "party_individual", "correct", person.pk, key="k2", address="某路二号")
    assert fixed.status_code == 302
    person.refresh_from_db()
    assert (person.address, person.name) == ("某路二号", "李四")
    assert "某路二号" not in str(list(JournalEntry.objects.values_list("arguments", flat=True)))


def test_an_organization_moves_with_all_below(province: Province, enter: Enter) -> None:
    client = enter("province")
    county = province.organizations["410102"]
    sent = do(client, "party_organization", "move", county, parent="4103")
    assert sent.status_code == 302, text(sent)
    assert outlet(province).organization.path.startswith("000.41.4103.410102.")
    assert page(enter("supervisor"), "saleschannel_outlet", province.agent).status_code == 404
    assert page(enter("luoyang"), "saleschannel_outlet", province.agent).status_code == 200
