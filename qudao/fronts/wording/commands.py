"""Refusals of commands in general."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "commands.not_permitted": _(
        "Your role does not allow this (%(permission)s). Ask the owner of your outlet or your "
        "channel manager."
    ),
    "commands.value_not_usable": _(
        "The value of “%(argument)s” cannot be used: %(problem)s. Correct it and send it again."
    ),
    "commands.key_reused": _(
        "This form was already sent with other content, and that was carried out. Look at the "
        "order that it made, or start anew."
    ),
    "commands.busy": _(
        "Others are working on the same thing at this moment. Nothing was changed: try again in a "
        "few seconds."
    ),
    "commands.authority_changed": _(
        "What your account may do has just been changed. Nothing was done: send it again."
    ),
    "commands.parked_not_found": _(
        "No such request waits for approval in your area. It may have been decided already."
    ),
    "commands.already_decided": _(
        "Somebody has decided this request already (%(state)s). Nothing more is to be done."
    ),
    "commands.own_command": _("You made this request yourself: a second person has to approve it."),
}
