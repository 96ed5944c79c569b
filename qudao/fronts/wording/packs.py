"""Refusals of pre-opened packs."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "packs.packs_uneven": _(
        "%(cards)s cards and %(numbers)s numbers do not make packs: there is one number "
        "for each card, at most %(most)s at once."
    ),
}
