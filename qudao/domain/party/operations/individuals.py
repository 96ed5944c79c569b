"""Record persons, correct what is known of them, and show it for a reason."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction

from qudao.domain.party import rules
from qudao.domain.party.events import PersonalDataRevealed
from qudao.domain.party.models import Individual
from qudao.domain.party.operations.places import _clean_name, _demand_reason, _organization_in
from qudao.domain.party.types import IndividualId, OrganizationId, PersonalField, Revealed
from qudao.kernel.ids import new_id
from qudao.kernel.numbers import valid_document, valid_msisdn
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import blind_index


@dataclass(eq=False)
class IndividualNotFound(Refusal, kind=Kind.NOT_FOUND):
    individual: UUID


@dataclass(eq=False)
class InvalidDocument(Refusal, kind=Kind.INVALID):
    """It is no document number; one of 18 characters must have the right check digit."""


@dataclass(eq=False)
class InvalidContactPhone(Refusal, kind=Kind.INVALID):
    """It is no mobile number of eleven digits."""


@dataclass(eq=False)
class DocumentRegistered(Refusal, kind=Kind.CONFLICT):
    """Another individual is registered with this document."""


@dataclass(eq=False)
class NothingToReveal(Refusal, kind=Kind.NOT_FOUND):
    """This is not known of the individual."""

    field: PersonalField


@command("party.register_individual")
def register_individual(
    ctx: Context,
    *,
    organization: OrganizationId,
    name: Personal,
    document: Personal | None = None,
    address: Personal | None = None,
    phone: Personal | None = None,
) -> IndividualId:
    """
    Record a person at an organization: encrypted, masked, found by hash.

    :raises OrganizationNotFound: if the organization is not in scope.
    :raises InvalidName: if the name is missing or too long.
    :raises InvalidDocument: if the document number is impossible.
    :raises InvalidContactPhone: if the phone is no mobile number.
    :raises DocumentRegistered: if another individual has this document.
    """
    place = _organization_in(ctx, organization)
    row = Individual(id=new_id(ctx.at), organization=place, created_at=ctx.at)
    _describe(row, name=name, document=document, address=address, phone=phone)
    _save_individual(row)
    record_subject(row.id)
    return IndividualId(row.id)


@command("party.correct_individual", subject="individual")
def correct_individual(
    ctx: Context,
    *,
    individual: IndividualId,
    name: Personal | None = None,
    document: Personal | None = None,
    address: Personal | None = None,
    phone: Personal | None = None,
) -> None:
    """
    Replace what is given of what is known of a person; what is not given stays.

    :raises IndividualNotFound: if the person is not registered in scope.
    :raises InvalidName: if the name is missing or too long.
    :raises InvalidDocument: if the document number is impossible.
    :raises InvalidContactPhone: if the phone is no mobile number.
    :raises DocumentRegistered: if another individual has this document.
    """
    row = _individual(ctx, individual, lock=True)
    _describe(row, name=name, document=document, address=address, phone=phone)
    _save_individual(row)


@command("party.reveal", subject="individual")
def reveal(
    ctx: Context, *, individual: IndividualId, field: PersonalField, reason: str
) -> Revealed:
    """
    Show one piece of personal data unmasked; the journal keeps who saw what, and why.

    :raises IndividualNotFound: if the person is not registered in scope.
    :raises ReasonMissing: if no reason is given.
    :raises NothingToReveal: if it is not known.
    """
    _demand_reason(reason)
    row = _individual(ctx, individual)
    value = getattr(row, field.value)
    if not value:
        raise NothingToReveal(field)
    announce(PersonalDataRevealed(individual, field, reason.strip()))
    return Revealed(individual, field, Personal(value))


def _individual(ctx: Context, individual: IndividualId, lock: bool = False) -> Individual:
    rows = Individual.objects.within(ctx.scope).filter(id=individual)
    row = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if row is None:
        raise IndividualNotFound(individual)
    return row


def _describe(
    row: Individual,
    *,
    name: Personal | None,
    document: Personal | None,
    address: Personal | None,
    phone: Personal | None,
) -> None:
    if name is not None:
        row.name = _clean_name(str.__str__(name))
        row.name_hash = blind_index(row.name, "party_individual.name")
    if document is not None:
        number = str.__str__(document).strip().upper().replace(" ", "")
        if not rules.plausible_document(number) or (
            len(number) == 18 and not valid_document(number)
        ):
            raise InvalidDocument
        row.document = number
        row.document_hash = blind_index(number, "party_individual.document")
    if address is not None:
        row.address = str.__str__(address).strip()[:300] or None
    if phone is not None:
        contact = str.__str__(phone).strip().replace(" ", "").removeprefix("+86")
        if not valid_msisdn(contact):
            raise InvalidContactPhone
        row.phone = contact
        row.phone_hash = blind_index(contact, "party_individual.phone")


def _save_individual(row: Individual) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "document_hash" not in str(error):
            raise
        raise DocumentRegistered from error
