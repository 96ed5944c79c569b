"""An outlet buys goods from the operator; they are its own from then on."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

GOODS_PURCHASE = Business(
    code="goods_purchase",
    name_zh="进货",
    name_en="Purchase of goods",
    amount=Amount.OPEN,
    reversible=False,
    position=13,
    icon="truck",
    journey=True,
    line=False,
    boss=False,
)
businesses.register(GOODS_PURCHASE.code)(GOODS_PURCHASE)
