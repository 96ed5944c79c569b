"""Add-on (增值业务与流量包): sold at its price."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

ADD_ON = Business(
    code="add_on",
    name_zh="业务订购",
    name_en="Add-on",
    amount=Amount.PRICED,
    reversible=False,
    position=4,
    icon="packages",
)
businesses.register(ADD_ON.code)(ADD_ON)
