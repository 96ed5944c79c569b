"""Refusals about organizations, individuals and members."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "party.organization_not_found": _(
        "There is no such organization in your area. Look it up in the list."
    ),
    "party.individual_not_found": _("There is no such person in your area."),
    "party.membership_not_found": _("There is no such member in your area."),
    "party.invalid_code": _(
        "“%(organization_code)s” is no code: use capital letters, digits and dashes, at most 32."
    ),
    "party.invalid_name": _("Enter a name of at most 100 characters."),
    "party.duplicate_code": _(
        "The code %(organization_code)s is taken. Choose another one."
    ),
    "party.wrong_level": _(
        "Such an organization cannot stand there: group, province, branch, county and outlet follow "
        "one another."
    ),
    "party.inside_itself": _("An organization cannot be moved below itself."),
    "party.unknown_role": _("There is no role “%(role)s”."),
    "party.role_not_at_level": _("The role %(role)s does not exist at such an organization."),
    "party.role_not_appointable": _(
        "You cannot give or take away the role %(role)s. Ask somebody above you."
    ),
    "party.period_overlaps": _("The person has the role %(role)s there already."),
    "party.membership_is_over": _(
        "This membership has ended. To let the person work again, add a new one."
    ),
    "party.already_suspended": _("This member is suspended already."),
    "party.not_suspended": _("This member is not suspended."),
    "party.own_membership": _("You cannot change your own membership. Ask somebody else."),
    "party.invalid_document": _(
        "This is no valid document number. Check it digit by digit against the document."
    ),
    "party.invalid_contact_phone": _("A mobile number has 11 digits and begins with 13 to 19."),
    "party.document_registered": _(
        "Another person is registered with this document. Search for it before you go on."
    ),
    "party.reason_missing": _("Give a reason of at least two characters; it is recorded."),
    "party.nothing_to_reveal": _("This is not known of the person."),
}
