"""The fit matrix on one page: business × kind of channel, for the city and the rural market."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from qudao.domain.catalog import operations, queries
from qudao.domain.catalog.types import FitCell, FitLevel
from qudao.domain.saleschannel import queries as saleschannel
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.listing import typed
from qudao.platform.backoffice.screen import STATUS
from qudao.platform.backoffice.words import word

MARKETS = ("city", "rural")


@dataclass(frozen=True, slots=True)
class Cell:
    name: str
    business: str
    market: str
    level: str
    ends_market: bool


def fit_matrix(desk: Desk) -> HttpResponse:
    """Show the matrix; store the cells that were changed, all or none."""
    levels = _levels(desk)
    shown_levels = list(levels.values())
    may_edit = operations.set_fit.name in desk.ctx.grants
    refused, status = "", 200
    if desk.request.method == "POST":
        # What differs from what the person was shown: sent twice, it is the same request, and
        # what others changed meanwhile stays.
        shown = dict(zip(levels, desk.request.POST.get("shown", "").split(), strict=False))
        shown = {cell: shown.get(cell, level) for cell, level in levels.items()}
        sent = {cell: desk.request.POST.get(_name(*cell), shown[cell]) for cell in levels}
        known = set(FitLevel)
        changed = [
            FitCell(business, kind, market, FitLevel(sent[business, kind, market]))
            for business, kind, market in levels
            if sent[business, kind, market] != shown[business, kind, market]
            and sent[business, kind, market] in known
        ]
        key = typed(desk.request.POST.get("request_key")) or f"office:{uuid4()}"
        try:
            count = operations.set_fit(desk.keyed(key), cells=changed)
        except Refusal as refusal:
            refused, status = word(refusal), STATUS[refusal.kind]
            levels = {cell: sent[cell] for cell in levels}
        else:
            said = ngettext("%(count)d cell changed.", "%(count)d cells changed.", count)
            messages.success(desk.request, said % {"count": count})
            return HttpResponseRedirect(reverse("admin:fit_matrix"))
    businesses = sorted(queries.businesses().values(), key=lambda one: one.position)
    rows = [
        (
            kind,
            [
                Cell(
                    _name(business.code, kind.code, market),
                    business.code,
                    market,
                    levels[business.code, kind.code, market],
                    business is businesses[-1],
                )
                for market in MARKETS
                for business in businesses
            ],
        )
        for kind in saleschannel.kinds()
    ]
    return desk.page(
        "fit_matrix",
        status=status,
        rows=rows,
        markets=MARKETS,
        businesses=businesses,
        levels=[level.value for level in FitLevel],
        may_edit=may_edit,
        shown=" ".join(shown_levels),
        refused=refused,
        request_key=f"office:{uuid4()}",
    )


def _levels(desk: Desk) -> dict[tuple[str, str, str], str]:
    stored = {
        (cell.business, cell.channel_kind, cell.market): cell.level.value
        for cell in queries.fit_matrix(desk.ctx)
    }
    return {
        (business, kind.code, market): stored.get(
            (business, kind.code, market), FitLevel.CAPABLE.value
        )
        for kind in saleschannel.kinds()
        for market in MARKETS
        for business in queries.businesses()
    }


def _name(business: str, kind: str, market: str) -> str:
    return f"fit.{market}.{kind}.{business}"


pages.register("fit_matrix")(
    Page(
        code="fit_matrix",
        title=gettext_lazy("Fit matrix"),
        group="catalogue",
        position=2,
        icon="shopping-bag",
        permissions=frozenset({"catalog.read"}),
        views=(("fit-matrix/", fit_matrix, "fit_matrix"),),
    )
)
