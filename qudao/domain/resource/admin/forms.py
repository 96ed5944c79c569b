"""Forms about numbers, and how their names are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qudao.domain.party import queries as party
from qudao.domain.resource.models import Grade, Pattern
from qudao.domain.resource.patterns import patterns as registry
from qudao.domain.resource.types import GradeShift
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.platform.backoffice.forms import ActForm, CodeField, CodeForm, MomentField, MoneyField
from qudao.platform.backoffice.values import Cell, Mono, Names, Section, Table, Text
from qudao.platform.commands.context import Context

MOST_PREFIXES = 1_000


def named(row: Any) -> str:
    """Return a record's name in the active language."""
    english = (get_language() or "").startswith("en")
    return str(row.name_en if english else row.name_zh)


def pattern_cell(code: str) -> Cell:
    """Return the name of a pattern."""
    rule = registry.get(code)
    return Mono(code) if rule is None else Names(rule.name_zh, rule.name_en)


def grade_names() -> dict[str, Names]:
    """Return the names of the grades by code, the best first."""
    return {row.code: Names(row.name_zh, row.name_en) for row in Grade.objects.all()}


def grade_choices() -> list[tuple[str, str]]:
    return [(row.code, named(row)) for row in Grade.objects.all()]


def branch_choices(ctx: Context) -> list[tuple[str, str]]:
    """Return the branches of the actor's area."""
    found = party.organizations(ctx, PageRequest(100), kinds=["branch"])
    return [(row.code, named(row)) for row in found.items]


def branch_field(**options: Any) -> CodeField:
    return CodeField(party.organization_by_code, **options)


class PrefixesForm(CodeForm):
    branch = branch_field(label=_("Branch"))
    prefixes = forms.CharField(
        label=_("Segments"),
        max_length=MOST_PREFIXES * 9,
        widget=forms.Textarea(attrs={"rows": 5, "class": "q-mono", "inputmode": "numeric"}),
        help_text=_("Seven digits each, separated by blanks or lines: 1393812 1393813"),
    )

    def prepare(self) -> None:
        found = branch_choices(self.ctx)
        self.offer("branch", found)
        if len(found) == 1:
            self.initial["branch"] = found[0][0]
        if self.row is not None:
            self.fields["branch"].disabled = True
            self.initial["branch"] = self.row.branch.code

    def clean_prefixes(self) -> tuple[str, ...]:
        found = re.split(r"[\s,;，；、]+", self.cleaned_data["prefixes"].strip())
        wrong = [one for one in found if not (one.isascii() and one.isdigit() and len(one) == 7)]
        if wrong or len(found) > MOST_PREFIXES:
            raise ValidationError(_("Write seven digits for each segment."))
        return tuple(dict.fromkeys(found))


class PatternForm(ActForm):
    """What is decided about a pattern rule."""

    grade = forms.ChoiceField(label=_("Grade"))
    on = forms.BooleanField(
        label=_("The rule counts"),
        required=False,
        help_text=_("Off: its numbers are sold as plain ones."),
    )

    def prepare(self) -> None:
        self.offer("grade", grade_choices())
        self.initial.update(grade=self.row.grade_id, on=self.row.enabled)


class GradeForm(ActForm):
    """A grade's names and place in lists."""

    name_zh = forms.CharField(label=_("Chinese name"), max_length=60)
    name_en = forms.CharField(label=_("English name"), max_length=60)
    position = forms.IntegerField(
        label=_("Place in lists"), min_value=0, max_value=1000, help_text=_("The best is 1.")
    )

    def prepare(self) -> None:
        if self.row is not None:
            for name in ("name_zh", "name_en", "position"):
                self.initial[name] = getattr(self.row, name)


class NewGradeForm(GradeForm):
    code = forms.RegexField(
        r"^[a-z][a-z0-9_]{0,31}$", label=_("Code"), help_text=_("Small letters and digits.")
    )
    price = MoneyField(label=_("Prepayment (yuan)"))
    monthly_floor = MoneyField(label=_("Least monthly spending (yuan)"))
    field_order = ["request_key", "code"]


class PriceForm(CodeForm):
    """A price of a grade, from now or later on."""

    branch = branch_field(
        label=_("Branch"),
        required=False,
        help_text=_("Its code. Empty: all branches that have no price of their own."),
    )
    price = MoneyField(label=_("Prepayment (yuan)"))
    monthly_floor = MoneyField(label=_("Least monthly spending (yuan)"))
    valid_from = MomentField(label=_("Valid from"), required=False, help_text=_("Empty: at once."))
    valid_until = MomentField(
        label=_("Valid until"), required=False, help_text=_("Empty: for good.")
    )

    def prepare(self) -> None:
        found = branch_choices(self.ctx)
        self.offer("branch", found)
        if len(found) == 1:
            self.initial["branch"] = found[0][0]
        price = getattr(self.row, "price", None)
        if price is not None:
            self.initial["price"] = Money(price)
            self.initial["monthly_floor"] = Money(self.row.monthly_floor)


class EndPriceForm(CodeForm):
    branch = branch_field(label=_("Branch"))

    def prepare(self) -> None:
        self.offer("branch", branch_choices(self.ctx))


def shifts(found: Iterable[GradeShift]) -> tuple[Section, ...]:
    """Return what a change means to the free numbers of each branch, as a table."""
    rows = list(found)
    names = grade_names()
    total = sum(one.numbers for one in rows)
    body: list[tuple[Cell, ...]] = [
        (
            Names(one.name_zh, one.name_en),
            one.numbers,
            names.get(one.was, Mono(one.was)),
            names.get(one.becomes, Mono(one.becomes)),
            one.old_price,
            one.new_price,
        )
        for one in rows
    ]
    if len(body) > 1:
        body.append((_("Together"), total, None, None, None, None))
    columns: tuple[Text, ...] = (
        _("Branch"),
        _("Free numbers"),
        _("Grade now"),
        _("Grade then"),
        _("Prepayment now"),
        _("Prepayment then"),
    )
    return (
        Table(
            _("Free numbers that change"),
            columns,
            body,
            empty=_("No free number changes its grade or its price."),
            note=_("As last counted. Numbers on hold cost what holds when they are sold."),
        ),
    )


def pattern_codes() -> list[str]:
    return list(Pattern.objects.order_by("code").values_list("code", flat=True))
