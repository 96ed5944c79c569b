"""
Channels enter, change and leave by a process: what a person asks for is kept as a draft, or as
data, until those who have to look at it have looked.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from qudao.domain.party import queries as organizations
from qudao.domain.party.operations import OrganizationNotFound
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import (
    Contract,
    OutletChange,
    OutletDraft,
    OutletRecord,
    OutletState,
    Ownership,
)
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.kernel.period import business_date, day_bounds
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.codec import Json, encode
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.processes import operations as processes
from qudao.platform.processes.types import InstanceId, Words

ENTRY: Final = "channel_entry"
CHANGE: Final = "channel_change"
EXIT: Final = "channel_exit"

PLAIN: Final = frozenset({"opening_hours", "hours_enforced"})
"""What changes without anybody's leave; all else of an outlet is core data."""
PLACE: Final = frozenset({"address", "longitude", "latitude"})
UNDER_CONTRACT: Final = frozenset({Ownership.SOCIAL, Ownership.INTERNET})
LONGEST_REASON: Final = 500


@dataclass(eq=False)
class NothingChanged(Refusal, kind=Kind.INVALID):
    """All of it is so already."""


@dataclass(eq=False)
class ReasonMissing(Refusal, kind=Kind.INVALID):
    """This needs a reason, and not too long a one."""

    longest: int


@dataclass(eq=False)
class NotInService(Refusal, kind=Kind.CONFLICT):
    """Only an outlet that was opened, and is not closed, changes or leaves."""

    state: str


@dataclass(eq=False)
class LastDayPast(Refusal, kind=Kind.INVALID):
    """Sales stop after the last day: it cannot be over already."""

    last_day: date
    field: str = "last_day"


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """What shall become different; None leaves a thing as it is."""

    details: OutletChange
    place: OrganizationId | None = None
    """Another county or branch."""
    contract: Contract | None = None


@command("channels.enter")
def enter(ctx: Context, *, place: OrganizationId, draft: OutletDraft) -> InstanceId:
    """
    Enter a channel with the node code that was chosen for it, and ask for its admission.

    Its outlet is a draft until the process has come to its end.

    :raises ContractMissing: if it is a partner's, and comes without a contract.
    :raises Refusal: those of `saleschannel.open_outlet` and `processes.start`.
    """
    ownership = outlets.kind(draft.kind).ownership
    if ownership in UNDER_CONTRACT and draft.contract is None:
        raise saleschannel.ContractMissing
    outlet = saleschannel.open_outlet(ctx, place=place, draft=draft)
    wallet.open(ctx, outlet=outlet)
    record = outlets.outlet(ctx, outlet=outlet)
    return _start(ctx, ENTRY, record, {"deposit_due": record.deposit.minor})


@command("channels.change", subject="outlet", led=True)
def change(
    ctx: Context, *, outlet: OrganizationId, changes: ChannelChange, reason: str
) -> InstanceId:
    """
    Ask for a change of a channel's details, place or contract; what is so already is left out.

    :raises OutletUnknown: if it is not in the actor's scope.
    :raises NotInService: if it is a draft or closed.
    :raises OrganizationNotFound: if the new place is not in the actor's scope.
    :raises NothingChanged: if nothing would be different.
    :raises ReasonMissing: without a reason.
    :raises Refusal: those of `processes.start`.
    """
    said = _reason(reason)
    record = _in_service(ctx, outlet)
    details = differing(record, changes.details)
    place = _other_place(ctx, record, changes.place)
    contract = None if _same(record, changes.contract) else changes.contract
    if not details and place is None and contract is None:
        raise NothingChanged
    held = wallets.deposit_held(ctx, outlet=outlet)
    due = max(0, contract.deposit.minor - held.minor) if contract is not None else 0
    return _start(
        ctx,
        CHANGE,
        record,
        {
            "reason": said,
            "changes": encode(details),
            "new_place": encode(place),
            "contract": encode(contract),
            "core": bool(set(details) - PLAIN) or place is not None or contract is not None,
            "place_changed": bool(set(details) & PLACE) or place is not None,
            "deposit_due": due,
        },
    )


@command("channels.leave", subject="outlet")
def leave(ctx: Context, *, outlet: OrganizationId, last_day: date, reason: str) -> InstanceId:
    """
    Ask that a channel is closed once all between it and us is settled.

    :raises OutletUnknown: if it is not in the actor's scope.
    :raises NotInService: if it is a draft or closed.
    :raises LastDayPast: if the last day of business is before today.
    :raises ReasonMissing: without a reason.
    :raises Refusal: those of `processes.start`.
    """
    said = _reason(reason)
    record = _in_service(ctx, outlet)
    if last_day < business_date(ctx.at):
        raise LastDayPast(last_day)
    end = day_bounds(last_day).end
    assert end is not None
    return _start(
        ctx,
        EXIT,
        record,
        {"reason": said, "last_day": last_day.isoformat(), "stop_at": end.isoformat()},
    )


def differing(record: OutletRecord, details: OutletChange) -> dict[str, Any]:
    """Return by name what a change would make different."""
    wanted = {one.name: getattr(details, one.name) for one in fields(details)}
    return {
        name: value
        for name, value in wanted.items()
        if value is not None and value != getattr(record, name)
    }


def _same(record: OutletRecord, contract: Contract | None) -> bool:
    return contract is None or (
        contract.number,
        contract.period.start,
        contract.period.end,
        contract.deposit,
    ) == (record.contract_number, record.contract_from, record.contract_until, record.deposit)


def _other_place(
    ctx: Context, record: OutletRecord, place: OrganizationId | None
) -> OrganizationId | None:
    if place is None:
        return None
    above = organizations.organization(ctx, place)
    if above is None:
        raise OrganizationNotFound(place)
    return None if record.path == f"{above.path}.{record.code}" else place


def _in_service(ctx: Context, outlet: OrganizationId) -> OutletRecord:
    record = outlets.outlet(ctx, outlet=outlet)
    if record.state not in (OutletState.ACTIVE, OutletState.SUSPENDED):
        raise NotInService(record.state)
    return record


def _reason(reason: str) -> str:
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise ReasonMissing(LONGEST_REASON)
    return reason.strip()


def _start(ctx: Context, process: str, record: OutletRecord, data: dict[str, Json]) -> InstanceId:
    return processes.start(
        ctx,
        process=process,
        subject=record.outlet,
        path=record.path,
        title=Words(record.name_zh, record.name_en),
        data={
            "ownership": record.ownership,
            "channel_kind": record.kind,
            "node_code": record.node_code,
            **data,
        },
    )
