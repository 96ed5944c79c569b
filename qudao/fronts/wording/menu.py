"""Refusals of what the menu's items do themselves."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "menu.due_first": _(
        "%(due)s is due on this line. Pay that first, and the line works again by itself."
    ),
    "menu.no_appointment": _("You have no appointment with us. Book one when you need one."),
}
