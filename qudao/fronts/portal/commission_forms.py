"""What the outlet types in about its commission."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qudao.domain.commission.types.settlements import Payee, Way
from qudao.fronts.portal.forms import KEY


class DisputeForm(forms.Form):
    """What is wrong with a line."""

    request_key = KEY
    claim = forms.CharField(
        label=_("What is wrong with it?"),
        min_length=4,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Say what you expect, and why. The branch answers within seven days."),
    )


class PayoutForm(forms.Form):
    """Where the commission goes."""

    request_key = KEY
    way = forms.ChoiceField(
        label=_("Paid to"),
        choices=[(Way.WALLET, _("The outlet's wallet")), (Way.BANK, _("An account at a bank"))],
    )
    payee = forms.ChoiceField(
        label=_("Who earns it"),
        choices=[
            (Payee.INDIVIDUAL, _("A person: tax is withheld")),
            (Payee.COMPANY, _("A company: against an invoice")),
        ],
    )
    name = forms.CharField(label=_("Owner of the account"), max_length=140, required=False)
    number = forms.CharField(
        label=_("Number of the account"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    bank_code = forms.CharField(
        label=_("Code of the bank's branch"),
        max_length=12,
        required=False,
        help_text=_("Twelve digits (CNAPS); your bank knows it."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("way") == Way.BANK:
            for field in ("name", "number", "bank_code"):
                if not data.get(field):
                    self.add_error(field, _("A bank needs this."))
        return data
