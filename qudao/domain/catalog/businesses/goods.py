"""Handsets, kits and gifts from the shelf; the BOSS has no part in it."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

GOODS = Business(
    code="goods",
    name_zh="终端与商品",
    name_en="Handsets and goods",
    amount=Amount.OPEN,
    reversible=True,
    position=11,
    icon="device-mobile",
    journey=True,
    line=False,
    boss=False,
)
businesses.register(GOODS.code)(GOODS)
