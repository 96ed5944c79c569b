"""Forms about deliveries: what is accepted, sent, received, settled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qudao.domain.stock.admin import words
from qudao.domain.stock.admin.forms import (
    TERMS,
    GoodsForm,
    count_field,
    items_to_choose,
    named,
    own_place,
    place_field,
    places,
    read_serials,
    reason_field,
)
from qudao.domain.stock.models import RequisitionLine
from qudao.domain.stock.types import Goods
from qudao.platform.backoffice.forms import LONGEST_REASON, ActForm, CodeForm, ReasonForm

SERIALS = forms.Textarea(attrs={"rows": 3, "class": "q-mono", "spellcheck": "false"})
OUTCOMES = (
    ("stayed", _("It had stayed: back onto our shelf")),
    ("lost", _("It is lost: write it off (a second person has to approve)")),
)


class LinesForm(ActForm):
    """A form with a field or two for each line of a delivery."""

    def lines(self) -> list[RequisitionLine]:
        found = RequisitionLine.objects.filter(requisition=self.row).select_related("item")
        return list(found.order_by("item"))

    def serials_field(self, label: str, help_text: Any) -> forms.CharField:
        return forms.CharField(
            label=label, max_length=100_000, required=False, widget=SERIALS, help_text=help_text
        )

    def goods(self) -> list[Goods]:
        """Return what the fields `n:ITEM` and `s:ITEM` say."""
        found = []
        for line in self.lines():
            code = line.item_id
            text = self.cleaned_data.get(f"s:{code}") or ""
            try:
                serials, ranges = read_serials(text)
            except ValidationError as error:
                self.add_error(f"s:{code}", error)
                continue
            quantity = self.cleaned_data.get(f"n:{code}") or 0
            if serials or ranges:
                found.append(Goods(code, 0, serials, ranges))
            elif quantity:
                found.append(Goods(code, quantity))
        return found


class AcceptForm(LinesForm):
    """How many of each article are accepted; less than all needs a reason."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("If you accept less than all. The outlet reads it."),
    )

    def prepare(self) -> None:
        for line in self.lines():
            said = gettext("%(item)s: accepted of %(asked)s")
            label = said % {"item": named(line.item), "asked": line.asked}
            self.fields[f"n:{line.item_id}"] = count_field(
                label=label, initial=line.asked, required=True
            )
        self.order_fields(["request_key", *(one for one in self.fields if ":" in one)])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["accepted"] = {
            name[2:]: count for name, count in data.items() if name.startswith("n:") and count
        }
        return data


class DispatchForm(LinesForm):
    """Which pieces go: serials, ranges, or just how many; then the oldest go."""

    def prepare(self) -> None:
        for line in self.lines():
            if not line.accepted:
                continue
            name = named(line.item)
            if line.item.serialised:
                said = gettext("%(item)s: serials")
                self.fields[f"s:{line.item_id}"] = self.serials_field(
                    said % {"item": name},
                    _("A line each, or a range as “first .. last”. Empty: the oldest go."),
                )
            said = gettext("%(item)s: how many of %(accepted)s")
            self.fields[f"n:{line.item_id}"] = count_field(
                label=said % {"item": name, "accepted": line.accepted},
                initial=line.accepted,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["goods"] = self.goods()
        if not data["goods"] and not self.errors:
            raise ValidationError(_("Name at least one piece."))
        return data


class SettleForm(ReasonForm):
    outcome = forms.ChoiceField(
        label=_("What became of what is missing"), choices=OUTCOMES, widget=forms.RadioSelect
    )
    field_order = ["request_key", "outcome", "reason"]


class SendForm(GoodsForm):
    """Goods that go from one place to another."""

    source = place_field(label=words.FROM, help_text=_("Code of the place."))
    target = place_field(label=words.TO, help_text=_("Code of the place."))
    note = forms.CharField(label=words.NOTE, max_length=LONGEST_REASON, required=False)
    field_order = ["request_key", "source", "target", "goods", "note"]

    def prepare(self) -> None:
        for name in ("source", "target"):
            self.offer(name, places(self.ctx))
        own = own_place(self.ctx)
        if own is not None:
            self.initial.setdefault("source", own.code)


class BackForm(GoodsForm):
    """Goods that go back to the store above."""

    place = place_field(label=words.FROM, help_text=_("Code of the place."))
    damaged = forms.BooleanField(label=_("They are defective"), required=False)
    terms = forms.ChoiceField(
        label=words.TERMS,
        choices=TERMS,
        help_text=_("Of goods without serials."),
    )
    reason = reason_field()
    field_order = ["request_key", "place", "goods", "damaged", "terms", "reason"]

    def prepare(self) -> None:
        self.offer("place", places(self.ctx))


class AskForm(CodeForm):
    """Goods that a place asks the store above it for."""

    place = place_field(label=words.FOR, help_text=_("Code of the place."))
    goods = forms.CharField(
        label=_("Goods"),
        widget=forms.Textarea(attrs={"rows": 4, "class": "q-mono", "spellcheck": "false"}),
        max_length=10_000,
        help_text=_("A line each: an article's code and how many."),
    )
    terms = forms.ChoiceField(label=words.TERMS, choices=TERMS)
    note = forms.CharField(label=words.NOTE, max_length=LONGEST_REASON, required=False)

    def prepare(self) -> None:
        self.offer("place", places(self.ctx))
        own = own_place(self.ctx)
        if own is not None:
            self.initial.setdefault("place", own.code)

    def clean_goods(self) -> Mapping[str, int]:
        known = dict(items_to_choose())
        found: dict[str, int] = {}
        for line in self.cleaned_data["goods"].splitlines():
            words = line.split()
            if not words:
                continue
            if len(words) != 2 or words[0].upper() not in known or not words[1].isdecimal():
                said = gettext("This line names no article and how many: %(line)s")
                raise ValidationError(said % {"line": line[:60]})
            code = words[0].upper()
            found[code] = found.get(code, 0) + int(words[1][:7])
        return found
