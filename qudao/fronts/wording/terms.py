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

BOSS_REFUSALS: Final[Mapping[str, str | Promise]] = {
    "unknown_number": _("The operator has no line with this number. Check it with the customer."),
    "line_terminated": _("The line has been given up. Nothing can be sold to it."),
    "line_suspended": _("The line is suspended. The customer has to pay the bill first."),
    "unknown_product": _("The operator does not sell this any more. Choose another."),
    "same_plan": _("The line has this plan already."),
    "add_on_active": _("The line has this add-on already."),
    "add_on_exclusive": _("Another add-on of the line excludes this one."),
    "amount_out_of_range": _("The operator does not take this amount."),
    "original_not_found": _("The operator knows nothing of the work to take back."),
    "original_not_completed": _("The work to take back was never done."),
    "not_reversible": _("The operator does not take back work of this kind."),
    "already_reversed": _("It was taken back already."),
    "reversal_too_late": _("The operator takes back only what was done today."),
    "reversal_mismatch": _("Number or amount differ from the original."),
    "balance_used": _("The customer has used up the balance: it cannot be taken back."),
    "plan_changed_since": _("The plan has changed again since."),
    "add_on_ended": _("The add-on has ended since."),
}
"""What operators' systems answer; a code that is not here is shown with their own words."""

KIND_OF_FIELD: Final[Mapping[str, Mapping[str, str | Promise]]] = {
    "business": BUSINESSES,
    "state": STATES,
    "line_state": LINE_STATES,
}


def term(field: str, code: str) -> str:
    """Return the words for a code that stands in a field of that name, or the code itself."""
    return str(KIND_OF_FIELD.get(field, {}).get(code, code))
