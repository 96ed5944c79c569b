"""The receipt of a pay-in, as the hall and the outlet print it."""

from __future__ import annotations

from typing import Final

from django.utils.translation import get_language, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from qudao.domain.payment.types import Method, PaymentReceipt
from qudao.fronts.design.templatetags.design import local_time, money
from qudao.fronts.receipts.paper import Paper, copy_mark

_METHODS: Final = {
    Method.CASH: pgettext_lazy("pay-in", "Cash"),
    Method.CARD: pgettext_lazy("pay-in", "Card"),
    Method.BANK_TRANSFER: pgettext_lazy("pay-in", "Bank transfer"),
}


def paper(receipt: PaymentReceipt, clerk: str) -> Paper:
    """Word a pay-in's receipt in the active language; `clerk` is who recorded it."""
    one = receipt.payment
    english = (get_language() or "").startswith("en")
    outlet = one.outlet_name_en if english else one.outlet_name_zh
    hall = one.hall_name_en if english else one.hall_name_zh
    lines = (
        (pgettext("pay-in", "Outlet"), outlet),
        (pgettext("pay-in", "Outlet code"), one.outlet_code),
        (pgettext("pay-in", "How"), str(_METHODS[Method(one.method)])),
        (pgettext("pay-in", "Time"), local_time(one.received_at, "full")),
        (pgettext("pay-in", "Recorded by"), clerk),
        (pgettext("pay-in", "Reference"), one.reference),
    )
    return Paper(
        place=hall or _("Received by bank transfer"),
        title=_("Pay-in receipt"),
        number=receipt.number,
        copy=copy_mark(one.prints),
        lines=tuple((label, value) for label, value in lines if value),
        paid_label=pgettext("pay-in", "Amount"),
        paid=money(one.amount),
        verdict=_("The amount is in the outlet's wallet.")
        if one.taken_back_at is None
        else _("Taken back: the outlet has got the money back."),
        foot=_("Keep this receipt. Questions: call the operator's hotline with its number."),
    )
