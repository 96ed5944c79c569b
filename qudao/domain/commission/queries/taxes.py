"""How payees are taxed in a month."""

from __future__ import annotations

from datetime import date

from qudao.domain.commission.models.payouts import TaxTerms
from qudao.domain.commission.rules.taxes import SHIPPED
from qudao.domain.commission.types.settlements import Payee, TaxBand


def bands_of(payee: Payee, month: date) -> tuple[TaxBand, ...]:
    """Return the bands that hold for a kind of payee in a month: the set ones, or the shipped."""
    rows = TaxTerms.objects.filter(payee=payee, from_month__lte=month).order_by("-from_month")
    found = rows.values_list("bands", flat=True).first()
    return SHIPPED[payee] if found is None else tuple(TaxBand(**one) for one in found)
