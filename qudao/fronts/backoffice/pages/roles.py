"""Who may do what: the roles with their grants, as they are declared."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext_lazy

from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.looks import permission_words
from qudao.platform.identity.roles import grants_of
from qudao.platform.identity.roles import roles as declared


def roles(desk: Desk) -> HttpResponse:
    shown = [role for role in declared.values() if role.levels]
    chosen = declared.get(desk.request.GET.get("role", ""), shown[0])
    grants = sorted((permission_words(code), code) for code in grants_of(chosen.code))
    return desk.page("roles", roles=shown, picked=chosen, held=grants)


pages.register("roles")(
    Page(
        code="roles",
        title=gettext_lazy("Roles"),
        group="people",
        position=3,
        icon="lock",
        permissions=frozenset({"party.read"}),
        views=(("roles/", roles, "roles"),),
    )
)
