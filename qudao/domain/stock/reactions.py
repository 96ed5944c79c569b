"""The value of goods is at home in the branch that their place belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from qudao.domain.party.events import OrganizationMoved
from qudao.domain.stock import operations
from qudao.platform.events.relay import Entry, consumer
from qudao.platform.identity.roles import system_context


@consumer("stock.follow_places", commands=["saleschannel.move", "party.move_organization"])
def follow_places(entries: Sequence[Entry]) -> None:
    """Let the ledger follow what lies at places that have moved."""
    for entry in entries:
        for moved in entry.facts(OrganizationMoved):
            key = f"stock.follow_places:{entry.id}:{moved.organization}"
            operations.rehome(system_context(entry.at, key), organization=moved.organization)
