"""Account opening (开户): number, SIM, plan and prepayment for a customer who was identified."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

ACCOUNT_OPENING = Business(
    code="account_opening",
    name_zh="开户入网",
    name_en="Account opening",
    amount=Amount.OPEN,
    reversible=False,
    position=5,
    icon="user-plus",
    journey=True,
)
businesses.register(ACCOUNT_OPENING.code)(ACCOUNT_OPENING)
