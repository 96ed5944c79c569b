"""Refusals of drawers, payments and bank statements."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "payment.amount_invalid": _(
        "The amount %(amount)s is not possible: more than zero, at most %(maximum)s."
    ),
    "payment.branch_expected": _(
        "Bank accounts belong to branches that you may see (%(branch)s). Choose a branch."
    ),
    "payment.difference_unexplained": _(
        "The drawer differs by %(difference)s: write down why before you close it."
    ),
    "payment.drawer_already_open": _(
        "You have had an open drawer since %(opened_at)s. Count and close it first."
    ),
    "payment.drawer_closed": _("This drawer was closed at %(closed_at)s. Open a new one."),
    "payment.drawer_not_found": _("There is no such drawer where you may look (%(drawer)s)."),
    "payment.format_unknown": _("The format %(format)s is not known. Choose one of the list."),
    "payment.line_decided": _("This line has been decided already (%(state)s)."),
    "payment.line_not_found": _("There is no such line where you may look (%(line)s)."),
    "payment.method_unknown": _("A hall takes cash and cards, not %(method)s."),
    "payment.no_open_drawer": _(
        "You have no open drawer at this hall. Open one and count the float first."
    ),
    "payment.not_a_hall": _("Money is taken at the operator's own halls only (%(hall)s)."),
    "payment.not_own_drawer": _("Only the clerk who opened a drawer counts and closes it."),
    "payment.not_taken_at_hall": _(
        "Only what a hall took in cash or by card can be taken back. Correct the wallet by hand."
    ),
    "payment.outlet_not_in_branch": _(
        "This outlet is not of your branch (%(outlet)s). Send it to a hall of its own branch."
    ),
    "payment.payment_archived": _(
        "Pay-ins of %(month)s are in the archive (%(payment)s), and their receipts with them. Ask "
        "the support centre, which can have the month brought back."
    ),
    "payment.payment_not_found": _("There is no such payment where you may look (%(payment)s)."),
    "payment.payment_taken_back_already": _(
        "This pay-in was taken back already at %(taken_back_at)s."
    ),
    "payment.reason_missing": _("Give a reason."),
    "payment.reference_missing": _("A card payment needs the number of its slip."),
    "payment.statement_invalid": _(
        "The file was refused as a whole, nothing was taken. Faults: %(count)s. (%(errors)s)"
    ),
    "payment.taking_back_too_late": _(
        "A pay-in is taken back on its own day only, %(business_date)s. Correct the wallet by hand."
    ),
}
