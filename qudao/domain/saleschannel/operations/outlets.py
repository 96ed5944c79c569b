"""Enter and change outlets."""

from __future__ import annotations

from collections.abc import Sequence

from qudao.domain.party import operations as party
from qudao.domain.party.types import OrganizationId, OrganizationKind
from qudao.domain.saleschannel import rules
from qudao.domain.saleschannel.events import OutletMoved, OutletOpened
from qudao.domain.saleschannel.models import Outlet
from qudao.domain.saleschannel.operations.places import (
    _check,
    _check_limits,
    _clean_businesses,
    _kind,
    _locked,
    _node_code,
    _open_row,
    _place,
    _put_contract,
)
from qudao.domain.saleschannel.types import Contract, OutletChange, OutletDraft, OutletState
from qudao.kernel.money import Money
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context


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
    :raises OutletFieldInvalid: if a star, a tier, a limit, a place or a name makes no sense.
    """
    above = _place(ctx, place)
    kind = _kind(draft.kind)
    _check(ctx, draft)
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
        tier=draft.tier,
        owner_id=draft.owner,
        state=OutletState.DRAFT,
        state_since=ctx.at,
        opening_hours=draft.opening_hours or {},
        hours_enforced=draft.hours_enforced,
        businesses=_clean_businesses(draft.businesses),
        sale_limit=draft.sale_limit.minor if draft.sale_limit else None,
        day_limit=draft.day_limit.minor if draft.day_limit else None,
    )
    if draft.contract:
        _put_contract(row, draft.contract)
    row.save(force_insert=True)
    record_subject(organization)
    announce(OutletOpened(organization, code, kind.code))
    return organization


@command("saleschannel.change", subject="outlet")
def change(ctx: Context, *, outlet: OrganizationId, changes: OutletChange) -> None:
    """
    Change the given fields of an outlet; the others stay.

    :raises OutletUnknown: if it is not in the actor's scope.
    :raises OutletStateConflict: if it is closed.
    :raises ChannelKindUnknown: if there is no such kind.
    :raises OpeningHoursInvalid: if the opening hours make no sense.
    :raises OutletFieldInvalid: if a star, a tier, a place or a name makes no sense.
    """
    row = _open_row(ctx, outlet, "change")
    _check(ctx, changes)
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
        "tier",
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
    :raises OutletFieldInvalid: if a code has not the form of one.
    """
    row = _open_row(ctx, outlet, "set_businesses")
    row.businesses = _clean_businesses(businesses)
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
