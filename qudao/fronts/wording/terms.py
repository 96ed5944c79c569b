"""The platform's codes as words: states, businesses, reasons that carry a code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qudao.domain.customer.queries import document_kinds
from qudao.domain.payment.types import RowError
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.wording import channel_terms, commission_terms, menu_terms, process_terms
from qudao.platform.identity.roles import roles

BUSINESSES: Final[Mapping[str, str | Promise]] = {
    "bill_payment": _("Bill payment"),
    "top_up": _("Top-up"),
    "plan_change": _("Plan change"),
    "add_on": _("Add-on"),
    "account_opening": _("Account opening"),
    "sim_swap": _("SIM swap"),
    "number_change": _("Number change"),
    "cancellation": _("Cancellation"),
    "suspend": _("Suspension"),
    "resume": _("Resumption"),
    "add_on_cancel": _("Add-on cancellation"),
    "recharge_card": _("Recharge card"),
    "card_recharge": _("Recharge by card"),
    "goods": _("Handsets and goods"),
    "own_goods": _("Own goods"),
    "goods_purchase": _("Purchase of goods"),
    "contract_handset": _("Handset with contract"),
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
    "submitted": pgettext_lazy("state", "submitted"),
    "abandoned": pgettext_lazy("state", "given up"),
    # of orders
    "acknowledged": pgettext_lazy("state", "taken"),
    "inProgress": pgettext_lazy("state", "in progress"),
    "pending": pgettext_lazy("state", "unknown"),
    "completed": pgettext_lazy("state", "completed"),
    "failed": pgettext_lazy("state", "refused"),
    "assessingCancellation": pgettext_lazy("state", "reversal under way"),
    "cancelled": pgettext_lazy("state", "reversed"),
}

BOSS_REFUSALS: Final[Mapping[str, str | Promise]] = {
    "unknown_number": _("The operator has no line with this number. Check it."),
    "line_terminated": _("The line has been given up. Nothing can be sold to it."),
    "line_suspended": _("The line is suspended. The bill has to be paid first."),
    "not_suspended": _("The line is not suspended."),
    "suspended_for_debt": _(
        "The line is suspended because something is due. Pay what is due, and it works again."
    ),
    "add_on_not_active": _("The line does not have this add-on."),
    "unknown_product": _("The operator does not sell this any more. Choose another."),
    "same_plan": _("The line has this plan already."),
    "add_on_active": _("The line has this add-on already."),
    "add_on_exclusive": _("Another add-on of the line excludes this one."),
    "amount_out_of_range": _("The operator does not take this amount."),
    "number_in_use": _("The number is in use already. Choose another."),
    "sim_in_use": _("The SIM card is in use already. Take another card."),
    "sim_not_ours": _("The SIM card is not one of this operator's. Scan another card."),
    "document_over_limit": _(
        "The customer has as many lines as one document may have. One has to be given up first."
    ),
    "document_blacklisted": _(
        "The operator opens no line for this document. Send the customer to an own hall."
    ),
    "card_unknown": _("The card is not valid yet, or there is none like it. Check its number."),
    "card_used": _("The card has been used already."),
    "card_valid_already": _("The card has been sold already. Take another card."),
    "card_value_mismatch": _("The card is worth another amount. Ask the branch to check it."),
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

CHANNEL_KINDS: Final[Mapping[str, str | Promise]] = {
    "flagship_hall": _("flagship hall"),
    "sales_hall": _("sales hall"),
    "strategic_hall": _("strategic hall"),
    "franchise_store": _("franchise store"),
    "agency_point": _("agency point"),
    "recharge_point": _("recharge point"),
    "ivr_hall": _("IVR hall"),
    "web_hall": _("web hall"),
    "sms_hall": _("SMS hall"),
    "mobile_hall": _("mobile hall"),
    "ussd_hall": _("USSD hall"),
    "kiosk": _("kiosk"),
    "account_manager": _("account manager"),
    "distribution_shop": _("distribution shop"),
}

PARTS: Final[Mapping[str, str | Promise]] = {
    "cash": pgettext_lazy("part of a kiosk", "the cash unit"),
    "card": pgettext_lazy("part of a kiosk", "the card terminal"),
    "document": pgettext_lazy("part of a kiosk", "the card reader"),
    "printer": pgettext_lazy("part of a kiosk", "the printer"),
}

MARKETS: Final[Mapping[str, str | Promise]] = {
    "city": pgettext_lazy("market", "city"),
    "rural": pgettext_lazy("market", "rural"),
}

ORGANIZATION_KINDS: Final[Mapping[str, str | Promise]] = {
    "group": pgettext_lazy("organization", "group"),
    "province": pgettext_lazy("organization", "province"),
    "branch": pgettext_lazy("organization", "branch"),
    "county": pgettext_lazy("organization", "county"),
    "outlet": pgettext_lazy("organization", "outlet"),
}

REASONS_OF_INELIGIBILITY: Final[Mapping[str, str | Promise]] = {
    "state": _("state of the line"),
    "plan": _("present plan"),
    "market": _("market of the outlet"),
}

PERSONAL_FIELDS: Final[Mapping[str, str | Promise]] = {
    "name": pgettext_lazy("personal", "name"),
    "document": pgettext_lazy("personal", "document number"),
    "address": pgettext_lazy("personal", "address"),
    "phone": pgettext_lazy("personal", "phone number"),
    "birth_date": pgettext_lazy("personal", "date of birth"),
}

PERSON_ROLES: Final[Mapping[str, str | Promise]] = {
    "customer": pgettext_lazy("dossier", "customer"),
    "agent": pgettext_lazy("dossier", "agent"),
    "guardian": pgettext_lazy("dossier", "guardian"),
}

IN_DOSSIERS: Final[Mapping[str, str | Promise]] = {
    **PERSON_ROLES,
    "front": pgettext_lazy("dossier", "front of the document"),
    "back": pgettext_lazy("dossier", "back of the document"),
    "portrait": pgettext_lazy("dossier", "portrait at the counter"),
    "agent_front": pgettext_lazy("dossier", "front of the agent's document"),
    "agent_back": pgettext_lazy("dossier", "back of the agent's document"),
    "authorization": pgettext_lazy("dossier", "authorization"),
    "guardian_front": pgettext_lazy("dossier", "front of the guardian's document"),
    "guardian_back": pgettext_lazy("dossier", "back of the guardian's document"),
    "kinship": pgettext_lazy("dossier", "proof of guardianship"),
    "signature": pgettext_lazy("dossier", "signature"),
    "contract": pgettext_lazy("dossier", "contract"),
    "hold": pgettext_lazy("dossier", "number"),
    "sim": pgettext_lazy("dossier", "SIM card"),
    "plan": pgettext_lazy("dossier", "tariff plan"),
}
"""What a dossier may lack, or hold."""

PASSWORD_PROBLEMS: Final[Mapping[str, str | Promise]] = {
    "password_too_short": _("too short"),
    "password_too_common": _("too common"),
    "password_entirely_numeric": _("digits only"),
    "password_too_similar": _("too like the user name"),
}

WEAKNESSES: Final[Mapping[str, str | Promise]] = {
    "digits": pgettext_lazy("service password", "it holds something else than digits"),
    "length": pgettext_lazy("service password", "it has too few digits, or too many"),
    "same": pgettext_lazy("service password", "all its digits are the same"),
    "run": pgettext_lazy("service password", "its digits follow one another"),
    "pattern": pgettext_lazy("service password", "its digits repeat themselves"),
    "number": pgettext_lazy("service password", "it is part of the line's number"),
    "common": pgettext_lazy("service password", "many people choose it"),
    "personal": pgettext_lazy("service password", "it is part of the document's number"),
}

NEEDS: Final[Mapping[str, str | Promise]] = {
    "number": pgettext_lazy("need", "it must be known which line it is"),
    "money": pgettext_lazy("need", "it costs money"),
    "data": pgettext_lazy("need", "it shows personal data"),
}

ROW_PROBLEMS: Final[Mapping[str, str | Promise]] = {
    "unreadable": _("this is no file of this format"),
    "too_large": _("the file is too large: split it"),
    "empty": _("the file holds no credit"),
    "column_missing": _("a column is missing"),
    "date": _("the date cannot be read"),
    "amount": _("the amount cannot be read, or is not plausible"),
    "currency": _("the currency is not CNY"),
    "reference_missing": _("the bank's reference is missing"),
    "duplicate_in_file": _("the bank's reference is in the file twice"),
    "already_imported": _("this line was imported before"),
}

VALUE_PROBLEMS: Final[Mapping[str, str | Promise]] = {
    "text_too_long": _("the text is too long"),
    "text_unprintable": _("the text holds characters that cannot be printed"),
    "number_too_large": _("the number is too large"),
    "time_too_far": _("the date lies too far away"),
    "too_many": _("there are too many entries"),
    "file_too_large": _("the file is too large"),
    "currency_unknown": _("the currency is not known"),
}

ITEM_KINDS: Final[Mapping[str, str | Promise]] = {
    "number": _("Number"),
    "sim": _("SIM card"),
    "plan": _("Plan"),
    "add_on": pgettext_lazy("offer", "Add-on"),
    "prepay": _("Prepayment"),
    "goods": _("Goods"),
    "card": _("Recharge card"),
}

CONDITIONS: Final[Mapping[str, str | Promise]] = {
    "good": pgettext_lazy("goods are", "good"),
    "defective": pgettext_lazy("goods are", "defective"),
}

UNIT_STATES: Final[Mapping[str, str | Promise]] = {
    "in_stock": pgettext_lazy("goods are", "in stock"),
    "in_transit": pgettext_lazy("goods are", "on the way"),
    "held": pgettext_lazy("goods are", "held for an order"),
    "sold": pgettext_lazy("goods are", "sold"),
    "used": pgettext_lazy("goods are", "used"),
    "defective": pgettext_lazy("goods are", "defective"),
    "missing": pgettext_lazy("goods are", "missing"),
    "expired": pgettext_lazy("goods are", "expired"),
    "written_off": pgettext_lazy("goods are", "written off"),
}

DOCUMENT_STATES: Final[Mapping[str, str | Promise]] = {
    "asked": pgettext_lazy("document is", "not decided"),
    "accepted": pgettext_lazy("document is", "accepted"),
    "declined": pgettext_lazy("document is", "declined"),
    "dispatched": pgettext_lazy("document is", "under way"),
    "received": pgettext_lazy("document is", "received"),
    "cancelled": pgettext_lazy("document is", "cancelled"),
    "open": pgettext_lazy("document is", "open"),
    "closed": pgettext_lazy("document is", "closed"),
    "checking": pgettext_lazy("document is", "being checked"),
    "refused": pgettext_lazy("document is", "refused"),
    "checked": pgettext_lazy("document is", "checked"),
    "loading": pgettext_lazy("document is", "being loaded"),
    "loaded": pgettext_lazy("document is", "loaded"),
    "discarded": pgettext_lazy("document is", "discarded"),
}

NUMBER_STATES: Final[Mapping[str, str | Promise]] = {
    "free": pgettext_lazy("number state", "free"),
    "reserved": pgettext_lazy("number state", "on hold"),
    "paid": pgettext_lazy("number state", "paid for"),
    "bound": pgettext_lazy("number state", "being sold, or in a pack"),
    "active": pgettext_lazy("number state", "in use"),
    "cancelled": pgettext_lazy("number state", "given up"),
    "resting": pgettext_lazy("number state", "resting"),
}

NUMBER_FIELDS: Final[Mapping[str, str | Promise]] = {
    "suffix": pgettext_lazy("field of numbers", "last digits"),
    "anywhere": pgettext_lazy("field of numbers", "digits anywhere"),
    "starts": pgettext_lazy("field of numbers", "first digits"),
    "pattern": pgettext_lazy("field of numbers", "pattern"),
    "grade": pgettext_lazy("field of numbers", "grade"),
    "price": pgettext_lazy("field of numbers", "price"),
    "price_max": pgettext_lazy("field of numbers", "highest price"),
    "monthly_floor": pgettext_lazy("field of numbers", "monthly floor"),
    "code": pgettext_lazy("field of numbers", "code"),
    "name_zh": pgettext_lazy("field of numbers", "Chinese name"),
    "name_en": pgettext_lazy("field of numbers", "English name"),
    "position": pgettext_lazy("field of numbers", "place in lists"),
    "on": pgettext_lazy("field of numbers", "switched on"),
}

COMPLAINT_STATES: Final[Mapping[str, str | Promise]] = {
    "acknowledged": pgettext_lazy("the complaint", "waits for somebody to work on it"),
    "inProgress": pgettext_lazy("the complaint", "is being worked on"),
    "resolved": pgettext_lazy("the complaint", "was answered"),
    "closed": pgettext_lazy("the complaint", "is closed"),
    "cancelled": pgettext_lazy("the complaint", "was withdrawn"),
}
APPOINTMENT_STATES: Final[Mapping[str, str | Promise]] = {
    "completed": pgettext_lazy("the appointment", "was kept"),
    "cancelled": pgettext_lazy("the appointment", "was cancelled"),
    "failed": pgettext_lazy("the appointment", "was missed"),
}
REQUEST_STATES: Final[Mapping[str, str | Promise]] = {
    "waiting": pgettext_lazy("the customer", "still waits"),
    "taken": pgettext_lazy("the customer", "talks with somebody"),
    "done": pgettext_lazy("the customer", "was talked with"),
    "abandoned": pgettext_lazy("the customer", "has left"),
}

DECLINES: Final[Mapping[str, str | Promise]] = {
    "no-card": pgettext_lazy("why not paid", "no card is bound to the line (bind one: BK)"),
    "insufficient-funds": pgettext_lazy("why not paid", "there is not enough money on the card"),
    "limit": pgettext_lazy("why not paid", "it is more than the card's limit"),
    "expired": pgettext_lazy("why not paid", "the card, or the time to pay, has run out"),
    "timed-out": pgettext_lazy("why not paid", "the time to pay has run out"),
    "cancelled": pgettext_lazy("why not paid", "you have cancelled it"),
    "declined": pgettext_lazy("why not paid", "the card's bank has declined it"),
    "no-cash": pgettext_lazy("why not paid", "no notes were put in"),
    "wrong-amount": pgettext_lazy("why not paid", "another amount was put in"),
}

FRONT_TEXTS: Final[Mapping[str, str | Promise]] = {
    "label": pgettext_lazy("text of a front", "name of the entry"),
    "greeting": pgettext_lazy("text of a front", "greeting"),
    "advertising": pgettext_lazy("text of a front", "advertising line"),
    "closed": pgettext_lazy("text of a front", "what is said while it is closed"),
    "off": pgettext_lazy("text of a front", "what is said while it is switched off"),
}

KIND_OF_FIELD: Final[Mapping[str, Mapping[str, str | Promise]]] = {
    "business": BUSINESSES,
    "purpose": BUSINESSES,
    "item_kind": ITEM_KINDS,
    "state": STATES,
    "wanted": STATES,
    "line_state": LINE_STATES,
    "channel_kind": CHANNEL_KINDS,
    "market": MARKETS,
    "part": PARTS,
    "organization_kind": ORGANIZATION_KINDS,
    "parent_kind": ORGANIZATION_KINDS,
    "because": REASONS_OF_INELIGIBILITY,
    "field": {**PERSONAL_FIELDS, **NUMBER_FIELDS, **channel_terms.OUTLET_FIELDS},
    "number_state": NUMBER_STATES,
    "person_role": PERSON_ROLES,
    "missing": IN_DOSSIERS,
    "picture": IN_DOSSIERS,
    "problems": PASSWORD_PROBLEMS,
    "problem": VALUE_PROBLEMS,
    "weakness": WEAKNESSES,
    "need": NEEDS,
    "unit_state": UNIT_STATES,
    "condition": CONDITIONS,
    "requisition_state": DOCUMENT_STATES,
    "count_state": DOCUMENT_STATES,
    "bulk_state": DOCUMENT_STATES,
    "complaint_state": COMPLAINT_STATES,
    "appointment_state": APPOINTMENT_STATES,
    "request_state": REQUEST_STATES,
    "text": FRONT_TEXTS,
    "declined": DECLINES,
    "policy_state": commission_terms.POLICY_STATES,
    "case_problem": commission_terms.CASE_PROBLEMS,
    **process_terms.FIELDS,
}


def term(field: str, code: str) -> str:
    """Return the words for a code that stands in a field of that name, or the code itself."""
    if field == "role":
        role = roles.get(code)
        return named(role) if role else code
    if field == "label":
        return menu_terms.label(code)
    if field in ("where", "other"):
        return menu_terms.path(code)
    if field == "document_kind":
        return next((named(kind) for kind in document_kinds() if kind.code == code), code)
    return str(KIND_OF_FIELD.get(field, {}).get(code, code))


def row_error(error: RowError) -> str:
    """Say what is wrong with a row of a file: `Row 3: the date cannot be read (2026-13-01)`."""
    problem = str(ROW_PROBLEMS.get(error.problem, error.problem))
    text = f"{problem} ({error.detail})" if error.detail else problem
    return (
        gettext("Row %(row)s: %(text)s") % {"row": error.row, "text": text} if error.row else text
    )
