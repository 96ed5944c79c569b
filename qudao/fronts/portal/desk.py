"""Who stands at the outlet's desk: every view of the portal begins here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, Concatenate, Final, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

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


WAYS: Final[Mapping[str, tuple[str, str]]] = {
    "account_opening": ("portal:opening", "opening.open"),
    "sim_swap": ("portal:line", "lines.swap_sim"),
    "number_change": ("portal:line", "lines.change_number"),
    "cancellation": ("portal:line", "lines.cancel"),
    "recharge_card": ("portal:cards", "cards.sell"),
    "card_recharge": ("portal:card_use", "cards.redeem"),
    "goods": ("portal:goods", "goods.sell"),
    "contract_handset": ("portal:contract_handset", "goods.sell_with_contract"),
}
"""Businesses that move things: the page that each begins at, and the grant that it takes."""


@dataclass(frozen=True, slots=True)
class Way:
    """A business that is sold on pages of its own."""

    business: Business
    url: str


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
    def ways(self) -> tuple[Way, ...]:
        """What is sold with things or documents here and by this clerk: the best fit first."""
        by_fit = catalog.snapshot().businesses(self.outlet.kind, self.outlet.market)
        open_here = {business.code for business in self.businesses}
        return tuple(
            Way(business, way_to(business.code))
            for business in by_fit
            if business.code in WAYS
            and business.code in open_here
            and self.can(WAYS[business.code][1])
        )

    def next_sale(self, code: str) -> str:
        """Return the address where another sale of the same business begins."""
        if self.goes(code):
            return way_to(code)
        if any(business.code == code for business in self.sales):
            return reverse("portal:sell", args=[code])
        return reverse("portal:sell_start")

    def goes(self, code: str) -> bool:
        """Say whether a business that moves things may be done here and by this clerk."""
        return any(way.business.code == code for way in self.ways)

    @cached_property
    def menu(self) -> tuple[MenuItem, ...]:
        items = [
            MenuItem("home", _("Home"), "home", reverse("portal:home")),
            MenuItem(
                "sell", pgettext("portal", "Sell"), "shopping-bag", reverse("portal:sell_start")
            ),
            *(
                [
                    MenuItem(
                        "numbers", pgettext("portal", "Numbers"), "hash", reverse("portal:numbers")
                    )
                ]
                if self.can("resource.reserve")
                else []
            ),
            MenuItem("orders", _("Orders"), "list-details", reverse("portal:orders")),
            MenuItem("wallet", _("Wallet"), "wallet", reverse("portal:wallet")),
            MenuItem("reports", _("Reports"), "chart-bar", reverse("portal:report_day")),
        ]
        if self.can("stock.read"):
            items.insert(4, MenuItem("stock", _("Stock"), "packages", reverse("portal:stock")))
        if self.can("commission.read"):
            label = pgettext("portal", "Commission")
            items.append(MenuItem("commission", label, "coins", reverse("portal:commission")))
        elif self.can("commission.redeem_points"):
            address = reverse("portal:commission_points")
            items.append(MenuItem("commission", _("My points"), "gift", address))
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
        of = {item.code: item for item in self.menu}
        more = MenuItem("more", _("More"), "menu-2", reverse("portal:more"))
        return (of["home"], of["orders"], of["sell"], of["wallet"], more)

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


def way_to(business: str) -> str:
    """Return the address where a business that moves things begins."""
    name, _grant = WAYS[business]
    return reverse(name, args=[business] if name == "portal:line" else [])


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
