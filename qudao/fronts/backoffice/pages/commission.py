"""How a month's commission stands: accrued, approved, paid, disputed; and files for the bank."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from qudao.domain.commission.queries import payouts
from qudao.domain.commission.queries import settlements as queries
from qudao.domain.commission.types.settlements import (
    BranchBalance,
    PayoutId,
    SettlementId,
    SettlementRecord,
)
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.web import exports
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.platform.backoffice.screen import add_to
from qudao.platform.backoffice.values import Facts, Link, Section
from qudao.platform.commands.context import Context

WHERE = ("to_wallets", "payable", "sent", "paid", "tax")
"""Where what was earned may be."""
STEPS = ("draft", "computed", "checked", "approved", "posted", "closed")
AMOUNTS = (
    ("earned", _("Earned")),
    ("adjusted", _("Adjusted")),
    ("brought", _("Owed from before")),
    ("carried", _("Owed into the next month")),
    ("tax", _("Tax")),
    ("to_wallets", _("Paid to wallets")),
    ("payable", _("Payable")),
    ("sent", _("At the bank")),
    ("paid", _("Paid by the bank")),
    ("disputed", _("Disputed")),
)


def newest(desk: Desk) -> HttpResponse:
    """The newest month."""
    found = queries.settlements(desk.ctx, page=PageRequest(1)).items
    if not found:
        return desk.page("commission_none")
    return HttpResponseRedirect(reverse("admin:commission_month", args=[found[0].id]))


def month(desk: Desk, settlement: UUID) -> HttpResponse:
    """One month: its step, its totals, and how it stands with each branch."""
    row = queries.settlement(desk.ctx, settlement=SettlementId(settlement))
    rows = payouts.reconciliation(desk.ctx, settlement=row.id)
    months = queries.settlements(desk.ctx, page=PageRequest(12)).items
    return desk.page(
        "commission_month",
        row=row,
        rows=rows,
        months=months,
        labels=[label for _name, label in AMOUNTS],
        table=[(one, [getattr(one, name) for name, _label in AMOUNTS]) for one in rows],
        totals=[_sum(rows, name) for name, _label in AMOUNTS],
        files=payouts.payouts(desk.ctx, settlement=row.id, page=PageRequest(50)),
        may_fetch=desk.can("commission.make_payout"),
        chart=_chart(rows),
        **_progress(row),
    )


def live(desk: Desk, settlement: UUID) -> HttpResponse:
    """How far the worker is; when it has ended, the page is fetched whole."""
    row = queries.settlement(desk.ctx, settlement=SettlementId(settlement))
    if not row.running:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return desk.part("commission_progress", row=row, **_progress(row))


def month_file(desk: Desk, settlement: UUID, kind: str) -> HttpResponse:
    """The same table as a file."""
    if kind not in exports.FORMATS:
        raise Http404
    row = queries.settlement(desk.ctx, settlement=SettlementId(settlement))
    rows = payouts.reconciliation(desk.ctx, settlement=row.id)
    columns = [
        _now("Branch"),
        _now("Code"),
        _now("Statements"),
        *(str(label) for _name, label in AMOUNTS),
    ]
    cells = (
        (named(one), one.code, one.statements, *(getattr(one, name) for name, _label in AMOUNTS))
        for one in rows
    )
    name = f"commission-{row.month:%Y-%m}"
    return exports.table(kind, name, _now("Reconciliation"), columns, cells)


def bank_file(desk: Desk, payout: UUID) -> HttpResponse:
    """The file for the bank, with accounts in clear: nothing of it stays in the browser's cache."""
    name, content = payouts.payout_file(desk.ctx, payout=PayoutId(payout))
    answer = HttpResponse(content.encode(), content_type="application/xml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _progress(row: SettlementRecord) -> dict[str, Any]:
    return {
        "step": STEPS.index(row.state) + 1,
        "share": min(100, row.done * 100 // row.total) if row.total else 0,
    }


def _sum(rows: tuple[BranchBalance, ...], name: str) -> Money:
    return Money(sum(getattr(one, name).minor for one in rows))


def _chart(rows: tuple[BranchBalance, ...]) -> dict[str, Any]:
    labels = dict(AMOUNTS)
    names = [one for one in WHERE if _sum(rows, one)]
    # before it is approved, nothing has gone anywhere: what was earned is all there is
    names = names or [one for one in ("earned", "adjusted") if _sum(rows, one)]
    return {
        "categories": [named(one) for one in rows],
        "series": [
            {
                "name": str(labels[name]),
                "values": [getattr(one, name).minor for one in rows],
            }
            for name in names
        ],
    }


def _on_settlement(ctx: Context, key: UUID) -> Iterator[Section]:
    address = reverse("admin:commission_month", args=[key])
    yield Facts(_("By branch"), [(_("Reconciliation"), Link(address, _("How the month stands")))])


def _on_payout(ctx: Context, key: UUID) -> Iterator[Section]:
    if "commission.make_payout" in ctx.grants:
        address = reverse("admin:commission_bank_file", args=[key])
        yield Facts(_("For the bank"), [(_("File"), Link(address, _("Fetch (pain.001)")))])


add_to("commission.settlement", sections=_on_settlement)
add_to("commission.payout", sections=_on_payout)

pages.register("commission_month")(
    Page(
        code="commission_month",
        title=_("Commission by month"),
        group="commission",
        position=1,
        icon="scale",
        permissions=frozenset({"commission.read"}),
        # months are the province's: a branch would be told that there are none
        only_for=lambda ctx: any(path.count(".") < 2 for path in ctx.scope.paths),
        views=(
            ("commission-months/", newest, "commission_newest"),
            ("commission-months/<uuid:settlement>/", month, "commission_month"),
            ("commission-months/<uuid:settlement>/live/", live, "commission_live"),
            (
                "commission-months/<uuid:settlement>/file/<slug:kind>/",
                month_file,
                "commission_month_file",
            ),
            ("commission-payouts/<uuid:payout>/file/", bank_file, "commission_bank_file"),
        ),
    )
)
