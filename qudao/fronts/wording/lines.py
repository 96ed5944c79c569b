"""Refusals of what is done to lines."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "lines.sim_has_number": _("Card %(serial)s belongs to a number of its own. Take a blank card."),
    "lines.same_number": _("The line has the number %(number)s already. Choose another one."),
    "lines.dossier_for_other": _(
        "These papers were opened for something else (%(purpose)s). Begin anew."
    ),
    "lines.change_price_differs": _(
        "The price has changed: it is %(price)s now. Look at it again with the customer."
    ),
}
