"""Refusals of dialogues."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "dialogue.dialogue_unknown": _(
        "This conversation is over, or was begun by somebody else. Begin again at the menu."
    ),
}
