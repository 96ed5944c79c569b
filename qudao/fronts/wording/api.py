"""Refusals of the HTTP API."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "api.outlet_not_named": _("Your token belongs to no outlet: name the outlet in the request."),
    "api.no_membership": _(
        "This account may act nowhere at the moment: its membership was suspended or has ended. "
        "Ask the owner of the outlet."
    ),
    "api.no_receipt": _("A reversal has no receipt of its own: look at the sale's."),
    "api.not_yet_printed": _("The receipt can be read once it has been printed. Print it first."),
    "api.no_card_sold": _(
        "This order has no PIN to show: it sold no recharge card, or is not completed. "
        "Look at the order first."
    ),
    "api.not_signed": _(
        "The customer has to sign: send the signature, or the name that they let you type."
    ),
    "api.nothing_to_sign": _(
        "Only the contract of an opening is signed; this is something else (%(purpose)s). "
        "Submit it without one."
    ),
    "api.price_not_said": _(
        "Send the price that the customer was shown. Try it first to learn what it is."
    ),
    "api.too_many_days": _("A report covers at most %(days)s days. Ask for fewer."),
}
