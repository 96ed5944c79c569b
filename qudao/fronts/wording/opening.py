"""Refusals of openings."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "opening.not_a_plan": _(
        "%(offering)s is no plan: an account is opened on a plan. Choose one from the list."
    ),
    "opening.not_an_add_on": _(
        "%(offering)s is no add-on, or was chosen twice. Choose each add-on once from the list."
    ),
    "opening.number_missing": _("Choose a number first, or scan a card that carries one."),
    "opening.pack_has_number": _(
        "This card carries the number %(number)s already. Release the other number, or "
        "take a blank card."
    ),
    "opening.prepay_too_low": _(
        "Too little is paid in advance: the first month costs %(minimum)s. Take at least that."
    ),
    "opening.plan_below_floor": _(
        "This number needs a plan of at least %(floor)s a month, the plan costs %(fee)s. "
        "Choose a bigger plan or another number."
    ),
    "opening.price_changed": _(
        "The price has changed: it is %(total)s now. Look at it again with the customer."
    ),
}
