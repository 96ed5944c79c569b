"""How the codes of numbers, goods and customers look; `looks` puts them to the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.fronts.backoffice.look import Look

TABLES: Final[Mapping[str, Mapping[str, Look]]] = {
    "number_state": {
        "free": Look(pgettext_lazy("number", "Free"), "good", "circle-check"),
        "reserved": Look(pgettext_lazy("number", "Reserved"), "info", "clock"),
        "paid": Look(pgettext_lazy("number", "Paid for"), "info", "currency-yuan"),
        "bound": Look(pgettext_lazy("number", "Bound"), "warn", "device-sim"),
        "active": Look(pgettext_lazy("number", "In use"), "jade", "user-check"),
        "cancelled": Look(pgettext_lazy("number", "Cancelled"), "", "ban"),
        "resting": Look(pgettext_lazy("number", "Resting"), "plum", "moon"),
    },
    "goods_kind": {
        "sim": Look(_("SIM card"), "", "device-sim"),
        "recharge_card": Look(_("Recharge card"), "", "ticket"),
        "handset": Look(_("Handset"), "", "device-mobile"),
        "kit": Look(_("Kit"), "", "package"),
        "gift": Look(_("Gift"), "", "gift"),
        "accessory": Look(_("Accessory"), "", "box"),
    },
    "unit_state": {
        "in_stock": Look(pgettext_lazy("unit", "In stock"), "good", "circle-check"),
        "in_transit": Look(pgettext_lazy("unit", "On the way"), "info", "truck-delivery"),
        "held": Look(pgettext_lazy("unit", "Held by an order"), "warn", "hourglass"),
        "sold": Look(pgettext_lazy("unit", "Sold"), "jade", "shopping-cart"),
        "used": Look(pgettext_lazy("unit", "Used"), "", "check"),
        "defective": Look(pgettext_lazy("unit", "Defective"), "bad", "alert-triangle"),
        "missing": Look(pgettext_lazy("unit", "Missing"), "bad", "zoom-question"),
        "expired": Look(pgettext_lazy("unit", "Expired"), "plum", "clock-x"),
        "written_off": Look(pgettext_lazy("unit", "Written off"), "", "trash"),
    },
    "goods_terms": {
        "consignment": Look(_("Consignment"), "info"),
        "purchase": Look(_("Purchase"), "plum"),
    },
    "goods_end": {
        "supplier": Look(pgettext_lazy("end of a move", "Supplier"), "", "building-warehouse"),
        "customer": Look(pgettext_lazy("end of a move", "Customer"), "", "user"),
        "scrap": Look(pgettext_lazy("end of a move", "Scrap"), "", "trash"),
        "found": Look(pgettext_lazy("end of a move", "Found"), "", "search"),
    },
    "movement_kind": {
        "load": Look(pgettext_lazy("move", "Taken in"), "good", "package-import"),
        "dispatch": Look(pgettext_lazy("move", "Dispatched"), "info", "truck-delivery"),
        "transfer": Look(pgettext_lazy("move", "Transferred"), "info", "arrows-exchange"),
        "return": Look(pgettext_lazy("move", "Returned"), "warn", "truck-return"),
        "turn_back": Look(pgettext_lazy("move", "Turned back"), "warn", "arrow-back-up"),
        "sale": Look(pgettext_lazy("move", "Sold"), "jade", "shopping-cart"),
        "customer_return": Look(pgettext_lazy("move", "Taken back"), "plum", "receipt-refund"),
        "replace": Look(pgettext_lazy("move", "Replaced"), "plum", "replace"),
        "purchase": Look(pgettext_lazy("move", "Bought by the outlet"), "plum", "currency-yuan"),
        "purchase_return": Look(
            pgettext_lazy("move", "Purchase taken back"), "warn", "receipt-refund"
        ),
        "found": Look(pgettext_lazy("move", "Found"), "good", "search"),
        "write_off": Look(pgettext_lazy("move", "Written off"), "bad", "trash"),
    },
    "requisition_kind": {
        "requisition": Look(_("Requisition"), "", "clipboard-list"),
        "transfer": Look(pgettext_lazy("goods", "Transfer"), "", "arrows-exchange"),
        "return": Look(pgettext_lazy("goods", "Return"), "", "truck-return"),
    },
    "requisition_state": {
        "asked": Look(pgettext_lazy("requisition", "Asked for"), "warn", "hourglass"),
        "accepted": Look(pgettext_lazy("requisition", "Accepted"), "info", "clipboard-check"),
        "declined": Look(pgettext_lazy("requisition", "Declined"), "bad", "thumb-down"),
        "dispatched": Look(pgettext_lazy("requisition", "On the way"), "info", "truck-delivery"),
        "received": Look(pgettext_lazy("requisition", "Received"), "good", "circle-check"),
        "cancelled": Look(pgettext_lazy("requisition", "Cancelled"), "", "ban"),
    },
    "delivery_outcome": {
        "stayed": Look(_("It had stayed")),
        "lost": Look(_("It is lost")),
    },
    "count_state": {
        "open": Look(pgettext_lazy("stock count", "Open"), "info", "barcode"),
        "closed": Look(pgettext_lazy("stock count", "Closed"), "good", "circle-check"),
        "cancelled": Look(pgettext_lazy("stock count", "Cancelled"), "", "ban"),
    },
    "count_finding": {
        "right": Look(pgettext_lazy("stock count", "Right"), "good", "check"),
        "short": Look(pgettext_lazy("stock count", "Missing"), "bad", "minus"),
        "over": Look(pgettext_lazy("stock count", "Too many"), "warn", "plus"),
        "elsewhere": Look(pgettext_lazy("stock count", "Belongs elsewhere"), "plum", "map-pin"),
    },
    "bulk_state": {
        "checking": Look(pgettext_lazy("file", "Being looked through"), "info", "refresh"),
        "refused": Look(pgettext_lazy("file", "Refused"), "bad", "circle-x"),
        "checked": Look(pgettext_lazy("file", "Ready to load"), "warn", "clipboard-check"),
        "loading": Look(pgettext_lazy("file", "Being loaded"), "info", "upload"),
        "loaded": Look(pgettext_lazy("file", "Loaded"), "good", "circle-check"),
        "discarded": Look(pgettext_lazy("file", "Discarded"), "", "trash"),
    },
    "dossier_state": {
        "draft": Look(pgettext_lazy("dossier", "Draft"), "info", "circle-dashed"),
        "submitted": Look(pgettext_lazy("dossier", "Submitted"), "warn", "hourglass"),
        "completed": Look(pgettext_lazy("dossier", "Completed"), "good", "circle-check"),
        "failed": Look(pgettext_lazy("dossier", "Failed"), "bad", "circle-x"),
        "abandoned": Look(pgettext_lazy("dossier", "Given up"), "", "trash"),
    },
    "customer_line": {
        "pending": Look(pgettext_lazy("line", "Being opened"), "info", "hourglass"),
        "active": Look(pgettext_lazy("line", "Active"), "good", "circle-check"),
        "ended": Look(pgettext_lazy("line", "Ended"), "", "ban"),
    },
    "dossier_role": {
        "customer": Look(pgettext_lazy("person", "Customer")),
        "agent": Look(_("Agent of the customer")),
        "guardian": Look(_("Guardian")),
    },
    "blacklist_state": {
        "live": Look(pgettext_lazy("blacklist", "In force"), "bad", "hand-stop"),
        "over": Look(pgettext_lazy("blacklist", "Over"), "", "clock"),
        "lifted": Look(pgettext_lazy("blacklist", "Lifted"), "good", "check"),
    },
    "credential_state": {
        "set": Look(pgettext_lazy("service password", "Has a password"), "good", "circle-check"),
        "none": Look(pgettext_lazy("service password", "Has none"), "", "minus"),
        "locked": Look(pgettext_lazy("service password", "Locked"), "bad", "lock"),
    },
    "credential_set_by": {
        "code": Look(pgettext_lazy("service password", "By a one-time code")),
        "old_password": Look(pgettext_lazy("service password", "With the old one")),
        "counter": Look(pgettext_lazy("service password", "At a counter, with the document")),
    },
    "switch": {
        "on": Look(pgettext_lazy("rule", "On"), "good", "check"),
        "off": Look(pgettext_lazy("rule", "Off"), "", "ban"),
    },
    "file_problem": {
        "unreadable": Look(_("The file cannot be read: send CSV or XLSX.")),
        "too_large": Look(_("The file is too large.")),
        "too_many_rows": Look(_("The file has more than 200,000 rows: split it.")),
        "empty": Look(_("There is nothing in it.")),
        "column_missing": Look(_("A column is missing: take the template.")),
        "missing": Look(_("The cell is empty and must not be.")),
        "number_format": Look(
            _("The spreadsheet has cut the digits off: format the column as text.")
        ),
        "twice_in_file": Look(_("It stands in the file twice, first in the row given here.")),
        "known_already": Look(_("It was taken in before.")),
        "item_unknown": Look(_("There is no such article in use, or it is of another kind.")),
        "amount": Look(_("The amount makes no sense.")),
        "date": Look(_("The date makes no sense.")),
        "expired": Look(_("Its last day of use has passed.")),
        "quantity": Look(_("The quantity is no whole number above zero.")),
        "iccid": Look(_("This is no ICCID: a digit is wrong or missing (check digit).")),
        "imei": Look(_("This is no IMEI: a digit is wrong or missing (check digit).")),
        "imsi": Look(_("This is no IMSI: 15 digits that begin with 460.")),
        "card_serial": Look(_("This is no serial of a card: 8 to 20 digits.")),
        "serial": Look(_("This is no serial: 4 to 32 letters and digits.")),
        "pin": Look(_("The PIN has not 12 to 20 digits.")),
        "msisdn": Look(_("This is no mobile number of 11 digits.")),
        "not_a_number": Look(_("This is no mobile number of 11 digits.")),
        "prefix_unknown": Look(_("No numbers of the operator begin like this.")),
        "prefix_elsewhere": Look(_("The number belongs to another city or branch.")),
        "exists": Look(_("The number is in the pool already.")),
    },
}
