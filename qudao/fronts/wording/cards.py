"""Refusals of recharge cards."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "cards.no_card_left": _(
        "There is no card of %(item)s left here to sell. Take another denomination, or order some."
    ),
    "cards.not_a_card": _("%(item)s is no recharge card that can be sold. Check what you scanned."),
}
