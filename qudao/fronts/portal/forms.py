"""What the outlet types in. Forms only read; the rules are the operations'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qudao.domain.catalog import queries as catalog
from qudao.fronts.design.templatetags.design import named
from qudao.kernel.money import Money
from qudao.kernel.numbers import valid_msisdn

KEY = forms.CharField(max_length=100, widget=forms.HiddenInput)


class MoneyField(forms.CharField):
    """An amount in yuan, read to the fen."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 13)
        kwargs.setdefault(
            "widget",
            forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        try:
            return Money.parse(str(text).removeprefix("¥").removeprefix("￥"))
        except ValueError as error:
            raise forms.ValidationError(
                _("Enter an amount in yuan, such as 50 or 49.90."), code="amount"
            ) from error

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Money):
            return plain(value)
        return value

    def validate(self, value: Any) -> None:
        if self.required and value is None:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """The length is checked before the text becomes money."""

    def clean(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > 13:
            raise forms.ValidationError(_("The amount is too large."), code="amount")
        return super().clean(value)


def plain(amount: Money) -> str:
    """An amount as one types it: `50`, `49.90`."""
    return str(amount).removesuffix(".00")


class MsisdnField(forms.CharField):
    """A mobile number; spaces and a leading +86 are dropped."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 18)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        text = "".join((super().to_python(value) or "").split()).replace("-", "")
        return text.removeprefix("+86") if text.startswith("+86") else text

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not valid_msisdn(value):
            raise forms.ValidationError(
                _("That is no mobile number: it has 11 digits and begins with 13 to 19."),
                code="msisdn",
            )


def business_choices() -> list[tuple[str, str]]:
    """All businesses, for filters: what is not sold any more may still be looked for."""
    ordered = sorted(catalog.businesses().values(), key=lambda one: one.position)
    return [(one.code, named(one)) for one in ordered]


class NumberForm(forms.Form):
    msisdn = MsisdnField(
        label=_("Customer's mobile number"),
        widget=forms.TextInput(
            attrs={
                "class": "q-input q-input-big",
                "inputmode": "numeric",
                "autocomplete": "off",
                "autofocus": True,
                "maxlength": "18",
                "placeholder": "138 0000 0000",
                "aria-describedby": "id_msisdn_help",
                "data-key": "/",
                "data-auto-next": "",
            }
        ),
    )


class AmountForm(forms.Form):
    """The second step; which fields are asked for depends on the business."""

    msisdn = MsisdnField(widget=forms.HiddenInput)
    request_key = KEY
    offering = forms.CharField(
        max_length=64,
        label=_("What is it to be?"),
        error_messages={"required": _("Choose one.")},
    )
    amount = MoneyField(
        label=_("Amount in yuan"),
        widget=forms.TextInput(
            attrs={
                "class": "q-input q-input-big",
                "inputmode": "decimal",
                "autocomplete": "off",
                "maxlength": "13",
                "aria-describedby": "id_amount_help",
            }
        ),
    )

    def __init__(self, *args: Any, only: str | None, asks_amount: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if only is not None:
            self.fields["offering"].widget = forms.HiddenInput()
            self.fields["offering"].initial = only
        if not asks_amount:
            del self.fields["amount"]
        elif only is not None:
            self.fields["amount"].widget.attrs["autofocus"] = True


class PlaceForm(forms.Form):
    """The confirmed sale: all hidden."""

    msisdn = MsisdnField(widget=forms.HiddenInput)
    request_key = KEY
    offering = forms.CharField(max_length=64, widget=forms.HiddenInput)
    amount = MoneyField(widget=forms.HiddenInput)


class OrderFilter(forms.Form):
    text = forms.CharField(label=_("Number"), max_length=30, required=False)
    first = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    last = forms.DateField(
        label=_("To"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    business = forms.ChoiceField(label=_("Business"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)

    def __init__(
        self,
        *args: Any,
        businesses: list[tuple[str, str]],
        states: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        everything = [("", str(_("All")))]
        self.fields["business"].choices = everything + businesses  # type: ignore[attr-defined]
        self.fields["state"].choices = everything + states  # type: ignore[attr-defined]


class StatementFilter(forms.Form):
    first = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    last = forms.DateField(
        label=_("To"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False)

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", str(_("All"))), *kinds]  # type: ignore[attr-defined]


class DayForm(forms.Form):
    day = forms.DateField(
        label=_("Day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "data-submits": ""}),
    )


class MonthForm(forms.Form):
    month = forms.RegexField(
        r"^20\d\d-(0[1-9]|1[0-2])$",
        label=_("Month"),
        required=False,
        widget=forms.TextInput(attrs={"type": "month", "data-submits": ""}),
    )


class LowBalanceForm(forms.Form):
    request_key = KEY
    amount = MoneyField(label=_("Warn below"), help_text=_("In yuan. 0 means no warning."))


class ReasonForm(forms.Form):
    request_key = KEY
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 200}),
    )


class ClerkForm(forms.Form):
    request_key = KEY
    name = forms.CharField(label=_("Name"), max_length=60)
    username = forms.CharField(
        label=_("User name"),
        max_length=64,
        help_text=_("3 to 64 small letters, digits, dots or hyphens; begins with a letter."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )
    phone = MsisdnField(
        label=_("Mobile number"),
        required=False,
        help_text=_("Gets one-time codes for signing in."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    employee_number = forms.CharField(label=_("Employee number"), max_length=32, required=False)


class LanguageForm(forms.Form):
    request_key = KEY
    language = forms.ChoiceField(
        label=_("Language"), choices=[("zh-hans", "简体中文"), ("en", "English")]
    )
