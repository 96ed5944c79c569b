"""What the screens of care have in common."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qudao.domain.care import operations, queries
from qudao.domain.care.types import LANGUAGES, NumberRevealed, Subject
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.forms import ReasonForm
from qudao.platform.backoffice.values import Cell, Mono, Names
from qudao.platform.identity.personal import mask_phone

CHANNELS = ["web", "mobile", "sms", "ussd", "phone", "kiosk", "portal", "backoffice"]
SPOKEN = list(zip(LANGUAGES, ("中文", "English"), strict=True))


def named(row: Any) -> Names:
    """Return the names of an organization."""
    return Names(row.name_zh, row.name_en)


def masked(row: Any) -> Cell:
    return Mono(mask_phone(row.msisdn)) if row.msisdn else None


def digits_of(text: str) -> str:
    """Return a number as people type it, in plain digits."""
    typed = unicodedata.normalize("NFKC", text)
    return "".join(one for one in typed if one.isdigit() or one == "+").removeprefix("+86")


def category_cell(code: str) -> Cell:
    for category in queries.categories():
        if category.code == code:
            return Names(category.name_zh, category.name_en)
    return Mono(code)


def category_choices() -> list[tuple[str, str]]:
    english = (get_language() or "").startswith("en")
    return [(one.code, one.name_en if english else one.name_zh) for one in queries.categories()]


def language_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Language of the customer"), choices=SPOKEN)


def reveal_act(kind: Subject, when: Callable[[Any], bool] = lambda row: True) -> Act:
    """Return the act that shows a row's number."""
    return Act(
        "reveal",
        _("Show the number"),
        "care.reveal_number",
        lambda ctx, row, data: operations.reveal_number(
            ctx, kind=kind, subject=UUID(str(row.pk)), reason=data["reason"]
        ),
        form=ReasonForm,
        when=when,
        lead=_("To call the customer. The journal keeps who looked at it, and why."),
        verb=_("Show"),
        icon="eye",
        shows=revealed,
    )


def revealed(answer: NumberRevealed) -> list[tuple[Any, Cell]]:
    return [(_("Customer's number"), Mono(str.__str__(answer.msisdn)))]
