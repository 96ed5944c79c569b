"""Refusals of pictures and of the files that are kept encrypted."""

from django.utils.translation import gettext_lazy as _

from qudao.fronts.wording.words import Words

WORDS: Words = {
    "vault.file_not_found": _("There is no such file where you may look (%(file)s)."),
    "vault.picture_too_large": _(
        "The picture has %(size)s bytes, at most %(most)s are stored. Take it again with a lower "
        "resolution."
    ),
    "vault.picture_unreadable": _(
        "That is no whole JPEG or PNG picture of a usable size. Take it again."
    ),
}
