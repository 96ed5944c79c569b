"""Number change (改号): another number for a line; the old one rests."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

NUMBER_CHANGE = Business(
    code="number_change",
    name_zh="改号",
    name_en="Number change",
    amount=Amount.OPEN,
    reversible=False,
    position=7,
    icon="arrows-exchange",
    journey=True,
)
businesses.register(NUMBER_CHANGE.code)(NUMBER_CHANGE)
