"""Refusals of the fronts' configuration."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "echannel.front_unknown": _("There is no front %(front)s. Choose one of the list."),
    "echannel.group_invalid": _(
        "%(group)s is no code of a group of customers. Use small letters, digits and underscores."
    ),
    "echannel.item_unknown": _("The menu has no item %(item)s. Choose one of the list."),
    "echannel.entry_invalid": _(
        "“%(where)s” leads nowhere. Choose an item, or give the folder a name in both languages "
        "and put something into it."
    ),
    "echannel.entry_twice": _(
        "%(item)s stands in the same place twice (%(where)s). Take one of them away."
    ),
    "echannel.too_many_entries": _(
        "This front shows at most %(limit)s entries at one level (%(where)s). Put some of them "
        "into a folder, or leave them out."
    ),
    "echannel.too_deep": _(
        "This front has at most %(limit)s levels. Move what is in “%(where)s” further up."
    ),
    "echannel.digit_not_possible": _(
        "“%(where)s” cannot have the digit %(digit)s. Possible are: %(possible)s."
    ),
    "echannel.digit_taken": _(
        "“%(where)s” and “%(other)s” have the same digit %(digit)s. Give one of them another."
    ),
    "echannel.keyword_not_possible": _(
        "“%(keyword)s” cannot be a keyword of “%(where)s”: either this front has none, or it is "
        "too long, digits alone, or a word that every dialogue understands. Choose another."
    ),
    "echannel.keyword_taken": _(
        "“%(where)s” and “%(other)s” have the same keyword “%(keyword)s”. Give one of them another."
    ),
    "echannel.keyword_ambiguous": _(
        "The keyword “%(keyword)s” of “%(where)s” and one of “%(other)s” differ by digits only, "
        "and digits after a keyword are an answer. Choose another."
    ),
    "echannel.text_missing": _(
        "A text is missing, or there in one language only: %(text)s (%(where)s). Write it in both."
    ),
    "echannel.text_too_long": _(
        "A text is too long for this front: %(text)s (%(where)s) has %(length)s characters of at "
        "most %(limit)s. Shorten it."
    ),
    "echannel.hours_invalid": _(
        "The opening hours make no sense. Write lines such as: mon-fri 08:30-18:00."
    ),
    "echannel.document_unreadable": _(
        "This file holds no menu of a front (%(reason)s). Fetch one as a file to see how it looks."
    ),
    "echannel.document_of_another_front": _(
        "This file was written for another front: %(front)s. Choose that one, or another file."
    ),
    "echannel.configuration_unknown": _(
        "Nothing is arranged there yet (%(front)s). Save a draft first."
    ),
    "echannel.version_unknown": _("There is no version %(number)s. Choose one of the list."),
    "echannel.draft_changed": _(
        "Somebody else has changed the draft since you read it (it was saved %(edition)s times). "
        "Open it again and look at it."
    ),
    "echannel.no_draft": _("There is no draft any more. Open the page again."),
    "echannel.nothing_published": _(
        "Nothing is shown then or later. There is nothing to withdraw: look at the dates."
    ),
    "echannel.not_off": _("It is not switched off. There is nothing to do."),
    "echannel.starts_in_the_past": _(
        "It may begin now or later, not at %(valid_from)s. Choose a later moment."
    ),
    "echannel.ends_before_start": _(
        "It would end (%(valid_until)s) before it begins (%(valid_from)s). Correct the dates."
    ),
    "echannel.beyond_own_branch": _(
        "What holds for all branches is not for one branch to change. Ask the province."
    ),
    "echannel.branch_expected": _(
        "Fronts are arranged for branches, and this is a %(organization_kind)s. Choose a branch."
    ),
}
