"""Refusals of identification, dossiers and the blacklist."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "customer.another_number": _(
        "This dossier is about another line (%(number)s). Begin anew for this one."
    ),
    "customer.birth_date_invalid": _(
        "The date of birth is not possible, or not the one in the document's number. Read it from "
        "the document again."
    ),
    "customer.birth_date_missing": _(
        "Give the date of birth: the number of this document does not tell it (%(document_kind)s)."
    ),
    "customer.blacklist_entry_unknown": _(
        "There is no such entry, or it was lifted before (%(entry)s)."
    ),
    "customer.blacklisted": _(
        "This document is on the blacklist: %(reason)s (last day: %(until)s). Nothing can be done "
        "for it; send the person to a hall."
    ),
    "customer.contract_unreadable": _(
        "The contract could not be stored. Go back a step and let it be signed again."
    ),
    "customer.country_missing": _(
        "Give the country that issued the document, by its three letters (%(document_kind)s)."
    ),
    "customer.customer_unknown": _("There is no such customer where you may look (%(customer)s)."),
    "customer.document_expired": _(
        "The document was valid until %(valid_until)s. Ask for one that is valid."
    ),
    "customer.document_kind_unknown": _(
        "Nobody can be identified by this kind of document (%(document_kind)s). Choose one of the "
        "list."
    ),
    "customer.document_number_invalid": _(
        "That is no number of this kind of document (%(document_kind)s): compare all its "
        "characters, or choose another kind."
    ),
    "customer.dossier_closed": _(
        "Nothing can be changed in this dossier any more: it is %(state)s. Begin a new one."
    ),
    "customer.dossier_incomplete": _("Still missing: %(missing)s. Add it, then go on."),
    "customer.dossier_unknown": _("There is no such dossier where you may look (%(dossier)s)."),
    "customer.expiry_invalid": _(
        "Check the last day of the document: such a document (%(document_kind)s) cannot have it."
    ),
    "customer.line_exists": _(
        "A line with the number %(number)s is there already. Choose another number."
    ),
    "customer.line_limit_reached": _(
        "There are %(most)s lines on this document already, and more are not allowed in the "
        "province. One has to be cancelled first."
    ),
    "customer.name_differs": _(
        "This document is known with another name or date of birth. Compare both with the "
        "document; if they are right, ask the customer service centre to correct what is known."
    ),
    "customer.name_invalid": _(
        "A name has letters only, with spaces or dots between them. Write it as in the document."
    ),
    "customer.not_an_adult": _("The %(person_role)s must be 18 or older. Identify somebody else."),
    "customer.not_known": _("This is not known of the customer: %(field)s."),
    "customer.not_the_owner": _(
        "The line %(number)s was opened with another document. Ask for the owner's, or send the "
        "person to a hall."
    ),
    "customer.number_invalid": _(
        "%(number)s is no mobile number: it has 11 digits and begins with 13 to 19."
    ),
    "customer.period_invalid": _(
        "An entry cannot end before it begins, or in the past. Choose a later last day."
    ),
    "customer.phone_invalid": _("That is no telephone number. Write it with its digits only."),
    "customer.picture_kind_unknown": _(
        "Pictures of this sort are not kept (%(picture)s). Choose one of the list."
    ),
    "customer.purpose_unknown": _(
        "Customers are not identified for this business (%(business)s). Choose another."
    ),
    "customer.reason_too_short": _("Give a reason of at least two characters."),
    "customer.same_person": _(
        "The %(person_role)s must be another person than the others. Identify somebody else."
    ),
    "customer.signature_blank": _("Nothing was signed. Let the customer sign in the field."),
}
