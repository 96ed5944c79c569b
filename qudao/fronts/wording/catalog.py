"""Refusals of the catalogue."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "catalog.amount_out_of_range": _(
        "This amount is not taken: from %(minimum)s to %(maximum)s, in steps of %(step)s. Enter "
        "another amount."
    ),
    "catalog.backdated": _(
        "It may begin now or later, not at %(valid_from)s: what was sold stays as it was. "
        "Choose a later moment."
    ),
    "catalog.beyond_own_branch": _(
        "What holds for all branches is not for one branch to change. Ask the province."
    ),
    "catalog.branch_expected": _(
        "Shelves belong to branches, and this is a %(organization_kind)s. Choose a branch."
    ),
    "catalog.business_unknown": _("There is no business %(business)s. Choose one of the list."),
    "catalog.not_eligible": _(
        "This is not for this customer or this market (%(because)s). Offer something else."
    ),
    "catalog.not_on_shelf": _(
        "%(offering)s is not on the shelf of your branch now. Offer something else."
    ),
    "catalog.offering_code_taken": _(
        "There is an offering %(offering)s already. Choose another code."
    ),
    "catalog.offering_field_invalid": _(
        "A field has no sensible value: %(field)s. Correct it and send it again."
    ),
    "catalog.offering_unknown": _("There is no offering %(offering)s. Choose one of the list."),
    "catalog.period_empty": _(
        "It would end (%(valid_until)s) before it begins (%(valid_from)s). Correct the dates."
    ),
    "catalog.rate_out_of_range": _(
        "A discount lies between nothing and the whole face value: %(rate_ppm)s parts per "
        "million is not possible."
    ),
    "catalog.unfit_for_channel": _(
        "%(business)s is not meant for this kind of channel (%(channel_kind)s, %(market)s). "
        "Send the customer to a hall."
    ),
    "catalog.version_expired": _("%(offering)s is not sold now. Offer something else."),
    "catalog.version_planned": _(
        "Version %(number)s, from %(valid_from)s on, was published before. End it first, or "
        "begin later."
    ),
}
