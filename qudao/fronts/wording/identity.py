"""Refusals of accounts and tokens."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "identity.account_not_found": _("There is no such account where you may look (%(account)s)."),
    "identity.invalid_expiry": _("The expiry lies in the past or too far ahead. Choose another."),
    "identity.invalid_language": _(
        "The platform does not speak %(language)s. Choose Chinese or English."
    ),
    "identity.invalid_phone": _(
        "That is no mobile number: it has 11 digits and begins with 13 to 19."
    ),
    "identity.invalid_username": _(
        "%(username)s cannot be a user name: 3 to 64 small letters, digits, dots or hyphens, "
        "beginning with a letter."
    ),
    "identity.own_account": _("You cannot do this to your own account. Ask somebody else who may."),
    "identity.phone_taken": _(
        "Another account signs in with this mobile number. Enter another, or none."
    ),
    "identity.same_password": _("The new password is the old one. Choose another."),
    "identity.session_not_found": _("This session (%(session)s) is over already."),
    "identity.token_not_found": _("There is no such token where you may look (%(token)s)."),
    "identity.token_not_live": _(
        "The token was revoked, has expired or was replaced (%(token)s). Issue a new one."
    ),
    "identity.too_many_tokens": _(
        "An account has at most %(limit)s live tokens. Revoke one first."
    ),
    "identity.username_taken": _("The user name %(username)s is in use. Choose another."),
    "identity.weak_password": _(
        "The password is too weak: %(problems)s. Choose a longer one that nobody would guess."
    ),
    "identity.wrong_password": _("The current password is not right. Try again."),
}
