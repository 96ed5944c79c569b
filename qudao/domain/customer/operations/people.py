"""Identify the persons of a dossier by their documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from qudao.domain.customer import queries, rules
from qudao.domain.customer.models import LIVE, Dossier
from qudao.domain.customer.operations.drafts import (
    _demand_reason,
    _draft,
    _drop_pictures,
    _unsign,
)
from qudao.domain.customer.queries.customers import name_hash, person_hash, phone_hash, visible
from qudao.domain.customer.types import (
    MOST_LINES,
    Blacklisted,
    CustomerId,
    CustomerUnknown,
    DocumentKind,
    DossierId,
    Identified,
    LineLimitReached,
    NotTheOwner,
    PersonDraft,
    Purpose,
    Role,
)
from qudao.kernel.ids import new_id
from qudao.kernel.period import business_date
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import key_ring


@dataclass(eq=False)
class NameInvalid(Refusal, kind=Kind.INVALID):
    """A name is missing, too long, or holds what is no letter."""


@dataclass(eq=False)
class PhoneInvalid(Refusal, kind=Kind.INVALID):
    """The contact number is no telephone number."""


@dataclass(eq=False)
class BirthDateMissing(Refusal, kind=Kind.INVALID):
    """The number of this kind of document does not tell the date of birth."""

    document_kind: str


@dataclass(eq=False)
class BirthDateInvalid(Refusal, kind=Kind.INVALID):
    """It is no date, lies ahead or too far back, or is not the one in the document's number."""


@dataclass(eq=False)
class DocumentExpired(Refusal, kind=Kind.INVALID):
    """The document is not valid any more."""

    valid_until: date


@dataclass(eq=False)
class ExpiryInvalid(Refusal, kind=Kind.INVALID):
    """No document of this kind has such a last day, or none, at this age."""

    document_kind: str


@dataclass(eq=False)
class NameDiffers(Refusal, kind=Kind.CONFLICT):
    """Who is known by this document has another name or date of birth."""


@dataclass(eq=False)
class SamePerson(Refusal, kind=Kind.CONFLICT):
    """Agent and guardian are other persons than the customer."""

    person_role: str


@dataclass(eq=False)
class NotAnAdult(Refusal, kind=Kind.FORBIDDEN):
    """Agent and guardian must be of age."""

    person_role: str


@dataclass(frozen=True, slots=True)
class _Person:
    """A draft, read and found plausible."""

    kind: DocumentKind
    number: str
    hash: bytes
    country: str
    name: str
    birth: date
    valid_until: date | None
    address: str
    phone: str


@command("customer.identify", subject="dossier")
def identify(ctx: Context, *, dossier: DossierId, role: Role, person: PersonDraft) -> Identified:
    """
    Put a person into a dossier by their document; who is known already is found again.

    The customer's document must have room for a line more if the dossier is for an opening, and
    for anything else the line must be theirs as far as that is known. What was signed, and pictures
    of another person in this role, are deleted.

    :raises DossierUnknown: if there is none in the actor's scope.
    :raises DossierClosed: if it is no draft any more.
    :raises DocumentKindUnknown: if such documents are not accepted.
    :raises DocumentNumberInvalid: if the number is impossible.
    :raises CountryMissing: if the kind needs a country and this is none.
    :raises NameInvalid: if the name is none.
    :raises PhoneInvalid: if the contact number is none.
    :raises BirthDateMissing: if the number does not tell it, and nothing else does.
    :raises BirthDateInvalid: if it is impossible, or not the one in the number.
    :raises DocumentExpired: if the document is.
    :raises ExpiryInvalid: if it cannot have such a last day.
    :raises NotAnAdult: if an agent or a guardian is a minor.
    :raises SamePerson: if one person is to be two.
    :raises Blacklisted: if the document is on the blacklist.
    :raises NameDiffers: if the person known by it has another name or date of birth.
    :raises LineLimitReached: if an opening's customer has all lines that one may have.
    :raises NotTheOwner: if the line is known to be somebody else's.
    """
    row = _draft(ctx, dossier)
    today = business_date(ctx.at)
    read = _read(person, today)
    minor = rules.is_minor(read.birth, today)
    if role != Role.CUSTOMER and minor:
        raise NotAnAdult(role)
    known = _look_up(read, today, "" if row.purpose == Purpose.ACCOUNT_OPENING else row.number)
    if known["blacklisted"]:
        raise Blacklisted(known["reason"], known["until"])
    opens = Purpose(row.purpose).opens_line
    if role == Role.CUSTOMER and opens and known["lines"] >= MOST_LINES:
        raise LineLimitReached(MOST_LINES)
    if role == Role.CUSTOMER and known["owner"] not in (None, known["customer"]):
        raise NotTheOwner(row.number)
    found = _remember(ctx, row, read)
    _place(row, role, found)
    row.save(update_fields=[f"{role.value}_id", "expires_at"])
    return Identified(
        customer=CustomerId(found),
        lines_used=known["lines"],
        lines_left=MOST_LINES - known["lines"],
        known_before=known["customer"] is not None,
        minor=minor,
        same_phone=known["same_phone"],
        similar=known["similar"],
    )


@command("customer.dismiss", subject="dossier")
def dismiss(ctx: Context, *, dossier: DossierId, role: Role) -> None:
    """
    Take a person out of a dossier, with the pictures of their document; nothing if there is none.

    :raises DossierUnknown: if there is none in the actor's scope.
    :raises DossierClosed: if it is no draft any more.
    """
    row = _draft(ctx, dossier)
    _place(row, role, None)
    row.save(update_fields=[f"{role.value}_id", "expires_at"])


@command("customer.correct_name", subject="customer")
def correct_name(ctx: Context, *, customer: CustomerId, name: Personal, reason: str) -> None:
    """
    Write down another name of a known person: one was mistyped, or lawfully changed.

    :raises CustomerUnknown: if there is none in the actor's scope.
    :raises NameInvalid: if the name is none.
    :raises ReasonTooShort: if no reason is given.
    """
    _demand_reason(reason)
    clean = _name(name)
    row = visible(ctx.scope).select_for_update(of=("self",)).filter(id=customer).first()
    if row is None:
        raise CustomerUnknown(customer)
    row.name, row.name_hash = clean, name_hash(clean)
    row.person_hash = person_hash(clean, date.fromisoformat(row.birth_date))
    row.save(update_fields=["name", "name_hash", "person_hash"])


def _read(person: PersonDraft, today: date) -> _Person:
    kind, number = queries.read_number(person.kind, str.__str__(person.number))
    mark = queries.hash_of(kind, number, person.country)
    birth = _birth(person, number.birth_date, kind, today)
    phone = rules.clean_phone(str.__str__(person.phone))
    if phone is None:
        raise PhoneInvalid
    name = _name(person.name)
    if person.valid_until is not None and person.valid_until < today:
        raise DocumentExpired(person.valid_until)
    if not rules.expiry_plausible(kind, person.valid_until, birth, today):
        raise ExpiryInvalid(kind.code)
    return _Person(
        kind=kind,
        number=number.number,
        hash=mark,
        country=person.country.strip().upper() if kind.needs_country else "",
        name=name,
        birth=birth,
        valid_until=person.valid_until,
        address=" ".join(str.__str__(person.address).split())[:300],
        phone=phone,
    )


def _birth(person: PersonDraft, told: date | None, kind: DocumentKind, today: date) -> date:
    given = str.__str__(person.birth_date).strip()
    if not given and told is None:
        raise BirthDateMissing(kind.code)
    try:
        birth = date.fromisoformat(given) if given else told
    except ValueError as error:
        raise BirthDateInvalid from error
    if birth is None or told not in (None, birth) or not rules.plausible_birth(birth, today):
        raise BirthDateInvalid
    return birth


def _name(name: Personal) -> str:
    clean = rules.clean_name(str.__str__(name))
    if not clean:
        raise NameInvalid
    return clean


_KNOWN: Final = """
    SELECT (SELECT id FROM customer_customer WHERE document_hash = %(hash)s) AS customer,
           coalesce((SELECT lines FROM customer_document WHERE document_hash = %(hash)s), 0)
               AS lines,
           (SELECT count(*) FROM customer_customer
            WHERE phone_hash = %(phone)s AND document_hash <> %(hash)s) AS same_phone,
           (SELECT count(*) FROM customer_customer
            WHERE person_hash = %(person)s AND document_hash <> %(hash)s) AS similar,
           (SELECT customer_id FROM customer_line
            WHERE number = %(number)s AND state = ANY(%(live)s)) AS owner,
           listed.id IS NOT NULL AS blacklisted, listed.reason, listed.until
    FROM (SELECT) AS nothing
    LEFT JOIN LATERAL (
        SELECT id, reason, until FROM customer_blacklist
        WHERE document_hash = %(hash)s AND lifted_at IS NULL
          AND since <= %(today)s AND (until IS NULL OR until >= %(today)s)
        ORDER BY until DESC NULLS FIRST LIMIT 1
    ) AS listed ON true
"""


def _look_up(person: _Person, today: date, number: str) -> dict[str, Any]:
    """Return all that is known of a document, a phone, a name and a line: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _KNOWN,
            {
                "hash": person.hash,
                "phone": phone_hash(person.phone) if person.phone else b"",
                "person": person_hash(person.name, person.birth),
                "number": number,
                "live": list(LIVE),
                "today": today,
            },
        )
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


def _remember(ctx: Context, row: Dossier, person: _Person) -> UUID:
    """Insert a person, or bring what is known up to date, whoever else does so; return the id."""
    ring = key_ring()

    def sealed(column: str, text: str) -> bytes | None:
        return ring.encrypt(text, f"customer_customer.{column}") if text else None

    values: dict[str, Any] = {
        "id": new_id(ctx.at),
        "kind": "individual",
        "document_kind": person.kind.code,
        "country": person.country,
        "document": sealed("document", person.number),
        "document_hash": person.hash,
        "name": sealed("name", person.name),
        "name_hash": name_hash(person.name),
        "person_hash": person_hash(person.name, person.birth),
        "birth_date": sealed("birth_date", person.birth.isoformat()),
        "address": sealed("address", person.address),
        "phone": sealed("phone", person.phone),
        "phone_hash": phone_hash(person.phone) if person.phone else None,
        "valid_until": person.valid_until,
        "outlet_id": row.outlet_id,
        "registered_at": ctx.at,
        "registered_by": ctx.actor,
        "seen_at": ctx.at,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO customer_customer ({", ".join(values)})
            VALUES ({", ".join(f"%({name})s" for name in values)})
            ON CONFLICT (document_hash) DO UPDATE
            SET document_kind = excluded.document_kind,
                document = excluded.document,
                address = coalesce(excluded.address, customer_customer.address),
                phone = coalesce(excluded.phone, customer_customer.phone),
                phone_hash = coalesce(excluded.phone_hash, customer_customer.phone_hash),
                valid_until = excluded.valid_until,
                seen_at = excluded.seen_at
            WHERE customer_customer.person_hash = excluded.person_hash
            RETURNING id
            """,
            values,
        )
        found = cursor.fetchone()
    if found is None:
        raise NameDiffers
    return UUID(str(found[0]))


def _place(row: Dossier, role: Role, person: UUID | None) -> None:
    before: dict[Role, UUID | None] = {
        Role.CUSTOMER: row.customer_id,
        Role.AGENT: row.agent_id,
        Role.GUARDIAN: row.guardian_id,
    }
    if person is not None and person in (before | {role: None}).values():
        raise SamePerson(role)
    setattr(row, f"{role.value}_id", person)
    if before[Role.CUSTOMER] is not None:
        _unsign([row.id])
    if before[role] is not None and before[role] != person:
        kinds = queries.document_kinds()
        shown = {side for kind in kinds for side in rules.pictures_of(role, kind)}
        _drop_pictures([row.id], shown | {rules.EXTRA[role]})
