"""Acts on goods that are journeys: receiving may move money, a count shows what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.stock.types import CountId, RequisitionId
from qudao.fronts.backoffice.goods_forms import ReceiveForm
from qudao.fronts.backoffice.templatetags.backoffice import named_of
from qudao.journeys import counts, goods
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.forms import ActForm
from qudao.platform.backoffice.screen import add_to
from qudao.platform.backoffice.values import Cell, Coded, Facts, Mono, Section, Table
from qudao.platform.commands.context import Context


def _under_way(row: Any) -> bool:
    sent = row.state == "dispatched" or (row.state == "received" and bool(row.missing))
    return sent and bool(row.takes)


def _findings(ctx: Context, row: Any, data: Mapping[str, Any]) -> tuple[Section, ...]:
    """Try the closing, and show what it would find."""
    trial = replace(ctx, request_key=f"trial:{data['request_key']}", dry_run=True)
    found = counts.close(trial, count=CountId(row.pk))
    facts: list[tuple[Any, Cell]] = [
        (_("Right"), found.right),
        (pgettext_lazy("stock count", "Missing"), found.short),
        (pgettext_lazy("stock count", "Too many"), found.over),
        (_("Belong elsewhere"), found.elsewhere),
    ]
    return (
        Facts(_("Pieces"), facts),
        Table(
            _("Differences"),
            (
                _("Article"),
                _("Serial"),
                _("In the books"),
                pgettext_lazy("stock count", "Counted"),
                _("Finding"),
            ),
            [
                (
                    named_of(one, "item"),
                    Mono(one.serial),
                    one.expected,
                    one.counted,
                    Coded("count_finding", one.finding),
                )
                for one in found.lines
            ],
            empty=_("Everything is as the books have it."),
        ),
    )


add_to(
    "stock.requisition",
    acts=[
        Act(
            "receive",
            _("Receive"),
            "goods.receive",
            lambda ctx, row, data: goods.receive(
                ctx,
                requisition=RequisitionId(row.pk),
                serials=data["serials"],
                quantities=data["quantities"],
                everything=data["everything"],
            ),
            form=ReceiveForm,
            when=_under_way,
            lead=_("What is not there counts as missing from then on."),
            icon="package-import",
        ),
    ],
)

add_to(
    "stock.count",
    acts=[
        Act(
            "close",
            _("Close the count"),
            "counts.close",
            lambda ctx, row, data: counts.close(ctx, count=CountId(row.pk)),
            form=ActForm,
            when=lambda row: row.state == "open",
            lead=_("What was not found is missing from then on; what turned up is back."),
            icon="clipboard-check",
            effects=_findings,
        ),
    ],
)
