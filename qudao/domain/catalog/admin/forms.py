"""Forms about offerings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qudao.domain.catalog import queries
from qudao.domain.catalog.models import Offering, OfferingVersion
from qudao.domain.catalog.types import Eligibility, VersionDraft
from qudao.domain.party import queries as party
from qudao.domain.saleschannel import queries as saleschannel
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.platform.backoffice.forms import ActForm, CodeField, CodeForm, MomentField, MoneyField
from qudao.platform.commands.context import Context

LINE_STATES = (("active", _("Active lines")), ("suspended", _("Suspended lines")))
MARKETS = (("city", _("City")), ("rural", _("Rural")))


def named(row: Any) -> str:
    """Return a record's name in the active language."""
    english = (get_language() or "").startswith("en")
    return str(row.name_en if english else row.name_zh)


def business_choices() -> list[tuple[str, str]]:
    """Return the businesses in the order of lists."""
    found = sorted(queries.businesses().values(), key=lambda one: one.position)
    return [(one.code, named(one)) for one in found]


def kind_choices() -> list[tuple[str, str]]:
    """Return the kinds of channel in the order of lists."""
    return [(kind.code, named(kind)) for kind in saleschannel.kinds()]


def find_offering(ctx: Context, code: str) -> str | None:
    """Return the code of an offering, if there is one."""
    return Offering.objects.filter(code=code).values_list("code", flat=True).first()


class VersionForm(CodeForm):
    """A version of an offering; for an offering that has one, what it is now."""

    name_zh = forms.CharField(label=_("Chinese name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=100)
    description_zh = forms.CharField(
        label=_("Chinese description"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    description_en = forms.CharField(
        label=_("English description"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    price = MoneyField(label=_("Price (yuan)"), required=False, help_text=_("Empty: open amount."))
    minimum = MoneyField(label=_("Smallest amount (yuan)"), required=False, zero=False)
    maximum = MoneyField(label=_("Largest amount (yuan)"), required=False, zero=False)
    step = MoneyField(
        label=_("Step (yuan)"),
        required=False,
        zero=False,
        help_text=_("Open amounts are multiples of it."),
    )
    chips = forms.CharField(
        label=_("Proposed amounts (yuan)"),
        max_length=200,
        required=False,
        help_text=_("Separated by blanks: 30 50 100"),
    )
    boss_product_code = forms.CharField(
        label=_("Product code in the BOSS"), max_length=64, required=False
    )
    states = forms.MultipleChoiceField(
        label=_("Only for"),
        choices=LINE_STATES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    plans = forms.CharField(
        label=_("Only on these plans"),
        max_length=500,
        required=False,
        help_text=_("Codes, separated by blanks."),
    )
    markets = forms.MultipleChoiceField(
        label=_("Only in"), choices=MARKETS, required=False, widget=forms.CheckboxSelectMultiple
    )
    valid_from = MomentField(label=_("Valid from"), required=False, help_text=_("Empty: at once."))
    valid_until = MomentField(label=_("Valid until"), required=False)

    def prepare(self) -> None:
        if self.row is None:
            return
        last = OfferingVersion.objects.filter(offering=self.row).order_by("-number").first()
        if last is None:
            return
        terms = last.eligibility
        self.initial.update(
            {
                "name_zh": last.name_zh,
                "name_en": last.name_en,
                "description_zh": last.description_zh,
                "description_en": last.description_en,
                "price": None if last.price is None else Money(last.price),
                "minimum": None if last.minimum is None else Money(last.minimum),
                "maximum": None if last.maximum is None else Money(last.maximum),
                "step": Money(last.step),
                "chips": " ".join(str(Money(fen)) for fen in last.chips),
                "boss_product_code": last.boss_product_code,
                "states": terms.get("states") or [],
                "plans": " ".join(terms.get("plans") or []),
                "markets": terms.get("markets") or [],
            }
        )
        self.attributes = last.attributes

    attributes: Mapping[str, Any] = {}

    def clean_chips(self) -> tuple[Money, ...]:
        try:
            return tuple(Money.parse(part) for part in self.cleaned_data["chips"].split())
        except ValueError as error:
            raise ValidationError(_("Write amounts such as: 30 50 100")) from error

    def clean(self) -> dict[str, Any]:
        return super().clean() | {"attributes": dict(self.attributes)}


class NewOfferingForm(VersionForm):
    business = forms.ChoiceField(label=_("Business"))
    code = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$",
        label=_("Code"),
        help_text=_("Letters, digits, dots and dashes; it stays for ever."),
    )
    field_order = ["request_key", "business", "code"]

    def prepare(self) -> None:
        self.offer("business", business_choices())


class ShelfForm(CodeForm):
    branch = CodeField(
        lambda ctx, code: party.organization_by_code(ctx, code),
        label=_("Branch"),
        required=False,
        help_text=_("Its code. Empty: all branches that have no entry of their own."),
    )
    valid_from = MomentField(label=_("From"), required=False, help_text=_("Empty: at once."))
    valid_until = MomentField(label=_("Until"), required=False)

    def prepare(self) -> None:
        found = party.organizations(self.ctx, PageRequest(100), kinds=["branch"])
        self.offer("branch", [(row.code, named(row)) for row in found.items])


class EndForm(ActForm):
    valid_until = MomentField(label=_("Ends at"), required=False, help_text=_("Empty: at once."))


def version_of(data: Mapping[str, Any]) -> VersionDraft:
    """Return the version that a form describes."""
    return VersionDraft(
        name_zh=data["name_zh"],
        name_en=data["name_en"],
        description_zh=data["description_zh"],
        description_en=data["description_en"],
        price=data["price"],
        minimum=data["minimum"],
        maximum=data["maximum"],
        step=data["step"] or Money(1),
        chips=data["chips"],
        boss_product_code=data["boss_product_code"],
        eligibility=Eligibility(
            states=frozenset(data["states"]) or None,
            plans=frozenset(data["plans"].split()) or None,
            markets=frozenset(data["markets"]) or None,
        ),
        attributes=data["attributes"],
    )
