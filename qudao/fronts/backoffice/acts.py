"""Acts that are journeys: they stand on screens whose packages know nothing of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qudao.domain.payment.types import LineId, PaymentId
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.types import OutletRecord
from qudao.journeys import pay_in
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.forms import CodeField, CodeForm, ReasonForm
from qudao.platform.backoffice.screen import add_to
from qudao.platform.commands.context import Context


def _outlet(ctx: Context, code: str) -> OutletRecord | None:
    try:
        return saleschannel.outlet_by_node_code(ctx, node_code=code)
    except saleschannel.OutletUnknown:
        return None


class AssignForm(CodeForm):
    outlet = CodeField(_outlet, label=_("Outlet"), help_text=_("Its node code."))


add_to(
    "payment.bankline",
    acts=[
        Act(
            "assign",
            _("Assign to an outlet"),
            "pay_in.assign_line",
            lambda ctx, row, data: pay_in.assign_line(
                ctx, line=LineId(row.pk), outlet=data["outlet"].outlet
            ),
            form=AssignForm,
            when=lambda row: row.state == "waiting",
            lead=_("Puts the amount into the outlet's wallet. A high one needs a second person."),
            icon="check",
            done=_("Booked: the amount is in the outlet's wallet."),
        )
    ],
)

add_to(
    "payment.paymentreceived",
    acts=[
        Act(
            "take-back",
            _("Take back"),
            "pay_in.take_back",
            lambda ctx, row, data: pay_in.take_back(
                ctx, payment=PaymentId(row.pk), reason=data["reason"]
            ),
            form=ReasonForm,
            when=lambda row: (
                row.taken_back_at is None
                and row.hall_id is not None
                and (row.drawer is None or row.drawer.state == "open")
            ),
            lead=_(
                "For a pay-in of today that was recorded by mistake: the amount leaves the wallet "
                "again. Give the money back. A second person has to approve."
            ),
            icon="arrow-back-up",
            tone="danger",
        )
    ],
)
