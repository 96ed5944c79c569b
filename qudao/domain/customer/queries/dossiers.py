"""Read dossiers, and the files in them for those who may."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from qudao.domain.customer import rules
from qudao.domain.customer.documents import documents
from qudao.domain.customer.models import Agreement, Customer, Dossier, Picture
from qudao.domain.customer.queries.customers import clear, masked
from qudao.domain.customer.types import (
    CONTRACT,
    SIGNATURE,
    CustomerId,
    DossierClosed,
    DossierId,
    DossierRecord,
    DossierRow,
    DossierSearch,
    DossierState,
    DossierUnknown,
    PartyFacts,
    Purpose,
    Role,
)
from qudao.domain.party.types import OrganizationId
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.period import business_date, day_bounds
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import page_of
from qudao.platform.vault import files
from qudao.platform.vault.types import FileId, FileNotFound

OWN: Final = timedelta(hours=24)
"""How long who gathered a dossier sees its files again: to print the contract once more."""


def dossier(ctx: Context, *, dossier: DossierId) -> DossierRecord:
    """
    Return a dossier, its persons masked, with what it still needs.

    :raises NotPermitted: without `customer.read`.
    :raises DossierUnknown: if there is none in the actor's scope.
    """
    ctx.require("customer.read")
    row = _dossier(ctx, dossier)
    today = business_date(ctx.at)
    persons = persons_of(row)
    pictures, agreement = _files_of(row)
    needed = _missing(row, persons, pictures, agreement is not None, today)
    draft = row.state == DossierState.DRAFT
    return DossierRecord(
        id=DossierId(row.id),
        outlet=OrganizationId(row.outlet_id),
        actor=row.actor,
        purpose=row.purpose,
        state=state_of(row.state, row.expires_at <= ctx.at),
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        agreement=row.agreement,
        number=row.number,
        order=row.order,
        choices=row.choices,
        customer=_id(row.customer_id),
        agent=_id(row.agent_id),
        guardian=_id(row.guardian_id),
        persons={role: masked(person, today) for role, person in persons.items()},
        pictures=tuple(sorted(pictures)),
        signed_at=None if agreement is None else agreement.signed_at,
        missing=needed if draft else (),
    )


def missing(ctx: Context, *, dossier: DossierId) -> tuple[str, ...]:
    """
    Return what a draft still needs, in the order of the counter; nothing when it may be submitted.

    :raises NotPermitted: without `customer.read`.
    :raises DossierUnknown: if there is none in the actor's scope.
    """
    ctx.require("customer.read")
    return missing_in(_dossier(ctx, dossier), business_date(ctx.at))


def dossiers(ctx: Context, *, search: DossierSearch, page: PageRequest) -> Page[DossierRow]:
    """
    Return dossiers of the actor's scope, newest first.

    :raises NotPermitted: without `customer.read`.
    """
    ctx.require("customer.read")
    rows = Dossier.objects.within(ctx.scope)
    if search.outlet is not None:
        rows = rows.filter(outlet_id=search.outlet)
    if search.purpose:
        rows = rows.filter(purpose=search.purpose)
    if search.states:
        rows = rows.filter(state__in=search.states)
    if search.number:
        rows = rows.filter(number=search.number)
    if search.agreement:
        rows = rows.filter(agreement=search.agreement.strip().upper().replace(" ", ""))
    if search.first is not None:
        rows = rows.filter(opened_at__gte=day_bounds(search.first).start)
    if search.last is not None:
        rows = rows.filter(opened_at__lt=day_bounds(search.last).end)
    return page_of(
        rows.order_by("-opened_at", "-id"),
        DossierRow,
        page,
        outlet="outlet_id",
        outlet_code="outlet__code",
        outlet_name_zh="outlet__name_zh",
        outlet_name_en="outlet__name_en",
    )


def dossier_of_order(ctx: Context, *, order: UUID) -> DossierId | None:
    """
    Return the dossier that an order carries; None if there is none in the actor's scope.

    :raises NotPermitted: without `customer.read`.
    """
    ctx.require("customer.read")
    found = Dossier.objects.within(ctx.scope).filter(order=order).values_list("id", flat=True)
    return next((DossierId(one) for one in found), None)


def parties_to(ctx: Context, *, dossier: DossierId) -> dict[str, PartyFacts]:
    """
    Return the persons of a draft in the clear, by role, for the contract that they will sign.

    :raises NotPermitted: without `customer.sign`.
    :raises DossierUnknown: if there is none in the actor's scope.
    :raises DossierClosed: if it is no draft any more.
    """
    ctx.require("customer.sign")
    row = _dossier(ctx, dossier)
    state = state_of(row.state, row.expires_at <= ctx.at)
    if state != DossierState.DRAFT:
        raise DossierClosed(state)
    return {role: clear(person) for role, person in persons_of(row).items()}


def own_file(ctx: Context, *, dossier: DossierId, kind: str) -> bytes:
    """
    Return a picture, `signature` or `contract` to who gathered the dossier, within a day.

    Anybody else, and later, has to give a reason: `customer.reveal_file`.

    :raises NotPermitted: without `customer.add_picture`.
    :raises DossierUnknown: if the actor opened none such, or longer ago.
    :raises FileNotFound: if it holds none of this kind.
    """
    ctx.require("customer.add_picture")
    row = _dossier(ctx, dossier)
    if row.actor != ctx.actor or ctx.at - row.opened_at > OWN:
        raise DossierUnknown(dossier)
    return files.get(file_in(row, kind))


def revealed_file(ctx: Context, *, file: FileId) -> bytes:
    """
    Return the content of a file that `customer.reveal_file` has just answered.

    :raises NotPermitted: without `customer.reveal_file`.
    :raises FileNotFound: if it is none of a dossier in the actor's scope.
    """
    ctx.require("customer.reveal_file")
    within = Dossier.objects.within(ctx.scope)
    known = (
        Picture.objects.filter(file=file, dossier__in=within).exists()
        or Agreement.objects.filter(contract=file, dossier__in=within).exists()
        or Agreement.objects.filter(signature=file, dossier__in=within).exists()
    )
    if not known:
        raise FileNotFound(file)
    return files.get(file)


def state_of(state: str, expired: bool) -> str:
    """Return the state as it is to be shown: a draft that was left is given up."""
    return DossierState.ABANDONED if expired and state == DossierState.DRAFT else state


def persons_of(row: Dossier) -> dict[str, Customer]:
    """Return the persons of a dossier, by role."""
    ids = {Role.CUSTOMER: row.customer_id, Role.AGENT: row.agent_id, Role.GUARDIAN: row.guardian_id}
    wanted = [one for one in ids.values() if one is not None]
    if not wanted:
        return {}
    known = Customer.objects.unscoped("the persons of a dossier in scope").in_bulk(wanted)
    return {role.value: known[one] for role, one in ids.items() if one is not None}


def missing_in(row: Dossier, today: date) -> tuple[str, ...]:
    """Return what a dossier still needs."""
    pictures, agreement = _files_of(row)
    return _missing(row, persons_of(row), pictures, agreement is not None, today)


def file_in(row: Dossier, kind: str) -> FileId:
    """
    Return the file of a kind in a dossier.

    :raises FileNotFound: if it holds none.
    """
    found: Any
    if kind in (CONTRACT, SIGNATURE):
        found = Agreement.objects.filter(dossier=row).values_list(f"{kind}_id", flat=True).first()
    else:
        found = Picture.objects.filter(dossier=row, kind=kind).values_list("file_id", flat=True)
        found = found.first()
    if found is None:
        raise FileNotFound(row.id)
    return FileId(found)


def _missing(
    row: Dossier, persons: dict[str, Customer], pictures: set[str], signed: bool, today: date
) -> tuple[str, ...]:
    customer = persons.get(Role.CUSTOMER)
    return rules.missing(
        Purpose(row.purpose),
        {role: documents[person.document_kind] for role, person in persons.items()},
        customer is not None and rules.is_minor(date.fromisoformat(customer.birth_date), today),
        pictures,
        signed,
    )


def _files_of(row: Dossier) -> tuple[set[str], Agreement | None]:
    pictures = Picture.objects.filter(dossier=row).values_list("kind", flat=True)
    return set(pictures), Agreement.objects.filter(dossier=row).first()


def _dossier(ctx: Context, dossier: DossierId) -> Dossier:
    row = Dossier.objects.within(ctx.scope).filter(id=dossier).first()
    if row is None:
        raise DossierUnknown(dossier)
    return row


def _id(value: UUID | None) -> CustomerId | None:
    return None if value is None else CustomerId(value)
