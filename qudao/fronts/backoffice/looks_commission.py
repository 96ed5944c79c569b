"""How the codes of settlements look; `looks` puts them to the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.fronts.backoffice.look import Look

TABLES: Final[Mapping[str, Mapping[str, Look]]] = {
    "settlement_state": {
        "draft": Look(pgettext_lazy("settlement", "Draft"), "info", "circle-dashed"),
        "computed": Look(pgettext_lazy("settlement", "Computed"), "info", "report-money"),
        "checked": Look(pgettext_lazy("settlement", "Checked"), "info", "clipboard-check"),
        "approved": Look(pgettext_lazy("settlement", "Approved"), "good", "circle-check"),
        "posted": Look(pgettext_lazy("settlement", "Posted"), "good", "send"),
        "closed": Look(pgettext_lazy("settlement", "Closed"), "", "lock"),
    },
    "settlement_running": {
        "": Look(pgettext_lazy("settlement", "nothing to do"), "", "minus"),
        "computing": Look(pgettext_lazy("settlement", "computing"), "info", "refresh"),
        "making": Look(pgettext_lazy("settlement", "making statements"), "info", "refresh"),
        "checking": Look(pgettext_lazy("settlement", "checking"), "info", "refresh"),
        "posting": Look(pgettext_lazy("settlement", "posting"), "info", "refresh"),
    },
    "settlement_problem": {
        "failed": Look(_("a failure that the worker's log tells"), "bad", "alert-triangle"),
    },
    "settlement_check": {
        "totals": Look(_("Control totals")),
        "deviation": Look(_("Differs from the month before")),
        "recomputed": Look(_("Computed again, line by line")),
    },
    "settlement_fault": {
        "fault": Look(_("Must be mended"), "bad", "alert-triangle"),
        "look": Look(_("Have a look"), "warn", "eye"),
    },
    "statement_state": {
        "open": Look(pgettext_lazy("commission statement", "Open"), "info", "circle-dashed"),
        "carried": Look(pgettext_lazy("commission statement", "Owed"), "warn", "arrow-back-up"),
        "payable": Look(pgettext_lazy("commission statement", "Payable"), "info", "hourglass"),
        "sent": Look(pgettext_lazy("commission statement", "At the bank"), "info", "building-bank"),
        "paid": Look(pgettext_lazy("commission statement", "Paid"), "good", "circle-check"),
    },
    "dispute_state": {
        "open": Look(pgettext_lazy("dispute", "Open"), "warn", "hourglass"),
        "accepted": Look(pgettext_lazy("dispute", "Accepted"), "good", "circle-check"),
        "declined": Look(pgettext_lazy("dispute", "Declined"), "bad", "circle-x"),
        "withdrawn": Look(pgettext_lazy("dispute", "Withdrawn"), "", "x"),
    },
    "adjustment_source": {
        "dispute": Look(pgettext_lazy("adjustment", "A dispute"), "", "mail"),
        "hand": Look(pgettext_lazy("adjustment", "By hand"), "", "pencil"),
    },
    "payout_state": {
        "made": Look(pgettext_lazy("payout", "At the bank"), "info", "building-bank"),
        "answered": Look(pgettext_lazy("payout", "Answered"), "good", "circle-check"),
    },
    "payment_item_state": {
        "sent": Look(pgettext_lazy("payout", "At the bank"), "info", "building-bank"),
        "paid": Look(pgettext_lazy("payout", "Paid"), "good", "circle-check"),
        "rejected": Look(pgettext_lazy("payout", "Rejected"), "bad", "circle-x"),
    },
    "payout_way": {
        "wallet": Look(_("The outlet's wallet"), "", "wallet"),
        "bank": Look(_("An account at a bank"), "", "building-bank"),
    },
    "payee": {
        "individual": Look(pgettext_lazy("payee", "A person"), "", "user"),
        "company": Look(pgettext_lazy("payee", "A company"), "", "building-store"),
    },
}
