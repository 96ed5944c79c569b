"""Find the words for a refusal and put its fields into them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from qudao.domain.commission.types import PolicyProblem
from qudao.domain.payment.types import RowError
from qudao.fronts.design.templatetags import design
from qudao.kernel.money import Money
from qudao.kernel.period import Period
from qudao.kernel.refusals import Refusal
from qudao.platform.lake.extracts.types import BrokenRow

Words = Mapping[str, str | Promise]
"""Refusal code → text in the source language, marked for translation with gettext_lazy."""

OUR_OWN: Final = frozenset(
    {
        "catalog.not_on_shelf",
        "catalog.offering_unknown",
        "catalog.unfit_for_channel",
        "catalog.version_expired",
        "ledger.account_frozen",
        "ordering.balance_too_low",
        "ordering.day_limit_reached",
        "ordering.wallet_is_frozen",
        "saleschannel.business_not_allowed",
        "saleschannel.contract_not_valid",
        "saleschannel.outlet_not_active",
        "saleschannel.outlet_shut",
        "saleschannel.sale_above_limit",
    }
)
"""Refusals that are the hall's own matter: its outlet, its wallet, its shelf."""

TO_CUSTOMERS: Final[Words] = {
    "catalog.not_eligible": gettext_lazy(
        "This is not for the line as it is now (%(because)s). Choose something else."
    ),
    "ordering.not_a_mobile_number": gettext_lazy(
        "%(msisdn)s is no mobile number: it has 11 digits and begins with 13 to 19. Check it."
    ),
    "ordering.subscriber_not_found": gettext_lazy(
        "The operator has no line with the number %(msisdn)s. Check it."
    ),
    "stock.pin_wrong": gettext_lazy("No card that was sold has this PIN. Check the digits."),
}
"""What is said to outlets of their customers, as it is said to a customer."""

NOT_WORDS: Final = {
    "words",
    "apps",
    "terms",
    "channel_terms",
    "commission_terms",
    "lake_terms",
    "menu_terms",
    "process_terms",
}
"""Modules of this folder that hold no table."""


class _Tables(Mapping[str, "str | Promise"]):
    """The tables of all modules of this folder, read when first needed."""

    def __init__(self) -> None:
        self._words: dict[str, str | Promise] | None = None

    def __getitem__(self, code: str) -> str | Promise:
        return self._load()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def _load(self) -> dict[str, str | Promise]:
        if self._words is None:
            words: dict[str, str | Promise] = {}
            folder = importlib.import_module("qudao.fronts.wording")
            for module in pkgutil.iter_modules(folder.__path__):
                if module.name in NOT_WORDS:
                    continue
                table: Words = importlib.import_module(f"{folder.__name__}.{module.name}").WORDS
                doubled = words.keys() & table.keys()
                assert not doubled, f"worded twice: {sorted(doubled)}"
                words.update(table)
            self._words = words
        return self._words


TABLES: Final = _Tables()


def word(refusal: Refusal) -> str:
    """
    Say a refusal to the user, in the active language: the matter, and what to do next.

    A refusal without words is a gap that a test finds; the user then gets its code.
    """
    text = TABLES.get(refusal.code)
    if text is None:
        return _("This was refused (%(code)s). Nothing was changed.") % {"code": refusal.code}
    return _filled(text, refusal)


def _filled(text: str | Promise, refusal: Refusal) -> str:
    assert is_dataclass(refusal)
    values = {
        field.name: shown(getattr(refusal, field.name), field.name) for field in fields(refusal)
    }
    return str(text) % values


def word_to_customer(refusal: Refusal) -> str:
    """Say a refusal to a customer of a hall, who has no wallet here and no channel manager."""
    if refusal.code in OUR_OWN:
        return _(
            "This cannot be done here just now, and nothing was taken. Try again later, or visit "
            "one of our shops."
        )
    text = TO_CUSTOMERS.get(refusal.code)
    return word(refusal) if text is None else _filled(text, refusal)


def shown(value: object, name: str = "") -> str:
    """Show a refusal's field as people read it."""
    from qudao.fronts.wording import commission_terms, lake_terms, terms

    match value:
        case None:
            return _("none")
        case Money():
            return design.money(value)
        case datetime():
            return design.local_time(value, "full")
        case date():
            return design.local_date(value)
        case Period(start=start, end=end):
            return f"{shown(start)} – {shown(end) if end else ''}"
        case UUID():
            return str(value)
        case RowError():
            return terms.row_error(value)
        case PolicyProblem():
            return commission_terms.problem(value)
        case BrokenRow():
            return lake_terms.broken_row(value)
        case bool():
            return _("yes") if value else _("no")
        case int():
            return design.count(value)
        case [PolicyProblem() | BrokenRow(), *_]:
            return " ".join(shown(one) for one in value)
        case frozenset() | set():
            return pgettext("list separator", ", ").join(sorted(shown(one, name) for one in value))
        case list() | tuple():
            return pgettext("list separator", ", ").join(shown(one, name) for one in value)
    return terms.term(name, str(value))


def boss_refusal(code: str, reason: str) -> str:
    """Say why the operator's system refused an order: our words for its code, or its own."""
    if not code and not reason:
        return ""
    from qudao.fronts.wording.terms import BOSS_REFUSALS

    known = BOSS_REFUSALS.get(code)
    return str(known) if known is not None else reason or code
