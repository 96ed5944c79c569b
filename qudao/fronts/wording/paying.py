"""Refusals of customers' payments."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "checkout.cards_unavailable": _(
        "The bank does not answer just now. Nothing was changed; try again in a few minutes."
    ),
    "checkout.payment_past": _(
        "This payment has been decided meanwhile (%(state)s). Look at it again."
    ),
    "checkout.payment_unknown": _(
        "There is no such payment, or it is not yours. Look among your payments."
    ),
    "checkout.reason_missing": _("Say how it was settled: by which transfer, at which hall."),
    "paying.means_missing": _(
        "This way of paying is not open here just now. Choose another one, or come again later."
    ),
    "paying.payment_declined": _(
        "It was not paid: %(declined)s. Nothing was bought; pay in another way, or try again."
    ),
    "paying.payment_given_up": _(
        "It was not bought, and nothing is taken from you. Begin again when you like."
    ),
    "paying.payment_unreached": _(
        "The payment service is not reached just now. Nothing was bought and nothing is taken; "
        "try again in a few minutes."
    ),
    "paying.payment_unsettled": _(
        "Whether it was paid is not known yet. Do not pay again: a short message will tell you "
        "what came of it."
    ),
}
