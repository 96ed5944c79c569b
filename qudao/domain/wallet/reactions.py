"""Wallets follow their outlets: opened with them, and at home in the branch they belong to."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from qudao.domain.party.events import OrganizationMoved
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel.events import OutletOpened
from qudao.domain.wallet import operations
from qudao.domain.wallet.models import Wallet
from qudao.platform.commands.context import Context
from qudao.platform.events.relay import Entry, consumer
from qudao.platform.identity.roles import system_context


@consumer(
    "wallet.follow_outlets",
    commands=["saleschannel.open_outlet", "saleschannel.move", "party.move_organization"],
)
def follow_outlets(entries: Sequence[Entry]) -> None:
    """Open the wallets of new outlets; let those of moved ones count for their new branch."""
    for entry in entries:
        for opened in entry.facts(OutletOpened):
            operations.open(_context(entry, opened.outlet), outlet=opened.outlet)
        for moved in entry.facts(OrganizationMoved):
            below = Wallet.objects.unscoped("a move takes along all that lies below").filter(
                Q(outlet__path=moved.new_path) | Q(outlet__path__startswith=f"{moved.new_path}.")
            )
            for outlet in map(OrganizationId, below.values_list("outlet_id", flat=True)):
                operations.rehome(_context(entry, outlet), outlet=outlet)


def _context(entry: Entry, outlet: OrganizationId) -> Context:
    return system_context(entry.at, f"wallet.follow_outlets:{entry.id}:{outlet}")
