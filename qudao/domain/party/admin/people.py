"""People: who acts where in which role, and the accounts that they sign in with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from qudao.domain.party import operations
from qudao.domain.party.admin.area import ref
from qudao.domain.party.admin.organizations import standing
from qudao.domain.party.admin.people_forms import (
    LANGUAGE_NAMES,
    AddMembershipForm,
    AdmitForm,
    PhoneForm,
    RevokeForm,
    RoleForm,
    TokenForm,
)
from qudao.domain.party.models import Membership
from qudao.domain.party.queries import reaches
from qudao.domain.party.types import Admitted, MembershipId
from qudao.kernel.personal import Personal
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_flag, by_place
from qudao.platform.backoffice.forms import ReasonForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import Cell, Coded, Facts, Mono, Ref, Section, Table
from qudao.platform.commands.context import Context
from qudao.platform.identity import operations as accounts
from qudao.platform.identity import queries as identity
from qudao.platform.identity.personal import blind_index, mask_name, mask_phone
from qudao.platform.identity.roles import appointing, roles
from qudao.platform.identity.types import IssuedToken, TokenId, UserId


def _holds(row: Membership) -> bool:
    return row.ended_at is None


def _may_appoint(grants: frozenset[str], row: Membership) -> bool:
    return appointing(row.role) in grants


def _on_account(code: str, label: Any, command: str, run: Any, **more: Any) -> Act:
    options: dict[str, Any] = {"grants": _may_appoint, **more}
    return Act(code, label, command, run, **options)


def _admitted(answer: Admitted) -> list[tuple[Any, Cell]]:
    secret = "" if answer.password is None else str.__str__(answer.password)
    return [(_("Temporary password"), Mono(secret))]


def _issued(answer: IssuedToken) -> list[tuple[Any, Cell]]:
    return [(_("Token"), Mono(str.__str__(answer.secret)))]


@screen(Membership)
class PeopleScreen(Screen):
    """Memberships: a person in a role at an organization, with history."""

    read = "party.read"
    title = _("People and roles")
    one = _("Membership")
    menu = Place("people", 1, "users")
    search_help = _("User name, employee number, whole phone number or whole name")
    list_select_related = ("user", "individual", "organization")
    ordering = ("-started_at", "-id")
    columns = (
        Column(_("User name"), lambda row: row.user.username, "user__username"),
        Column(_("Name"), lambda row: mask_name(row.individual.name) if row.individual else None),
        Column(_("Role"), lambda row: Coded("role", row.role), "role"),
        Column(_("Organization"), lambda row: ref(row.organization), "organization__path"),
        Column(_("State"), lambda row: Coded("membership_state", _standing(row)), "state"),
        Column(_("From"), lambda row: row.started_at, "started_at"),
        Column(_("Until"), lambda row: row.ended_at, "ended_at"),
    )
    list_filter = (
        by_code(_("Role"), "role", lambda: list(roles)),
        by_code(_("State"), "state", ["active", "suspended"], field="membership_state"),
        by_flag(_("Ended"), "ended", Q(ended_at__lte=Now())),
        by_place(_("Place"), "organization__path", parts),
    )
    list_acts = (
        Act(
            "admit",
            _("Admit a member"),
            "party.admit_member",
            lambda ctx, row, data: operations.admit_member(
                ctx,
                organization=data["organization"].id,
                role=data["role"],
                username=data["username"],
                name=Personal(data["name"]),
                phone=Personal(data["phone"]) if data["phone"] else None,
                document=Personal(data["document"]) if data["document"] else None,
                employee_number=data["employee_number"],
                language=data["language"],
            ),
            form=AdmitForm,
            lead=_("Opens an account with a temporary password, and gives it a role."),
            icon="user-plus",
            done=_("Admitted. Hand the password over; it has to be changed at the first sign-in."),
            shows=_admitted,
        ),
    )
    acts = (
        Act(
            "suspend",
            _("Suspend"),
            "party.suspend_member",
            lambda ctx, row, data: operations.suspend_member(
                ctx, membership=MembershipId(row.pk), reason=data["reason"]
            ),
            form=ReasonForm,
            when=lambda row: _holds(row) and row.state == "active",
            grants=_may_appoint,
            lead=_("Takes the rights of this membership away until it is resumed, at once."),
            icon="player-pause",
            tone="danger",
        ),
        Act(
            "resume",
            _("Resume"),
            "party.resume_member",
            lambda ctx, row, data: operations.resume_member(ctx, membership=MembershipId(row.pk)),
            when=lambda row: _holds(row) and row.state == "suspended",
            grants=_may_appoint,
            lead=_("Gives the membership its rights back."),
            icon="player-play",
        ),
        Act(
            "role",
            _("Change the role"),
            "party.change_role",
            lambda ctx, row, data: operations.change_role(
                ctx, membership=MembershipId(row.pk), role=data["role"]
            ),
            form=RoleForm,
            when=_holds,
            grants=_may_appoint,
            lead=_("The present membership ends and a new one begins: both stay in the history."),
            icon="arrows-exchange",
            goes_to=lambda answer: answer,
        ),
        Act(
            "end",
            _("End"),
            "party.end_membership",
            lambda ctx, row, data: operations.end_membership(
                ctx, membership=MembershipId(row.pk), reason=data["reason"]
            ),
            form=ReasonForm,
            when=_holds,
            grants=_may_appoint,
            lead=_("Ends the membership for good. It stays in the history."),
            icon="ban",
            tone="danger",
        ),
        Act(
            "add",
            _("Add a membership"),
            "party.add_membership",
            lambda ctx, row, data: operations.add_membership(
                ctx,
                user=UserId(row.user_id),
                organization=data["organization"].id,
                role=data["role"],
                employee_number=data["employee_number"],
            ),
            form=AddMembershipForm,
            lead=_("Another role, or a role at another organization, for the same person."),
            icon="plus",
            goes_to=lambda answer: answer,
        ),
        _on_account(
            "password",
            _("Reset the password"),
            "identity.reset_password",
            lambda ctx, row, data: accounts.reset_password(ctx, user=UserId(row.user_id)),
            lead=_("A temporary password is made, and the person is signed out everywhere."),
            icon="key",
            done=_("Hand the password over; it has to be changed at the next sign-in."),
            shows=lambda answer: [(_("Temporary password"), Mono(str.__str__(answer)))],
        ),
        _on_account(
            "phone",
            _("Change the sign-in phone"),
            "identity.set_phone",
            lambda ctx, row, data: accounts.set_phone(
                ctx,
                user=UserId(row.user_id),
                phone=Personal(data["phone"]) if data["phone"] else None,
            ),
            form=PhoneForm,
            icon="device-mobile",
        ),
        _on_account(
            "close",
            _("Close the account"),
            "identity.deactivate",
            lambda ctx, row, data: accounts.deactivate(ctx, user=UserId(row.user_id)),
            when=lambda row: row.user.is_active,
            lead=_("The person cannot sign in any more; sessions and tokens end at once."),
            icon="lock",
            tone="danger",
        ),
        _on_account(
            "open",
            _("Open the account again"),
            "identity.activate",
            lambda ctx, row, data: accounts.activate(ctx, user=UserId(row.user_id)),
            when=lambda row: not row.user.is_active,
            icon="login",
        ),
        _on_account(
            "token",
            _("Issue a token"),
            "identity.issue_token",
            lambda ctx, row, data: accounts.issue_token(
                ctx,
                user=UserId(row.user_id),
                name=data["name"],
                expires_at=data["expires_at"],
                organization=row.organization_id,
            ),
            form=TokenForm,
            when=_holds,
            lead=_("For a program that acts in this membership, and in no other."),
            icon="key",
            done=_("Issued. Copy the token now."),
            shows=_issued,
        ),
        _on_account(
            "revoke",
            _("Revoke a token"),
            "identity.revoke_token",
            lambda ctx, row, data: accounts.revoke_token(ctx, token=TokenId(data["token"])),
            form=RevokeForm,
            icon="ban",
            tone="danger",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Membership]:
        return Membership.objects.within(ctx.scope).select_related(
            "user", "individual", "organization"
        )

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(
            Q(user__username__icontains=text)
            | Q(employee_number__icontains=text)
            | Q(user__phone=text.replace(" ", ""))
            | Q(individual__name_hash=blind_index(text, "party_individual.name"))
        )

    def heading(self, row: Any) -> Cell:
        return str(row.user.username)

    def state(self, row: Any) -> Cell:
        return Coded("membership_state", _standing(row))

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Role"), Coded("role", row.role)),
                (_("Organization"), ref(row.organization)),
                (_("Employee number"), row.employee_number),
                (_("From"), row.started_at),
                (_("Until"), row.ended_at),
                (_("Reason"), row.state_reason),
                (_("Person"), _person(row)),
            ],
        )
        yield Facts(
            _("Account"),
            [
                (_("User name"), row.user.username),
                (_("Account"), Coded("account_state", "open" if row.user.is_active else "closed")),
                (_("Sign-in phone"), mask_phone(row.user.phone or "")),
                (_("Last sign-in"), row.user.last_login),
                (_("Temporary password"), row.user.must_change_password),
                (_("Language"), LANGUAGE_NAMES.get(row.user.language, row.user.language)),
            ],
        )
        others = Membership.objects.within(ctx.scope).filter(user=row.user).exclude(pk=row.pk)
        yield Table(
            _("The person's other memberships"),
            (_("Role"), _("Organization"), _("State"), _("From"), _("Until")),
            [
                (
                    Ref("party.membership", other.pk, Coded("role", other.role)),
                    ref(other.organization),
                    Coded("membership_state", standing(other, ctx)),
                    other.started_at,
                    other.ended_at,
                )
                for other in others.select_related("organization").order_by("-started_at")
            ],
            empty=_("None in your area."),
        )
        if "identity.read" in ctx.grants and reaches(ctx, UserId(row.user_id)):
            yield from _access(ctx, UserId(row.user_id))
        yield trail(ctx, row.pk)


def _access(ctx: Context, user: UserId) -> Iterable[Section]:
    yield Table(
        _("Signed in at"),
        (_("Address"), _("Browser"), _("Signed in"), _("Last seen")),
        [
            (Mono(one.ip), one.user_agent[:80], one.created_at, one.last_seen_at)
            for one in identity.sessions(ctx, user)
        ],
        empty=_("Nowhere at the moment."),
    )
    yield Table(
        _("Tokens"),
        (_("Begins with"), _("Used for"), _("Issued"), _("Expires"), _("Last used"), _("Revoked")),
        [
            (
                Mono(token.prefix),
                token.name,
                token.created_at,
                token.expires_at,
                token.last_used_at,
                token.revoked_at,
            )
            for token in identity.tokens(ctx, user)
        ],
        empty=_("None."),
    )


def _person(row: Membership) -> Cell:
    if row.individual is None:
        return None
    return Ref("party.individual", row.individual_id, mask_name(row.individual.name))


def _standing(row: Membership) -> str:
    return "ended" if row.ended_at is not None else row.state
