"""Icons and words for codes, as customers see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering.types import OrderState
from qudao.journeys.menu.item import items

ICONS: Final[Mapping[str, str]] = {
    "account_opening": "user-plus",
    "add_on": "package",
    "add_on_cancel": "package-off",
    "agent": "headphones",
    "appointment": "calendar-time",
    "balance": "wallet",
    "bill": "file-invoice",
    "bill_detail": "file-text",
    "bill_payment": "receipt",
    "bind_card": "credit-card",
    "campaign": "gift",
    "card_recharge": "ticket",
    "choose_number": "hash",
    "complaint": "mail",
    "complaint_reopen": "rotate-clockwise",
    "complaint_state": "history",
    "language": "language",
    "my_offers": "star",
    "offers": "tag",
    "outlets": "map-pin",
    "plan": "device-mobile",
    "plan_change": "switch-horizontal",
    "points": "diamond",
    "puk": "key",
    "resume": "player-play",
    "sim_swap_appointment": "device-sim",
    "suspend": "player-pause",
    "top_up": "device-mobile-dollar",
    "usage": "chart-bar",
}
"""Of items; others have their business's."""


def icon_of(item: str) -> str:
    """Return the icon of an item of the menu."""
    if item in ICONS:
        return ICONS[item]
    business = items[item].business if item in items else None
    found = catalog.businesses().get(business or "")
    return found.icon if found else "package"


@dataclass(frozen=True, slots=True)
class Look:
    """The colour is never the only sign: a word and an icon go with it."""

    label: str | Promise
    tone: str
    icon: str
    says: str | Promise


_UNDER_WAY: Final = Look(
    pgettext_lazy("own order", "Under way"),
    "info",
    "refresh",
    _("It is being carried out; this takes a few seconds, seldom longer."),
)

ORDER_STATES: Final[Mapping[str, Look]] = {
    OrderState.ACKNOWLEDGED: _UNDER_WAY,
    OrderState.IN_PROGRESS: _UNDER_WAY,
    OrderState.PENDING: Look(
        pgettext_lazy("own order", "Under way"),
        "warn",
        "hourglass",
        _("It takes longer than usual. Do not do it again: it will be done, or you get it back."),
    ),
    OrderState.COMPLETED: Look(
        pgettext_lazy("own order", "Done"), "good", "circle-check", _("It has been done.")
    ),
    OrderState.FAILED: Look(
        pgettext_lazy("own order", "Not done"),
        "bad",
        "circle-x",
        _("It could not be done. If you paid for it, you get it back."),
    ),
    OrderState.ASSESSING_CANCELLATION: Look(
        pgettext_lazy("own order", "Being taken back"),
        "warn",
        "arrow-back-up",
        _("It was done, and is being taken back."),
    ),
    OrderState.CANCELLED: Look(
        pgettext_lazy("own order", "Taken back"),
        "plum",
        "arrow-back-up",
        _("It was taken back. What was paid for it is given back."),
    ),
}
