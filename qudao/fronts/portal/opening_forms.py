"""What is typed in where a customer is identified: openings and what is done to a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import PersonDraft, Role
from qudao.fronts.design.fields import CodeField, PictureField, SignatureField
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.portal.forms import KEY, MoneyField, MsisdnField
from qudao.kernel.personal import Personal

FIELD_OF: Final[Mapping[str, str]] = {
    "customer.document_kind_unknown": "kind",
    "customer.document_number_invalid": "number",
    "customer.country_missing": "country",
    "customer.name_invalid": "name",
    "customer.name_differs": "name",
    "customer.phone_invalid": "phone",
    "customer.birth_date_missing": "birth_date",
    "customer.birth_date_invalid": "birth_date",
    "customer.document_expired": "valid_until",
    "customer.expiry_invalid": "valid_until",
    "customer.not_an_adult": "number",
    "customer.same_person": "number",
    "customer.blacklisted": "number",
    "customer.line_limit_reached": "number",
    "customer.not_the_owner": "number",
    "opening.prepay_too_low": "prepay",
    "opening.plan_below_floor": "plan",
    "opening.not_a_plan": "plan",
    "opening.not_an_add_on": "add_ons",
    "opening.not_a_sim": "sim",
    "opening.number_missing": "sim",
    "opening.pack_has_number": "sim",
    "lines.sim_has_number": "sim",
    "stock.serial_invalid": "sim",
    "stock.unit_unknown": "sim",
    "stock.unit_elsewhere": "sim",
    "stock.unit_not_for_sale": "sim",
}
"""Beside which field a refusal is worded; others stand above the form."""

PICTURES: Final[Mapping[str, str | Promise]] = {
    "front": gettext_lazy("Document, front"),
    "back": gettext_lazy("Document, back"),
    "portrait": gettext_lazy("Customer at the counter"),
    "agent_front": gettext_lazy("Agent's document, front"),
    "agent_back": gettext_lazy("Agent's document, back"),
    "authorization": gettext_lazy("Written authorization"),
    "guardian_front": gettext_lazy("Guardian's document, front"),
    "guardian_back": gettext_lazy("Guardian's document, back"),
    "kinship": gettext_lazy("Proof of guardianship"),
}
ROLES: Final[Mapping[str, str | Promise]] = {
    Role.CUSTOMER: pgettext_lazy("person", "Customer"),
    Role.AGENT: pgettext_lazy("person", "Agent"),
    Role.GUARDIAN: pgettext_lazy("person", "Guardian"),
}


class ForHold(forms.Form):
    """A new opening, perhaps with a number that is held already."""

    request_key = KEY
    hold = forms.UUIDField(required=False)


class SimForm(forms.Form):
    request_key = KEY
    sim = CodeField(
        label=gettext_lazy("ICCID of the SIM card"),
        help_text=gettext_lazy("19 or 20 digits beside the bar code; it begins with 8986."),
        max_length=24,
    )


class PlanForm(forms.Form):
    """Plan, add-ons, prepayment."""

    request_key = KEY
    plan = forms.ChoiceField(
        label=pgettext_lazy("tariff", "Plan"),
        error_messages={"required": gettext_lazy("Choose a plan.")},
    )
    add_ons = forms.MultipleChoiceField(label=gettext_lazy("Add-ons"), required=False)
    prepay = MoneyField(
        label=gettext_lazy("Prepayment onto the line"),
        widget=forms.TextInput(
            attrs={
                "class": "q-input q-input-big",
                "inputmode": "decimal",
                "autocomplete": "off",
                "maxlength": "13",
            }
        ),
    )

    def __init__(
        self, *args: Any, plans: Sequence[str], add_ons: Sequence[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = [(code, code) for code in plans]  # type: ignore[attr-defined]
        self.fields["add_ons"].choices = [(code, code) for code in add_ons]  # type: ignore[attr-defined]


class PersonForm(forms.Form):
    """A person as the document says."""

    request_key = KEY
    role = forms.ChoiceField(choices=[(role.value, role.value) for role in Role])
    kind = forms.ChoiceField(label=gettext_lazy("Kind of document"))
    number = forms.CharField(
        label=gettext_lazy("Document number"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    name = forms.CharField(
        label=gettext_lazy("Name as in the document"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    valid_until = forms.DateField(
        label=gettext_lazy("Document valid until"),
        required=False,
        help_text=gettext_lazy("Leave it empty where it says “long term” or has no last day."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    birth_date = forms.DateField(
        label=gettext_lazy("Date of birth"),
        required=False,
        help_text=gettext_lazy("Only where the number does not tell it."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    country = forms.CharField(
        label=gettext_lazy("Issuing country"),
        max_length=3,
        required=False,
        help_text=gettext_lazy("Passports only: three letters, such as FRA."),
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Contact number"),
        max_length=24,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = customers.document_kinds()
        self.fields["kind"].choices = [(kind.code, named(kind)) for kind in kinds]  # type: ignore[attr-defined]

    @property
    def draft(self) -> PersonDraft:
        values = self.cleaned_data
        born: date | None = values["birth_date"]
        return PersonDraft(
            kind=values["kind"],
            number=Personal(values["number"]),
            name=Personal(values["name"]),
            valid_until=values["valid_until"],
            birth_date=Personal(born.isoformat() if born else ""),
            country=values["country"],
            address=Personal(values["address"]),
            phone=Personal(values["phone"]),
        )


class PicturesForm(forms.Form):
    """The pictures that a dossier needs or has."""

    request_key = KEY

    def __init__(
        self, *args: Any, needed: Sequence[str], kept: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.needed = tuple(needed)
        for kind in (*needed, *kept):
            self.fields[kind] = PictureField(label=PICTURES.get(kind, kind), required=False)


class RoleForm(forms.Form):
    request_key = KEY
    role = forms.ChoiceField(choices=[(role.value, role.value) for role in Role])


class ContractForm(forms.Form):
    """The customer's hand under the contract, or their name and a tick."""

    request_key = KEY
    total = MoneyField(widget=forms.HiddenInput)
    signature = SignatureField(label=gettext_lazy("Customer's signature"), required=False)
    typed = forms.CharField(
        label=gettext_lazy("Customer's full name"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    consent = forms.BooleanField(
        label=gettext_lazy("The customer signs by having their name typed here."), required=False
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "signature" not in self.errors and not values.get("signature"):
            if not values.get("typed"):
                self.add_error("signature", _("Let the customer sign, or type the name."))
            elif not values.get("consent"):
                self.add_error("consent", _("Tick it once the customer agrees."))
        return values


class LineForm(forms.Form):
    """Which line something is to be done to."""

    request_key = KEY
    msisdn = MsisdnField(
        label=gettext_lazy("Customer's mobile number"),
        widget=forms.TextInput(
            attrs={
                "class": "q-input q-input-big",
                "inputmode": "numeric",
                "autocomplete": "off",
                "maxlength": "18",
                "placeholder": "138 0000 0000",
                "data-key": "/",
            }
        ),
    )


class ConfirmForm(forms.Form):
    """What the customer was shown."""

    request_key = KEY
    price = MoneyField(widget=forms.HiddenInput)
