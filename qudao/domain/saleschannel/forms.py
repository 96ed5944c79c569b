"""Fields of forms about outlets, for the direct way and for processes."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from qudao.domain.party import queries as party
from qudao.domain.party.types import IndividualId
from qudao.domain.saleschannel import queries
from qudao.domain.saleschannel.types import LONGEST_ADDRESS
from qudao.kernel.page import PageRequest
from qudao.kernel.personal import Personal
from qudao.platform.backoffice.forms import CodeField, CodeForm
from qudao.platform.commands.context import Context

MARKETS: Final = (("city", _("City")), ("rural", _("Rural")))


class HoursField(forms.CharField):
    """Opening hours, a line for some days."""

    default_error_messages = {"invalid": _("Write lines such as: mon-fri 08:30-12:00 13:30-18:00")}

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 4}), max_length=1000, **options)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        try:
            return queries.hours_from_text(text)
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def prepare_value(self, value: Any) -> Any:
        return queries.hours_as_text(value) if isinstance(value, dict) else value


def _owner(ctx: Context, document: str) -> IndividualId | None:
    found = party.find_individuals(ctx, PageRequest(1), document=Personal(document)).items
    return found[0].id if found else None


class OutletForm(CodeForm):
    """What may be said of an outlet when it is entered, and changed later, whoever asks for it."""

    name_zh = forms.CharField(label=_("Chinese name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=100)
    market = forms.ChoiceField(label=_("Market"), choices=MARKETS)
    address = forms.CharField(label=_("Address"), max_length=LONGEST_ADDRESS)
    longitude = forms.DecimalField(
        label=_("Longitude"), max_digits=9, decimal_places=6, required=False
    )
    latitude = forms.DecimalField(
        label=_("Latitude"), max_digits=9, decimal_places=6, required=False
    )
    star = forms.IntegerField(label=_("Stars"), min_value=1, max_value=5, required=False)
    tier = forms.IntegerField(
        label=_("Agent tier"),
        min_value=1,
        max_value=4,
        initial=1,
        help_text=_("1 to 4; some commission goes by it."),
    )
    owner = CodeField(
        _owner,
        label=_("Owner"),
        required=False,
        help_text=_("Document number of a registered person."),
    )
    opening_hours = HoursField(
        label=_("Opening hours"),
        required=False,
        help_text=_("Lines such as: mon-fri 08:30-12:00 13:30-18:00"),
    )
    hours_enforced = forms.BooleanField(label=_("Refuse sales while shut"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if (data.get("longitude") is None) != (data.get("latitude") is None):
            self.add_error("latitude", ValidationError(_("Enter both coordinates, or neither.")))
        return data
