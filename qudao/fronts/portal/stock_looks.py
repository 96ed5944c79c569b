"""How the codes of goods look to the outlet: words, tones and icons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.stock.types import (
    CountState,
    End,
    GoodsKind,
    MovementKind,
    RequisitionKind,
    RequisitionState,
    Terms,
    UnitState,
)
from qudao.fronts.portal.looks import Look

GOODS_KINDS: Final[Mapping[str, Look]] = {
    GoodsKind.SIM: Look(_("SIM cards"), "jade", "device-sim"),
    GoodsKind.RECHARGE_CARD: Look(_("Recharge cards"), "info", "ticket"),
    GoodsKind.HANDSET: Look(_("Handsets"), "plum", "device-mobile"),
    GoodsKind.KIT: Look(_("Kits"), "", "package"),
    GoodsKind.GIFT: Look(_("Gifts"), "", "gift"),
    GoodsKind.ACCESSORY: Look(_("Accessories"), "", "headphones"),
}

UNIT_STATES: Final[Mapping[str, Look]] = {
    UnitState.IN_STOCK: Look(
        pgettext_lazy("unit", "In stock"), "good", "circle-check", _("It lies here for sale.")
    ),
    UnitState.IN_TRANSIT: Look(
        pgettext_lazy("unit", "On its way"),
        "info",
        "truck",
        _("It is in a delivery that has not been received yet."),
    ),
    UnitState.HELD: Look(
        pgettext_lazy("unit", "Held"),
        "warn",
        "lock",
        _("A sale that is not decided holds it. It comes back by itself if the sale fails."),
    ),
    UnitState.SOLD: Look(
        pgettext_lazy("unit", "Sold"), "", "shopping-bag", _("A customer has it.")
    ),
    UnitState.USED: Look(
        pgettext_lazy("unit", "Used"), "", "check", _("Its value was put onto a line.")
    ),
    UnitState.DEFECTIVE: Look(
        pgettext_lazy("unit", "Defective"),
        "bad",
        "alert-circle",
        _("It cannot be sold. Send it back to the branch, or exchange it."),
    ),
    UnitState.MISSING: Look(
        pgettext_lazy("unit", "Missing"),
        "bad",
        "zoom-question",
        _("It should be here and was not found. Tell the branch if it turns up."),
    ),
    UnitState.EXPIRED: Look(
        pgettext_lazy("unit", "Expired"),
        "bad",
        "clock-x",
        _("Its last day of use has passed. Send it back to the branch."),
    ),
    UnitState.WRITTEN_OFF: Look(
        pgettext_lazy("unit", "Written off"), "", "trash", _("The branch took it off the books.")
    ),
}

REQUISITION_STATES: Final[Mapping[str, Look]] = {
    RequisitionState.ASKED: Look(
        pgettext_lazy("requisition", "Asked for"),
        "info",
        "clock",
        _("The branch has not answered yet. You may still cancel it."),
    ),
    RequisitionState.ACCEPTED: Look(
        pgettext_lazy("requisition", "Accepted"),
        "jade",
        "thumb-up",
        _("The branch is going to send the goods."),
    ),
    RequisitionState.DECLINED: Look(
        pgettext_lazy("requisition", "Declined"),
        "bad",
        "thumb-down",
        _("The branch sends nothing. Read why, and ask again if need be."),
    ),
    RequisitionState.DISPATCHED: Look(
        pgettext_lazy("requisition", "On its way"),
        "warn",
        "truck-delivery",
        _("The goods are on their way. Who gets them scans them when they come."),
    ),
    RequisitionState.RECEIVED: Look(
        pgettext_lazy("requisition", "Received"), "good", "circle-check", _("The goods have come.")
    ),
    RequisitionState.CANCELLED: Look(
        pgettext_lazy("requisition", "Cancelled"), "", "ban", _("Nothing comes of it.")
    ),
}

REQUISITION_KINDS: Final[Mapping[str, Look]] = {
    RequisitionKind.REQUISITION: Look(_("Request for goods"), "jade", "clipboard-list"),
    RequisitionKind.TRANSFER: Look(_("Transfer"), "info", "arrows-exchange"),
    RequisitionKind.RETURN: Look(_("Return of goods"), "warn", "truck-return"),
}

COUNT_STATES: Final[Mapping[str, Look]] = {
    CountState.OPEN: Look(pgettext_lazy("count", "Being counted"), "warn", "progress-check"),
    CountState.CLOSED: Look(pgettext_lazy("count", "Closed"), "good", "clipboard-check"),
    CountState.CANCELLED: Look(pgettext_lazy("count", "Cancelled"), "", "ban"),
}

FINDINGS: Final[Mapping[str, Look]] = {
    "right": Look(pgettext_lazy("count", "Right"), "good", "check"),
    "short": Look(pgettext_lazy("count", "Missing"), "bad", "zoom-question"),
    "over": Look(pgettext_lazy("count", "Too many"), "warn", "plus"),
    "elsewhere": Look(pgettext_lazy("count", "Belongs elsewhere"), "warn", "map-pin"),
}

TERMS: Final[Mapping[str, str | Promise]] = {
    Terms.CONSIGNMENT: pgettext_lazy("terms", "Consignment"),
    Terms.PURCHASE: pgettext_lazy("terms", "Purchase"),
}

MOVES: Final[Mapping[str, Look]] = {
    MovementKind.LOAD: Look(_("Taken in from the supplier"), "", "package-import"),
    MovementKind.DISPATCH: Look(_("Delivered on request"), "", "truck-delivery"),
    MovementKind.TRANSFER: Look(_("Transferred"), "", "arrows-exchange"),
    MovementKind.RETURN: Look(_("Sent back"), "", "truck-return"),
    MovementKind.TURN_BACK: Look(_("Turned back on its way"), "", "arrow-back-up"),
    MovementKind.SALE: Look(pgettext_lazy("move", "Sold"), "", "shopping-bag"),
    MovementKind.CUSTOMER_RETURN: Look(_("Brought back by the customer"), "", "receipt-refund"),
    MovementKind.REPLACE: Look(_("Replaced for the customer"), "", "replace"),
    MovementKind.PURCHASE: Look(_("Bought by the outlet"), "", "coins"),
    MovementKind.PURCHASE_RETURN: Look(_("Purchase given back"), "", "receipt-refund"),
    MovementKind.FOUND: Look(_("Found in a count"), "", "zoom-question"),
    MovementKind.WRITE_OFF: Look(pgettext_lazy("move", "Written off"), "", "trash"),
}

ENDS: Final[Mapping[str, str | Promise]] = {
    End.SUPPLIER: pgettext_lazy("end of a move", "Supplier"),
    End.CUSTOMER: pgettext_lazy("end of a move", "Customer"),
    End.SCRAP: pgettext_lazy("end of a move", "Scrap"),
    End.FOUND: pgettext_lazy("end of a move", "Unknown origin"),
}
