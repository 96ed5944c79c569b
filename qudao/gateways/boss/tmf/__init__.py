"""
What is said to the BOSS and what its answers mean: TM Forum v4 JSON, and nothing of HTTP's.

Amounts cross as exact decimals, never as floats.
"""

from qudao.gateways.boss.tmf.answers import (
    Unreadable,
    Work,
    found,
    impersonal,
    outcome,
    read_due,
    read_fault,
    read_subscriber,
    read_work,
    read_works,
)
from qudao.gateways.boss.tmf.requests import (
    BILLS,
    BUCKETS,
    CUSTOMERS,
    ORDERS,
    PAYMENT_BUSINESSES,
    PAYMENTS,
    PRODUCTS,
    REFUNDS,
    Incomplete,
    collection,
    original,
    request,
)

__all__ = [
    "BILLS",
    "BUCKETS",
    "CUSTOMERS",
    "Incomplete",
    "ORDERS",
    "PAYMENTS",
    "PAYMENT_BUSINESSES",
    "PRODUCTS",
    "REFUNDS",
    "Unreadable",
    "Work",
    "collection",
    "found",
    "impersonal",
    "original",
    "outcome",
    "read_due",
    "read_fault",
    "read_subscriber",
    "read_work",
    "read_works",
    "request",
]
