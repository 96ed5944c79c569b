"""The start page, and what of it refreshes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import OrderSearch
from qudao.domain.wallet import queries as wallets
from qudao.domain.wallet.types import WalletRecord
from qudao.fronts.design.templatetags.design import money
from qudao.fronts.portal import storeroom
from qudao.fronts.portal.desk import Desk, at_desk
from qudao.fronts.portal.figures import day_figures, total
from qudao.kernel.page import PageRequest
from qudao.kernel.period import MARKET_ZONE, business_date

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Notice:
    tone: str
    title: str
    text: str


@require_GET
@at_desk
def home(desk: Desk) -> HttpResponse:
    return desk.page("home", "home", **_live(desk), greeting=_greeting(desk))


@require_GET
@at_desk
def home_live(desk: Desk) -> HttpResponse:
    return desk.page("home_live", "home", **_live(desk))


@require_GET
@at_desk
def more(desk: Desk) -> HttpResponse:
    return desk.page("more", "more")


def _live(desk: Desk) -> dict[str, Any]:
    today = business_date(desk.ctx.at)
    wallet = wallets.wallet(desk.ctx, outlet=desk.id)
    rows = day_figures(desk, today)
    waiting = ordering.orders_in_trouble(
        desk.ctx, search=OrderSearch(outlet=desk.id), page=PageRequest(limit=SHOWN)
    )
    _count, in_flight, _oldest = ordering.in_flight(desk.ctx, below=desk.outlet.path)
    latest = ordering.orders(
        desk.ctx,
        search=OrderSearch(outlet=desk.id, first=today),
        page=PageRequest(limit=SHOWN),
    )
    return {
        "today": today,
        "wallet": wallet,
        "in_flight": in_flight,
        "notices": _notices(desk, wallet),
        "today_rows": rows,
        "today_total": total(rows),
        "open_orders": waiting.items,
        "open_total": waiting.total,
        "open_total_label": ngettext("%(n)d open", "%(n)d open", waiting.total)
        % {"n": waiting.total},
        "latest": latest.items,
        "goods": _goods(desk),
    }


def _goods(desk: Desk) -> dict[str, Any] | None:
    """What of the stock needs somebody: deliveries to receive, goods that run low."""
    if not desk.can("stock.read"):
        return None
    return {
        "coming": storeroom.coming(desk),
        "receive": desk.can("goods.receive"),
        "low": [level for level in storeroom.levels(desk) if level.is_low],
    }


def _notices(desk: Desk, wallet: WalletRecord) -> list[Notice]:
    notices = []
    if desk.outlet.state != "active":
        notices.append(
            Notice(
                "bad",
                _("This outlet may not sell now"),
                desk.outlet.state_reason or _("Ask your channel manager."),
            )
        )
    if wallet.frozen:
        notices.append(
            Notice(
                "bad",
                _("Your wallet is frozen"),
                _("Nothing can be sold. Ask your channel manager why, and what to do."),
            )
        )
    elif wallet.is_low:
        notices.append(
            Notice(
                "warn",
                _("Your balance is low"),
                _("%(available)s left, less than the %(low)s that you set. Pay in at a hall.")
                % {"available": money(wallet.available), "low": money(wallet.low_balance)},
            )
        )
    until = desk.outlet.contract_until
    if until is not None and 0 <= (until - desk.ctx.at).days < 30:
        notices.append(
            Notice(
                "warn",
                _("Your contract ends soon"),
                ngettext(
                    "In %(n)d day. Ask your channel manager to renew it.",
                    "In %(n)d days. Ask your channel manager to renew it.",
                    (until - desk.ctx.at).days,
                )
                % {"n": (until - desk.ctx.at).days},
            )
        )
    return notices


def _greeting(desk: Desk) -> str:
    hour = desk.ctx.at.astimezone(MARKET_ZONE).hour
    if 5 <= hour < 11:
        return _("Good morning")
    if 11 <= hour < 13:
        return _("Good day")
    if 13 <= hour < 18:
        return _("Good afternoon")
    return _("Good evening")
