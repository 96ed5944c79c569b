"""Acts on settlements that are journeys: a worker computes, checks and posts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qudao.domain.commission.operations import payouts
from qudao.domain.commission.types.settlements import SettlementId
from qudao.domain.party import queries as party
from qudao.fronts.design.templatetags.design import named
from qudao.journeys import settling
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.forms import CodeField, CodeForm
from qudao.platform.backoffice.screen import add_to

_WORKER = _("A worker does it; its page says how far it is.")


class PayoutForm(CodeForm):
    """Whose file, and the account that pays."""

    branch = CodeField(party.organization_by_code, label=_("Branch"))
    account_number = forms.CharField(label=_("Account that pays"), max_length=40)
    bank_code = forms.CharField(
        label=_("Code of its bank's branch"), max_length=12, help_text=_("Twelve digits (CNAPS).")
    )

    def prepare(self) -> None:
        kinds = ["branch", "province"]
        found = party.organizations(self.ctx, PageRequest(MAX_LIMIT), kinds=kinds).items
        self.offer("branch", [(row.code, named(row)) for row in found])


def _id(row: Any) -> SettlementId:
    return SettlementId(row.pk)


add_to(
    "commission.settlement",
    acts=[
        Act(
            "compute",
            _("Compute"),
            "settling.compute",
            lambda ctx, row, data: settling.compute(ctx, settlement=_id(row)),
            when=lambda row: row.state in {"draft", "computed", "checked"} and not row.running,
            lead=_WORKER,
            icon="report-money",
            done=_("A worker computes it."),
        ),
        Act(
            "check",
            _("Check"),
            "settling.check",
            lambda ctx, row, data: settling.check(ctx, settlement=_id(row)),
            when=lambda row: row.state in {"computed", "checked"} and not row.running,
            lead=_WORKER,
            icon="clipboard-check",
            done=_("A worker checks it."),
        ),
        Act(
            "post",
            _("Post"),
            "settling.post",
            lambda ctx, row, data: settling.post(ctx, settlement=_id(row)),
            when=lambda row: row.state == "approved" and not row.running,
            lead=_("Money goes to the wallets, or waits for a payout file. A worker does it."),
            icon="send",
            done=_("A worker posts it."),
        ),
        Act(
            "payout",
            _("Make a payout file"),
            "commission.make_payout",
            lambda ctx, row, data: payouts.make_payout(
                ctx,
                settlement=_id(row),
                branch=data["branch"].id,
                account_number=data["account_number"],
                bank_code=data["bank_code"],
            ),
            form=PayoutForm,
            when=lambda row: row.state in {"posted", "closed"},
            lead=_("What a branch owes to banks, as pain.001. What is in it is on its way."),
            icon="building-bank",
        ),
    ],
)
