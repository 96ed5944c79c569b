"""What is typed in to sell cards and goods."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from qudao.fronts.design.fields import CodeField, CodesField
from qudao.fronts.portal.forms import KEY, MoneyField, MsisdnField

MOST_PIECES: Final = 99


class CardForm(forms.Form):
    request_key = KEY
    serial = CodeField(
        label=gettext_lazy("Serial of the recharge card"),
        help_text=gettext_lazy("Printed beside the bar code; not the PIN under the coating."),
    )


class CardUseForm(forms.Form):
    request_key = KEY
    pin = forms.CharField(
        label=gettext_lazy("PIN of the card"),
        max_length=30,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "class": "q-mono"}
        ),
    )
    msisdn = MsisdnField(
        label=gettext_lazy("Customer's mobile number"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class BasketForm(forms.Form):
    """Serials scanned, and pieces of what has none: a field `piece-ITEM-TERMS` for each."""

    request_key = KEY
    serials = CodesField(
        label=gettext_lazy("Serials: handsets, kits, gifts"), required=False, most=20
    )
    msisdn = MsisdnField(
        label=gettext_lazy("Customer's mobile number"),
        required=False,
        help_text=gettext_lazy("For warranty and questions; may be left out."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    total = MoneyField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, pieces: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, there in pieces.items():
            self.fields[name] = forms.IntegerField(
                required=False,
                min_value=0,
                max_value=min(there, MOST_PIECES),
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "q-input"}),
            )


class ContractHandsetForm(forms.Form):
    request_key = KEY
    serial = CodeField(label=gettext_lazy("IMEI of the handset"))
    msisdn = MsisdnField(
        label=gettext_lazy("Customer's mobile number"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    contract = forms.ChoiceField(
        label=pgettext_lazy("handset", "Contract"), widget=forms.RadioSelect
    )
    price = MoneyField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, contracts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contract"].choices = contracts  # type: ignore[attr-defined]


class PinAgainForm(forms.Form):
    request_key = KEY
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 200}),
    )


class ReturnForm(forms.Form):
    """What a customer brings back: the money goes back, or another one is given for it."""

    request_key = KEY
    what = forms.ChoiceField(
        label=gettext_lazy("What is done?"),
        choices=[
            ("good", gettext_lazy("Take it back: as new, it goes onto the shelf again")),
            ("defective", gettext_lazy("Take it back: it is defective")),
            ("exchange", gettext_lazy("Give another one of the same for a defective one")),
        ],
        widget=forms.RadioSelect,
    )
    new = CodeField(label=gettext_lazy("Serial of the new one"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 200}),
    )

    def __init__(self, *args: Any, exchange: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not exchange:
            del self.fields["new"]
            self.fields["what"].choices = self.fields["what"].choices[:2]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("what") == "exchange" and not values.get("new"):
            self.add_error("new", _("Scan the one that the customer gets."))
        return values
