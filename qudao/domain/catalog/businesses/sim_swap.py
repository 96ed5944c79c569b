"""SIM swap (补换卡): another card for a line."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

SIM_SWAP = Business(
    code="sim_swap",
    name_zh="补换卡",
    name_en="SIM swap",
    amount=Amount.PRICED,
    reversible=False,
    position=6,
    icon="replace",
    journey=True,
)
businesses.register(SIM_SWAP.code)(SIM_SWAP)
