"""Refusals about accounts, tokens and sessions."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "identity.account_not_found": _("There is no such account within your reach."),
    "identity.own_account": _("You cannot do this to your own account. Ask somebody else."),
    "identity.invalid_username": _(
        "“%(username)s” is no user name: 3 to 64 small letters, digits, dots and dashes, beginning "
        "with a letter."
    ),
    "identity.username_taken": _("The user name %(username)s is taken. Choose another one."),
    "identity.invalid_phone": _("A mobile number has 11 digits and begins with 13 to 19."),
    "identity.phone_taken": _(
        "Another account signs in with this number. Give another one, or none."
    ),
    "identity.weak_password": _(
        "This password is too easy to guess. Take at least 8 characters: not only digits, no common "
        "password, unlike the user name."
    ),
    "identity.wrong_password": _("The current password is not right."),
    "identity.same_password": _("The new password has to differ from the current one."),
    "identity.invalid_language": _("The platform does not speak “%(language)s”."),
    "identity.token_not_found": _("There is no such token within your reach."),
    "identity.token_not_live": _(
        "This token was revoked or replaced, or has expired. Issue a new one."
    ),
    "identity.too_many_tokens": _(
        "The account has %(limit)s live tokens, as many as it may have. Revoke one first."
    ),
    "identity.invalid_expiry": _(
        "The end lies in the past or too far ahead. An old token may go on for at most 30 days."
    ),
    "identity.session_not_found": _("This session has ended already."),
}
