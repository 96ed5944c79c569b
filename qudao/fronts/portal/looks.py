"""How codes look to the outlet: words, tones and icons of states, kinds and roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.ordering.types import ItemKind, OrderState


@dataclass(frozen=True, slots=True)
class Look:
    """The colour is never the only sign: a word and an icon go with it."""

    label: str | Promise
    tone: str
    icon: str
    says: str | Promise = ""


ORDER_STATES: Final[Mapping[str, Look]] = {
    OrderState.ACKNOWLEDGED: Look(
        pgettext_lazy("order", "Taken"),
        "info",
        "circle-dashed",
        _("Paid from your wallet; it is about to be sent to the operator."),
    ),
    OrderState.IN_PROGRESS: Look(
        pgettext_lazy("order", "In progress"),
        "info",
        "refresh",
        _("The operator is working on it. This page shows the answer by itself."),
    ),
    OrderState.PENDING: Look(
        pgettext_lazy("order", "Unknown"),
        "warn",
        "help-circle",
        _(
            "The operator did not answer: it may or may not have been done. We keep asking; the "
            "money is held. Do not sell it again."
        ),
    ),
    OrderState.COMPLETED: Look(
        pgettext_lazy("order", "Completed"),
        "good",
        "circle-check",
        _("The operator has done it. Give the customer the receipt."),
    ),
    OrderState.FAILED: Look(
        pgettext_lazy("order", "Refused"),
        "bad",
        "circle-x",
        _("The operator refused. The money is back in your wallet: give the customer theirs back."),
    ),
    OrderState.ASSESSING_CANCELLATION: Look(
        pgettext_lazy("order", "Reversal under way"),
        "plum",
        "arrow-back-up",
        _("It was completed, and taking it back has been asked for."),
    ),
    OrderState.CANCELLED: Look(
        pgettext_lazy("order", "Reversed"),
        "plum",
        "arrow-back-up",
        _("It was taken back, and the money is in your wallet again."),
    ),
}

LINE_KINDS: Final[Mapping[str, str | Promise]] = {
    "pay_in": pgettext_lazy("statement", "Pay-in"),
    "adjustment": pgettext_lazy("statement", "Correction"),
    "pay_out": pgettext_lazy("statement", "Paid out"),
    "goods_return": pgettext_lazy("statement", "Goods returned"),
    "commission": pgettext_lazy("statement", "Commission"),
    "carried": pgettext_lazy("statement", "Carried forward from the archive"),
}

LINE_PHASES: Final[Mapping[str, str | Promise]] = {
    "single": "",
    "pending": "",
    "post": "",
    "void": pgettext_lazy("statement", "given back: the operator refused"),
    "reverse": pgettext_lazy("statement", "given back: reversed"),
}

LINE_STATES: Final[Mapping[str, Look]] = {
    "active": Look(pgettext_lazy("line", "Active"), "good", "circle-check"),
    "suspended": Look(pgettext_lazy("line", "Suspended"), "warn", "player-pause"),
    "terminated": Look(pgettext_lazy("line", "Terminated"), "bad", "ban"),
}

MEMBER_STATES: Final[Mapping[str, Look]] = {
    "active": Look(pgettext_lazy("member", "Active"), "good", "circle-check"),
    "suspended": Look(pgettext_lazy("member", "Suspended"), "warn", "player-pause"),
    "ended": Look(pgettext_lazy("member", "Ended"), "", "ban"),
}

PART_ICONS: Final[Mapping[str, str]] = {
    ItemKind.NUMBER: "hash",
    ItemKind.SIM: "device-sim",
    ItemKind.PLAN: "list-details",
    ItemKind.ADD_ON: "packages",
    ItemKind.PREPAY: "cash",
    ItemKind.GOODS: "device-mobile",
    ItemKind.CARD: "ticket",
}
"""Icons of the parts of an order."""
