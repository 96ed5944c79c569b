"""An order that a customer has paid comes to nothing: the customer gets the money back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from qudao.domain.checkout import operations as checkout
from qudao.domain.checkout import queries as payments
from qudao.domain.ordering.events import OrderSettled
from qudao.domain.ordering.types import OrderState
from qudao.platform.events.relay import Entry, consumer
from qudao.platform.identity.roles import system_context


@consumer("paying.follow_orders", commands=["ordering.settle"])
def follow_orders(entries: Sequence[Entry]) -> None:
    """Note the payments of orders that the BOSS has refused, or taken back."""
    ended: dict[UUID, Entry] = {}
    for entry in entries:
        for fact in entry.facts(OrderSettled):
            if fact.reverses is None and fact.state == OrderState.FAILED:
                ended[fact.order] = entry
            elif fact.reverses is not None and fact.state == OrderState.COMPLETED:
                ended[fact.reverses] = entry
    for order, paid in payments.of_orders(orders=ended.keys()).items():
        ctx = system_context(ended[order].at, f"paying.follow_orders:{order}")
        checkout.record_failed(ctx, payment=paid.id)
