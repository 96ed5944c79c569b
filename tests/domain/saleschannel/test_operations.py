"""Outlets over a real database: entering, states, limits, scope, reference data."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from qudao.domain.party import queries as party
from qudao.domain.party.operations import OrganizationNotFound
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import data, operations, queries, rules
from qudao.domain.saleschannel.models import ChannelKind, Outlet
from qudao.domain.saleschannel.types import (
    Contract,
    Market,
    OutletChange,
    OutletDraft,
    OutletFilter,
)
from qudao.kernel.money import Money
from qudao.kernel.numbers import luhn_ok
from qudao.kernel.page import PageRequest
from qudao.kernel.period import Period
from qudao.kernel.refusals import Refusal
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.commands.models import JournalEntry
from qudao.platform.identity.roles import system_context

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
YEAR = Period(AT - timedelta(days=1), AT + timedelta(days=365))
DRAFT = OutletDraft(
    name_zh="测试代理点",
    name_en="Test point",
    kind="agency_point",
    market=Market.CITY,
    address="测试路1号",
    contract=Contract("C-1", YEAR, Money(500_000)),
)
_keys = iter(range(10**9))


def system() -> Context:
    return system_context(AT, f"key-{next(_keys)}")


def within(*paths: str) -> Context:
    return replace(system(), scope=Scope.of(paths))


@pytest.fixture(autouse=True)
def reference() -> None:
    operations.load_reference(system())


@pytest.fixture
def county() -> OrganizationId:
    found = party.organization_by_code(system(), "410102")
    assert found is not None
    return found.id


@pytest.fixture
def outlet(county: OrganizationId) -> OrganizationId:
    return operations.open_outlet(system(), place=county, draft=DRAFT)


def rows() -> list[dict[str, Any]]:
    return list(Outlet.objects.unscoped("test").order_by("node_code").values())


def refused(act: Callable[[], object], kind: type[Refusal]) -> Refusal:
    before = rows()
    with pytest.raises(kind) as caught:
        act()
    assert rows() == before
    return caught.value


def test_the_province_is_whole() -> None:
    found = party.organizations(system(), PageRequest(200), kinds=["branch"])
    assert found.total == 18
    assert {row.name_zh for row in found.items} >= {"郑州分公司", "洛阳分公司", "济源分公司"}
    jiyuan = party.organization_by_code(system(), "419001")
    assert jiyuan is not None and jiyuan.path == "000.41.4190.419001"
    counties = party.organizations(system(), PageRequest(1), kinds=["county"])
    assert counties.total == sum(p.kind not in {"province", "branch"} for p in data.divisions())
    assert ChannelKind.objects.count() == 14
    flagship = queries.kind("flagship_hall")
    assert (flagship.image, flagship.experience, flagship.sales, flagship.service) == (4, 4, 3, 4)


def test_names_with_rare_readings_are_right() -> None:
    names = {place.name_zh: place.name_en for place in data.divisions()}
    expected = {"洛阳市": "Luoyang", "漯河市": "Luohe", "浚县": "Xun County"} | {
        "长垣市": "Changyuan City",
        "渑池县": "Mianchi County",
        "泌阳县": "Biyang County",
    }
    assert {zh: names[zh] for zh in expected} == expected


def test_places_lie_in_henan_and_under_each_other() -> None:
    codes = {place.code for place in data.divisions()}
    for place in data.divisions():
        assert 110 < place.longitude < 117 and 31 < place.latitude < 37, place
        assert place.kind == "province" or place.parent in codes


def test_loading_again_adds_nothing_and_keeps_what_people_changed() -> None:
    ChannelKind.objects.filter(code="kiosk").update(image=4)
    assert operations.load_reference(system()) == 0
    assert queries.kind("kiosk").image == 4


def test_an_outlet_gets_the_next_node_code_of_its_place(county: OrganizationId) -> None:
    codes = []
    for _ in range(3):
        key = operations.open_outlet(system(), place=county, draft=DRAFT)
        record = queries.outlet(system(), outlet=key)
        assert record.path == f"000.41.4101.410102.{record.node_code}"
        assert record.state == "draft" and record.deposit == Money(500_000)
        codes.append(record.node_code)
    assert [code[:11] for code in codes] == ["41010220001", "41010220002", "41010220003"]
    assert all(luhn_ok(code) for code in codes)


def test_a_chosen_node_code_is_checked_and_given_once(county: OrganizationId) -> None:
    chosen = replace(DRAFT, node_code="410102200178")
    key = operations.open_outlet(system(), place=county, draft=chosen)
    assert queries.outlet(system(), outlet=key).node_code == "410102200178"
    refused(
        lambda: operations.open_outlet(system(), place=county, draft=chosen),
        operations.NodeCodeTaken,
    )
    wrong = replace(DRAFT, node_code="410102200179")
    refused(
        lambda: operations.open_outlet(system(), place=county, draft=wrong),
        operations.NodeCodeInvalid,
    )


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"kind": "moon_base"}, queries.ChannelKindUnknown),
        ({"name_zh": " "}, operations.OutletFieldInvalid),
        ({"star": 6}, operations.OutletFieldInvalid),
        ({"sale_limit": Money(0)}, operations.OutletFieldInvalid),
        ({"sale_limit": Money(-5)}, operations.OutletFieldInvalid),
        ({"contract": Contract("", YEAR)}, operations.OutletFieldInvalid),
        ({"contract": Contract("C", YEAR, Money(-1))}, operations.OutletFieldInvalid),
        ({"opening_hours": {"mon": [["9", "10"]]}}, operations.OpeningHoursInvalid),
        ({"market": "moon"}, operations.OutletFieldInvalid),
        ({"address": "x" * 201}, operations.OutletFieldInvalid),
        ({"owner": UUID(int=5)}, operations.OutletFieldInvalid),
        ({"businesses": ("Top Up!",)}, operations.OutletFieldInvalid),
        ({"longitude": Decimal(200), "latitude": Decimal(1)}, operations.OutletFieldInvalid),
        ({"longitude": Decimal(100)}, operations.OutletFieldInvalid),
    ],
)
def test_a_draft_that_makes_no_sense_is_refused(
    county: OrganizationId, change: dict[str, Any], refusal: type[Refusal]
) -> None:
    draft = replace(DRAFT, **change)
    refused(lambda: operations.open_outlet(system(), place=county, draft=draft), refusal)
    assert party.organizations(system(), PageRequest(1), kinds=["outlet"]).total == 0


def test_numbers_that_were_skipped_are_given_at_last(county: OrganizationId) -> None:
    last = replace(DRAFT, node_code=rules.node_code("4101022", rules.LAST_SEQUENCE))
    operations.open_outlet(system(), place=county, draft=last)
    key = operations.open_outlet(system(), place=county, draft=DRAFT)
    assert queries.outlet(system(), outlet=key).node_code == rules.node_code("4101022", 1)


def test_outlets_stand_under_counties_and_branches_only() -> None:
    province = party.organization_by_code(system(), "41")
    assert province is not None
    refused(
        lambda: operations.open_outlet(system(), place=province.id, draft=DRAFT),
        operations.PlaceUnsuitable,
    )


VERBS: dict[str, Callable[[OrganizationId], None]] = {
    "activate": lambda key: operations.activate(system(), outlet=key),
    "suspend": lambda key: operations.suspend(system(), outlet=key, reason="test"),
    "resume": lambda key: operations.resume(system(), outlet=key),
    "close": lambda key: operations.close(system(), outlet=key, reason="test"),
}
WAYS = {
    "draft": [],
    "active": ["activate"],
    "suspended": ["activate", "suspend"],
    "closed": ["close"],
}


@pytest.mark.parametrize("state", WAYS)
@pytest.mark.parametrize("verb", VERBS)
def test_the_state_moves_only_along_the_rules(
    outlet: OrganizationId, state: str, verb: str
) -> None:
    for step in WAYS[state]:
        VERBS[step](outlet)
    after = rules.TRANSITIONS[verb].get(state)
    if after is None:
        refused(lambda: VERBS[verb](outlet), operations.OutletStateConflict)
    else:
        VERBS[verb](outlet)
    assert queries.outlet(system(), outlet=outlet).state == (after or state)


def test_suspension_is_announced_with_its_reason(outlet: OrganizationId) -> None:
    operations.activate(system(), outlet=outlet)
    refused(
        lambda: operations.suspend(system(), outlet=outlet, reason="  "), operations.ReasonMissing
    )
    operations.suspend(system(), outlet=outlet, reason="violation")
    entry = JournalEntry.objects.get(command="saleschannel.suspend")
    assert entry.subject == outlet
    assert entry.events == [
        ["saleschannel.OutletSuspended", {"outlet": str(outlet), "reason": "violation"}]
    ]
    record = queries.outlet(system(), outlet=outlet)
    assert (record.state_reason, record.state_since) == ("violation", AT)


def test_a_partner_starts_only_under_a_valid_contract(county: OrganizationId) -> None:
    bare = operations.open_outlet(system(), place=county, draft=replace(DRAFT, contract=None))
    refused(lambda: operations.activate(system(), outlet=bare), operations.ContractMissing)
    past = Contract("C-0", Period(AT - timedelta(days=9), AT))
    operations.sign_contract(system(), outlet=bare, contract=past)
    refused(lambda: operations.activate(system(), outlet=bare), operations.ContractMissing)
    operations.sign_contract(system(), outlet=bare, contract=Contract("C-1", YEAR))
    operations.activate(system(), outlet=bare)
    own = replace(DRAFT, kind="sales_hall", contract=None)
    operations.activate(system(), outlet=operations.open_outlet(system(), place=county, draft=own))


def test_limits_businesses_and_fields_change(outlet: OrganizationId) -> None:
    operations.set_limits(
        system(), outlet=outlet, sale_limit=Money(50_000), day_limit=Money(1_000_000)
    )
    operations.set_businesses(system(), outlet=outlet, businesses=["top_up", "bill_payment"])
    changes = OutletChange(name_en="New name", star=5, hours_enforced=True)
    operations.change(system(), outlet=outlet, changes=changes)
    record = queries.outlet(system(), outlet=outlet)
    assert record.sale_limit == Money(50_000) and record.day_limit == Money(1_000_000)
    assert record.businesses == ["bill_payment", "top_up"]
    assert (record.name_zh, record.name_en, record.star) == ("测试代理点", "New name", 5)
    assert record.hours_enforced
    operations.set_limits(system(), outlet=outlet, sale_limit=None, day_limit=None)
    operations.set_businesses(system(), outlet=outlet, businesses=None)
    record = queries.outlet(system(), outlet=outlet)
    assert record.sale_limit is None and record.day_limit is None and record.businesses is None
    operations.close(system(), outlet=outlet, reason="end")
    refused(
        lambda: operations.change(system(), outlet=outlet, changes=changes),
        operations.OutletStateConflict,
    )


def test_a_move_keeps_the_node_code(outlet: OrganizationId) -> None:
    before = queries.outlet(system(), outlet=outlet)
    target = party.organization_by_code(system(), "410302")
    assert target is not None
    operations.move(system(), outlet=outlet, place=target.id)
    after = queries.outlet(system(), outlet=outlet)
    assert after.node_code == before.node_code
    assert after.path == f"000.41.4103.410302.{before.node_code}"


def test_what_lies_outside_the_scope_does_not_exist(outlet: OrganizationId) -> None:
    elsewhere = "000.41.4103"
    with pytest.raises(queries.OutletUnknown):
        queries.outlet(within(elsewhere), outlet=outlet)
    page = PageRequest(10)
    assert queries.outlets(within(elsewhere), filter=OutletFilter(), page=page).total == 0
    assert queries.outlets(within("000.41.4101"), filter=OutletFilter(), page=page).total == 1
    refused(lambda: operations.activate(within(elsewhere), outlet=outlet), queries.OutletUnknown)
    county = party.organization_by_code(system(), "410102")
    assert county is not None
    refused(
        lambda: operations.open_outlet(within(elsewhere), place=county.id, draft=DRAFT),
        OrganizationNotFound,
    )


def test_lists_are_filtered(county: OrganizationId, outlet: OrganizationId) -> None:
    other = replace(DRAFT, name_zh="红旗店", kind="sales_hall", market=Market.RURAL, contract=None)
    operations.open_outlet(system(), place=county, draft=other)
    operations.activate(system(), outlet=outlet)

    def found(**filter: Any) -> list[str]:
        page = queries.outlets(system(), filter=OutletFilter(**filter), page=PageRequest(10))
        return [row.name_zh for row in page.items]

    assert found() == ["红旗店", "测试代理点"]
    assert found(text="红旗") == ["红旗店"]
    assert found(text="4101022") == ["测试代理点"]
    assert found(kinds=frozenset({"sales_hall"})) == ["红旗店"]
    assert found(states=frozenset({"active"})) == ["测试代理点"]
    assert found(market="rural") == ["红旗店"]
    assert found(below="000.41.4103") == []
    assert found(contract_ends_before=YEAR.end) == []
    assert found(contract_ends_before=AT + timedelta(days=400)) == ["测试代理点"]


def test_the_table_refuses_what_operations_never_write(outlet: OrganizationId) -> None:
    for column, value in [("state", "gone"), ("market", "moon"), ("deposit", -1), ("star", 0)]:
        with pytest.raises(IntegrityError), transaction.atomic():
            Outlet.objects.unscoped("test").filter(pk=outlet).update(**{column: value})


@pytest.mark.django_db(transaction=True)
def test_outlets_entered_at_once_take_their_numbers_one_after_the_other(
    county: OrganizationId,
) -> None:
    def enter(_: int) -> str:
        try:
            key = operations.open_outlet(system(), place=county, draft=DRAFT)
            return queries.outlet(system(), outlet=key).node_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        codes = sorted(pool.map(enter, range(6)))
    assert codes == [rules.node_code("4101022", sequence) for sequence in range(1, 7)]
