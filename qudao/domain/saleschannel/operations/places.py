"""What all operations of outlets ask for first, and what they refuse."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection

from qudao.domain.party import queries as organizations
from qudao.domain.party.operations import OrganizationNotFound
from qudao.domain.party.types import OrganizationId, OrganizationRow
from qudao.domain.saleschannel import rules
from qudao.domain.saleschannel.models import ChannelKind, Outlet
from qudao.domain.saleschannel.queries import ChannelKindUnknown, OutletUnknown
from qudao.domain.saleschannel.types import (
    LONGEST_ADDRESS,
    Contract,
    Market,
    OpeningHours,
    OutletChange,
    OutletDraft,
    OutletState,
)
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.context import Context

PLACES: Final = frozenset({"branch", "county"})
"""Kinds of organization under which outlets stand."""

_BUSINESS = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


@dataclass(eq=False)
class OutletStateConflict(Refusal, kind=Kind.CONFLICT):
    """The outlet is in a state from which this is not possible."""

    state: str
    wanted: str


@dataclass(eq=False)
class NodeCodeTaken(Refusal, kind=Kind.CONFLICT):
    """Another outlet carries this node code."""

    node_code: str


@dataclass(eq=False)
class NodeCodeInvalid(Refusal, kind=Kind.INVALID):
    """The node code does not belong to the place and kind, or its check digit is wrong."""

    node_code: str
    prefix: str


@dataclass(eq=False)
class NodeCodesExhausted(Refusal, kind=Kind.CONFLICT):
    """All sequence numbers of this place and ownership are given."""

    prefix: str


@dataclass(eq=False)
class PlaceUnsuitable(Refusal, kind=Kind.INVALID):
    """Outlets stand below a branch or a county."""

    organization_kind: str


@dataclass(eq=False)
class OpeningHoursInvalid(Refusal, kind=Kind.INVALID):
    """Weekdays are mon to sun, spans are HH:MM to HH:MM in order and apart."""

    problem: str
    """`weekday`, `time`, `order` or `overlap`."""


@dataclass(eq=False)
class OutletFieldInvalid(Refusal, kind=Kind.INVALID):
    """A field of the outlet has no sensible value."""

    field: str


@dataclass(eq=False)
class ContractMissing(Refusal, kind=Kind.CONFLICT):
    """Outlets of partners start only with a valid contract."""


@dataclass(eq=False)
class ReasonMissing(Refusal, kind=Kind.INVALID):
    """This needs a reason."""


def _place(ctx: Context, place: OrganizationId) -> OrganizationRow:
    above = organizations.organization(ctx, place)
    if above is None:
        raise OrganizationNotFound(place)
    if above.kind not in PLACES:
        raise PlaceUnsuitable(above.kind)
    return above


def _locked(ctx: Context, outlet: OrganizationId) -> Outlet:
    # Not the key: who holds the wallet may write what refers to the outlet, and a change of what a
    # sale looks at waits for that wallet (see docs/snapshots.md).
    row = (
        Outlet.objects.within(ctx.scope)
        .select_for_update(of=("self",), no_key=True)
        .select_related("organization", "kind")
        .filter(organization_id=outlet)
        .first()
    )
    if row is None:
        raise OutletUnknown(str(outlet))
    return row


def _open_row(ctx: Context, outlet: OrganizationId, verb: str) -> Outlet:
    row = _locked(ctx, outlet)
    if row.state == OutletState.CLOSED:
        raise OutletStateConflict(row.state, verb)
    return row


def _kind(code: str) -> ChannelKind:
    kind = ChannelKind.objects.filter(code=code).first()
    if kind is None:
        raise ChannelKindUnknown(code)
    return kind


def _node_code(prefix: str, chosen: str | None) -> str:
    with connection.cursor() as cursor:
        # Two outlets entered at once in one place take their numbers one after the other.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('node_code'), %s)", [int(prefix)])
    taken = Outlet.objects.unscoped("node codes are unique over all places").filter(
        node_code__startswith=prefix
    )
    if chosen is not None:
        if not rules.node_code_ok(chosen, prefix):
            raise NodeCodeInvalid(chosen, prefix)
        if taken.filter(node_code=chosen).exists():
            raise NodeCodeTaken(chosen)
        return chosen
    last = taken.order_by("-node_code").values_list("node_code", flat=True).first()
    sequence = int(last[7:11]) + 1 if last else 1
    if sequence > rules.LAST_SEQUENCE:
        # Somebody chose the last one: numbers that were skipped are still free.
        used = {int(code[7:11]) for code in taken.values_list("node_code", flat=True)}
        sequence = next((n for n in range(1, rules.LAST_SEQUENCE) if n not in used), 0)
    if not sequence:
        raise NodeCodesExhausted(prefix)
    return rules.node_code(prefix, sequence)


def _put_contract(row: Outlet, contract: Contract) -> None:
    if not 0 < len(contract.number.strip()) <= 64:
        raise OutletFieldInvalid("contract_number")
    if contract.deposit < Money(0):
        raise OutletFieldInvalid("deposit")
    row.contract_number = contract.number.strip()
    row.contract_from, row.contract_until = contract.period.start, contract.period.end
    row.deposit = contract.deposit.minor


def _check(ctx: Context, fields: OutletDraft | OutletChange) -> None:
    for name in ("name_zh", "name_en"):
        text = getattr(fields, name)
        if text is not None and not 0 < len(text.strip()) <= 100:
            raise OutletFieldInvalid(name)
    if fields.star is not None and not 1 <= fields.star <= 5:
        raise OutletFieldInvalid("star")
    if fields.tier is not None and not 1 <= fields.tier <= 4:
        raise OutletFieldInvalid("tier")
    if fields.market is not None and fields.market not in set(Market):
        raise OutletFieldInvalid("market")
    if (fields.longitude is None) != (fields.latitude is None):
        raise OutletFieldInvalid("longitude")
    if fields.longitude is not None and not -180 <= fields.longitude <= 180:
        raise OutletFieldInvalid("longitude")
    if fields.latitude is not None and not -90 <= fields.latitude <= 90:
        raise OutletFieldInvalid("latitude")
    if fields.address is not None and len(fields.address) > LONGEST_ADDRESS:
        raise OutletFieldInvalid("address")
    if fields.owner is not None and organizations.individual(ctx, fields.owner) is None:
        raise OutletFieldInvalid("owner")
    _check_hours(fields.opening_hours)


def _check_hours(hours: OpeningHours | None) -> None:
    problem = rules.opening_hours_problem(hours) if hours else None
    if problem:
        raise OpeningHoursInvalid(problem)


def _check_limits(sale_limit: Money | None, day_limit: Money | None) -> None:
    for name, limit in (("sale_limit", sale_limit), ("day_limit", day_limit)):
        if limit is not None and limit.minor <= 0:
            raise OutletFieldInvalid(name)


def _clean_businesses(businesses: Sequence[str] | None) -> list[str] | None:
    if businesses is None:
        return None
    if len(businesses) > 100 or not all(_BUSINESS.fullmatch(code) for code in businesses):
        raise OutletFieldInvalid("businesses")
    return sorted(set(businesses))
