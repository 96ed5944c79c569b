"""Back-office screens: lines and their service passwords, and the rules. No secret is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from django import forms
from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.credential import operations, queries
from qudao.domain.credential.models import LineCredential, PolicyVersion
from qudao.domain.credential.rules import LIMITS
from qudao.domain.credential.types import LineCredentialId, Policy
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.filters import by_days, by_flag
from qudao.platform.backoffice.forms import ReasonForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import Cell, Coded, Facts, Number, Person, Section
from qudao.platform.commands.context import Context

RULES: Final = {
    "password_digits": _("Digits of a service password"),
    "password_tries": _("Wrong tries that lock a line"),
    "lock_h": _("Hours for which it is locked"),
    "code_life_s": _("Seconds for which a code is valid"),
    "code_tries": _("Wrong tries of a code"),
    "code_wait_s": _("Seconds between two codes"),
    "codes_per_line": _("Codes to one line in a day"),
    "codes_per_address": _("Codes asked for from one address in an hour"),
    "wrong_per_address": _("Wrong tries from one address in an hour"),
    "known_min": _("Minutes for which a number is believed"),
    "money_min": _("Minutes for which a proof is good for money"),
    "data_min": _("Minutes for which a proof is good for personal data"),
}


class PolicyForm(ReasonForm):
    """All rules, as they are now."""

    def prepare(self) -> None:
        reason = self.fields.pop("reason")
        for name, value in asdict(queries.policy()).items():
            least, most = LIMITS[name]
            self.fields[name] = forms.IntegerField(
                label=RULES[name],
                min_value=least,
                max_value=most,
                initial=value,
                help_text=_("%(least)s to %(most)s") % {"least": least, "most": most},
            )
        self.fields["reason"] = reason


@screen(LineCredential)
class LineCredentialScreen(Screen):
    """Which lines have a service password, and which are locked."""

    read = "credential.read"
    title = _("Service passwords")
    one = pgettext_lazy("telephone", "Line")
    lead = _(
        "Of the whole province. Wrong tries lock a line for a while, whether or not it has a "
        "password. Passwords are set at a hall's counter or by a one-time code."
    )
    menu = Place("customers", 4, "key")
    search_help = _("A whole number")
    ordering = ("-locked_until", "-set_at", "-id")
    columns = (
        Column(_("Number"), lambda row: Number(row.msisdn)),
        Column(_("State"), lambda row: Coded("credential_state", _state(row))),
        Column(_("Wrong tries"), lambda row: row.wrong),
        Column(_("Last wrong try"), lambda row: row.wrong_at, "wrong_at"),
        Column(_("Locked until"), lambda row: row.locked_until, "locked_until"),
        Column(_("Password set"), lambda row: row.set_at, "set_at"),
    )
    list_filter = (
        by_flag(pgettext_lazy("line", "Locked"), "locked", Q(locked=True)),
        by_days(_("Last wrong try"), "wrong_at"),
    )
    acts = (
        Act(
            "unlock",
            _("Unlock"),
            "credential.unlock",
            lambda ctx, row, data: operations.unlock(
                ctx, line=LineCredentialId(row.pk), reason=data["reason"]
            ),
            form=ReasonForm,
            when=lambda row: row.locked,
            lead=_(
                "Lets the service password be tried again, from no wrong tries on. Be sure that "
                "it is the owner who asks."
            ),
            icon="lock-open",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        locked = When(locked_until__gt=ctx.at, then=True)
        return LineCredential.objects.annotate(locked=Case(locked, default=False))

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(msisdn="".join(text.split()).removeprefix("+86"))

    def heading(self, row: Any) -> Cell:
        return Number(row.msisdn)

    def state(self, row: Any) -> Cell:
        return Coded("credential_state", _state(row))

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Password set"), row.set_at),
                (_("How"), Coded("credential_set_by", row.set_by) if row.set_by else None),
                (_("Wrong tries"), row.wrong),
                (_("Last wrong try"), row.wrong_at),
                (_("Locked until"), row.locked_until),
            ],
        )
        yield trail(ctx, row.pk)


@screen(PolicyVersion)
class PolicyScreen(Screen):
    """The rules of service passwords and codes, as they were set; the newest are in force."""

    read = "credential.read"
    title = _("Rules of identification")
    one = _("Rules of identification")
    lead = _("The newest are in force. Where nobody has set any, those that the form shows are.")
    menu = Place("customers", 5, "settings")
    ordering = ("-set_at", "-id")
    columns = (
        Column(pgettext_lazy("rules", "Set"), lambda row: row.set_at, "set_at"),
        Column(_("By"), lambda row: Person(row.set_by)),
        Column(_("Reason"), lambda row: row.reason),
        Column(RULES["password_tries"], lambda row: row.rules["password_tries"]),
        Column(RULES["lock_h"], lambda row: row.rules["lock_h"]),
    )
    list_acts = (
        Act(
            "change",
            _("Change the rules"),
            "credential.set_policy",
            lambda ctx, row, data: operations.set_policy(
                ctx,
                policy=Policy(**{name: data[name] for name in RULES}),
                reason=data["reason"],
            ),
            form=PolicyForm,
            lead=_("They hold from the next try on. Passwords and codes that exist stay."),
            icon="settings",
            goes_to=lambda answer: answer,
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        return PolicyVersion.objects.all()

    def heading(self, row: Any) -> Cell:
        return str(row.reason)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [(label, row.rules.get(name)) for name, label in RULES.items()],
        )
        yield trail(ctx, row.pk)


def _state(row: Any) -> str:
    if row.locked:
        return "locked"
    return "set" if row.password else "none"
