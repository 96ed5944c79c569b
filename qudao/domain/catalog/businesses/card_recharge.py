"""Recharge by the PIN of a card: the value goes onto a line; it was paid for with the card."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

CARD_RECHARGE = Business(
    code="card_recharge",
    name_zh="充值卡充值",
    name_en="Recharge by card",
    amount=Amount.PRICED,
    reversible=False,
    position=10,
    icon="credit-card",
    journey=True,
)
businesses.register(CARD_RECHARGE.code)(CARD_RECHARGE)
