"""How the codes of contacts, complaints and appointments look; `looks` puts them to the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.fronts.backoffice.look import Look

TABLES: Final[Mapping[str, Mapping[str, Look]]] = {
    "contact_outcome": {
        "done": Look(pgettext_lazy("contact", "Done"), "good", "circle-check"),
        "refused": Look(pgettext_lazy("contact", "Refused"), "bad", "circle-x"),
        "closed": Look(pgettext_lazy("contact", "Not understood"), "warn", "help"),
        "left": Look(pgettext_lazy("contact", "Left"), "", "arrow-back-up"),
        "abandoned": Look(pgettext_lazy("contact", "Abandoned"), "", "logout"),
        "failed": Look(pgettext_lazy("contact", "Failed"), "bad", "alert-triangle"),
    },
    "message_kind": {
        "card": Look(_("Link to bind a bank card")),
        "channel_filing": Look(_("News of a filing")),
        "expiring_goods": Look(_("Goods that expire soon")),
        "low_balance": Look(_("Low balance")),
        "low_stock": Look(_("Low stock")),
        "one_time_code": Look(_("One-time code")),
        "payment": Look(_("What became of a payment")),
        "policy_copy": Look(_("Copy of a policy")),
        "process_task": Look(_("Task to do")),
        "service_password_set": Look(_("Service password was set")),
        "sign_in_code": Look(_("Sign-in code")),
        "visit_reserved": Look(_("Appointment with all that was chosen")),
    },
    "contact_direction": {
        "inbound": Look(pgettext_lazy("contact", "From the customer"), "", "arrow-down-left"),
        "outbound": Look(pgettext_lazy("contact", "To the customer"), "", "arrow-up-right"),
    },
    "complaint_state": {
        "acknowledged": Look(pgettext_lazy("complaint", "Waiting"), "warn", "hourglass"),
        "inProgress": Look(pgettext_lazy("complaint", "Worked on"), "info", "user-check"),
        "resolved": Look(pgettext_lazy("complaint", "Answered"), "good", "send"),
        "closed": Look(pgettext_lazy("complaint", "Closed"), "", "circle-check"),
        "cancelled": Look(pgettext_lazy("complaint", "Withdrawn"), "", "x"),
    },
    "complaint_note": {
        "complaint": Look(_("Complaint"), "", "mail"),
        "reopened": Look(_("Taken up again"), "", "refresh"),
        "remark": Look(_("Remark"), "", "pencil"),
        "answer": Look(pgettext_lazy("complaint", "Answer"), "", "send"),
    },
    "appointment_state": {
        "confirmed": Look(pgettext_lazy("appointment", "Booked"), "info", "calendar"),
        "completed": Look(pgettext_lazy("appointment", "Kept"), "good", "circle-check"),
        "cancelled": Look(pgettext_lazy("appointment", "Cancelled"), "", "ban"),
        "failed": Look(pgettext_lazy("appointment", "Missed"), "bad", "clock-x"),
    },
    "agent_request_state": {
        "waiting": Look(pgettext_lazy("agent request", "Waiting"), "warn", "hourglass"),
        "taken": Look(pgettext_lazy("agent request", "Talking"), "info", "user-check"),
        "done": Look(pgettext_lazy("agent request", "Done"), "good", "circle-check"),
        "abandoned": Look(pgettext_lazy("agent request", "Left"), "", "logout"),
    },
    "payment_state": {
        "opened": Look(pgettext_lazy("payment", "Begun"), "info", "circle-dashed"),
        "waiting": Look(pgettext_lazy("payment", "To be paid"), "info", "hourglass"),
        "authorised": Look(pgettext_lazy("payment", "Authorised"), "info", "lock"),
        "sold": Look(pgettext_lazy("payment", "Sold"), "info", "refresh"),
        "captured": Look(pgettext_lazy("payment", "Paid"), "good", "circle-check"),
        "declined": Look(pgettext_lazy("payment", "Declined"), "", "circle-x"),
        "releasing": Look(pgettext_lazy("payment", "Being given up"), "warn", "hourglass"),
        "released": Look(pgettext_lazy("payment", "Given up"), "", "ban"),
        "returning": Look(pgettext_lazy("payment", "Order refused"), "warn", "arrow-back-up"),
        "refunding": Look(pgettext_lazy("payment", "To be refunded"), "warn", "arrow-back-up"),
        "refunded": Look(pgettext_lazy("payment", "Refunded"), "plum", "arrow-back-up"),
        "owed": Look(pgettext_lazy("payment", "Owed to the customer"), "bad", "alert-triangle"),
        "unpaid": Look(pgettext_lazy("payment", "Sold, not paid"), "bad", "alert-triangle"),
        "unsure": Look(pgettext_lazy("payment", "Unknown"), "warn", "hourglass"),
    },
    "means": {
        "bound": Look(pgettext_lazy("payment", "Bound card"), "", "credit-card"),
        "page": Look(pgettext_lazy("payment", "Payment page"), "", "world"),
        "card": Look(pgettext_lazy("payment", "Card at a kiosk"), "", "credit-card"),
        "cash": Look(pgettext_lazy("payment", "Cash at a kiosk"), "", "cash"),
    },
    "language": {
        "zh-hans": Look("中文"),
        "en": Look("English"),
    },
}
"""By field, then by code."""
