"""
What is said to the BOSS and what its answers mean: TM Forum v4 JSON, and nothing of HTTP's.

Amounts cross as exact decimals, never as floats.
"""

from qudao.gateways.boss.tmf.answers import (
    Entry,
    Unreadable,
    Work,
    found,
    impersonal,
    outcome,
    read_due,
    read_entries,
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
    PATCH,
    PAYMENT_BUSINESSES,
    PAYMENTS,
    PRODUCTS,
    REFUNDS,
    Incomplete,
    batch,
    collection,
    original,
    request,
)

__all__ = [
    "BILLS",
    "BUCKETS",
    "CUSTOMERS",
    "Entry",
    "Incomplete",
    "ORDERS",
    "PATCH",
    "PAYMENTS",
    "PAYMENT_BUSINESSES",
    "PRODUCTS",
    "REFUNDS",
    "Unreadable",
    "Work",
    "batch",
    "collection",
    "found",
    "impersonal",
    "original",
    "outcome",
    "read_due",
    "read_entries",
    "read_fault",
    "read_subscriber",
    "read_work",
    "read_works",
    "request",
]
