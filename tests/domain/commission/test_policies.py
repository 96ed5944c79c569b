"""A policy from its draft to its effect, and back; who may do what with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from qudao.domain.commission import operations as commission
from qudao.domain.commission import queries
from qudao.domain.commission.models import PolicyRule, PolicyVersion, Settlement, Trial
from qudao.domain.commission.types import (
    Approval,
    BranchesNotYours,
    BudgetTooSmall,
    CaseFails,
    CasesMissing,
    PolicyChanged,
    PolicyInvalid,
    PolicyKind,
    PolicyNotSo,
    PolicyOverlaps,
    PolicyRetroactive,
    PolicyState,
    PolicyUnknown,
    ProvinceDecides,
    ReasonMissing,
    Rejection,
    RuleDraft,
    SamePerson,
    Selector,
    TrialKind,
    TrialUnderWay,
)
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.context import NotPermitted
from qudao.platform.commands.operations import approve
from tests.domain.commission.policies import FIRST, Offices, case, draft, fee
from tests.fingerprint import nothing_changes
from tests.province import NOON, Province

pytestmark = pytest.mark.django_db


@pytest.fixture
def offices(province: Province) -> Offices:
    return Offices(province)


def test_from_its_draft_to_its_effect(offices: Offices) -> None:
    made = commission.draft_policy(
        offices.supervisor(), branch=offices.zhengzhou, draft=draft(selector=Selector(stars=(3,)))
    )
    assert (made.number, made.edition, made.findings) == (1, 1, ())
    policy = made.policy
    offices.carry(policy, "proposed")
    assert queries.rules_of(FIRST) == ()
    commission.approve_policy(offices.marketing(), policy=policy, step=Approval.MARKETING)
    commission.approve_policy(offices.finance(), policy=policy, step=Approval.FINANCE)
    assert commission.configure_policy(offices.support(), policy=policy) == ()
    assert queries.rules_of(FIRST) == (), "nothing earns before the end"
    commission.verify_policy(offices.supervisor(), policy=policy, cases=(case(star=3),))
    commission.make_policy_effective(offices.support(), policy=policy)

    (rule,) = queries.rules_of(FIRST)
    assert (rule.code, rule.scheme, rule.terms.rate_ppm) == ("topup", "percentage", 8_000)
    assert rule.selector == Selector(branches=("4101",), stars=(3,)), "in its own branch alone"
    assert (rule.from_day, rule.until_day) == (FIRST, date.max)
    assert queries.rules_of(date(2026, 11, 1)) == ()
    record = queries.version(offices.supervisor(), policy)
    assert (record.code, record.state) == ("4101-2026-001", PolicyState.EFFECTIVE)
    done = [one.step for one in queries.steps(offices.supervisor(), policy)]
    assert done == [
        *("proposed", "approved_marketing", "approved_finance"),
        *("configured", "verified", "effective"),
    ]
    ((kept, lines),) = queries.cases(offices.supervisor(), policy, 1)
    assert kept.name == "one top-up"
    assert [(one.rule, one.base, one.amount) for one in lines] == [("topup", 100_00, 80)]
    explained = queries.rules_by_number([rule.number])[rule.number]
    assert (explained.policy_code, explained.version) == ("4101-2026-001", 1)
    (of_month,) = queries.policies_of(FIRST)
    assert of_month.rules == (rule.number,)


def test_each_step_belongs_to_its_state_and_its_people(offices: Offices) -> None:
    policy = offices.drafted()
    with pytest.raises(PolicyNotSo):
        commission.approve_policy(offices.marketing(), policy=policy, step=Approval.MARKETING)
    offices.carry(policy, "proposed")
    with pytest.raises(PolicyNotSo):
        commission.change_policy(offices.supervisor(), policy=policy, draft=draft(), edition=1)
    with pytest.raises(NotPermitted):
        commission.approve_policy(offices.finance(), policy=policy, step=Approval.MARKETING)
    local = offices._at("marketing", "4101")
    with pytest.raises(ProvinceDecides):
        commission.approve_policy(local, policy=policy, step=Approval.MARKETING)
    with pytest.raises(PolicyNotSo):
        commission.approve_policy(offices.finance(), policy=policy, step=Approval.FINANCE)
    author = replace(offices.marketing(), actor=offices.supervisor().actor)
    with pytest.raises(SamePerson):
        commission.approve_policy(author, policy=policy, step=Approval.MARKETING)
    both = replace(offices.finance(), actor=offices.marketing().actor)
    commission.approve_policy(offices.marketing(), policy=policy, step=Approval.MARKETING)
    with pytest.raises(SamePerson):
        commission.approve_policy(both, policy=policy, step=Approval.FINANCE)
    with pytest.raises(PolicyUnknown):
        commission.configure_policy(offices._at("support_centre", "4103"), policy=policy)


def test_rejections_go_back_with_their_reasons(offices: Offices) -> None:
    policy = offices.carry(offices.drafted(), "proposed")
    with pytest.raises(ReasonMissing), nothing_changes():
        commission.reject_policy(
            offices.marketing(), policy=policy, step=Rejection.MARKETING, reason=" "
        )
    commission.reject_policy(
        offices.marketing(), policy=policy, step=Rejection.MARKETING, reason="too dear"
    )
    assert queries.version(offices.marketing(), policy).state is PolicyState.DRAFT
    assert queries.steps(offices.supervisor(), policy)[-1].remark == "too dear"
    saved = commission.change_policy(
        offices.supervisor(), policy=policy, draft=draft(fee(rate_ppm=7_000)), edition=1
    )
    assert saved.edition == 2
    offices.carry(policy, "configured")
    commission.reject_policy(
        offices.supervisor(), policy=policy, step=Rejection.VERIFICATION, reason="wrong outlets"
    )
    assert queries.version(offices.support(), policy).state is PolicyState.APPROVED
    commission.reject_policy(
        offices.support(), policy=policy, step=Rejection.CONFIGURATION, reason="not possible"
    )
    assert queries.version(offices.support(), policy).state is PolicyState.DRAFT


def test_a_draft_is_saved_by_one_at_a_time_and_seen_by_its_own(offices: Offices) -> None:
    policy = offices.drafted()
    commission.change_policy(offices.supervisor(), policy=policy, draft=draft(), edition=1)
    with pytest.raises(PolicyChanged) as refused:
        commission.change_policy(offices.supervisor(), policy=policy, draft=draft(), edition=1)
    assert refused.value.edition == 2
    with pytest.raises(PolicyUnknown):
        commission.change_policy(offices.luoyang(), policy=policy, draft=draft(), edition=2)
    with pytest.raises(PolicyUnknown):
        queries.version(offices.luoyang(), policy)
    with pytest.raises(ProvinceDecides):
        commission.draft_policy(offices.supervisor(), branch=None, draft=draft())
    with pytest.raises(BranchesNotYours):
        offices.drafted(draft(branches=("4103",)))
    whole = commission.draft_policy(offices.marketing(), branch=None, draft=draft())
    listed = queries.policies(offices.luoyang(), page=PageRequest()).items
    assert [row.policy for row in listed] == [whole.policy], "the province's is for all to see"
    with pytest.raises(ProvinceDecides):
        commission.propose_policy(offices.luoyang(), policy=whole.policy)


def test_what_is_wrong_is_said_whole(offices: Offices) -> None:
    bands = [
        {"least": 0, "below": 10_00, "rate_ppm": 60_000},
        {"least": 20_00, "below": None, "rate_ppm": 80_000},
    ]
    revenue = replace(
        fee("rev"), scheme="revenue", terms={"first_age": 1, "last_age": 18, "bands": bands}
    )
    later = [{"months": 4, "share_ppm": 800_000}]
    pool = {"of": ["nobody"], "now_ppm": 400_000, "later": later, "breaches": []}
    weights = {
        "stars": [{"star": 9, "coefficient_ppm": 1_000_000}],
        "districts": [{"district": "999999", "coefficient_ppm": 1_000_000}],
    }
    wrong = draft(
        fee("Top up"),
        replace(fee("weights"), terms={**fee().terms, **weights}),
        replace(fee("rate"), terms={"businesses": ["top_up"], "rate_ppm": -1}),
        replace(fee("text"), terms={"businesses": ["top_up"], "rate_ppm": "much"}),
        replace(fee("none"), scheme="lottery"),
        fee("biz", business="fortune_telling"),
        revenue,
        fee("twice"),
        fee("twice"),
        replace(fee("pool"), scheme="pool", terms=pool),
        first=FIRST,
        until=FIRST,
        selector=Selector(outlets=(10**9,), stars=(9,), kinds=("moon_base",), branches=("9999",)),
        budget=Money(0),
    )
    with pytest.raises(PolicyInvalid) as refused, nothing_changes():
        offices.drafted(wrong)
    found = {(one.code, one.rule, one.field) for one in refused.value.problems}
    assert found >= {
        ("ends_before_start", "", "valid_until"),
        ("budget_out_of_range", "", "budget"),
        ("unknown_code", "", "selector.outlets"),
        ("unknown_code", "", "selector.stars"),
        ("unknown_code", "", "selector.kinds"),
        ("unknown_code", "", "selector.branches"),
        ("code_unusable", "Top up", "code"),
        ("code_twice", "twice", ""),
        ("scheme_unknown", "none", "scheme"),
        ("terms_unreadable", "text", "rate_ppm"),
        ("unknown_code", "biz", "businesses"),
        ("too_large", "weights", "stars.star"),
        ("unknown_code", "weights", "districts.district"),
        ("unknown_rule", "pool", "of"),
        ("not_whole", "pool", "later.share_ppm"),
    }
    assert any(one.code == "gap" and one.rule == "rev" for one in refused.value.problems)
    assert any(rule == "rate" and field == "rate_ppm" for _code, rule, field in found)
    staged = draft(kind=PolicyKind.STAGED)
    with pytest.raises(PolicyInvalid) as refused:
        offices.drafted(staged)
    assert [one.code for one in refused.value.problems] == ["end_missing"]


def cap(code: str, of: str) -> RuleDraft:
    return replace(fee(code), scheme="cap", terms={"of": [of], "most": 1_00, "per": "outlet"})


def test_no_rule_stands_upon_itself(offices: Offices) -> None:
    """Nobody could compute the month of such a rule, of the whole province."""
    for wrong, who in (
        ([cap("own", "own")], {"own"}),
        ([cap("one", "two"), cap("two", "one"), cap("upon", "one")], {"one", "two"}),
    ):
        with pytest.raises(PolicyInvalid) as refused:
            offices.drafted(draft(*wrong))
        found = {(one.code, one.rule, one.field) for one in refused.value.problems}
        assert found == {("circle", code, "of") for code in who}
    first = offices.carry(offices.drafted(draft(fee("mine"))), "configured")
    offices.carry(offices.drafted(draft(cap("yours", "mine"))), "configured")
    problems = queries.problems(offices.supervisor(), draft(cap("mine", "yours")), first)
    assert [(one.code, one.rule) for one in problems] == [("circle", "mine")], "by another policy"


def test_nothing_begins_in_what_is_settled(offices: Offices) -> None:
    policy = offices.drafted(draft(first=date(2026, 9, 30)))
    with pytest.raises(PolicyRetroactive) as refused:
        commission.propose_policy(offices.supervisor(), policy=policy)
    assert refused.value.earliest == date(2026, 10, 1)
    settled = Settlement.objects.create(
        id=uuid4(),
        province_id=offices.province.organizations["41"],
        month=date(2026, 10, 1),
        state="computed",
        made_at=NOON,
        made_by=uuid4(),
    )
    october = offices.drafted(draft(fee("october"), first=date(2026, 10, 31)))
    with pytest.raises(PolicyRetroactive) as refused:
        commission.propose_policy(offices.supervisor(), policy=october)
    assert refused.value.earliest == date(2026, 11, 1)
    settled.delete()
    late = offices.carry(offices.drafted(draft(fee("late"), first=date(2026, 12, 1))), "verified")
    offices.at = NOON + timedelta(days=80)
    with pytest.raises(PolicyRetroactive):
        commission.make_policy_effective(offices.support(), policy=late)


def test_overlaps_are_found_when_it_is_drafted_and_again_before_it_earns(
    offices: Offices,
) -> None:
    first = offices.effective(draft(selector=Selector(stars=(3, 4))), case(star=4))
    code = queries.version(offices.supervisor(), first).code
    apart = (
        draft(fee("a"), selector=Selector(stars=(5,))),
        draft(fee("b", business="bill_payment"), selector=Selector(stars=(3,))),
    )
    for one in apart:
        made = commission.draft_policy(offices.supervisor(), branch=offices.zhengzhou, draft=one)
        assert made.findings == ()
    there = commission.draft_policy(
        offices.luoyang(), branch=offices.province.organizations["4103"], draft=draft(fee("c"))
    )
    assert there.findings == (), "another branch"
    made = commission.draft_policy(
        offices.supervisor(), branch=offices.zhengzhou, draft=draft(fee("d"))
    )
    (finding,) = made.findings
    assert (finding.rule, finding.policy, finding.other_rule) == ("d", code, "topup")
    with pytest.raises(PolicyOverlaps) as refused:
        commission.propose_policy(offices.supervisor(), policy=made.policy)
    assert refused.value.policies == (code,)
    commission.change_policy(
        offices.supervisor(),
        policy=made.policy,
        draft=draft(fee("d"), on_top_of=(code,)),
        edition=1,
    )
    offices.carry(made.policy, "proposed")
    staged = draft(fee("e"), kind=PolicyKind.STAGED, until=date(2027, 1, 1))
    found = commission.draft_policy(
        offices.supervisor(), branch=offices.zhengzhou, draft=staged
    ).findings
    assert found and not any(one.stands_against for one in found), "an incentive comes on top"


def test_an_overlap_that_came_later_stops_what_was_verified(offices: Offices) -> None:
    slow = offices.carry(offices.drafted(draft(fee("slow"), selector=Selector(stars=(3,)))),
                         "configured")  # fmt: skip
    commission.verify_policy(offices.supervisor(), policy=slow, cases=(case(star=3),))
    PolicyVersion.objects.filter(policy=slow).update(state="draft")
    fast = offices.effective(draft(fee("fast")))
    PolicyVersion.objects.filter(policy=slow).update(state="verified")
    with pytest.raises(PolicyOverlaps), nothing_changes():
        commission.make_policy_effective(offices.support(), policy=slow)
    assert [one.code for one in queries.rules_of(FIRST)] == ["fast"]
    assert queries.version(offices.support(), fast).state is PolicyState.EFFECTIVE


def test_a_next_version_follows_and_the_one_before_stays_as_it_was(offices: Offices) -> None:
    policy = offices.effective()
    february = date(2027, 2, 1)
    saved = commission.change_policy(
        offices.supervisor(),
        policy=policy,
        draft=draft(fee(rate_ppm=9_000), first=february),
        edition=0,
    )
    assert saved.number == 2
    offices.carry(policy, "configured")
    later = replace(case(expected=90), month=february)
    later = replace(later, rows=(replace(later.rows[0], day=february),))
    commission.verify_policy(offices.supervisor(), policy=policy, cases=(later,))
    commission.make_policy_effective(offices.support(), policy=policy)
    (before,) = queries.rules_of(date(2027, 1, 1))
    (after,) = queries.rules_of(february)
    assert (before.terms.rate_ppm, before.until_day) == (8_000, february)
    assert (after.terms.rate_ppm, after.from_day) == (9_000, february)
    assert before.code == after.code and before.number != after.number
    row = PolicyVersion.objects.get(policy=policy, number=1)
    for change in ("budget = 5", "effective_until = NULL", "content = '{}'"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE commission_version SET {change} WHERE id = %s", [row.id])
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyRule.objects.filter(version=row).update(terms={})


def test_an_emergency_ends_a_policy_today_by_two_people(offices: Offices) -> None:
    policy = offices.effective(draft(first=date(2026, 11, 1)))
    with pytest.raises(ReasonMissing):
        commission.withdraw_policy(offices.supervisor(), policy=policy, reason="")
    with pytest.raises(AwaitingApproval) as parked:
        commission.withdraw_policy(offices.supervisor(), policy=policy, reason="farmed")
    assert queries.rules_of(date(2026, 12, 1)), "it earns until a second person approves"
    approve(offices.administrator(), parked=parked.value.parked)
    (rule,) = queries.rules_of(date(2026, 11, 1))
    assert rule.until_day == date(2026, 11, 20), "what was earned until yesterday stays"
    assert queries.rules_of(date(2026, 12, 1)) == ()
    last = queries.steps(offices.supervisor(), policy)[-1]
    assert (last.step, last.approved_by) == ("withdrawn", offices.administrator().actor)
    again = commission.change_policy(offices.supervisor(), policy=policy, draft=draft(), edition=0)
    assert again.number == 2, "and may come again, as another version"


def test_a_draft_is_thrown_away_by_one(offices: Offices) -> None:
    policy = offices.drafted()
    commission.withdraw_policy(offices.supervisor(), policy=policy, reason="not needed")
    with pytest.raises(PolicyNotSo):
        commission.withdraw_policy(offices.supervisor(), policy=policy, reason="not needed")


def test_what_is_configured_otherwise_is_shown_and_found_by_the_cases(offices: Offices) -> None:
    policy = offices.carry(offices.drafted(), "approved")
    plans = draft(fee(rate_ppm=80_000)).plans
    (found,) = commission.configure_policy(offices.support(), policy=policy, plans=plans)
    assert (found.rule, found.where, found.before, found.after) == (
        *("topup", "terms.rate_ppm", "8000", "80000"),
    )
    assert queries.deviations(queries.version(offices.supervisor(), policy)) == (found,)
    with pytest.raises(CaseFails) as fails, nothing_changes():
        commission.verify_policy(offices.supervisor(), policy=policy, cases=(case(),))
    assert (fails.value.row, fails.value.expected, fails.value.computed) == (
        *(1, Money(80), Money(800)),
    )
    commission.configure_policy(offices.support(), policy=policy)
    for none in ((), (case(expected=0, star=2),)):
        with pytest.raises((CasesMissing, CaseFails)):
            commission.verify_policy(offices.supervisor(), policy=policy, cases=none)
    own = replace(offices.supervisor(), actor=offices.support().actor)
    with pytest.raises(SamePerson):
        commission.verify_policy(own, policy=policy, cases=(case(),))
    commission.verify_policy(offices.supervisor(), policy=policy, cases=(case(),))


def test_a_rule_that_no_case_touches_is_not_verified(offices: Offices) -> None:
    two = draft(fee(), fee("bill", business="bill_payment"))
    policy = offices.carry(offices.drafted(two), "configured")
    with pytest.raises(CasesMissing) as refused:
        commission.verify_policy(offices.supervisor(), policy=policy, cases=(case(),))
    assert refused.value.rules == ("bill",)


def test_a_budget_that_the_last_what_if_exceeds_is_refused(offices: Offices) -> None:
    policy = offices.drafted(draft(budget=Money(1_000_00)))
    asked = {"policy": policy, "kind": TrialKind.WHAT_IF, "months": (date(2026, 10, 1),)}
    system = offices.province.system
    trial = commission.ask_trial(system(), question={}, **asked)
    with pytest.raises(TrialUnderWay):
        commission.ask_trial(system(), question={}, **asked)
    commission.note_trial(system(), trial=trial, done=1, total=2)
    result = {"months": [{"month": "2026-10-01", "draft": 9_000_00, "own": 1_000_01}]}
    commission.finish_trial(system(), trial=trial, result=result)
    commission.finish_trial(system(), trial=trial, result={}, fault="came too late")
    assert Trial.objects.get().state == "done"
    with pytest.raises(BudgetTooSmall) as refused:
        commission.propose_policy(offices.supervisor(), policy=policy)
    assert refused.value.cost == Money(1_000_01)
    commission.change_policy(
        offices.supervisor(), policy=policy, draft=draft(budget=Money(2_000_00)), edition=1
    )
    offices.carry(policy, "proposed")
