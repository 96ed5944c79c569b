"""Let outlets start, pause and end."""

from __future__ import annotations

from datetime import datetime

from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import rules
from qudao.domain.saleschannel.events import (
    OutletActivated,
    OutletClosed,
    OutletResumed,
    OutletSuspended,
)
from qudao.domain.saleschannel.models import Outlet
from qudao.domain.saleschannel.operations.places import (
    ContractMissing,
    OutletStateConflict,
    ReasonMissing,
    _locked,
)
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context


@command("saleschannel.activate", subject="outlet")
def activate(ctx: Context, *, outlet: OrganizationId) -> None:
    """
    Let a draft outlet sell.

    :raises OutletUnknown: if it is not in the actor's scope.
    :raises OutletStateConflict: if it is no draft.
    :raises ContractMissing: if it belongs to a partner and has no contract valid now.
    """
    row = _locked(ctx, outlet)
    _need_contract(row, ctx.at)
    _turn(ctx, row, "activate", "")
    announce(OutletActivated(outlet))


@command("saleschannel.suspend", subject="outlet")
def suspend(ctx: Context, *, outlet: OrganizationId, reason: str) -> None:
    """
    Stop an outlet's sales at once; what is in flight is finished or voided.

    :raises OutletUnknown: if it is not in the actor's scope.
    :raises OutletStateConflict: if it is not active.
    :raises ReasonMissing: without a reason.
    """
    _turn(ctx, _locked(ctx, outlet), "suspend", _reason(reason))
    announce(OutletSuspended(outlet, reason.strip()))


@command("saleschannel.resume", subject="outlet")
def resume(ctx: Context, *, outlet: OrganizationId) -> None:
    """
    Let a suspended outlet sell again.

    :raises OutletUnknown: if it is not in the actor's scope.
    :raises OutletStateConflict: if it is not suspended.
    :raises ContractMissing: if it belongs to a partner and has no contract valid now.
    """
    row = _locked(ctx, outlet)
    _need_contract(row, ctx.at)
    _turn(ctx, row, "resume", "")
    announce(OutletResumed(outlet))


@command("saleschannel.close", subject="outlet")
def close(ctx: Context, *, outlet: OrganizationId, reason: str) -> None:
    """
    End an outlet for good. Its history stays, its node code is not given again.

    :raises OutletUnknown: if it is not in the actor's scope.
    :raises OutletStateConflict: if it is closed already.
    :raises ReasonMissing: without a reason.
    """
    _turn(ctx, _locked(ctx, outlet), "close", _reason(reason))
    announce(OutletClosed(outlet, reason.strip()))


def _turn(ctx: Context, row: Outlet, verb: str, reason: str) -> None:
    after = rules.TRANSITIONS[verb].get(row.state)
    if after is None:
        raise OutletStateConflict(row.state, verb)
    row.state, row.state_reason, row.state_since = after, reason, ctx.at
    row.save(update_fields=["state", "state_reason", "state_since"])


def _need_contract(row: Outlet, at: datetime) -> None:
    if row.kind.ownership not in rules.NEEDS_CONTRACT:
        return
    if (
        row.contract_from is None
        or at < row.contract_from
        or (row.contract_until is not None and at >= row.contract_until)
    ):
        raise ContractMissing


def _reason(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()
