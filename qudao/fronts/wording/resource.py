"""Refusals of numbers."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "resource.branch_needed": _("Numbers and their prices belong to a branch. Choose a branch."),
    "resource.grade_invalid": _(
        "A field of the grade has no sensible value: %(field)s. Correct it and send it again."
    ),
    "resource.grade_unknown": _("There is no grade %(grade)s. Choose one of the list."),
    "resource.hold_expired": _(
        "The time to hold %(number)s was over at %(until)s. Look whether it is still free, and"
        " hold it again."
    ),
    "resource.hold_too_long": _(
        "A number can be held for at most %(most)s minutes, not for %(minutes)s. Choose less."
    ),
    "resource.hold_unknown": _(
        "Your outlet does not hold this number any more. Choose a number again."
    ),
    "resource.number_elsewhere": _(
        "%(number)s belongs to another branch. Choose a number of your own branch."
    ),
    "resource.number_state_wrong": _(
        "This is not possible with %(number)s in its state (%(number_state)s). Choose another"
        " number."
    ),
    "resource.number_taken": _(
        "%(number)s is not free any more: somebody else was faster. Choose another number."
    ),
    "resource.number_unknown": _(
        "There is no number %(number)s where you may look. Check it, or choose another."
    ),
    "resource.pattern_unknown": _(
        "There is no number pattern %(pattern)s. Choose one of the list."
    ),
    "resource.prefix_elsewhere": _(
        "Numbers that begin with %(prefix)s belong to another city. Leave them out."
    ),
    "resource.prefix_unknown": _(
        "%(prefix)s is no beginning of the operator's numbers: seven digits, with a network code"
        " such as 138. Correct it."
    ),
    "resource.price_backdated": _(
        "A price holds from now or later on, and ends after it begins (from %(valid_from)s)."
        " Choose other times."
    ),
    "resource.province_needed": _(
        "This holds for all branches, so only the province can change it. Ask the province."
    ),
    "resource.search_invalid": _(
        "The search cannot be understood: %(field)s. Enter 1 to 8 last digits, 3 to 6 digits"
        " anywhere, or choose from the lists."
    ),
    "resource.segment_loaded": _(
        "All numbers that begin with %(prefix)s are there already. Leave this prefix out."
    ),
    "resource.segment_unknown": _(
        "No numbers that begin with %(prefix)s were loaded where you may look. Check the prefix."
    ),
    "resource.too_many_holds": _(
        "Your outlet holds %(most)s numbers already. Release one, or sell it, before you hold"
        " another."
    ),
}
