"""Read halls, and the outlets whose money they take."""

from __future__ import annotations

from dataclasses import replace

from qudao.domain.party.types import OrganizationId
from qudao.domain.payment.types import NotAHall, PayingOutlet
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.types import OutletFilter, OutletRecord, OutletState, Ownership
from qudao.kernel.page import PageRequest
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context


def own_hall(ctx: Context, *, hall: OrganizationId) -> OutletRecord:
    """
    Return one of the operator's own halls.

    :raises OutletUnknown: if there is none in the actor's scope.
    :raises NotAHall: if the outlet belongs to somebody else.
    """
    found = saleschannel.outlet(ctx, outlet=hall)
    if found.ownership != Ownership.OWN:
        raise NotAHall(hall)
    return found


def branch_scope(path: str) -> Scope:
    """Return the branch that a place belongs to, as a scope."""
    return Scope.of([".".join(path.split(".")[:3])])


def paying_outlets(ctx: Context, *, hall: OrganizationId, text: str) -> tuple[PayingOutlet, ...]:
    """
    Return the outlets of a hall's branch that a text may mean (a name, a node code's beginning).

    A hall's clerk sees no more of the branch than this: whose money it is that lies on the table.

    :raises NotPermitted: without `payment.read`.
    :raises OutletUnknown: if there is no such hall in the actor's scope.
    :raises NotAHall: if it is no hall of the operator's own.
    """
    ctx.require("payment.read")
    here = own_hall(ctx, hall=hall)
    rows = saleschannel.outlets(
        replace(ctx, scope=branch_scope(here.path)),
        filter=OutletFilter(
            text=text,
            states=frozenset({OutletState.DRAFT, OutletState.ACTIVE, OutletState.SUSPENDED}),
        ),
        page=PageRequest(20),
    )
    return tuple(
        PayingOutlet(row.outlet, row.node_code, row.name_zh, row.name_en, row.state)
        for row in rows.items
    )
