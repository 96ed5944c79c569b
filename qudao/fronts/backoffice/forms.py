"""Forms of the pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qudao.domain.payment import queries as payments
from qudao.platform.backoffice.forms import ActForm, DayField, MobileField, MoneyField

LARGEST_FILE = 5 * 1024 * 1024


class DaysForm(forms.Form):
    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("Until"), required=False)


class CustomerForm(forms.Form):
    msisdn = MobileField(label=_("Customer's number"))


class DrawerForm(ActForm):
    opening_float = MoneyField(label=_("Float in the drawer (yuan)"))


class CountForm(ActForm):
    counted = MoneyField(label=_("Counted in the drawer (yuan)"))
    remark = forms.CharField(
        label=_("Remark"),
        max_length=500,
        required=False,
        help_text=_("A large difference needs one."),
    )


class ReceiveForm(ActForm):
    """What an outlet lays on the counter."""

    method = forms.ChoiceField(
        label=_("How"), choices=[("cash", _("Cash")), ("card", _("Card"))], initial="cash"
    )
    amount = MoneyField(label=_("Amount (yuan)"), zero=False)
    reference = forms.CharField(
        label=_("Number of the card slip"),
        max_length=64,
        required=False,
        help_text=_("For card payments."),
    )


class StatementForm(ActForm):
    branch = forms.ChoiceField(label=_("Branch"))
    format = forms.ChoiceField(label=_("Format"))
    file = forms.FileField(label=_("File"))

    def prepare(self) -> None:
        from qudao.fronts.design.templatetags.design import named

        found = payments.formats_of_statements()
        self.offer("format", [(one.code, named(one)) for one in found])

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is larger than 5 MB."))
        return file
