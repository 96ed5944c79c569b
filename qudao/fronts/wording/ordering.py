"""Refusals of orders."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "ordering.balance_too_low": _(
        "Your wallet cannot pay for this: it costs %(price)s, %(available)s is available. Pay "
        "in at a hall or by transfer, then go on."
    ),
    "ordering.boss_unavailable": _(
        "The operator's system does not answer at the moment. Nothing was sold: try again in a"
        " minute."
    ),
    "ordering.day_limit_reached": _(
        "Your outlet has reached its limit for today: %(left)s is left. Ask your channel "
        "manager for a higher one."
    ),
    "ordering.not_a_mobile_number": _(
        "%(msisdn)s is no mobile number: it has 11 digits and begins with 13 to 19. Check it "
        "with the customer."
    ),
    "ordering.not_reversible": _(
        "This cannot be taken back: %(business)s, state %(state)s. Only completed payments and"
        " top-ups can."
    ),
    "ordering.order_archived": _(
        "Orders of %(month)s are in the archive (%(order)s). Ask the support centre, which can "
        "have the month brought back."
    ),
    "ordering.order_unknown": _("There is no such order where you may look (%(order)s)."),
    "ordering.reason_missing": _("Say why it is to be taken back."),
    "ordering.reversal_too_late": _(
        "It was sold on %(business_date)s: only sales of today can be taken back. The customer"
        " has to ask the operator."
    ),
    "ordering.sold_otherwise": _(
        "%(business)s is not sold by a number and an amount alone: choose it in the menu, where "
        "numbers, cards or goods are asked for too."
    ),
    "ordering.subscriber_not_found": _(
        "The operator has no line with the number %(msisdn)s. Check it with the customer."
    ),
    "ordering.unlocking_unknown": _(
        "The operator's system tells no PUK for %(msisdn)s. Go to one of our shops with the"
        " identity document of the line's owner."
    ),
    "ordering.wallet_is_frozen": _(
        "Your wallet is frozen: nothing can be sold. Ask your channel manager why."
    ),
    "ordering.wallet_missing": _(
        "Your outlet has no wallet yet. Ask your channel manager to open it."
    ),
}
