"""Air top-up (空中充值): any amount of whole yuan within the offering's range."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

TOP_UP = Business(
    code="top_up",
    name_zh="充值",
    name_en="Top-up",
    amount=Amount.OPEN,
    reversible=True,
    position=2,
    icon="bolt",
)
businesses.register(TOP_UP.code)(TOP_UP)
