"""Sale of a recharge card (充值卡): the BOSS makes the card valid, then its PIN is shown once."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

RECHARGE_CARD = Business(
    code="recharge_card",
    name_zh="充值卡销售",
    name_en="Recharge card",
    amount=Amount.PRICED,
    reversible=False,
    position=9,
    icon="ticket",
    journey=True,
    line=False,
)
businesses.register(RECHARGE_CARD.code)(RECHARGE_CARD)
