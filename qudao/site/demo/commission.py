"""A policy of the showcase's branch: by it the last month is closed, and this one under way."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from qudao.domain.commission import operations as policies
from qudao.domain.commission.operations import payouts, points
from qudao.domain.commission.operations import settlements as commission
from qudao.domain.commission.types import (
    Approval,
    Case,
    CaseFact,
    CaseRow,
    Plan,
    PolicyDraft,
    PolicyKind,
    RuleDraft,
    Selector,
    Unit,
)
from qudao.domain.commission.types.settlements import Payee, SettlementId, Way
from qudao.journeys import lake as exporting
from qudao.journeys import settling
from qudao.kernel.money import Money
from qudao.kernel.period import MARKET_ZONE, business_date, month_of
from qudao.kernel.personal import Personal
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context
from qudao.platform.lake.open import lake as opened
from qudao.site.demo.cast import Province, Say

BRANCH: Final = "4101"
"""Of one branch alone: the demo is to be ready soon."""

_RULES: Final = (
    RuleDraft(
        code="payments",
        scheme="percentage",
        terms={"businesses": ["bill_payment"], "rate_ppm": 9_000},
        name_zh="代收费手续费",
        name_en="Fee on bill payments",
    ),
    RuleDraft(
        code="top-ups",
        scheme="percentage",
        terms={"businesses": ["top_up"], "rate_ppm": 8_000},
        name_zh="充值手续费",
        name_en="Fee on top-ups",
    ),
    RuleDraft(
        code="points",
        scheme="points",
        terms={
            "points": [
                {"business": "bill_payment", "points": 1},
                {"business": "top_up", "points": 2},
            ]
        },
        name_zh="店员积分",
        name_en="Clerk points",
        unit=Unit.POINT,
    ),
)
_REWARDS: Final = (
    ("umbrella", "雨伞", "Umbrella", 200),
    ("headset", "蓝牙耳机", "Bluetooth headset", 1_500),
    ("tablet", "平板电脑", "Tablet", 20_000),
)

Clock = Callable[[str, datetime], Context]


def settle(province: Province, until: datetime, say: Say) -> None:
    """Let a policy be decided, and settle by it; the lake has the branch's sales of both months."""
    numbers = itertools.count()

    def by(who: str, at: datetime) -> Context:
        system = system_context(at, f"demo.commission.{next(numbers)}", channel="console")
        known = province.named.get(who)
        return replace(system, actor=known[0].user) if known else system

    this = month_of(business_date(until))
    before = month_of(this - timedelta(days=1))
    _decide(province, by, before)
    for code, name_zh, name_en, price in _REWARDS:
        points.set_reward(
            by("marketing", until), code=code, name_zh=name_zh, name_en=name_en, points=price
        )
    _pay_to_bank(province, by, _at(before, 3))
    yesterday = business_date(until) - timedelta(days=1)
    with opened() as lake:
        exporting.export(
            by("", until), lake, first=before, last=max(before, yesterday), branches=[BRANCH]
        )
    settled = min(until, _at(this, 1, 20))
    for month, at in ((before, settled), (this, until)):
        made = _computed(province, by, month, at)
        if month == before:
            _close(province, by, made, at)
    say(f"  commission: {before:%Y-%m} is closed, {this:%Y-%m} is under way")


def _decide(province: Province, by: Clock, month: date) -> None:
    """From the branch's draft to the supervisor's test, each by another person."""
    at = _at(month, 1)
    draft = PolicyDraft(
        name_zh="郑州基本酬金",
        name_en="Basic commission of Zhengzhou",
        kind=PolicyKind.BASIC,
        valid_from=month,
        valid_until=None,
        plans=(Plan("社会渠道", "Social channels", Selector(ownership=("social",)), _RULES),),
        budget=Money(5_000_000_00),
    )
    policy = policies.draft_policy(
        by("supervisor", at), branch=province.organizations[BRANCH], draft=draft
    ).policy
    policies.propose_policy(by("supervisor", at), policy=policy)
    for who, step in (("marketing", Approval.MARKETING), ("finance", Approval.FINANCE)):
        policies.approve_policy(by(who, at), policy=policy, step=step)
    policies.configure_policy(by("support", at), policy=policy)
    rows = tuple(
        CaseRow(CaseFact.SALE, month, business, Money(100_00), expected=Money(expected))
        for business, expected in (("bill_payment", 90), ("top_up", 80))
    )
    case = Case("一笔缴费、一笔充值", month, BRANCH, "agency_point", rows)
    policies.verify_policy(by("supervisor", at), policy=policy, cases=(case,))
    policies.make_policy_effective(by("support", at), policy=policy)


def _pay_to_bank(province: Province, by: Clock, at: datetime) -> None:
    """Some outlets of the branch want their commission at a bank."""
    own = [one for one in province.outlets[1:] if one.plan.branch == BRANCH and not one.plan.own]
    for number, outlet in enumerate(own[:3], 1):
        payouts.set_payout_terms(
            by("", at),
            outlet=outlet.id,
            way=Way.BANK,
            payee=Payee.COMPANY,
            name=Personal(outlet.plan.draft.name_zh),
            number=Personal(f"62220210{number:08}"),
            bank_code="102491000021",
        )


def _computed(province: Province, by: Clock, month: date, at: datetime) -> SettlementId:
    made = commission.open_settlement(
        by("finance", at), province=province.organizations["41"], month=month
    )
    commission.start_computing(by("", at), settlement=made)
    settling.run_computing(by("", at), made)
    return made


def _close(province: Province, by: Clock, made: SettlementId, at: datetime) -> None:
    """Check, approve, post, pay, close."""
    commission.start_checking(by("support", at), settlement=made)
    settling.run_checking(by("support", at), made)
    commission.approve_settlement(by("finance", at), settlement=made)
    commission.start_posting(by("finance", at), settlement=made)
    settling.run_posting(by("finance", at), made)
    commission.close_settlement(by("finance", at), settlement=made)


def _at(month: date, day: int, hour: int = 9) -> datetime:
    return datetime.combine(month.replace(day=day), time(hour), MARKET_ZONE)
