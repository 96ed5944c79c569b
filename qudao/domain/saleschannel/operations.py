"""Change outlets, and load the reference data of the sales channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from qudao.domain.party import operations as party
from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationId, OrganizationKind, OrganizationRow
from qudao.domain.saleschannel import data, rules
from qudao.domain.saleschannel.events import (
    OutletActivated,
    OutletClosed,
    OutletMoved,
    OutletOpened,
    OutletResumed,
    OutletSuspended,
)
from qudao.domain.saleschannel.models import ChannelKind, Outlet
from qudao.domain.saleschannel.queries import ChannelKindUnknown, OutletUnknown
from qudao.domain.saleschannel.types import (
    Contract,
    Market,
    OpeningHours,
    OutletChange,
    OutletDraft,
    OutletState,
)
from qudao.kernel.money import Money
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context

PLACES: Final = frozenset({"branch", "county"})
"""Kinds of organization under which outlets stand."""


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


@command("saleschannel.load_reference")
def load_reference(ctx: Context) -> int:
    """
    Load what ships: the group, Henan with its branches and counties, and the channel kinds.

    Adds what is missing and never overwrites what people changed; returns how many rows it added.

    :raises NotPermitted: without the grant.
    """
    known = _known_codes(ctx)
    added = 0

    def ensure(code: str, kind: str, zh: str, en: str, parent: str | None, division: str) -> None:
        nonlocal added
        if code in known:
            return
        known[code] = party.create_organization(
            ctx,
            kind=OrganizationKind(kind),
            code=code,
            name_zh=zh,
            name_en=en,
            parent=known[parent] if parent else None,
            division_code=division,
        )
        added += 1

    ensure("000", "group", "集团公司", "Group", None, "")
    for place in data.divisions():
        match place.kind:
            case "province":
                zh, en = f"{place.name_zh.removesuffix('省')}省公司", f"{place.name_en} Province"
                ensure(place.code, "province", zh, en, "000", place.code)
            case "branch":
                zh = f"{place.name_zh.removesuffix('市')}分公司"
                ensure(
                    place.code, "branch", zh, f"{place.name_en} Branch", place.parent, place.code
                )
            case _:
                ensure(place.code, "county", place.name_zh, place.name_en, place.parent, place.code)
    present = set(ChannelKind.objects.values_list("code", flat=True))
    missing = [
        ChannelKind(**asdict(kind), position=position)
        for position, kind in enumerate(data.channel_kinds())
        if kind.code not in present
    ]
    ChannelKind.objects.bulk_create(missing)
    return added + len(missing)


@command("saleschannel.open_outlet")
def open_outlet(ctx: Context, *, place: OrganizationId, draft: OutletDraft) -> OrganizationId:
    """
    Enter a new outlet below a county or a branch; it may not sell yet.

    Its organization is created with the node code as its code.

    :raises OrganizationNotFound: if the place is not in the actor's scope.
    :raises PlaceUnsuitable: if outlets cannot stand there.
    :raises ChannelKindUnknown: if there is no such kind.
    :raises NodeCodeInvalid: if the chosen node code does not belong there or does not check.
    :raises NodeCodeTaken: if another outlet carries it.
    :raises NodeCodesExhausted: if no sequence number is left.
    :raises OpeningHoursInvalid: if the opening hours make no sense.
    :raises OutletFieldInvalid: if a star, a limit, a place or a name makes no sense.
    """
    above = _place(ctx, place)
    kind = _kind(draft.kind)
    _check(draft)
    _check_limits(draft.sale_limit, draft.day_limit)
    prefix = rules.node_prefix(above.division_code or above.code, kind.ownership)
    code = _node_code(prefix, draft.node_code)
    organization = party.create_organization(
        ctx,
        kind=OrganizationKind.OUTLET,
        code=code,
        name_zh=draft.name_zh.strip(),
        name_en=draft.name_en.strip(),
        parent=place,
        division_code=above.division_code,
    )
    row = Outlet(
        organization_id=organization,
        kind=kind,
        node_code=code,
        market=draft.market,
        address=draft.address,
        longitude=draft.longitude,
        latitude=draft.latitude,
        star=draft.star,
        owner_id=draft.owner,
        state=OutletState.DRAFT,
        state_since=ctx.at,
        opening_hours=draft.opening_hours or {},
        hours_enforced=draft.hours_enforced,
        businesses=None if draft.businesses is None else sorted(set(draft.businesses)),
        sale_limit=draft.sale_limit.minor if draft.sale_limit else None,
        day_limit=draft.day_limit.minor if draft.day_limit else None,
    )
    if draft.contract:
        _put_contract(row, draft.contract)
    row.save(force_insert=True)
    record_subject(organization)
    announce(OutletOpened(organization, code, kind.code))
    return organization


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


@command("saleschannel.change", subject="outlet")
def change(ctx: Context, *, outlet: OrganizationId, changes: OutletChange) -> None:
    """
    Change the given fields of an outlet; the others stay.

    :raises OutletUnknown: if it is not in the actor's scope.
    :raises OutletStateConflict: if it is closed.
    :raises ChannelKindUnknown: if there is no such kind.
    :raises OpeningHoursInvalid: if the opening hours make no sense.
    :raises OutletFieldInvalid: if a star, a place or a name makes no sense.
    """
    row = _open_row(ctx, outlet, "change")
    _check(changes)
    if changes.name_zh is not None or changes.name_en is not None:
        party.rename_organization(
            ctx,
            organization=outlet,
            name_zh=(changes.name_zh or row.organization.name_zh).strip(),
            name_en=(changes.name_en or row.organization.name_en).strip(),
        )
    if changes.kind is not None:
        row.kind = _kind(changes.kind)
    if changes.owner is not None:
        row.owner_id = changes.owner
    plain = (
        "address",
        "longitude",
        "latitude",
        "star",
        "market",
        "opening_hours",
        "hours_enforced",
    )
    for name in plain:
        value = getattr(changes, name)
        if value is not None:
            setattr(row, name, value)
    row.save()


@command("saleschannel.sign_contract", subject="outlet")
def sign_contract(ctx: Context, *, outlet: OrganizationId, contract: Contract) -> None:
    """
    Put an outlet under a contract: its number, its validity, its deposit.

    :raises OutletUnknown: if it is not in the actor's scope.
    :raises OutletStateConflict: if it is closed.
    :raises OutletFieldInvalid: if the number is missing or the deposit negative.
    """
    row = _open_row(ctx, outlet, "sign_contract")
    _put_contract(row, contract)
    row.save()


@command("saleschannel.set_limits", subject="outlet")
def set_limits(
    ctx: Context, *, outlet: OrganizationId, sale_limit: Money | None, day_limit: Money | None
) -> None:
    """
    Set the most that one sale, and that all sales of a day, may be worth; None for no limit.

    :raises OutletUnknown: if it is not in the actor's scope.
    :raises OutletStateConflict: if it is closed.
    :raises OutletFieldInvalid: if a limit is not positive.
    """
    row = _open_row(ctx, outlet, "set_limits")
    _check_limits(sale_limit, day_limit)
    row.sale_limit = sale_limit.minor if sale_limit else None
    row.day_limit = day_limit.minor if day_limit else None
    row.save()


@command("saleschannel.set_businesses", subject="outlet")
def set_businesses(
    ctx: Context, *, outlet: OrganizationId, businesses: Sequence[str] | None
) -> None:
    """
    Set the businesses that an outlet may carry; None for all that its kind is fit for.

    :raises OutletUnknown: if it is not in the actor's scope.
    :raises OutletStateConflict: if it is closed.
    """
    row = _open_row(ctx, outlet, "set_businesses")
    row.businesses = None if businesses is None else sorted(set(businesses))
    row.save()


@command("saleschannel.move", subject="outlet")
def move(ctx: Context, *, outlet: OrganizationId, place: OrganizationId) -> None:
    """
    Put an outlet under another county or branch. Its node code stays.

    :raises OutletUnknown: if it is not in the actor's scope.
    :raises OutletStateConflict: if it is closed.
    :raises OrganizationNotFound: if the place is not in the actor's scope.
    :raises PlaceUnsuitable: if outlets cannot stand there.
    """
    _open_row(ctx, outlet, "move")
    above = _place(ctx, place)
    party.move_organization(ctx, organization=outlet, parent=place)
    announce(OutletMoved(outlet, f"{above.path}.{_locked(ctx, outlet).node_code}"))


def _known_codes(ctx: Context) -> dict[str, OrganizationId]:
    known: dict[str, OrganizationId] = {}
    page = PageRequest(MAX_LIMIT)
    while True:
        found = organizations.organizations(
            ctx, page, kinds=["group", "province", "branch", "county"]
        )
        known |= {row.code: row.id for row in found.items}
        if not found.has_next:
            return known
        page = PageRequest(MAX_LIMIT, page.offset + MAX_LIMIT)


def _place(ctx: Context, place: OrganizationId) -> OrganizationRow:
    above = organizations.organization(ctx, place)
    if above is None:
        raise party.OrganizationNotFound(place)
    if above.kind not in PLACES:
        raise PlaceUnsuitable(above.kind)
    return above


def _locked(ctx: Context, outlet: OrganizationId) -> Outlet:
    row = (
        Outlet.objects.within(ctx.scope)
        .select_for_update(of=("self",))
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
        raise NodeCodesExhausted(prefix)
    return rules.node_code(prefix, sequence)


def _put_contract(row: Outlet, contract: Contract) -> None:
    if not contract.number.strip():
        raise OutletFieldInvalid("contract_number")
    if contract.deposit < Money(0):
        raise OutletFieldInvalid("deposit")
    row.contract_number = contract.number.strip()
    row.contract_from, row.contract_until = contract.period.start, contract.period.end
    row.deposit = contract.deposit.minor


def _check(fields: OutletDraft | OutletChange) -> None:
    for name in ("name_zh", "name_en"):
        text = getattr(fields, name)
        if text is not None and not 0 < len(text.strip()) <= 100:
            raise OutletFieldInvalid(name)
    if fields.star is not None and not 1 <= fields.star <= 5:
        raise OutletFieldInvalid("star")
    if fields.market is not None and fields.market not in set(Market):
        raise OutletFieldInvalid("market")
    if (fields.longitude is None) != (fields.latitude is None):
        raise OutletFieldInvalid("longitude")
    if fields.longitude is not None and not -180 <= fields.longitude <= 180:
        raise OutletFieldInvalid("longitude")
    if fields.latitude is not None and not -90 <= fields.latitude <= 90:
        raise OutletFieldInvalid("latitude")
    _check_hours(fields.opening_hours)


def _check_hours(hours: OpeningHours | None) -> None:
    problem = rules.opening_hours_problem(hours) if hours else None
    if problem:
        raise OpeningHoursInvalid(problem)


def _check_limits(sale_limit: Money | None, day_limit: Money | None) -> None:
    for name, limit in (("sale_limit", sale_limit), ("day_limit", day_limit)):
        if limit is not None and limit.minor <= 0:
            raise OutletFieldInvalid(name)


def _reason(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()
