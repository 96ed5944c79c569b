"""The site: who may enter, its addresses, and what every page of it knows."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, include, path, reverse
from unfold.sites import UnfoldAdminSite

from qudao.fronts.backoffice import menu
from qudao.fronts.backoffice.desk import Page, View, at_office, pages
from qudao.fronts.web.actor import asking
from qudao.platform.backoffice.screen import screens
from qudao.platform.identity.models import ENTER_BACK_OFFICE


class OfficeSite(UnfoldAdminSite):  # type: ignore[misc]
    """Signing in and out is the sign-in front's; adding and deleting is nobody's."""

    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return (
            request.user.is_authenticated and ENTER_BACK_OFFICE in asking(request).ctx_for().grants
        )

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send a stranger to the sign-in page, and refuse who has no business here."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        if request.headers.get("HX-Request"):
            # A live part of a page whose session has ended: the page itself goes to sign in.
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        target = request.GET.get("next") or reverse("admin:index")
        if request.user.is_authenticated:
            return HttpResponseRedirect(reverse("admin:index"))
        return redirect_to_login(target)

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("account_logout"))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        return []  # the menu stands in its place

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        ctx = asking(request).ctx_for()
        return {
            **super().each_context(request),
            "menu": menu.of(self, ctx, request.path),
            "grants": ctx.grants,
            "acting": asking(request).authority.acting,
            "has_several": len(asking(request).authority.memberships) > 1,
        }

    def get_urls(self) -> list[URLPattern | URLResolver]:
        def wrap(page: Page, view: View) -> View:
            return self.admin_view(at_office(self, page, view))  # type: ignore[no-any-return]

        found: list[URLPattern | URLResolver] = [
            path("login/", self.login, name="login"),
            path("logout/", self.logout, name="logout"),
        ]
        for page in pages.values():
            found += [path(route, wrap(page, view), name=name) for route, view, name in page.views]
        for model, screen in self._registry.items():
            opts = model._meta
            found.append(path(f"{opts.app_label}/{opts.model_name}/", include(screen.urls)))
        return found

    @property
    def urls(self) -> tuple[Any, str, str]:
        return self.get_urls(), "admin", self.name

    def take_in(self) -> None:
        """Register the screens that packages have declared so far."""
        for model, screen in screens.items():
            if not self.is_registered(model):
                self.register(model, screen)


office = OfficeSite(name="office")
