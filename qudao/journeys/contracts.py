"""
The contract of an opening, for who has just had it signed.

Every look at it is journalled before it is shown: who fetched it, of which order.
"""

from __future__ import annotations

from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import CONTRACT, DossierUnknown
from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.types import OrderId
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


def contract_of(ctx: Context, *, order: OrderId) -> bytes:
    """
    Return the signed contract (PDF) of an order to who gathered its dossier, within a day.

    :raises NotPermitted: without `contracts.fetch`.
    :raises OrderUnknown: if there is no such order in the actor's scope.
    :raises DossierUnknown: if it carries none, or somebody else gathered it, or longer ago.
    :raises FileNotFound: if nothing was signed for it.
    """
    record_fetch(ctx, order=order)
    dossier = customers.dossier_of_order(ctx, order=order)
    if dossier is None:
        raise DossierUnknown(order)
    return customers.own_file(ctx, dossier=dossier, kind=CONTRACT)


@command("contracts.fetch", subject="order")
def record_fetch(ctx: Context, *, order: OrderId) -> None:
    """
    Write into the journal that somebody fetches a contract.

    :raises OrderUnknown: if there is no such order in the actor's scope.
    """
    orders.order(ctx, order=order)
