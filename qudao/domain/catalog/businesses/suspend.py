"""Suspension (停机保号): the line rests because its customer wants it to."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

SUSPEND = Business(
    code="suspend",
    name_zh="停机保号",
    name_en="Suspension",
    amount=Amount.PRICED,
    reversible=False,
    position=15,
    icon="player-pause",
)
businesses.register(SUSPEND.code)(SUSPEND)
