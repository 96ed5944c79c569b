"""The visitor's choice of language."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.views.i18n import set_language as django_set_language

from qudao.fronts.web.actor import asking
from qudao.platform.identity.operations import LANGUAGES
from qudao.platform.identity.operations import set_language as choose_language


def set_language(request: HttpRequest) -> HttpResponseBase:
    """Keep the language in a cookie, and in the account of somebody who has signed in."""
    language = request.POST.get("language", "")
    user = request.user
    if (
        request.method == "POST"
        and user.is_authenticated
        and language in LANGUAGES
        and user.language != language
    ):
        choose_language(asking(request).ctx_for(), language=language)
    return django_set_language(request)
