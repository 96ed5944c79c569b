"""Refusals of service passwords, one-time codes and the proof that a line is the caller's."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "credential.code_expired": _("This code is not valid any more. Ask for another one."),
    "credential.code_too_soon": _(
        "A code was sent a moment ago. Wait for it; you can ask for another one at %(again_at)s."
    ),
    "credential.code_wrong": _(
        "That is not the code that was sent. Look at it again; tries left: %(tries_left)s."
    ),
    "credential.document_differs": _(
        "The line was opened with another document. Use that one, or another way to prove the line "
        "(tries left: %(tries_left)s)."
    ),
    "credential.line_credential_unknown": _(
        "Nothing is known of a service password of this line (%(line)s). Look it up by its number."
    ),
    "credential.line_locked": _(
        "After too many wrong tries this line is locked until %(until)s. Have the service password "
        "reset by a one-time code, or at a hall with your identity document."
    ),
    "credential.line_not_locked": _("The line is not locked. It can be tried as it is."),
    "credential.not_a_line": _(
        "%(number)s is no mobile number. Enter its eleven digits, which begin with 13 to 19."
    ),
    "credential.password_same": _("The new service password is the old one. Choose other digits."),
    "credential.password_weak": _(
        "Choose another service password: %(weakness)s. It has %(digits)s digits that nobody "
        "guesses."
    ),
    "credential.password_wrong": _(
        "The service password is not right. Try again (tries left: %(tries_left)s); if you have "
        "forgotten it or never had one, set one by a one-time code or at a hall."
    ),
    "credential.policy_out_of_range": _(
        "Choose a value from %(least)s to %(most)s for this rule (%(field)s)."
    ),
    "credential.reason_missing": _("Give a reason of at least two characters."),
    "credential.step_up_needed": _(
        "Prove first that the line is yours (%(need)s): by the service password, a one-time code, "
        "or your identity document at a kiosk."
    ),
    "credential.too_many_codes": _(
        "Enough codes were asked for. You can ask again at %(again_at)s; until then use the "
        "service password, or go to a hall with your identity document."
    ),
    "credential.too_many_tries": _(
        "Too many wrong tries came from here. Try again at %(until)s, or go to a hall."
    ),
}
