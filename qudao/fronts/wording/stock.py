"""Refusals of goods."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "stock.bulk_state_wrong": _(
        "This cannot be done with the file now: it is %(bulk_state)s. Send a new file if need be."
    ),
    "stock.bulk_unknown": _("There is no such file where you may look (%(bulk)s)."),
    "stock.card_expired": _(
        "The card %(serial)s was good until %(expires_on)s. Take it off the shelf and send it back."
    ),
    "stock.card_used": _(
        "The card %(serial)s has been used before. Ask the customer whether the value has arrived."
    ),
    "stock.condition_unknown": _("Goods are good or defective, not %(condition)s."),
    "stock.cost_invalid": _("The cost %(cost)s is not possible. Enter zero or more."),
    "stock.count_open": _("Somebody is counting here already. Go on with that count, or end it."),
    "stock.count_over": _("This count is %(count_state)s. Open a new one."),
    "stock.count_unknown": _("There is no such count where you may act (%(count)s)."),
    "stock.file_empty": _("The file is empty, or larger than 32 MB. Choose another, or split it."),
    "stock.file_kind_unknown": _("Files of the kind %(file_kind)s are not known. Choose another."),
    "stock.item_code_taken": _("There are goods with the code %(item)s. Choose another code."),
    "stock.item_invalid": _(
        "%(item)s cannot be kept like this. Give a code of capitals and digits, a kind, names in "
        "both languages, and prices of zero or more."
    ),
    "stock.item_unknown": _("There are no such goods here (%(item)s). Choose from the list."),
    "stock.not_in_delivery": _(
        "%(serial)s was not sent with this delivery, or has arrived before. Put it aside."
    ),
    "stock.not_sold_by_order": _(
        "This order did not sell %(serial)s, or not so much of it. Check the receipt."
    ),
    "stock.number_packed": _(
        "The card or the number is part of a pack already (%(number)s). Take it apart first."
    ),
    "stock.outcome_unknown": _("What is missing was lost, or had stayed: not %(outcome)s."),
    "stock.pin_missing": _(
        "The PIN of %(serial)s cannot be: recharge cards have one of 12 to 20 digits that no other "
        "card has, other goods have none. Check the delivery."
    ),
    "stock.pin_shown_already": _(
        "The PIN of %(serial)s was shown at %(shown_at)s. To see it again, ask for it with a "
        "reason: a second person decides."
    ),
    "stock.pin_wrong": _("No card that was sold has this PIN. Check the digits with the customer."),
    "stock.place_unknown": _("Goods cannot lie or go there (%(place)s). Choose another place."),
    "stock.purchase_unpaid": _(
        "With this delivery goods change their owner, so money has to move too. Receive it on the "
        "page of deliveries."
    ),
    "stock.quantity_invalid": _(
        "The quantity %(quantity)s is not possible here. Check it; goods with serials are named by "
        "them, each once."
    ),
    "stock.range_invalid": _(
        "From %(first)s to %(last)s is no range. Check the order and the check digits."
    ),
    "stock.reason_missing": _("Give a reason."),
    "stock.requisition_state_wrong": _(
        "This cannot be done with it now: it is %(requisition_state)s. Look at it again."
    ),
    "stock.requisition_unknown": _(
        "There is no such delivery where you may act (%(requisition)s)."
    ),
    "stock.serial_invalid": _(
        "%(serial)s cannot be: it is too short, too long, or its check digit is wrong. Scan again."
    ),
    "stock.serial_taken": _("%(serial)s was taken in before, or comes twice. Take it out."),
    "stock.state_unknown": _("Goods that are %(unit_state)s cannot be treated so. Choose another."),
    "stock.stock_short": _(
        "There is not so much of %(item)s here: %(available)s left. Take less, or ask for more."
    ),
    "stock.outlets_own": _(
        "This belongs to the outlet. Send it back by a return, so that the outlet is paid."
    ),
    "stock.terms_mixed": _(
        "What was bought and what is on consignment go back separately. Make two returns of it."
    ),
    "stock.terms_unknown": _("Goods are on consignment or bought, not %(terms)s."),
    "stock.unit_elsewhere": _(
        "%(serial)s lies at another place in the books. Take another one and tell the branch."
    ),
    "stock.unit_not_for_sale": _(
        "%(serial)s cannot be taken: it is %(unit_state)s. Take another one."
    ),
    "stock.unit_unknown": _("Nothing with the serial %(serial)s was ever taken in. Scan again."),
}
