"""Give people roles at organizations, and take them away."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction

from qudao.domain.party.events import (
    MembershipEnded,
    MembershipResumed,
    MembershipStarted,
    MembershipSuspended,
)
from qudao.domain.party.models import Membership, Organization
from qudao.domain.party.operations.individuals import register_individual
from qudao.domain.party.operations.places import _demand_reason, _organization_in
from qudao.domain.party.types import Admitted, IndividualId, MembershipId, OrganizationId
from qudao.kernel.ids import new_id
from qudao.kernel.personal import Personal, Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context
from qudao.platform.identity import operations as identity
from qudao.platform.identity.roles import appointing, roles
from qudao.platform.identity.rules import temporary_password
from qudao.platform.identity.types import UserId


@dataclass(eq=False)
class MembershipNotFound(Refusal, kind=Kind.NOT_FOUND):
    membership: UUID


@dataclass(eq=False)
class UnknownRole(Refusal, kind=Kind.INVALID):
    role: str


@dataclass(eq=False)
class RoleNotAtLevel(Refusal, kind=Kind.INVALID):
    """The role does not exist at organizations of this kind."""

    role: str
    organization_kind: str


@dataclass(eq=False)
class RoleNotAppointable(Refusal, kind=Kind.FORBIDDEN):
    """The actor may not give or take away this role."""

    role: str


@dataclass(eq=False)
class PeriodOverlaps(Refusal, kind=Kind.CONFLICT):
    """The person has this role at this organization already."""

    role: str


@dataclass(eq=False)
class MembershipIsOver(Refusal, kind=Kind.CONFLICT):
    membership: UUID


@dataclass(eq=False)
class AlreadySuspended(Refusal, kind=Kind.CONFLICT):
    membership: UUID


@dataclass(eq=False)
class NotSuspended(Refusal, kind=Kind.CONFLICT):
    membership: UUID


@dataclass(eq=False)
class OwnMembership(Refusal, kind=Kind.FORBIDDEN):
    """Nobody changes the own membership."""


@command("party.admit_member")
def admit_member(
    ctx: Context,
    *,
    organization: OrganizationId,
    role: str,
    username: str,
    name: Personal,
    phone: Personal | None = None,
    document: Personal | None = None,
    employee_number: str = "",
    password: Secret | None = None,
    passwordless: bool = False,
    language: str = "",
) -> Admitted:
    """
    Give a new person an account, and a role at an organization.

    Without a password the platform makes a temporary one; either has to be changed at the first
    sign-in. A `passwordless` account signs in by one-time code, or by token, only.

    :raises OrganizationNotFound: if the organization is not in scope.
    :raises UnknownRole: if there is no such role.
    :raises RoleNotAtLevel: if the role does not exist at such an organization.
    :raises RoleNotAppointable: if the actor may not give the role.
    :raises InvalidName: if the name is missing or too long.
    :raises InvalidDocument: if the document number is impossible.
    :raises DocumentRegistered: if another individual has this document.
    :raises identity.InvalidUsername: if the user name is impossible.
    :raises identity.UsernameTaken: if the user name is in use.
    :raises identity.InvalidPhone: if the phone is no mobile number.
    :raises identity.PhoneTaken: if another account has the phone.
    :raises identity.WeakPassword: if a validator rejects the password.
    """
    place = _organization_in(ctx, organization)
    _appointable(ctx, role, place.kind)
    chosen = temporary_password() if password is None and not passwordless else password
    user = identity.create_user(
        ctx, username=username, password=chosen, phone=phone, language=language
    )
    person = register_individual(
        ctx, organization=organization, name=name, document=document, phone=phone
    )
    membership = _start(ctx, user, place, role, employee_number, person)
    record_subject(membership)
    return Admitted(membership, user, person, chosen if password is None else None)


@command("party.add_membership")
def add_membership(
    ctx: Context,
    *,
    user: UserId,
    organization: OrganizationId,
    role: str,
    employee_number: str = "",
) -> MembershipId:
    """
    Give somebody who is a member in scope another role, or a role at another organization.

    :raises MembershipNotFound: if the person has no membership in scope.
    :raises OrganizationNotFound: if the organization is not in scope.
    :raises UnknownRole: if there is no such role.
    :raises RoleNotAtLevel: if the role does not exist at such an organization.
    :raises RoleNotAppointable: if the actor may not give the role.
    :raises OwnMembership: if the person is the actor.
    :raises PeriodOverlaps: if the person has this role there already.
    """
    if user == ctx.actor:
        raise OwnMembership
    known = Membership.objects.within(ctx.scope).filter(user=user).order_by("-started_at").first()
    if known is None:
        raise MembershipNotFound(user)
    place = _organization_in(ctx, organization)
    _appointable(ctx, role, place.kind)
    person = None if known.individual_id is None else IndividualId(known.individual_id)
    membership = _start(ctx, user, place, role, employee_number, person)
    record_subject(membership)
    return membership


@command("party.suspend_member", subject="membership")
def suspend_member(ctx: Context, *, membership: MembershipId, reason: str) -> None:
    """
    Take a membership's rights away until it is resumed: the next request is refused.

    :raises MembershipNotFound: if it is not in scope.
    :raises MembershipIsOver: if it has ended.
    :raises RoleNotAppointable: if the actor may not give its role.
    :raises OwnMembership: if it is the actor's own.
    :raises AlreadySuspended: if it is suspended.
    :raises ReasonMissing: if no reason is given.
    """
    _demand_reason(reason)
    row = _membership(ctx, membership)
    if row.state == "suspended":
        raise AlreadySuspended(membership)
    row.state, row.state_reason = "suspended", reason.strip()
    row.save(update_fields=["state", "state_reason"])
    announce(
        MembershipSuspended(
            membership, UserId(row.user_id), OrganizationId(row.organization_id), reason.strip()
        )
    )


@command("party.resume_member", subject="membership")
def resume_member(ctx: Context, *, membership: MembershipId) -> None:
    """
    Give a suspended membership its rights back.

    :raises MembershipNotFound: if it is not in scope.
    :raises MembershipIsOver: if it has ended.
    :raises RoleNotAppointable: if the actor may not give its role.
    :raises OwnMembership: if it is the actor's own.
    :raises NotSuspended: if it is not suspended.
    """
    row = _membership(ctx, membership)
    if row.state != "suspended":
        raise NotSuspended(membership)
    row.state, row.state_reason = "active", ""
    row.save(update_fields=["state", "state_reason"])
    announce(
        MembershipResumed(membership, UserId(row.user_id), OrganizationId(row.organization_id))
    )


@command("party.end_membership", subject="membership")
def end_membership(ctx: Context, *, membership: MembershipId, reason: str) -> None:
    """
    End a membership now; it stays in the history. The account stays open.

    :raises MembershipNotFound: if it is not in scope.
    :raises MembershipIsOver: if it has ended.
    :raises RoleNotAppointable: if the actor may not give its role.
    :raises OwnMembership: if it is the actor's own.
    :raises ReasonMissing: if no reason is given.
    """
    _demand_reason(reason)
    row = _membership(ctx, membership)
    _end(ctx, row, reason.strip())


@command("party.change_role", subject="membership")
def change_role(ctx: Context, *, membership: MembershipId, role: str) -> MembershipId:
    """
    Give a member another role at the same organization: the old membership ends, a new one starts.

    A suspended member stays suspended.

    :raises MembershipNotFound: if it is not in scope.
    :raises MembershipIsOver: if it has ended.
    :raises UnknownRole: if there is no such role.
    :raises RoleNotAtLevel: if the role does not exist at such an organization.
    :raises RoleNotAppointable: if the actor may not give the old role or the new one.
    :raises OwnMembership: if it is the actor's own.
    :raises PeriodOverlaps: if the person has this role there already.
    """
    row = _membership(ctx, membership)
    place = row.organization
    _appointable(ctx, role, place.kind)
    if role == row.role:
        raise PeriodOverlaps(role)
    _end(ctx, row, f"role:{role}")
    person = None if row.individual_id is None else IndividualId(row.individual_id)
    fresh = _start(ctx, UserId(row.user_id), place, role, row.employee_number, person)
    if row.state == "suspended":
        Membership.objects.unscoped("the row just written").filter(id=fresh).update(
            state="suspended", state_reason=row.state_reason
        )
    return fresh


def _membership(ctx: Context, membership: MembershipId) -> Membership:
    """Lock a membership that is in scope, not over, not the actor's own, and appointable."""
    row = (
        Membership.objects.within(ctx.scope)
        .select_for_update(of=("self",))
        .select_related("organization")
        .filter(id=membership)
        .first()
    )
    if row is None:
        raise MembershipNotFound(membership)
    if row.user_id == ctx.actor:
        raise OwnMembership
    if appointing(row.role) not in ctx.grants:
        raise RoleNotAppointable(row.role)
    if row.ended_at is not None and row.ended_at <= ctx.at:
        raise MembershipIsOver(membership)
    return row


def _appointable(ctx: Context, role: str, kind: str) -> None:
    if role not in roles:
        raise UnknownRole(role)
    if kind not in roles[role].levels:
        raise RoleNotAtLevel(role, kind)
    if appointing(role) not in ctx.grants:
        raise RoleNotAppointable(role)


def _start(
    ctx: Context,
    user: UserId,
    place: Organization,
    role: str,
    employee_number: str,
    person: IndividualId | None,
) -> MembershipId:
    row = Membership(
        id=new_id(ctx.at),
        user_id=user,
        individual_id=person,
        organization=place,
        role=role,
        employee_number=employee_number.strip()[:32],
        started_at=ctx.at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "membership_no_overlap" not in str(error):
            raise
        raise PeriodOverlaps(role) from error
    announce(MembershipStarted(MembershipId(row.id), user, OrganizationId(place.id), role))
    return MembershipId(row.id)


def _end(ctx: Context, row: Membership, reason: str) -> None:
    row.ended_at = max(ctx.at, row.started_at)
    row.save(update_fields=["ended_at"])
    announce(
        MembershipEnded(
            MembershipId(row.id),
            UserId(row.user_id),
            OrganizationId(row.organization_id),
            reason,
        )
    )
