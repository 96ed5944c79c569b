"""How codes look in the back office: words, tone and icon. The colour is never the only sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.catalog import queries as catalog
from qudao.domain.commission import queries as commission
from qudao.domain.echannel import queries as echannel
from qudao.domain.ordering.ports import Due, Subscriber
from qudao.domain.saleschannel import queries as saleschannel
from qudao.fronts.backoffice import (
    looks_care,
    looks_commission,
    looks_goods,
    looks_policies,
    looks_processes,
)
from qudao.fronts.backoffice.commands import COMMANDS
from qudao.fronts.backoffice.look import Look
from qudao.fronts.design.templatetags.design import babel_locale
from qudao.fronts.wording import boss_refusal
from qudao.fronts.wording.terms import term
from qudao.journeys.menu.item import items
from qudao.platform.backoffice.values import Cell, Coded, Mono, Names, Number, Several
from qudao.platform.identity.roles import permissions, roles

ORDER_STATES: Final[Mapping[str, Look]] = {
    "acknowledged": Look(pgettext_lazy("order", "Taken"), "info", "circle-dashed"),
    "inProgress": Look(pgettext_lazy("order", "In progress"), "info", "refresh"),
    "pending": Look(pgettext_lazy("order", "Unknown"), "warn", "hourglass"),
    "completed": Look(pgettext_lazy("order", "Completed"), "good", "circle-check"),
    "failed": Look(pgettext_lazy("order", "Refused"), "bad", "circle-x"),
    "assessingCancellation": Look(
        pgettext_lazy("order", "Reversal under way"), "plum", "arrow-back-up"
    ),
    "cancelled": Look(pgettext_lazy("order", "Reversed"), "plum", "arrow-back-up"),
}

TABLES: Final[Mapping[str, Mapping[str, Look]]] = {
    **looks_goods.TABLES,
    **looks_care.TABLES,
    **looks_commission.TABLES,
    **looks_processes.TABLES,
    **looks_policies.TABLES,
    "order_state": ORDER_STATES,
    "outlet_state": {
        "draft": Look(pgettext_lazy("outlet", "Draft"), "info", "circle-dashed"),
        "active": Look(pgettext_lazy("outlet", "Active"), "good", "circle-check"),
        "suspended": Look(pgettext_lazy("outlet", "Suspended"), "warn", "player-pause"),
        "closed": Look(pgettext_lazy("outlet", "Closed"), "", "ban"),
    },
    "survey_purpose": {
        "entry": Look(pgettext_lazy("channel", "Entry")),
        "change": Look(pgettext_lazy("channel", "Change")),
        "exit": Look(pgettext_lazy("channel", "Exit")),
    },
    "survey_result": {
        "passed": Look(pgettext_lazy("check", "Passed"), "good", "circle-check"),
        "failed": Look(pgettext_lazy("check", "Not passed"), "bad", "x"),
    },
    "membership_state": {
        "active": Look(pgettext_lazy("member", "Active"), "good", "circle-check"),
        "suspended": Look(pgettext_lazy("member", "Suspended"), "warn", "player-pause"),
        "ended": Look(pgettext_lazy("member", "Ended"), "", "ban"),
    },
    "wallet_state": {
        "usable": Look(pgettext_lazy("wallet", "Usable"), "good", "circle-check"),
        "low": Look(pgettext_lazy("wallet", "Low"), "warn", "alert-triangle"),
        "frozen": Look(pgettext_lazy("wallet", "Frozen"), "bad", "snowflake"),
    },
    "parked_state": {
        "waiting": Look(pgettext_lazy("approval", "Waiting"), "warn", "hourglass"),
        "approved": Look(pgettext_lazy("approval", "Approved"), "good", "circle-check"),
        "declined": Look(pgettext_lazy("approval", "Declined"), "bad", "circle-x"),
    },
    "drawer_state": {
        "open": Look(pgettext_lazy("drawer", "Open"), "good", "cash"),
        "closed": Look(pgettext_lazy("drawer", "Closed"), "", "lock"),
    },
    "message_state": {
        "queued": Look(pgettext_lazy("message", "Queued"), "info", "hourglass"),
        "sending": Look(pgettext_lazy("message", "Sending"), "info", "refresh"),
        "sent": Look(pgettext_lazy("message", "Sent"), "good", "circle-check"),
        "failed": Look(pgettext_lazy("message", "Failed"), "bad", "circle-x"),
        "expired": Look(pgettext_lazy("message", "Expired"), "", "clock"),
    },
    "account_state": {
        "open": Look(pgettext_lazy("account", "Open"), "good", "circle-check"),
        "closed": Look(pgettext_lazy("account", "Closed"), "bad", "ban"),
    },
    "shelf": {
        "on": Look(_("On the shelf"), "good", "circle-check"),
        "off": Look(_("Off the shelf"), "", "ban"),
    },
    "validity": {
        "valid": Look(_("Valid"), "good", "circle-check"),
        "planned": Look(_("Planned"), "info", "calendar"),
        "past": Look(_("Past"), "", "clock"),
    },
    "fit": {
        "best": Look(_("Best"), "bad", "circle-check"),
        "fit": Look(_("Fit"), "good", "check"),
        "capable": Look(_("Capable"), "", "minus"),
        "unfit": Look(_("Unfit"), "", "x"),
    },
    "market": {
        "city": Look(pgettext_lazy("market", "City")),
        "rural": Look(pgettext_lazy("market", "Rural")),
    },
    "ownership": {
        "own": Look(_("Own halls")),
        "social": Look(_("Social channel")),
        "electronic": Look(_("Electronic channel")),
        "direct": Look(_("Direct sales")),
        "internet": Look(_("Internet distribution")),
    },
    "organization_kind": {
        "group": Look(_("Group")),
        "province": Look(_("Province")),
        "branch": Look(_("City branch")),
        "county": Look(_("County")),
        "outlet": Look(_("Outlet")),
    },
    "channel": {
        "portal": Look(_("Portal")),
        "api": Look(_("HTTP API")),
        "backoffice": Look(_("Back office")),
        "worker": Look(_("Worker")),
        "console": Look(_("Console")),
        "demo": Look(_("Demo")),
        "web": Look(_("Web hall")),
        "mobile": Look(_("Mobile hall")),
        "sms": Look(_("SMS hall")),
        "ussd": Look(_("USSD hall")),
        "phone": Look(_("Phone hall")),
        "kiosk": Look(_("Kiosk")),
    },
    "personal": {
        "name": Look(_("Name")),
        "document": Look(_("Document number")),
        "address": Look(_("Address")),
        "phone": Look(_("Phone")),
    },
    "posting": {
        "pay_in": Look(pgettext_lazy("statement", "Pay-in")),
        "adjustment": Look(pgettext_lazy("statement", "Correction")),
        "pay_out": Look(pgettext_lazy("statement", "Paid out")),
        "carried": Look(pgettext_lazy("statement", "Carried forward from the archive")),
    },
    "phase": {
        "single": Look(pgettext_lazy("posting", "Moved")),
        "pending": Look(pgettext_lazy("posting", "Taken")),
        "post": Look(pgettext_lazy("posting", "Posted")),
        "void": Look(pgettext_lazy("posting", "Given back")),
        "reverse": Look(pgettext_lazy("posting", "Given back")),
    },
    "bank_line_state": {
        "waiting": Look(pgettext_lazy("bank line", "Waiting"), "warn", "hourglass"),
        "booked": Look(pgettext_lazy("bank line", "Booked"), "good", "circle-check"),
        "set_aside": Look(pgettext_lazy("bank line", "Set aside"), "", "x"),
    },
    "account_kind": {
        "wallet": Look(pgettext_lazy("account", "Wallet")),
        "deposit": Look(pgettext_lazy("account", "Deposit")),
        "in_flight": Look(pgettext_lazy("account", "In flight")),
        "collected": Look(pgettext_lazy("account", "Collected")),
        "cash": Look(pgettext_lazy("account", "Cash")),
        "card": Look(pgettext_lazy("account", "Card takings")),
        "bank": Look(pgettext_lazy("account", "Bank")),
        "adjustment": Look(pgettext_lazy("account", "Corrections")),
        "cash_difference": Look(pgettext_lazy("account", "Cash differences")),
    },
    "method": {
        "cash": Look(pgettext_lazy("pay-in", "Cash"), "", "cash"),
        "card": Look(pgettext_lazy("pay-in", "Card"), "", "credit-card"),
        "bank_transfer": Look(pgettext_lazy("pay-in", "Bank transfer"), "", "building-bank"),
    },
    "parked_reason": {
        "wallet.credit_limit_high": Look(_("The credit limit is above what one person may set.")),
        "wallet.adjustment": Look(_("Every correction by hand needs a second person.")),
        "ordering.reversal_high": Look(_("The reversal is above what one person may do.")),
        "pay_in.take_back": Look(_("Taking a pay-in back always needs a second person.")),
        "stock.write_off": Look(_("Writing goods off always needs a second person.")),
        "stock.reveal_pin_again": Look(_("Showing a PIN again always needs a second person.")),
        "echannel.seen_by_customers": Look(
            _("What all customers of a hall see needs a second person.")
        ),
        "commission.adjustment": Look(
            _("Every adjustment of settled commission needs a second person.")
        ),
        "commission.tax": Look(_("What is withheld from commission needs a second person.")),
        "commission.correction": Look(_("A correction that moves money needs a second person.")),
        "commission.policy_earns_no_more": Look(
            _("Withdrawing a policy that is effective always needs a second person.")
        ),
        "pay_in.amount_high": Look(_("The pay-in is above what one person may record.")),
    },
    "hall_state": {
        "on": Look(pgettext_lazy("hall", "On"), "good", "circle-check"),
        "off": Look(pgettext_lazy("hall", "Switched off"), "bad", "player-pause"),
    },
    "menu_version": {
        "draft": Look(pgettext_lazy("menu of a hall", "Draft"), "warn", "pencil"),
        "published": Look(pgettext_lazy("menu of a hall", "Was published"), "good", "world"),
    },
    "menu_difference": {
        "entry": Look(pgettext_lazy("menu of a hall", "Entry")),
        "place": Look(pgettext_lazy("menu of a hall", "Place")),
        "label": Look(pgettext_lazy("menu of a hall", "Shown as")),
        "digit": Look(pgettext_lazy("menu of a hall", "Digit")),
        "keywords": Look(pgettext_lazy("menu of a hall", "Keywords")),
        "off": Look(pgettext_lazy("menu of a hall", "Switched off")),
        "greeting": Look(pgettext_lazy("menu of a hall", "Greeting")),
        "advertising": Look(pgettext_lazy("menu of a hall", "Advertising line")),
        "hours": Look(pgettext_lazy("menu of a hall", "Opening hours")),
        "closed": Look(pgettext_lazy("menu of a hall", "Said outside the hours")),
    },
    "row_problem": {
        "unreadable": Look(_("The file cannot be read in this format.")),
        "too_large": Look(_("The file is too large.")),
        "empty": Look(_("There is no credit in it.")),
        "column_missing": Look(_("A column is missing.")),
        "date": Look(_("The date makes no sense.")),
        "amount": Look(_("The amount makes no sense.")),
        "currency": Look(_("The currency is not yuan.")),
        "reference_missing": Look(_("The bank's reference is missing.")),
        "duplicate_in_file": Look(_("The reference stands in the file twice.")),
        "already_imported": Look(_("This line was imported before.")),
    },
    "line_state": {
        "active": Look(pgettext_lazy("line", "Active"), "good", "circle-check"),
        "suspended": Look(pgettext_lazy("line", "Suspended"), "warn", "player-pause"),
        "terminated": Look(pgettext_lazy("line", "Terminated"), "bad", "ban"),
    },
}


def look(field: str, code: str) -> Look:
    """Return how a code of a field looks; the code itself where nobody has words for it."""
    if code in TABLES.get(field, {}):
        return TABLES[field][code]
    match field:
        case "business" | "posting":
            found = catalog.businesses().get(code)
            return Look(code) if found is None else Look(_named(found.name_zh, found.name_en))
        case "channel_kind":
            names = _kinds().get(code)
            return Look(code) if names is None else Look(_named(*names))
        case "front" | "channel":
            limits = echannel.front_limits().get(code)
            return Look(code) if limits is None else Look(_named(limits.name_zh, limits.name_en))
        case "boss_refusal":
            return Look(boss_refusal(code, ""))
        case "menu_item":
            item = items.get(code)
            return Look(code) if item is None else Look(item.name)
        case "item_kind":
            return Look(term("item_kind", code))
        case "role":
            role = roles.get(code)
            return Look(code) if role is None else Look(_named(role.name_zh, role.name_en))
        case "scheme":
            form = commission.forms().get(code)
            return Look(code) if form is None else Look(_named(form.name_zh, form.name_en))
        case "command":
            return Look(COMMANDS.get(code) or permission_words(code))
    return Look(code)


def permission_words(code: str) -> str:
    """Return the words for what a grant allows: a command, a permission, a right to appoint."""
    if code in COMMANDS:
        return str(COMMANDS[code])
    if code in permissions:
        return _named(permissions[code].name_zh, permissions[code].name_en)
    if code.startswith("party.appoint."):
        role = look("role", code.removeprefix("party.appoint.")).text
        return _now("Appoint: %(role)s") % {"role": role}
    return code


_known_kinds: dict[str, tuple[str, str]] = {}


def _kinds() -> dict[str, tuple[str, str]]:
    """Kinds are reference data: kept once they were read, as they come with a release."""
    if not _known_kinds:
        _known_kinds.update(
            {kind.code: (kind.name_zh, kind.name_en) for kind in saleschannel.kinds()}
        )
    return _known_kinds


def _named(zh: str, en: str) -> str:
    return en if babel_locale().startswith("en") else zh


def customer_facts(who: Subscriber, due: Due | None) -> list[tuple[str, Cell]]:
    """Return what the BOSS says of a customer, as names and values."""
    facts: list[tuple[str, Cell]] = [
        (_now("Customer's number"), Number(who.msisdn)),
        (_now("Name"), who.name_masked),
        (_now("Line"), Coded("line_state", who.state)),
        (_now("Plan"), Names(who.plan_name_zh, who.plan_name_en)),
        (_now("Account balance"), who.balance),
        (_now("Add-ons"), Several([Mono(code) for code in who.add_ons]) if who.add_ons else None),
    ]
    if due is not None:
        facts.append((_now("Amount due"), due.amount))
        facts += [(month, amount) for month, amount in due.bills]
    return facts
