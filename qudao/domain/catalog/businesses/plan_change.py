"""Plan change (套餐变更): the chosen plan's monthly fee is billed by the BOSS, not taken here."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

PLAN_CHANGE = Business(
    code="plan_change",
    name_zh="套餐变更",
    name_en="Plan change",
    amount=Amount.PRICED,
    reversible=False,
    position=3,
    icon="arrows-exchange",
)
businesses.register(PLAN_CHANGE.code)(PLAN_CHANGE)
