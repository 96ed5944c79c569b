"""Refusals of messaging."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "messaging.text_not_sendable": _(
        "A message needs a text, of at most %(longest)s characters. Change it."
    ),
    "messaging.lifetime_out_of_range": _(
        "A message is worth sending for at least one second and at most %(longest_s)s. Change it."
    ),
}
