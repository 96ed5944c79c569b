"""Read organizations, members and authority."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Length

from qudao.domain.party.models import Individual, Membership, Organization
from qudao.domain.party.types import (
    Acting,
    Authority,
    Contact,
    IndividualId,
    IndividualRow,
    MemberRow,
    MembershipId,
    OrganizationId,
    OrganizationRow,
    Standing,
)
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.personal import Personal
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.models import User
from qudao.platform.identity.personal import (
    blind_index,
    mask_address,
    mask_document,
    mask_name,
    mask_phone,
)
from qudao.platform.identity.roles import appointing, grants_of
from qudao.platform.identity.types import UserId
from qudao.platform.tables.project import page_of, project

_STANDINGS = """
SELECT r.place::int, u.stamp, m.started_at, m.ended_at, m.id, m.role,
       o.id, o.kind, o.code, o.name_zh, o.name_en, o.path
  FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS r(account, organization, place)
  JOIN identity_user u ON u.id = r.account AND u.is_active
  LEFT JOIN (party_membership m JOIN party_organization o ON o.id = m.organization_id)
    ON m.user_id = u.id
   AND m.state = 'active'
   AND (r.organization IS NULL OR m.organization_id = r.organization)
 ORDER BY r.place, length(o.path), o.path, m.started_at, m.id
"""


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which memberships to list; None means any."""

    organization: OrganizationId | None = None
    """Memberships at this organization itself, not below it."""
    user: UserId | None = None
    role: str | None = None
    state: str | None = None
    at: datetime | None = None
    """Only those whose period contains this moment; without it the whole history."""
    text: str = ""
    """Part of a user name or employee number, a whole phone number, or a whole name."""


def authority(
    user: UserId,
    at: datetime,
    *,
    acting: MembershipId | None = None,
    organization: UUID | None = None,
) -> Authority:
    """
    Return what a person may do at a moment, read afresh in one statement.

    A person acts in one membership at a time: the one asked for, if it holds, else the first one
    (the widest). With `organization` only memberships there count: that is how a token is bound
    to its outlet. A person without a membership gets no grants and an empty scope.
    """
    (standing,) = standings([(user, organization)], at, acting=acting)
    return _nothing(user) if standing is None else standing.authority


def standings(
    asked: Sequence[tuple[UserId, UUID | None]], at: datetime, *, acting: MembershipId | None = None
) -> list[Standing | None]:
    """
    Return what many persons may do at a moment, and for how long that holds, in one statement.

    Each is asked for with the organization at which alone memberships count, or None, as in
    `authority`. None for an account that is closed, or is none.
    """
    if not asked:
        return []
    accounts, places = zip(*asked, strict=True)
    held: list[list[Acting]] = [[] for _ in asked]
    turns: list[set[datetime]] = [set() for _ in asked]
    stamps: list[int | None] = [None] * len(asked)
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, [list(accounts), list(places)])
        for place, stamp, started_at, ended_at, membership, *row in cursor.fetchall():
            stamps[place - 1] = stamp
            if membership is None:
                continue
            turns[place - 1] |= {started_at} if ended_at is None else {started_at, ended_at}
            if started_at <= at and (ended_at is None or at < ended_at):
                held[place - 1].append(Acting(membership, *row))
    return [
        None
        if stamp is None
        else Standing(
            _authority(user, tuple(own), acting),
            stamp,
            max((turn for turn in moments if turn <= at), default=None),
            min((turn for turn in moments if turn > at), default=None),
        )
        for user, own, moments, stamp in zip(accounts, held, turns, stamps, strict=True)
    ]


def _authority(user: UserId, held: tuple[Acting, ...], acting: MembershipId | None) -> Authority:
    chosen = next((one for one in held if one.membership == acting), held[0] if held else None)
    if chosen is None:
        return _nothing(user)
    return Authority(user, held, chosen, grants_of(chosen.role), Scope.of([chosen.path]))


def _nothing(user: UserId) -> Authority:
    return Authority(user, (), None, frozenset(), Scope())


def reaches(ctx: Context, user: UserId) -> bool:
    """
    Say whether an account lies within a context's reach: every membership it has now (or, when it
    has none, its past ones) is inside the scope and in a role that the actor may appoint.
    """
    rows = list(
        Membership.objects.unscoped("all of a person's memberships count, or rights would leak")
        .filter(user=user)
        .values_list("organization__path", "role", "ended_at")
    )
    current = [row for row in rows if row[2] is None or row[2] > ctx.at]
    return bool(rows) and all(
        ctx.scope.covers(path) and appointing(role) in ctx.grants
        for path, role, _ in current or rows
    )


def organization(ctx: Context, organization: OrganizationId) -> OrganizationRow | None:
    """Return an organization inside the scope; None for any other."""
    ctx.require("party.read")
    rows = project(Organization.objects.within(ctx.scope).filter(id=organization), OrganizationRow)
    return rows[0] if rows else None


def organization_by_code(ctx: Context, code: str) -> OrganizationRow | None:
    """Return the organization of a code, inside the scope; None if there is none."""
    ctx.require("party.read")
    rows = project(Organization.objects.within(ctx.scope).filter(code=code), OrganizationRow)
    return rows[0] if rows else None


def organizations(
    ctx: Context,
    page: PageRequest,
    *,
    kinds: Iterable[str] = (),
    under: OrganizationId | None = None,
    text: str = "",
) -> Page[OrganizationRow]:
    """
    Return organizations inside the scope in the order of their paths.

    `under` keeps the direct children of one; `text` is part of a code or of a name.
    """
    ctx.require("party.read")
    rows = Organization.objects.within(ctx.scope)
    wanted = list(kinds)
    if wanted:
        rows = rows.filter(kind__in=wanted)
    if under is not None:
        rows = rows.filter(parent=under)
    if text.strip():
        part = text.strip()
        rows = rows.filter(
            Q(code__icontains=part) | Q(name_zh__icontains=part) | Q(name_en__icontains=part)
        )
    return page_of(rows.order_by("path"), OrganizationRow, page)


def ancestors(ctx: Context, organization: OrganizationId) -> tuple[OrganizationRow, ...]:
    """
    Return an organization and those above it, the highest first; nothing outside the scope.

    Names of what is above one's own scope are no secret: a receipt shows the branch.
    """
    row = Organization.objects.within(ctx.scope).filter(id=organization).first()
    if row is None:
        return ()
    codes = row.path.split(".")
    paths = [".".join(codes[: n + 1]) for n in range(len(codes))]
    above = Organization.objects.unscoped("names of the levels above a row within scope")
    return project(above.filter(path__in=paths).order_by(Length("path")), OrganizationRow)


def branch_of(code: str) -> OrganizationId | None:
    """
    Return the branch with a division code, whoever asks: where belongs what concerns one of its
    lines. None for the code of anything else.
    """
    rows = Organization.objects.unscoped("what is said of a line goes to the line's branch")
    found = rows.filter(code=code, kind="branch").values_list("id", flat=True).first()
    return None if found is None else OrganizationId(found)


def home_of(organization: UUID | None) -> str:
    """
    Return the code of the branch that an organization belongs to now, or of the province above
    it where there is no branch between; empty for what belongs to neither.
    """
    if organization is None:
        return ""
    row = Organization.objects.unscoped("accounts are filed by branch").filter(id=organization)
    path = row.values_list("path", flat=True).first() or ""
    codes = path.split(".")
    above = Organization.objects.unscoped("accounts are filed by branch").filter(
        path__in=[".".join(codes[: n + 1]) for n in range(len(codes))],
        kind__in=["branch", "province"],
    )
    return above.order_by(Length("path").desc()).values_list("code", flat=True).first() or ""


def members(ctx: Context, page: PageRequest, filter: MemberFilter | None = None) -> Page[MemberRow]:
    """Return memberships inside the scope, newest first, with their persons masked."""
    ctx.require("party.read")
    wanted = filter or MemberFilter()
    rows = _members(ctx.scope)
    if wanted.organization is not None:
        rows = rows.filter(organization=wanted.organization)
    if wanted.user is not None:
        rows = rows.filter(user=wanted.user)
    if wanted.role:
        rows = rows.filter(role=wanted.role)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.at is not None:
        rows = rows.filter(started_at__lte=wanted.at).filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=wanted.at)
        )
    text = wanted.text.strip()
    if text:
        rows = rows.filter(
            Q(user__username__icontains=text)
            | Q(employee_number__icontains=text)
            | Q(user__phone=text)
            | Q(individual__name_hash=blind_index(text, "party_individual.name"))
        )
    rows = rows.order_by("-started_at", "-id")
    found = rows[page.offset : page.offset + page.limit]
    return Page(tuple(_member(row) for row in found), rows.count(), page)


def member(ctx: Context, membership: MembershipId) -> MemberRow | None:
    """Return a membership inside the scope; None for any other."""
    ctx.require("party.read")
    row = _members(ctx.scope).filter(id=membership).first()
    return None if row is None else _member(row)


def individual(ctx: Context, individual: IndividualId) -> IndividualRow | None:
    """Return a person registered inside the scope, masked; None for any other."""
    ctx.require("party.read")
    row = Individual.objects.within(ctx.scope).filter(id=individual).first()
    return None if row is None else _individual(row)


def find_individuals(
    ctx: Context,
    page: PageRequest,
    *,
    name: Personal | None = None,
    document: Personal | None = None,
    phone: Personal | None = None,
) -> Page[IndividualRow]:
    """
    Return the persons registered inside the scope who have exactly this name, document or phone.

    Found by keyed hash: there is no search for parts of encrypted data.
    """
    ctx.require("party.read")
    rows = Individual.objects.within(ctx.scope)
    for column, text in (("name", name), ("document", document), ("phone", phone)):
        if text is not None:
            place = f"party_individual.{column}"
            rows = rows.filter(**{f"{column}_hash": blind_index(str.__str__(text), place)})
    rows = rows.order_by("-created_at", "-id")
    found = rows[page.offset : page.offset + page.limit]
    return Page(tuple(_individual(row) for row in found), rows.count(), page)


def own_name(user: UserId) -> str:
    """Return a person's name for the person alone, unmasked; empty if none is registered."""
    name: Any = (
        Membership.objects.unscoped("a person's own name, shown to that person")
        .filter(user=user, individual__isnull=False)
        .order_by("-started_at")
        .values_list("individual__name", flat=True)
        .first()
    )
    return name or ""


def contacts(ctx: Context, *, organization: OrganizationId, role: str) -> tuple[Contact, ...]:
    """
    Return how to reach those who act at an organization in a role and have a phone number.

    The numbers are not masked, so only who may send messages asks: the platform itself.

    :raises NotPermitted: without `messaging.send`.
    """
    ctx.require("messaging.send")
    rows = Membership.objects.within(ctx.scope).filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=ctx.at),
        organization=organization,
        role=role,
        state="active",
        started_at__lte=ctx.at,
        user__is_active=True,
        user__phone__isnull=False,
    )
    found = rows.order_by("started_at", "id").values_list("user__phone", "user__language")
    return tuple(Contact(Personal(phone), language) for phone, language in found)


def names_of_users(ctx: Context, users: Iterable[UUID]) -> dict[UUID, str]:
    """
    Return how to call the actors of a list or a journal: their user names, by id.

    Not scoped: who did something to an order that one may see is no secret.
    """
    return dict(User.objects.filter(id__in=list(users)).values_list("id", "username"))


def _members(scope: Scope) -> QuerySet[Membership]:
    return Membership.objects.within(scope).select_related("user", "individual", "organization")


def _member(row: Any) -> MemberRow:
    return MemberRow(
        membership=MembershipId(row.id),
        user=UserId(row.user_id),
        username=row.user.username,
        name_masked="" if row.individual is None else mask_name(row.individual.name),
        phone_masked=mask_phone(row.user.phone or ""),
        role=row.role,
        organization=OrganizationId(row.organization_id),
        organization_kind=row.organization.kind,
        organization_code=row.organization.code,
        organization_name_zh=row.organization.name_zh,
        organization_name_en=row.organization.name_en,
        employee_number=row.employee_number,
        state=row.state,
        started_at=row.started_at,
        ended_at=row.ended_at,
        account_is_active=row.user.is_active,
        individual=None if row.individual_id is None else IndividualId(row.individual_id),
    )


def _individual(row: Individual) -> IndividualRow:
    return IndividualRow(
        id=IndividualId(row.id),
        organization=OrganizationId(row.organization_id),
        name_masked=mask_name(row.name),
        document_masked=mask_document(row.document or ""),
        address_masked=mask_address(row.address or ""),
        phone_masked=mask_phone(row.phone or ""),
    )
