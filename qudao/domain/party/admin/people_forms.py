"""Forms about people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qudao.domain.party.admin.area import appointable, place_field, proposals
from qudao.platform.backoffice.forms import ActForm, CodeForm, MobileField, MomentField
from qudao.platform.commands.context import Context
from qudao.platform.identity import queries as identity
from qudao.platform.identity.operations import LANGUAGES
from qudao.platform.identity.roles import roles
from qudao.platform.identity.types import UserId

LANGUAGE_NAMES = {"zh-hans": "简体中文", "en": "English"}
PLACES = ["province", "branch", "county", "outlet"]


def _role_choices(ctx: Context) -> list[tuple[str, Any]]:
    return [(code, _RoleName(code)) for code in appointable(ctx)]


class _RoleName:
    """A role's name in the language of the moment it is shown."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __str__(self) -> str:
        role = roles[self.code]
        return role.name_en if (get_language() or "").startswith("en") else role.name_zh


class AdmitForm(CodeForm):
    organization = place_field(label=_("Organization"), help_text=_("Its code or node code."))
    role = forms.ChoiceField(label=_("Role"))
    username = forms.RegexField(
        r"^[A-Za-z][A-Za-z0-9._-]{2,63}$",
        label=_("User name"),
        help_text=_("3 to 64 letters, digits, dots or dashes, beginning with a letter."),
    )
    name = forms.CharField(label=_("Name"), max_length=100)
    phone = MobileField(
        label=_("Phone"), required=False, help_text=_("Gets one-time codes for signing in.")
    )
    document = forms.CharField(label=_("Document number"), max_length=32, required=False)
    employee_number = forms.CharField(label=_("Employee number"), max_length=32, required=False)
    language = forms.ChoiceField(
        label=_("Language"), choices=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES]
    )

    def prepare(self) -> None:
        self.offer("role", _role_choices(self.ctx))
        self.offer("organization", proposals(self.ctx, PLACES))


class AddMembershipForm(CodeForm):
    organization = place_field(label=_("Organization"), help_text=_("Its code or node code."))
    role = forms.ChoiceField(label=_("Role"))
    employee_number = forms.CharField(label=_("Employee number"), max_length=32, required=False)

    def prepare(self) -> None:
        self.offer("role", _role_choices(self.ctx))
        self.offer("organization", proposals(self.ctx, PLACES))


class RoleForm(ActForm):
    role = forms.ChoiceField(label=_("New role"))

    def prepare(self) -> None:
        level = self.row.organization.kind
        self.offer(
            "role",
            [
                (code, name)
                for code, name in _role_choices(self.ctx)
                if level in roles[code].levels and code != self.row.role
            ],
        )


class PhoneForm(ActForm):
    phone = MobileField(
        label=_("New phone number"), required=False, help_text=_("Empty: sign-in by password only.")
    )


class TokenForm(ActForm):
    name = forms.CharField(label=_("What it is used for"), max_length=100)
    expires_at = MomentField(label=_("Expires"), required=False)


class RevokeForm(ActForm):
    token = forms.ChoiceField(label=_("Token"))

    def prepare(self) -> None:
        rows = identity.tokens(self.ctx, UserId(self.row.user_id))
        live = [row for row in rows if row.revoked_at is None]
        self.offer("token", [(str(row.id), f"{row.prefix}… {row.name}") for row in live])
