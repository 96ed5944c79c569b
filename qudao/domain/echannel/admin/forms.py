"""Forms about what fronts show."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qudao.domain.echannel import queries
from qudao.domain.echannel.types import Pair
from qudao.domain.party import queries as party
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.platform.backoffice.forms import ActForm, CodeField, CodeForm, MomentField

LARGEST_FILE = 256 * 1024


def named(row: Any) -> str:
    """Return a record's name in the active language."""
    english = (get_language() or "").startswith("en")
    return str(row.name_en if english else row.name_zh)


class PlaceForm(CodeForm):
    """For whom: a front, a branch or all, a group or everybody."""

    front = forms.ChoiceField(label=pgettext_lazy("menu of a hall", "Hall"))
    branch = CodeField(
        lambda ctx, code: party.organization_by_code(ctx, code),
        label=_("Branch"),
        required=False,
        help_text=_("Its code. Empty: all branches that have nothing of their own."),
    )
    group = forms.RegexField(
        r"^[a-z][a-z0-9_]*$",
        label=_("Group of customers"),
        max_length=32,
        required=False,
        help_text=_("Its code. Empty: everybody."),
    )

    def prepare(self) -> None:
        self.offer("front", [(one.front, named(one)) for one in queries.front_limits().values()])
        found = party.organizations(self.ctx, PageRequest(MAX_LIMIT), kinds=["branch"])
        self.offer("branch", [(row.code, named(row)) for row in found.items])


def place_of(data: Any) -> dict[str, Any]:
    """Return for whom, as the commands take it."""
    branch = data["branch"]
    return {"front": data["front"], "branch": branch and branch.id, "group": data["group"]}


class _Off(forms.Form):
    message_zh = forms.CharField(label=_("Message in Chinese"), max_length=400)
    message_en = forms.CharField(label=_("Message in English"), max_length=400)
    until = MomentField(
        label=_("Until"), required=False, help_text=_("Empty: until somebody switches it on.")
    )


class SwitchForm(_Off, ActForm):
    """What customers are told while it is off."""


class SwitchPlaceForm(_Off, PlaceForm):
    """The same, for whom as well."""

    field_order = ["request_key", "front", "branch", "group", "message_zh", "message_en", "until"]


def message_of(data: Any) -> Pair:
    """Return the message of a switch."""
    return Pair(data["message_zh"].strip(), data["message_en"].strip())


class PublishForm(ActForm):
    """Which version, from when, until when."""

    version = forms.ChoiceField(label=_("Version"))
    valid_from = MomentField(label=_("From"), required=False, help_text=_("Empty: at once."))
    valid_until = MomentField(
        label=_("Until"),
        required=False,
        help_text=_("Empty: for ever. What was planned after it comes back then."),
    )
    remark = forms.CharField(label=_("Remark"), max_length=500, required=False)

    def prepare(self) -> None:
        choices = []
        for one in queries.versions(self.ctx, self.row.pk):
            state = _("draft") if one.frozen_at is None else _("was published before")
            # The edition goes along: who publishes means the draft as it is shown now.
            choices.append((f"{one.number}.{one.edition}", f"{one.number} · {state}"))
        self.offer("version", choices)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        number, _dot, edition = str(data.get("version", "")).partition(".")
        if edition:
            data |= {"number": int(number), "edition": int(edition)}
        return data


class WithdrawForm(ActForm):
    valid_from = MomentField(label=_("From"), required=False, help_text=_("Empty: at once."))
    remark = forms.CharField(label=_("Remark"), max_length=500, required=False)


class DiscardForm(ActForm):
    edition = forms.IntegerField(widget=forms.HiddenInput)

    def prepare(self) -> None:
        self.initial.setdefault("edition", self.row.draft_edition)


class FileForm(PlaceForm):
    """A configuration as a file."""

    file = forms.FileField(
        label=_("File"), help_text=_("JSON, as it is written by “Fetch as a file”.")
    )

    def clean_file(self) -> bytes:
        data: bytes = self.cleaned_data["file"].read(LARGEST_FILE + 1)
        return data
