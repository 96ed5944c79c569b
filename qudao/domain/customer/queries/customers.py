"""Read persons, their lines and the blacklist: masked, but for the BOSS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hmac import compare_digest
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from qudao.domain.customer import rules
from qudao.domain.customer.documents import documents
from qudao.domain.customer.models import LIVE, BlacklistEntry, Customer, Dossier, Line
from qudao.domain.customer.types import (
    BlacklistId,
    BlacklistRecord,
    CustomerId,
    CustomerUnknown,
    DocumentKind,
    DocumentNumber,
    LineRecord,
    LineState,
    PartyFacts,
    PersonRecord,
)
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.period import business_date
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind, Refusal
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import (
    blind_index,
    mask_address,
    mask_document,
    mask_name,
    mask_phone,
)
from qudao.platform.tables.project import project
from qudao.platform.tables.scoped import within


@dataclass(eq=False)
class DocumentKindUnknown(Refusal, kind=Kind.INVALID):
    """Customers cannot identify themselves with this kind of document."""

    document_kind: str


@dataclass(eq=False)
class DocumentNumberInvalid(Refusal, kind=Kind.INVALID):
    """No document of this kind has such a number: a digit is wrong, or the kind."""

    document_kind: str


@dataclass(eq=False)
class CountryMissing(Refusal, kind=Kind.INVALID):
    """The number is only unique within a country: three letters, ISO 3166-1."""

    document_kind: str


def document_kinds() -> tuple[DocumentKind, ...]:
    """Return the kinds of documents that are accepted, in the order of lists."""
    return tuple(sorted(documents.values(), key=lambda kind: kind.position))


def read_number(kind: str, number: str) -> tuple[DocumentKind, DocumentNumber]:
    """
    Return what a number says, as a document of a kind.

    :raises DocumentKindUnknown: if such documents are not accepted.
    :raises DocumentNumberInvalid: if the kind has no such number.
    """
    if kind not in documents:
        raise DocumentKindUnknown(kind)
    found = documents[kind].read(rules.clean_number(number))
    if found is None:
        raise DocumentNumberInvalid(kind)
    return documents[kind], found


def hash_of(kind: DocumentKind, number: DocumentNumber, country: str) -> bytes:
    """
    Return the keyed hash that a person's document is found, counted and blacklisted by.

    :raises CountryMissing: if the kind needs a country and this is none.
    """
    country = country.strip().upper()
    if not kind.needs_country:
        country = ""
    elif len(country) != 3 or not (country.isascii() and country.isalpha()):
        raise CountryMissing(kind.code)
    text = f"{kind.series}:{country}:{number.identity}"
    return blind_index(text, "customer_customer.document")


def customer(ctx: Context, *, customer: CustomerId) -> PersonRecord:
    """
    Return a person who was identified in the actor's scope, masked.

    :raises NotPermitted: without `customer.read`.
    :raises CustomerUnknown: if there is none.
    """
    ctx.require("customer.read")
    row = visible(ctx.scope).filter(id=customer).first()
    if row is None:
        raise CustomerUnknown(customer)
    return masked(row, business_date(ctx.at))


def find(
    ctx: Context,
    *,
    kind: str = "",
    number: Personal | None = None,
    country: str = "",
    name: Personal | None = None,
    phone: Personal | None = None,
    page: PageRequest,
) -> Page[PersonRecord]:
    """
    Return the persons, identified in the actor's scope, who have all that is given.

    Found by keyed hashes: whole document numbers (with their kind), names and phone numbers only.

    :raises NotPermitted: without `customer.read`.
    :raises DocumentKindUnknown: if such documents are not accepted.
    :raises DocumentNumberInvalid: if the kind has no such number.
    :raises CountryMissing: if the kind needs a country and this is none.
    """
    ctx.require("customer.read")
    wanted = Q()
    if number is not None:
        wanted &= Q(document_hash=hash_of(*read_number(kind, str.__str__(number)), country))
    if name is not None:
        wanted &= Q(name_hash=name_hash(rules.clean_name(str.__str__(name))))
    if phone is not None:
        wanted &= Q(phone_hash=phone_hash(rules.clean_phone(str.__str__(phone)) or ""))
    rows = visible(ctx.scope).filter(wanted)
    today = business_date(ctx.at)
    found = rows.order_by("-registered_at", "-id")[page.offset : page.offset + page.limit]
    return Page(tuple(masked(row, today) for row in found), rows.count(), page)


def lines(ctx: Context, *, customer: CustomerId) -> tuple[LineRecord, ...]:
    """
    Return a person's lines, the live ones first; at most 200.

    :raises NotPermitted: without `customer.read`.
    :raises CustomerUnknown: if there is no such person in the actor's scope.
    """
    ctx.require("customer.read")
    if not visible(ctx.scope).filter(id=customer).exists():
        raise CustomerUnknown(customer)
    rows = Line.objects.unscoped("of a person in scope, wherever the line was opened")
    found = rows.filter(customer=customer).order_by("ended_at", "-opened_at")
    return project(found[:200], LineRecord)


def customer_of_line(ctx: Context, *, number: str) -> CustomerId | None:
    """
    Return whose line a number is, if it was opened or adopted here; None if that is not known.

    Not scoped: a customer may go to any outlet of the province.

    :raises NotPermitted: without `customer.read`.
    """
    ctx.require("customer.read")
    return owner_of(number)


def parties_of(ctx: Context, *, customers: Iterable[UUID]) -> dict[UUID, PartyFacts]:
    """
    Return customers in the clear, by id, for what is sent to the BOSS; one statement.

    :raises NotPermitted: without `customer.complete`: it is the platform itself that asks.
    """
    ctx.require("customer.complete")
    rows = Customer.objects.unscoped("whose orders are sent to the BOSS")
    return {row.id: clear(row) for row in rows.filter(id__in=set(customers))}


def party_of(ctx: Context, *, customer: UUID) -> PartyFacts:
    """
    Return one customer in the clear, see `parties_of`.

    :raises NotPermitted: without `customer.complete`.
    :raises CustomerUnknown: if there is none.
    """
    found = parties_of(ctx, customers=[customer])
    if customer not in found:
        raise CustomerUnknown(customer)
    return found[customer]


def blacklist(
    ctx: Context,
    *,
    kind: str = "",
    number: Personal | None = None,
    country: str = "",
    live: bool = True,
    page: PageRequest,
) -> Page[BlacklistRecord]:
    """
    Return the entries of the blacklist, masked, newest first; `live` leaves out what is over.

    The blacklist is the province's: whoever may add to it sees all of it.

    :raises NotPermitted: without `customer.blacklist`.
    :raises DocumentKindUnknown: if such documents are not accepted.
    :raises DocumentNumberInvalid: if the kind has no such number.
    :raises CountryMissing: if the kind needs a country and this is none.
    """
    ctx.require("customer.blacklist")
    rows = BlacklistEntry.objects.order_by("-added_at", "-id")
    if number is not None:
        rows = rows.filter(document_hash=hash_of(*read_number(kind, str.__str__(number)), country))
    if live:
        today = business_date(ctx.at)
        rows = rows.filter(Q(until__isnull=True) | Q(until__gte=today), lifted_at__isnull=True)
    found = tuple(
        BlacklistRecord(
            BlacklistId(row.id),
            row.document_kind,
            mask_document(row.document),
            row.reason,
            row.since,
            row.until,
            row.added_at,
            row.added_by,
            row.lifted_at,
            row.lift_reason,
        )
        for row in rows[page.offset : page.offset + page.limit]
    )
    return Page(found, rows.count(), page)


def visible(scope: Scope) -> QuerySet[Customer]:
    """Return the persons who were first identified in a scope, or are in a dossier of it."""
    rows = Customer.objects.unscoped("a dossier in scope counts as much as the first place")
    dossiers = Dossier.objects.within(scope)
    return rows.filter(
        within("outlet__path", scope)
        | Exists(dossiers.filter(customer=OuterRef("pk")))
        | Exists(dossiers.filter(agent=OuterRef("pk")))
        | Exists(dossiers.filter(guardian=OuterRef("pk")))
    )


def owner_of(number: str) -> CustomerId | None:
    rows = Line.objects.unscoped("who owns a line counts in the whole province")
    found = rows.filter(number=number, state__in=LIVE).values_list("customer", flat=True).first()
    return None if found is None else CustomerId(found)


def owner_shows(*, number: str, document: Personal) -> bool | None:
    """
    Say whether a document's number is that of a line's owner; None if the owner is not known here.

    The kind of the document is the one that the owner showed last; a renewed document is the same.
    For journeys, whose commands count and journal who asks.
    """
    rows = Line.objects.unscoped("who owns a line counts in the whole province")
    line = rows.filter(number=number, state=LineState.ACTIVE).select_related("customer").first()
    if line is None:
        return None
    owner = line.customer
    kind = documents[owner.document_kind]
    read = kind.read(rules.clean_number(str.__str__(document)))
    if read is None:
        return False
    return compare_digest(hash_of(kind, read, owner.country), bytes(owner.document_hash))


def name_hash(name: str) -> bytes:
    return blind_index(name, "customer_customer.name")


def phone_hash(phone: str) -> bytes:
    return blind_index(phone, "customer_customer.phone")


def person_hash(name: str, birth: date) -> bytes:
    return blind_index(f"{name}|{birth.isoformat()}", "customer_customer.person")


def masked(row: Customer, today: date) -> PersonRecord:
    return PersonRecord(
        customer=CustomerId(row.id),
        document_kind=row.document_kind,
        name_masked=mask_name(row.name),
        document_masked=mask_document(row.document),
        phone_masked=mask_phone(row.phone or ""),
        address_masked=mask_address(row.address or ""),
        valid_until=row.valid_until,
        minor=rules.is_minor(date.fromisoformat(row.birth_date), today),
    )


def clear(row: Customer) -> PartyFacts:
    return PartyFacts(
        name=Personal(row.name),
        document_kind=row.document_kind,
        document=Personal(row.document),
        address=Personal(row.address or ""),
        phone=Personal(row.phone or ""),
    )
