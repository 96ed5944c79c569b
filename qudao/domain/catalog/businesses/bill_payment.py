"""Bill payment (代收费): the amount due is asked for first; the customer may pay another."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

BILL_PAYMENT = Business(
    code="bill_payment",
    name_zh="缴费",
    name_en="Bill payment",
    amount=Amount.DUE,
    reversible=True,
    position=1,
    icon="receipt",
)
businesses.register(BILL_PAYMENT.code)(BILL_PAYMENT)
