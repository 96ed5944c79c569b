"""Cancellation of an add-on (退订): which one stands in the order's details."""

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.types import Amount, Business

ADD_ON_CANCEL = Business(
    code="add_on_cancel",
    name_zh="业务退订",
    name_en="Add-on cancellation",
    amount=Amount.PRICED,
    reversible=False,
    position=17,
    icon="package-off",
    journey=True,
)
businesses.register(ADD_ON_CANCEL.code)(ADD_ON_CANCEL)
