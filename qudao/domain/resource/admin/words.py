"""Words for the states of numbers, where they head a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import pgettext_lazy

from qudao.platform.backoffice.values import Text

STATE_WORDS: Final[Mapping[str, Text]] = {
    "free": pgettext_lazy("number", "Free"),
    "reserved": pgettext_lazy("number", "Reserved"),
    "paid": pgettext_lazy("number", "Paid for"),
    "bound": pgettext_lazy("number", "Bound"),
    "active": pgettext_lazy("number", "In use"),
    "cancelled": pgettext_lazy("number", "Cancelled"),
    "resting": pgettext_lazy("number", "Resting"),
}
