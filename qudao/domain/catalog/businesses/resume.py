"""Resumption (复机): a line that its customer had suspended works again."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

RESUME = Business(
    code="resume",
    name_zh="复机",
    name_en="Resumption",
    amount=Amount.PRICED,
    reversible=False,
    position=16,
    icon="player-play",
)
businesses.register(RESUME.code)(RESUME)
