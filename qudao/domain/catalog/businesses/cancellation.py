"""Cancellation (销户): the line ends, its number rests."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

CANCELLATION = Business(
    code="cancellation",
    name_zh="销户",
    name_en="Cancellation",
    amount=Amount.PRICED,
    reversible=False,
    position=8,
    icon="user-minus",
    journey=True,
)
businesses.register(CANCELLATION.code)(CANCELLATION)
