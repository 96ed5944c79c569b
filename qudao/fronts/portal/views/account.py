"""One's own account: language, password, phone, where one is signed in."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qudao.domain.party import queries as party
from qudao.fronts.portal.desk import Desk, MenuItem, at_desk
from qudao.fronts.web.actor import asking
from qudao.platform.identity import queries as identity
from qudao.platform.identity.types import UserId


@require_GET
@at_desk
def account(desk: Desk) -> HttpResponse:
    user = UserId(desk.ctx.actor)
    links = [
        (_("Change the password"), "key", "account_change_password"),
        (_("Where you are signed in"), "device-laptop", "usersessions_list"),
        (_("Two-step sign-in"), "shield-check", "mfa_index"),
        (_("Mobile number for one-time codes"), "device-mobile", "account_change_phone"),
    ]
    if len(asking(desk.request).authority.memberships) > 1:
        links.append((_("Act for another outlet"), "building-store", "signin_acting"))
    return desk.page(
        "account",
        "account",
        account=identity.account(desk.ctx, user),
        own_name=party.own_name(user),
        links=[
            MenuItem(name, label, icon, url)
            for label, icon, name in links
            if (url := _address(name))
        ],
    )


def _address(name: str) -> str:
    """The address of a sign-in page, if this installation has it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
