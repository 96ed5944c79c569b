"""A handset cheaper with a contract (合约机): the BOSS binds the line for the term."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

CONTRACT_HANDSET = Business(
    code="contract_handset",
    name_zh="合约机",
    name_en="Handset with contract",
    amount=Amount.OPEN,
    reversible=False,
    position=14,
    icon="device-mobile-heart",
    journey=True,
)
businesses.register(CONTRACT_HANDSET.code)(CONTRACT_HANDSET)
