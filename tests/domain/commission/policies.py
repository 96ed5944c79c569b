"""Policies as tests write them, and the people who carry them on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from qudao.domain.commission import operations as commission
from qudao.domain.commission.types import (
    Approval,
    Case,
    CaseFact,
    CaseRow,
    Plan,
    PolicyDraft,
    PolicyId,
    PolicyKind,
    RuleDraft,
    Selector,
)
from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.platform.commands.context import Context
from tests.province import NOON, Province

FIRST = date(2026, 12, 1)
"""The month after the tests' day."""

ALL = Selector()


def fee(code: str = "topup", rate_ppm: int = 8_000, business: str = "top_up") -> RuleDraft:
    """A share of the face value of top-ups."""
    return RuleDraft(
        code=code,
        scheme="percentage",
        terms={"businesses": [business], "rate_ppm": rate_ppm},
        name_zh="充值手续费",
        name_en="Top-up fee",
    )


def draft(
    *rules: RuleDraft,
    kind: PolicyKind = PolicyKind.BASIC,
    first: date = FIRST,
    until: date | None = None,
    selector: Selector = ALL,
    **more: Any,
) -> PolicyDraft:
    """A policy with one plan of these rules."""
    return PolicyDraft(
        name_zh="基本酬金",
        name_en="Basic commission",
        kind=kind,
        valid_from=first,
        valid_until=until,
        plans=(Plan("社会渠道", "Social channels", selector, rules or (fee(),)),),
        **more,
    )


def case(amount: int = 100_00, expected: int = 80, **more: Any) -> Case:
    """An agency point of Zhengzhou sells one top-up."""
    row = CaseRow(CaseFact.SALE, FIRST, "top_up", Money(amount), expected=Money(expected))
    return Case("one top-up", FIRST, "4101", "agency_point", (row,), **more)


@dataclass
class Offices:
    """Who does what with a policy of Zhengzhou; of the province where it says so."""

    province: Province
    at: Any = NOON

    def _at(self, role: str, place: str) -> Context:
        return self.province.context(role, self.province.organizations[place], at=self.at)

    @property
    def zhengzhou(self) -> OrganizationId:
        return self.province.organizations["4101"]

    def supervisor(self) -> Context:
        return self._at("branch_supervisor", "4101")

    def luoyang(self) -> Context:
        return self._at("branch_supervisor", "4103")

    def marketing(self) -> Context:
        return self._at("marketing", "41")

    def finance(self) -> Context:
        return self._at("finance", "41")

    def support(self) -> Context:
        return self._at("support_centre", "4101")

    def administrator(self) -> Context:
        return self._at("province_administrator", "41")

    def drafted(self, what: PolicyDraft | None = None) -> PolicyId:
        made = commission.draft_policy(
            self.supervisor(), branch=self.zhengzhou, draft=what or draft()
        )
        return made.policy

    def carry(self, policy: PolicyId, to: str, tried: Case | None = None) -> PolicyId:
        """Carry a draft on, step by step, up to a state."""
        steps = {
            "proposed": lambda: commission.propose_policy(self.supervisor(), policy=policy),
            "endorsed": lambda: commission.approve_policy(
                self.marketing(), policy=policy, step=Approval.MARKETING
            ),
            "approved": lambda: commission.approve_policy(
                self.finance(), policy=policy, step=Approval.FINANCE
            ),
            "configured": lambda: commission.configure_policy(self.support(), policy=policy),
            "verified": lambda: commission.verify_policy(
                self.supervisor(), policy=policy, cases=(tried or case(),)
            ),
            "effective": lambda: commission.make_policy_effective(self.support(), policy=policy),
        }
        for state, step in steps.items():
            step()
            if state == to:
                break
        return policy

    def effective(self, what: PolicyDraft | None = None, tried: Case | None = None) -> PolicyId:
        return self.carry(self.drafted(what), "effective", tried)
