"""What the outlet has bought before: recorded when sold, paid for already."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

OWN_GOODS = Business(
    code="own_goods",
    name_zh="自购商品销售",
    name_en="Own goods",
    amount=Amount.OPEN,
    reversible=True,
    position=12,
    icon="device-mobile-dollar",
    journey=True,
    line=False,
    boss=False,
)
businesses.register(OWN_GOODS.code)(OWN_GOODS)
