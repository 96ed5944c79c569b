"""
Customers pay at the halls, and get what they paid for or their money back.

An amount is authorised outside any transaction; then, in one, it goes through the hall's wallet and
the sale is made; then it is captured. `pay_and_sell` does all of it while the customer waits,
`begin_page` sends the customer to the acquirer's page, `noticed` concludes what was paid there. Who
dies on the way leaves the payment to `settle`, which asks before it does anything.
"""

from qudao.journeys.paying.carrying import advance, charge_of, noticed, settle
from qudao.journeys.paying.means import MeansMissing, configured, means_of
from qudao.journeys.paying.paying import (
    Page,
    PaymentDeclined,
    PaymentGivenUp,
    PaymentUnreached,
    PaymentUnsettled,
    begin_page,
    pay_and_sell,
)
from qudao.journeys.paying.selling import sell, take_back, try_out
from qudao.journeys.paying.telling import tell

__all__ = [
    "MeansMissing",
    "Page",
    "PaymentDeclined",
    "PaymentGivenUp",
    "PaymentUnreached",
    "PaymentUnsettled",
    "advance",
    "begin_page",
    "charge_of",
    "configured",
    "means_of",
    "noticed",
    "pay_and_sell",
    "sell",
    "settle",
    "take_back",
    "tell",
    "try_out",
]
