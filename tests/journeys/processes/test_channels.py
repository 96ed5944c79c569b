"""Channels enter and change: who has to do what, and that nothing happens before the end."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from qudao.domain.party import operations as party
from qudao.domain.party.operations import OrganizationNotFound
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import (
    Contract,
    Market,
    OutletChange,
    OutletDraft,
)
from qudao.domain.wallet import queries as wallets
from qudao.journeys import channels
from qudao.journeys.channels import ChannelChange
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.kernel.period import Period
from qudao.kernel.personal import Personal
from qudao.platform.commands.context import NotPermitted
from qudao.platform.processes import operations as processes
from qudao.platform.processes import queries as worklist
from qudao.platform.processes.refusals import FieldRefused, NotYours, SecondPerson
from qudao.platform.processes.types import InstanceId, TaskFilter
from tests.journeys.processes.office import FAR, HERE, Office
from tests.province import NOON, PASSWORD

DRAFT = OutletDraft(
    name_zh="中原新店",
    name_en="Zhongyuan New",
    kind="agency_point",
    market=Market.CITY,
    address="建设西路1号",
    longitude=Decimal("113.6254"),
    latitude=Decimal("34.7466"),
    contract=Contract("C-NEW", Period(NOON - timedelta(days=1)), Money(5_000_00)),
)


def enter(office: Office, draft: OutletDraft = DRAFT) -> tuple[InstanceId, OrganizationId]:
    county = office.province.organizations["410102"]
    (*_, code) = outlets.free_node_codes(
        office.as_("manager"), place=county, channel_kind=draft.kind
    )
    instance = channels.enter(
        office.as_("manager"), place=county, draft=replace(draft, node_code=code)
    )
    subject = worklist.instance(office.province.system(), instance=instance).subject
    assert office.outlet(subject).node_code == code
    return instance, OrganizationId(subject)


def test_a_partner_is_filed_pays_its_deposit_and_opens_at_the_end(office: Office) -> None:
    instance, outlet = enter(office)
    office.look()
    (kept,) = outlets.surveys(office.as_("manager"), outlet=outlet)
    assert (kept.photographs, kept.distance_m, kept.purpose) == (2, 0, "entry")
    assert office.tasks("province") == [], "the province is told, not asked"
    office.do("supervisor", "review", review="accept")
    assert office.outlet(outlet).state == "draft"
    office.do("finance", "take_deposit", deposit=5_000_00, deposit_reference="ICBC-1")
    assert wallets.deposit_held(office.as_("finance"), outlet=outlet) == Money(5_000_00)
    assert office.outlet(outlet).state == "draft", "the BOSS does not know it yet"
    with pytest.raises(FieldRefused):
        office.do("support", "open_in_boss", boss_done=False)
    assert office.outlet(outlet).state == "draft", "the BOSS still does not know it"
    office.do("support", "open_in_boss", boss_done=True, boss_reference="W-1")
    assert office.outlet(outlet).state == "active"
    assert office.state(instance) == "completed"


def test_an_own_shop_needs_the_provinces_approval_and_no_deposit(office: Office) -> None:
    own = replace(DRAFT, kind="sales_hall", contract=None)
    instance, outlet = enter(office, own)
    office.look()
    office.do("supervisor", "review", review="accept")
    assert office.waiting(instance) == {"approve"}
    office.do("province", "approve", approval="accept")
    assert office.waiting(instance) == {"open_in_boss"}
    office.do("support", "open_in_boss", boss_done=True)
    assert office.outlet(outlet).state == "active"


def test_what_is_sent_back_is_corrected_looked_at_and_reviewed_again(office: Office) -> None:
    instance, outlet = enter(office)
    office.look()
    office.do("supervisor", "review", review="return", review_reason="名称不规范")
    task = next(one for one in office.tasks("manager") if one.element == "correct")
    fields = {one.code: one for one in worklist.fields(office.as_("manager"), task=task.id)}
    assert fields["correction"].help.zh == "名称不规范"
    assert fields["contract_deposit"].default == 5_000_00
    office.do(
        "manager",
        "correct",
        correction="again",
        name_zh="中原路代理点",
        name_en="Zhongyuan Road",
        address="建设西路2号",
        place_position=HERE,
        contract_number="C-NEW-2",
        contract_from="2026-11-01",
        contract_until="2027-10-31",
        contract_deposit=3_000_00,
    )
    record = office.outlet(outlet)
    assert (record.name_zh, record.contract_number) == ("中原路代理点", "C-NEW-2")
    assert record.contract_until is not None
    assert record.contract_until.isoformat() == "2027-10-31T16:00:00+00:00"
    office.look()
    office.do("supervisor", "review", review="accept")
    finance = next(one for one in office.tasks("finance") if one.element == "take_deposit")
    (amount, _reference) = worklist.fields(office.as_("finance"), task=finance.id)
    assert amount.least == 3_000_00
    assert office.state(instance) == "running"


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ({"passed": False, "site_remarks": "没有门头"}, "现场核查未通过"),
        ({"site_position": FAR}, "11119"),
    ],
)
def test_who_does_not_pass_on_site_goes_no_further(
    office: Office, seen: dict[str, Any], said: str
) -> None:
    instance, outlet = enter(office)
    office.look(**seen)
    assert office.waiting(instance) == {"correct"}
    task = next(one for one in office.tasks("manager") if one.element == "correct")
    (first, *_more) = worklist.fields(office.as_("manager"), task=task.id)
    assert said in first.help.zh
    office.do(
        "manager",
        "correct",
        correction="withdraw",
        name_zh="中原新店",
        name_en="Zhongyuan New",
        address="建设西路1号",
        contract_number="C-NEW",
        contract_from="2026-11-01",
        contract_deposit=0,
        correction_note="店主放弃",
    )
    record = office.outlet(outlet)
    assert (record.state, record.state_reason) == ("closed", "店主放弃")


def test_a_refused_entry_leaves_a_closed_draft_and_no_money(office: Office) -> None:
    instance, outlet = enter(office)
    office.look()
    office.do("supervisor", "review", review="reject", review_reason="超出布点规划")
    record = office.outlet(outlet)
    assert (record.state, record.state_reason) == ("closed", "超出布点规划")
    assert office.state(instance) == "completed"
    assert wallets.deposit_held(office.as_("finance"), outlet=outlet) == Money(0)


def test_nobody_decides_on_what_is_anothers_or_ones_own(office: Office) -> None:
    _instance, _outlet = enter(office)
    with pytest.raises(NotPermitted):
        county = office.province.organizations["410102"]
        channels.enter(office.as_("supervisor"), place=county, draft=DRAFT)
    office.look()
    (review,) = office.tasks("supervisor")
    with pytest.raises(NotYours):
        processes.complete(office.as_("keeper"), task=review.id, data={"review": "accept"})
    luoyang = office.province.context("branch_supervisor", office.province.organizations["4103"])
    assert worklist.tasks(luoyang, filter=TaskFilter(), page=PageRequest(9)).total == 0


def test_hours_change_at_once_and_a_new_place_is_looked_at(office: Office) -> None:
    agent = office.province.agent
    hours = {"mon": [["09:00", "18:00"]]}
    instance = channels.change(
        office.as_("manager"),
        outlet=agent,
        changes=ChannelChange(OutletChange(opening_hours=hours)),
        reason="夏令时间",
    )
    assert office.state(instance) == "completed"
    assert office.outlet(agent).opening_hours == hours
    moved = ChannelChange(
        OutletChange(
            address="中原路8号", longitude=Decimal("113.6254"), latitude=Decimal("34.7466"), star=4
        ),
        contract=Contract("C-2", Period(NOON - timedelta(days=1)), Money(2_000_00)),
    )
    instance = channels.change(office.as_("manager"), outlet=agent, changes=moved, reason="迁址")
    office.look()
    office.do("supervisor", "review", review="accept")
    office.do("finance", "take_deposit", deposit=2_000_00, deposit_reference="ICBC-2")
    assert office.outlet(agent).star is None, "nothing changes before the end"
    with pytest.raises(FieldRefused):
        office.do("support", "change_in_boss", boss_done=False)
    office.do("support", "change_in_boss", boss_done=True)
    record = office.outlet(agent)
    assert (record.address, record.star, record.contract_number) == ("中原路8号", 4, "C-2")
    assert office.state(instance) == "completed"


def test_an_own_halls_name_is_the_provinces_to_approve(office: Office) -> None:
    hall = office.province.hall
    change = ChannelChange(OutletChange(name_zh="中原旗舰厅"))
    instance = channels.change(office.as_("manager"), outlet=hall, changes=change, reason="更名")
    office.do("supervisor", "review", review="accept")
    office.do("province", "approve", approval="reject", approval_reason="名称重复")
    assert office.state(instance) == "completed"
    assert office.outlet(hall).name_zh == "HALL网点"


def test_a_move_takes_wallet_and_goods_along(office: Office) -> None:
    agent, jinshui = office.province.agent, office.province.organizations["410105"]
    moved = ChannelChange(OutletChange(), place=jinshui)
    with pytest.raises(OrganizationNotFound):
        channels.change(office.as_("manager"), outlet=agent, changes=moved, reason="区划调整")
    above = party.admit_member(
        office.province.system(NOON - timedelta(days=30)),
        organization=office.province.organizations["4101"],
        role="channel_manager",
        username="above",
        name=Personal("测试市渠道经理"),
        password=PASSWORD,
    )
    branch = office.province.organizations["4101"]
    ctx = office.province.context("channel_manager", branch, actor=above.user)
    instance = channels.change(ctx, outlet=agent, changes=moved, reason="区划调整")
    office.look()
    office.do("supervisor", "review", review="accept")
    office.do("support", "change_in_boss", boss_done=True)
    assert office.state(instance) == "completed"
    assert office.outlet(agent).path.startswith("000.41.4101.410105.")


def test_nothing_that_is_so_already_is_asked_for(office: Office) -> None:
    same = ChannelChange(OutletChange(name_zh="AGENT网点", market=Market.CITY))
    with pytest.raises(channels.NothingChanged):
        channels.change(
            office.as_("manager"), outlet=office.province.agent, changes=same, reason="无"
        )


def test_nobody_checks_ones_own_work(office: Office) -> None:
    """The supervisor who looked at a place in the manager's stead does not review it."""
    _instance, outlet = enter(office)
    office.look()
    (review,) = office.tasks("supervisor")
    manager = office.as_("manager")
    with pytest.raises((NotYours, SecondPerson)):
        processes.complete(manager, task=review.id, data={"review": "accept"})
    assert office.outlet(outlet).state == "draft"
    with pytest.raises(saleschannel.ContractMissing):
        enter(office, replace(DRAFT, contract=None))
