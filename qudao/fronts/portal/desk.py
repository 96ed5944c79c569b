"""Who stands at the outlet's desk: every view of the portal begins here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import Business
from qudao.domain.party.types import Acting, OrganizationId
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.types import OutletRecord
from qudao.fronts import wording
from qudao.fronts.design.templatetags.design import babel_locale
from qudao.fronts.web.actor import asking
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.context import Context
from qudao.platform.identity.models import User

P = ParamSpec("P")

STATUS = {
    Kind.INVALID: 422,
    Kind.NOT_FOUND: 404,
    Kind.FORBIDDEN: 403,
    Kind.CONFLICT: 409,
    Kind.UNAVAILABLE: 503,
}


@dataclass(frozen=True, slots=True)
class MenuItem:
    code: str
    label: str
    icon: str
    url: str


@dataclass(frozen=True)
class Desk:
    """One request of one person in the name of one outlet."""

    request: HttpRequest
    ctx: Context
    user: User
    acting: Acting
    outlet: OutletRecord

    @property
    def id(self) -> OrganizationId:
        return self.outlet.outlet

    @property
    def is_owner(self) -> bool:
        return self.acting.role == "outlet_owner"

    @property
    def kind_name(self) -> str:
        english = babel_locale().startswith("en")
        return self.outlet.kind_name_en if english else self.outlet.kind_name_zh

    def can(self, permission: str) -> bool:
        return permission in self.ctx.grants

    @cached_property
    def businesses(self) -> tuple[Business, ...]:
        """What this outlet may sell now, in the order of lists."""
        offered = {
            offer.business
            for offer in catalog.snapshot().offers(
                self.outlet.kind, self.outlet.market, self.outlet.path, self.ctx.at
            )
        }
        allowed = self.outlet.businesses
        return tuple(
            business
            for business in sorted(catalog.businesses().values(), key=lambda one: one.position)
            if business.code in offered and (allowed is None or business.code in allowed)
        )

    @property
    def sales(self) -> tuple[Business, ...]:
        """Of these, what is sold by a number and an amount; F1 is the first."""
        return tuple(business for business in self.businesses if not business.journey)

    @cached_property
    def menu(self) -> tuple[MenuItem, ...]:
        items = [
            MenuItem("home", _("Home"), "home", reverse("portal:home")),
            MenuItem("sell", _("Sell"), "shopping-bag", reverse("portal:sell_start")),
            MenuItem("orders", _("Orders"), "list-details", reverse("portal:orders")),
            MenuItem("wallet", _("Wallet"), "wallet", reverse("portal:wallet")),
            MenuItem("reports", _("Reports"), "chart-bar", reverse("portal:report_day")),
        ]
        if self.can("stock.read"):
            items.insert(4, MenuItem("stock", _("Stock"), "packages", reverse("portal:stock")))
        if self.can("party.admit_member"):
            items.append(MenuItem("clerks", _("Clerks"), "users", reverse("portal:clerks")))
        items.append(MenuItem("account", _("My account"), "user-circle", reverse("portal:account")))
        if self.user.is_staff:
            items.append(
                MenuItem("office", _("Back office"), "building-bank", reverse("admin:index"))
            )
        return tuple(items)

    @cached_property
    def tabs(self) -> tuple[MenuItem, ...]:
        home, sell, orders, wallet, *_rest = self.menu
        more = MenuItem("more", _("More"), "menu-2", reverse("portal:more"))
        return (home, orders, sell, wallet, more)

    def context(self, section: str, **values: Any) -> dict[str, Any]:
        tab = section if section in {"home", "sell", "orders", "wallet"} else "more"
        return {"desk": self, "section": section, "tab": tab, **values}

    def page(
        self, template: str, section: str, *, status: int = 200, **values: Any
    ) -> HttpResponse:
        return render(
            self.request, f"portal/{template}.html", self.context(section, **values), status=status
        )

    def keyed(self, request_key: str) -> Context:
        """The context under a request key that a form carried."""
        return self.ctx.with_key(request_key)


def at_desk(
    view: Callable[Concatenate[Desk, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """
    Let only people in who act for an outlet, and give the view its `Desk`.

    A refusal that the view does not answer itself becomes a page that words it.
    """

    @login_required
    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        asker = asking(request)
        acting = asker.authority.acting
        if acting is None or acting.organization_kind != "outlet":
            return _elsewhere(request)
        ctx = asker.ctx_for()
        try:
            outlet = saleschannel.outlet(ctx, outlet=acting.organization)
            return view(
                Desk(request, ctx, cast(User, request.user), acting, outlet), *args, **kwargs
            )
        except Refusal as refusal:
            return refused(request, refusal)
        except AwaitingApproval:
            return render(request, "portal/awaiting.html", status=202)

    return answer


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A page of its own for a refusal that no form can show."""
    template = {Kind.FORBIDDEN: "403.html", Kind.NOT_FOUND: "404.html"}.get(
        refusal.kind, "portal/refused.html"
    )
    return render(
        request, template, {"wording": wording.word(refusal)}, status=STATUS[refusal.kind]
    )


def _elsewhere(request: HttpRequest) -> HttpResponse:
    """Somebody who signs in without an outlet works in the back office, or nowhere yet."""
    if request.user.is_staff:
        return redirect("admin:index")
    return render(request, "portal/no_outlet.html", status=403)
