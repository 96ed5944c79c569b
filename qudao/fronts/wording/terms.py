"""The platform's codes as words: states, businesses, reasons that carry a code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

BUSINESSES: Final[Mapping[str, str | Promise]] = {
    "bill_payment": _("Bill payment"),
    "top_up": _("Top-up"),
    "plan_change": _("Plan change"),
    "add_on": _("Add-on"),
}

LINE_STATES: Final[Mapping[str, str | Promise]] = {
    "active": pgettext_lazy("line state", "active"),
    "suspended": pgettext_lazy("line state", "suspended"),
    "terminated": pgettext_lazy("line state", "terminated"),
}

STATES: Final[Mapping[str, str | Promise]] = {
    "draft": pgettext_lazy("state", "draft"),
    "active": pgettext_lazy("state", "active"),
    "suspended": pgettext_lazy("state", "suspended"),
    "closed": pgettext_lazy("state", "closed"),
    "ended": pgettext_lazy("state", "ended"),
    "waiting": pgettext_lazy("state", "waiting"),
    "approved": pgettext_lazy("state", "approved"),
    "declined": pgettext_lazy("state", "declined"),
    "open": pgettext_lazy("state", "open"),
    "counted": pgettext_lazy("state", "counted"),
    "terminated": pgettext_lazy("state", "terminated"),
}

KIND_OF_FIELD: Final[Mapping[str, Mapping[str, str | Promise]]] = {
    "business": BUSINESSES,
    "state": STATES,
    "line_state": LINE_STATES,
}


def term(field: str, code: str) -> str:
    """Return the words for a code that stands in a field of that name, or the code itself."""
    return str(KIND_OF_FIELD.get(field, {}).get(code, code))
