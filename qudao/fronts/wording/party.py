"""Refusals of organizations and people."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "party.already_suspended": _("This person is suspended already (%(membership)s)."),
    "party.document_registered": _(
        "Somebody is registered with this document already. Look the person up instead."
    ),
    "party.duplicate_code": _("The code %(organization_code)s is in use. Choose another."),
    "party.individual_not_found": _("There is no such person where you may look (%(individual)s)."),
    "party.inside_itself": _(
        "An organization cannot move below itself (%(organization)s). Choose another place."
    ),
    "party.invalid_code": _(
        "%(organization_code)s cannot be a code. Use capital letters and digits."
    ),
    "party.invalid_contact_phone": _(
        "That is no mobile number: it has 11 digits and begins with 13 to 19."
    ),
    "party.invalid_document": _(
        "That is no document number: compare all its digits, the last one checks the others."
    ),
    "party.invalid_name": _("A name is missing or longer than a hundred characters."),
    "party.membership_is_over": _(
        "This person does not belong to the organization any more (%(membership)s). Admit the "
        "person anew."
    ),
    "party.membership_not_found": _("There is no such member where you may look (%(membership)s)."),
    "party.not_suspended": _("This person is not suspended (%(membership)s)."),
    "party.nothing_to_reveal": _("This is not known of the person: %(field)s."),
    "party.organization_not_found": _(
        "There is no such organization where you may look (%(organization)s)."
    ),
    "party.own_membership": _("You cannot change your own membership. Ask somebody else who may."),
    "party.period_overlaps": _("This person has the role %(role)s there already."),
    "party.reason_missing": _("Give a reason of at least two characters."),
    "party.role_not_appointable": _(
        "You may not give or take away the role %(role)s. Ask the level above."
    ),
    "party.role_not_at_level": _(
        "There is no role %(role)s at this level (%(organization_kind)s). Choose another."
    ),
    "party.unknown_role": _("There is no role %(role)s. Choose one of the list."),
    "party.wrong_level": _(
        "A %(organization_kind)s does not stand below a %(parent_kind)s. Choose another place."
    ),
}
