"""What the outlet types and scans about goods. Forms only read; the rules are the operations'."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.stock.types import Goods, ItemRecord, Terms
from qudao.fronts.design.fields import CodeField, CodesField
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.portal import stock_looks as looks
from qudao.fronts.portal.forms import KEY

MOST_CODES = 1000
MOST_PIECES = 100_000
PREFIX = "q-"
"""Before an item's code, in the name of the field that says how many."""

_NUMBER = {"inputmode": "numeric", "autocomplete": "off", "min": "0"}


def pieces_field(label: str, *, most: int = MOST_PIECES, **options: Any) -> forms.IntegerField:
    """How many of an item; empty is none."""
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=most,
        error_messages={"invalid": _("Enter a whole number.")},
        widget=forms.NumberInput(attrs={**_NUMBER, "max": str(most)}),
        **options,
    )


class FindForm(forms.Form):
    serial = CodeField(
        label=_("Serial, or its last four digits"),
        max_length=40,
        required=False,
    )


class UnitFilter(forms.Form):
    state = forms.ChoiceField(label=_("State"), required=False)
    serial = CodeField(label=_("Serial"), max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(code, str(look.label)) for code, look in looks.UNIT_STATES.items()]
        self.fields["state"].choices = [  # type: ignore[attr-defined]
            ("", str(_("Here or on its way"))),
            *states,
        ]


class ThresholdForm(forms.Form):
    request_key = KEY
    low = forms.IntegerField(
        label=_("Warn below so many pieces"),
        help_text=_("The owner and the branch are told when there are fewer. 0 means no warning."),
        min_value=0,
        max_value=MOST_PIECES,
        widget=forms.NumberInput(attrs=_NUMBER),
    )


class MoveFilter(forms.Form):
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
    item = forms.ChoiceField(label=_("Goods"), required=False)

    def __init__(self, *args: Any, items: Sequence[ItemRecord], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(code, str(look.label)) for code, look in looks.MOVES.items()]
        every = ("", str(_("All")))
        self.fields["kind"].choices = [every, *kinds]  # type: ignore[attr-defined]
        self.fields["item"].choices = [every, *choices_of(items)]  # type: ignore[attr-defined]


class Quantities(forms.Form):
    """A form that asks, for each of some items, how many."""

    def __init__(
        self, *args: Any, items: Iterable[Any], most: dict[str, int] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._codes = []
        for item in items:
            code, label = (
                (item.code, named(item)) if isinstance(item, ItemRecord) else (item[0], item[1])
            )
            self._codes.append(code)
            self.fields[PREFIX + code] = pieces_field(
                label, most=(most or {}).get(code, MOST_PIECES)
            )

    def quantity_field(self, item: str) -> BoundField:
        return self[PREFIX + item]

    @property
    def quantity_fields(self) -> list[BoundField]:
        return [self[PREFIX + code] for code in self._codes]

    @property
    def pieces(self) -> dict[str, int]:
        """Item → how many, of a valid form; an item of which there are none is left out."""
        found = {code: self.cleaned_data.get(PREFIX + code) for code in self._codes}
        return {code: quantity for code, quantity in found.items() if quantity}

    @property
    def entered(self) -> dict[str, int]:
        """Item → how many, of a valid form; a nought that was entered is one."""
        found = {code: self.cleaned_data.get(PREFIX + code) for code in self._codes}
        return {code: quantity for code, quantity in found.items() if quantity is not None}

    def beside(self, item: str, words: str) -> None:
        """Put the words of a refusal beside the item's field, or above the form."""
        name = PREFIX + item
        self.add_error(name if name in self.fields else None, words)


class AskForm(Quantities):
    request_key = KEY
    terms = forms.ChoiceField(
        label=_("On what terms?"),
        choices=[(code, looks.TERMS[code]) for code in (Terms.CONSIGNMENT, Terms.PURCHASE)],
        initial=Terms.CONSIGNMENT,
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one.")},
    )
    note = forms.CharField(
        label=_("Remark for the branch"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 200}),
    )


class ReceiveForm(Quantities):
    """What has come: serials that were scanned, and how many of the rest."""

    request_key = KEY
    serials = CodesField(label=_("Scanned serials"), most=5000, required=False)
    leave_out = forms.BooleanField(
        label=_("Leave out what is not part of this delivery"), required=False
    )

    def __init__(self, *args: Any, serialised: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not serialised:
            del self.fields["serials"]
            del self.fields["leave_out"]


class GoodsField(forms.CharField):
    """Goods as a confirmed form carries them: a line for each serial, or for each quantity."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.HiddenInput, required=False, max_length=60_000, **kwargs)

    def to_python(self, value: Any) -> Any:
        """The lines as a tuple of `Goods`; lines that nobody of ours wrote are left out."""
        serials: dict[str, list[str]] = {}
        pieces: dict[str, int] = {}
        for line in (super().to_python(value) or "").splitlines():
            item, _space, rest = line.partition(" ")
            if rest.startswith("*") and rest[1:].isascii() and rest[1:].isdigit():
                pieces[item] = int(rest[1:7])
            elif rest:
                serials.setdefault(item, []).append(rest)
        return (
            *(Goods(item, serials=tuple(some)) for item, some in serials.items()),
            *(Goods(item, quantity=count) for item, count in pieces.items()),
        )

    def run_validators(self, value: Any) -> None:
        """The length is the browser's: the operation looks at every serial."""


def in_words(goods: Iterable[Goods]) -> str:
    """Goods as `GoodsField` reads them."""
    return "\n".join(
        line
        for one in goods
        for line in (
            [f"{one.item} {serial}" for serial in one.serials] or [f"{one.item} *{one.quantity}"]
        )
    )


class SendForm(Quantities):
    """Goods that leave the outlet, and why; `meant` once it was looked at and confirmed."""

    request_key = KEY
    meant = GoodsField()
    target = forms.ChoiceField(label=_("Where to?"))
    serials = CodesField(label=_("Serials to send"), most=MOST_CODES, required=False)
    terms = forms.ChoiceField(
        label=_("On what terms do those without serials lie here?"),
        choices=[(code, looks.TERMS[code]) for code in (Terms.CONSIGNMENT, Terms.PURCHASE)],
        required=False,
    )
    damaged = forms.BooleanField(label=_("They are defective"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 200}),
    )

    def __init__(
        self,
        *args: Any,
        targets: Sequence[tuple[str, str]] = (),
        is_return: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if targets:
            self.fields["target"].choices = list(targets)  # type: ignore[attr-defined]
        else:
            del self.fields["target"]
        if not is_return:
            del self.fields["damaged"]
        if not (is_return and self._codes):
            del self.fields["terms"]


class CountOpenForm(forms.Form):
    request_key = KEY
    item = forms.ChoiceField(label=pgettext_lazy("count", "What do you count?"), required=False)

    def __init__(self, *args: Any, items: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = [  # type: ignore[attr-defined]
            ("", str(_("Everything that lies here"))),
            *items,
        ]


class CountForm(Quantities):
    request_key = KEY
    serials = CodesField(label=_("Scanned serials"), most=5000, required=False)

    def __init__(self, *args: Any, serialised: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not serialised:
            del self.fields["serials"]


class KeyForm(forms.Form):
    """A confirmed act: only its request key."""

    request_key = KEY


def choices_of(items: Iterable[ItemRecord]) -> list[tuple[str, str]]:
    return [(str(item.code), named(item)) for item in items]
