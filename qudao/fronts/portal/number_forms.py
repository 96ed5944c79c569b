"""What is typed in to find and hold a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from qudao.domain.resource.types import NumberSearch
from qudao.fronts.portal.forms import KEY, MoneyField

SUFFIX, ANYWHERE, STARTS = "suffix", "anywhere", "starts"
LENGTHS: Final = {SUFFIX: (1, 8), ANYWHERE: (3, 6), STARTS: (1, 11)}


class NumberSearchForm(forms.Form):
    """Which free numbers to look for; what is half typed is no fault, it is not yet used."""

    where = forms.ChoiceField(
        label=pgettext_lazy("digits of a number", "Where"),
        choices=[
            (SUFFIX, pgettext_lazy("digits of a number", "At the end")),
            (ANYWHERE, pgettext_lazy("digits of a number", "Anywhere")),
            (STARTS, pgettext_lazy("digits of a number", "At the beginning")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    digits = forms.CharField(
        label=gettext_lazy("Digits that the customer wants"),
        max_length=20,
        required=False,
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "off",
                "enterkeyhint": "search",
                "data-key": "/",
            }
        ),
    )
    grade = forms.ChoiceField(
        label=pgettext_lazy("number", "Grade"), widget=forms.RadioSelect, required=False
    )
    pattern = forms.ChoiceField(label=pgettext_lazy("number", "Pattern"), required=False)
    without4 = forms.BooleanField(label=gettext_lazy("Without 4"), required=False)
    price_min = MoneyField(label=gettext_lazy("Prepayment from"), required=False)
    price_max = MoneyField(label=gettext_lazy("Prepayment to"), required=False)

    def __init__(
        self,
        *args: Any,
        grades: Sequence[tuple[str, str]],
        patterns: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        everything = [("", str(pgettext_lazy("filter of numbers", "All")))]
        self.fields["grade"].choices = [*everything, *grades]  # type: ignore[attr-defined]
        self.fields["pattern"].choices = [*everything, *patterns]  # type: ignore[attr-defined]

    def clean_digits(self) -> str:
        digits = "".join(str(self.cleaned_data.get("digits") or "").split()).replace("-", "")
        if digits and not (digits.isascii() and digits.isdigit()):
            raise forms.ValidationError(_("Only digits: 0 to 9."), code="digits")
        return digits

    @property
    def where_chosen(self) -> str:
        return self.cleaned_data.get("where") or SUFFIX

    def search(self) -> NumberSearch:
        """The search of a form that was checked; digits that are too few are left out."""
        values = self.cleaned_data
        digits = values.get("digits") or ""
        least, most = LENGTHS[self.where_chosen]
        return NumberSearch(
            **{self.where_chosen: digits} if least <= len(digits) <= most else {},
            pattern=values.get("pattern") or "",
            grade=values.get("grade") or "",
            without4=bool(values.get("without4")),
            price_min=values.get("price_min"),
            price_max=values.get("price_max"),
        )

    @property
    def hint(self) -> str:
        """What to say about digits that are too few or too many to look for."""
        digits = self.cleaned_data.get("digits") or ""
        least, most = LENGTHS[self.where_chosen]
        if digits and len(digits) < least:
            return _("Type at least %(least)d digits to look anywhere.") % {"least": least}
        if len(digits) > most:
            return _("At most %(most)d digits can be looked for here.") % {"most": most}
        return ""


class HoldForm(forms.Form):
    """A press on "Hold": the number, and what it is for."""

    request_key = KEY
    number = forms.RegexField(r"^1\d{10}$", widget=forms.HiddenInput)
    dossier = forms.UUIDField(required=False, widget=forms.HiddenInput)


class KeyForm(forms.Form):
    """A form that only says yes."""

    request_key = KEY
