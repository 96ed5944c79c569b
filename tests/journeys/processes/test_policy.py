"""A commission policy through its process: nothing is effective before the end."""

from collections.abc import Callable
from datetime import date

import pytest

from qudao.domain.commission import operations as commission
from qudao.domain.commission import queries as commissions
from qudao.domain.commission.types import (
    Approval,
    CaseFails,
    PolicyId,
    PolicyState,
    Rejection,
)
from qudao.journeys import policies
from qudao.journeys.reactions.policies import follow
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.models import JournalEntry
from qudao.platform.commands.operations import approve
from qudao.platform.events.relay import Entry
from qudao.platform.processes import operations as processes
from qudao.platform.processes import queries as worklist
from qudao.platform.processes.refusals import (
    FieldRefused,
    NotYours,
    ProcessLeads,
    SecondPerson,
)
from qudao.platform.processes.types import InstanceId
from tests.domain.commission.policies import FIRST, Offices, case, draft, fee
from tests.journeys.processes.office import Office


def submit(office: Office) -> tuple[PolicyId, InstanceId]:
    made = commission.draft_policy(
        office.as_("supervisor"), branch=office.province.organizations["4101"], draft=draft()
    )
    return made.policy, policies.submit(office.as_("supervisor"), policy=made.policy)


def state(office: Office, policy: PolicyId) -> PolicyState:
    return commissions.version(office.as_("supervisor"), policy).state


def test_from_the_branch_to_its_effect(office: Office) -> None:
    policy, instance = submit(office)
    assert state(office, policy) is PolicyState.PROPOSED
    office.do("marketing", "approve_marketing", marketing="accept")
    office.do("finance", "approve_finance", finance="accept", finance_reason="预算充足")
    office.do("support", "configure", configuration="done", configuration_note="按批准配置")
    assert commissions.rules_of(FIRST) == ()
    with pytest.raises(policies.NotVerified):
        office.do("supervisor", "verify", verified="accept")
    with pytest.raises(CaseFails):
        policies.verify(office.as_("supervisor"), policy=policy, cases=(case(expected=81),))
    assert commissions.rules_of(FIRST) == ()
    policies.verify(office.as_("supervisor"), policy=policy, cases=(case(),))
    (rule,) = commissions.rules_of(FIRST)
    assert rule.code == "topup"
    assert office.state(instance) == "completed"
    done = [one.step for one in commissions.steps(office.as_("supervisor"), policy)]
    assert done == [
        *("proposed", "approved_marketing", "approved_finance"),
        *("configured", "verified", "effective"),
    ]


def test_a_rejected_policy_comes_back_with_the_reason_and_goes_again(office: Office) -> None:
    policy, instance = submit(office)
    with pytest.raises(FieldRefused):
        office.do("marketing", "approve_marketing", marketing="reject")
    office.do("marketing", "approve_marketing", marketing="reject", marketing_reason="过高")
    assert state(office, policy) is PolicyState.DRAFT
    assert commissions.steps(office.as_("supervisor"), policy)[-1].remark == "过高"
    assert office.waiting(instance) == {"revise"}
    commission.change_policy(
        office.as_("supervisor"), policy=policy, draft=draft(fee(rate_ppm=7_000)), edition=1
    )
    office.do("supervisor", "revise", revision="again")
    assert state(office, policy) is PolicyState.PROPOSED
    office.do("marketing", "approve_marketing", marketing="accept")
    office.do("finance", "approve_finance", finance="reject", finance_reason="预算不足")
    office.do("supervisor", "revise", revision="drop")
    assert office.state(instance) == "completed"
    assert state(office, policy) is PolicyState.DRAFT


def test_a_configuration_that_differs_goes_back_to_the_support_centre(office: Office) -> None:
    policy, instance = submit(office)
    office.do("marketing", "approve_marketing", marketing="accept")
    office.do("finance", "approve_finance", finance="accept")
    office.do("support", "configure", configuration="done")
    office.do("supervisor", "verify", verified="return", verified_reason="少配一条")
    assert office.waiting(instance) == {"configure"}
    assert state(office, policy) is PolicyState.APPROVED
    office.do("support", "configure", configuration="done")
    assert office.waiting(instance) == {"verify"}


def test_what_cannot_be_configured_goes_back_to_its_author(office: Office) -> None:
    policy, instance = submit(office)
    office.do("marketing", "approve_marketing", marketing="accept")
    office.do("finance", "approve_finance", finance="accept")
    with pytest.raises(FieldRefused):
        office.do("support", "configure", configuration="return")
    office.do(
        "support", "configure", configuration="return", configuration_note="系统暂无此业务代码"
    )
    assert office.waiting(instance) == {"revise"}
    assert state(office, policy) is PolicyState.DRAFT
    assert commissions.steps(office.as_("supervisor"), policy)[-1].remark == "系统暂无此业务代码"
    office.do("supervisor", "revise", revision="again")
    assert office.waiting(instance) == {"approve_marketing"}


def test_the_province_decides_and_not_the_branchs_own_finance(office: Office) -> None:
    _policy, instance = submit(office)
    offices = Offices(office.province)
    (task,) = worklist.tasks_of(office.province.system(), instance=instance)
    local = office.member("marketing", "4101")
    assert not worklist.worklist(local).exists()
    with pytest.raises(NotYours):
        processes.complete(local, task=task.id, data={"marketing": "accept"})
    assert worklist.worklist(offices.marketing()).count() == 1


def test_who_proposes_does_not_approve(office: Office) -> None:
    _policy, instance = submit(office)
    (task,) = worklist.tasks_of(office.province.system(), instance=instance)
    both = office.member("marketing", "41", user=office.as_("supervisor").actor)
    with pytest.raises(SecondPerson):
        processes.complete(both, task=task.id, data={"marketing": "accept"})


def test_nothing_goes_past_the_process(office: Office) -> None:
    policy, instance = submit(office)
    beside: list[Callable[[], object]] = [
        lambda: commission.propose_policy(office.as_("supervisor"), policy=policy),
        lambda: commission.approve_policy(
            office.as_("marketing"), policy=policy, step=Approval.MARKETING
        ),
        lambda: commission.reject_policy(
            office.as_("marketing"), policy=policy, step=Rejection.MARKETING, reason="过高"
        ),
        lambda: commission.configure_policy(office.as_("support"), policy=policy),
        lambda: commission.make_policy_effective(office.as_("support"), policy=policy),
        lambda: policies.submit(office.as_("supervisor"), policy=policy),
    ]
    for act in beside:
        with pytest.raises(ProcessLeads):
            act()
    assert state(office, policy) is PolicyState.PROPOSED
    office.do("marketing", "approve_marketing", marketing="accept")
    office.do("finance", "approve_finance", finance="accept")
    plans = draft(fee(rate_ppm=7_500)).plans
    (found,) = policies.configure(office.as_("support"), policy=policy, plans=plans)
    assert found.after == "7500"
    assert office.waiting(instance) == {"verify"}
    with pytest.raises(ProcessLeads):
        policies.configure(office.as_("support"), policy=policy)


def test_an_emergency_ends_what_is_effective_and_the_process_of_what_follows(
    office: Office,
) -> None:
    offices = Offices(office.province)
    policy = offices.effective(draft(first=date(2026, 11, 1)))
    commission.change_policy(
        office.as_("supervisor"),
        policy=policy,
        draft=draft(fee(rate_ppm=9_000), first=date(2027, 1, 1)),
        edition=0,
    )
    instance = policies.submit(office.as_("supervisor"), policy=policy)
    # A process that is cancelled ends its own version alone.
    processes.cancel(office.as_("supervisor"), instance=instance, reason="不再调整")
    assert state(office, policy) is PolicyState.WITHDRAWN
    assert len(commissions.rules_of(date(2027, 1, 1))) == 1
    again = commission.change_policy(
        office.as_("supervisor"),
        policy=policy,
        draft=draft(fee(rate_ppm=9_000), first=date(2027, 1, 1)),
        edition=0,
    )
    assert again.number == 3
    instance = policies.submit(office.as_("supervisor"), policy=policy)
    with pytest.raises(AwaitingApproval) as parked:
        commission.withdraw_policy(office.as_("supervisor"), policy=policy, reason="套利")
    assert len(commissions.rules_of(date(2027, 1, 1))) == 1, "a second person has to agree"
    approve(office.as_("province"), parked=parked.value.parked)
    assert commissions.rules_of(date(2026, 12, 1)) == commissions.rules_of(date(2027, 1, 1)) == ()
    (rule,) = commissions.rules_of(date(2026, 11, 1))
    assert rule.until_day == date(2026, 11, 20), "what was earned until yesterday stays"
    row = JournalEntry.objects.filter(command="commission.withdraw_policy").latest("id")
    seen = {name: getattr(row, name) for name in Entry.__dataclass_fields__}
    for _again in range(2):
        follow([Entry(**{**seen, "events": row.events or []})])
    assert office.state(instance) == "cancelled"
    assert not office.tasks("marketing")


def test_a_cancelled_process_withdraws_its_policy(office: Office) -> None:
    policy, instance = submit(office)
    processes.cancel(office.as_("supervisor"), instance=instance, reason="市场变化")
    assert state(office, policy) is PolicyState.WITHDRAWN
