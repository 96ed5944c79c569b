"""Units with serials: where each is, and how it got there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from qudao.domain.stock import operations, queries, rules
from qudao.domain.stock.admin import words
from qudao.domain.stock.admin.forms import item_cell, place_cell
from qudao.domain.stock.admin.items import KINDS
from qudao.domain.stock.admin.shelves import SHELF_ACTS, TAKE_IN_UNITS
from qudao.domain.stock.models import Unit
from qudao.domain.stock.types import Terms, UnitState, UnitStep, document_number
from qudao.kernel.money import Money
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_days, by_place
from qudao.platform.backoffice.forms import ReasonForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    History,
    Mono,
    Names,
    Number,
    Person,
    Ref,
    Section,
    Several,
    Step,
)
from qudao.platform.commands.context import Context

STATES = [state.value for state in UnitState]


@screen(Unit)
class UnitScreen(Screen):
    """Every piece with a serial: SIM cards, recharge cards, handsets."""

    read = "stock.read"
    title = _("Serials")
    one = _("Piece with a serial")
    menu = Place("goods", 3, "barcode")
    search_help = _("A serial's beginning or its last digits, or a packed number")
    list_select_related = ("item", "place")
    ordering = ("-moved_at", "id")
    columns = (
        Column(_("Serial"), lambda row: Mono(row.serial)),
        Column(_("Article"), lambda row: Names(row.item.name_zh, row.item.name_en)),
        Column(_("State"), lambda row: Coded("unit_state", row.state)),
        Column(words.PLACE, lambda row: Names(row.place.name_zh, row.place.name_en)),
        Column(words.TERMS, lambda row: Coded("goods_terms", row.terms)),
        Column(_("Number"), lambda row: Number(row.number) if row.number else None),
        Column(_("Batch"), lambda row: Mono(row.batch)),
        Column(_("Last day"), lambda row: row.expires_on),
        Column(_("There since"), lambda row: row.moved_at, "moved_at"),
    )
    list_filter = (
        by_code(_("Kind"), "kind", KINDS, field="goods_kind"),
        by_code(_("State"), "state", STATES, field="unit_state"),
        by_code(
            words.TERMS,
            "terms",
            [one.value for one in Terms],
            field="goods_terms",
        ),
        by_place(_("Place"), "place__path", parts),
        by_days(_("Last day"), "expires_on", is_date=True),
    )
    list_acts = (TAKE_IN_UNITS, *SHELF_ACTS)
    acts = (
        Act(
            "reveal-pin-again",
            _("Let the PIN be shown again"),
            "stock.reveal_pin_again",
            lambda ctx, row, data: operations.reveal_pin_again(
                ctx, serial=row.serial, reason=data["reason"]
            ),
            form=ReasonForm,
            when=lambda row: row.kind == "recharge_card" and row.state == "sold",
            lead=_("For a lost receipt. A second person has to approve; then it is shown once."),
            icon="eye",
            tone="danger",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Unit]:
        return Unit.objects.within(ctx.scope).defer("pin").select_related("item", "place")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        part = rules.clean_serial(text)
        return rows.filter(
            Q(serial__startswith=part) | Q(serial__endswith=part) | Q(number=part) | Q(batch=text)
        )

    def heading(self, row: Any) -> Cell:
        return Mono(row.serial)

    def state(self, row: Any) -> Cell:
        return Coded("unit_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Article"), item_cell(row.item)),
                (words.PLACE, place_cell(row)),
                (_("There since"), row.moved_at),
                (words.TERMS, Coded("goods_terms", row.terms)),
                (_("Cost"), Money(row.cost) if "stock.read_value" in ctx.grants else None),
                (_("Batch"), Mono(row.batch)),
                (_("Last day"), row.expires_on),
                (_("IMSI"), Mono(row.imsi)),
                (_("Number in the pack"), Number(row.number) if row.number else None),
                (_("Order"), row.cause and Ref("ordering.order", row.cause, _("Order"))),
                (_("Used by"), row.used_by and Ref("ordering.order", row.used_by, _("Order"))),
                (_("PIN shown"), row.pin_shown_at),
                (
                    _("Delivery"),
                    row.document and Ref("stock.requisition", row.document, _("Delivery")),
                ),
            ],
        )
        steps = queries.history(ctx, kind=row.kind, serial=row.serial)
        yield History(_("Its moves"), [_step(one) for one in steps])
        yield trail(ctx, row.pk)


def _step(one: UnitStep) -> Step:
    return Step(
        one.at,
        Several(
            [
                Coded("movement_kind", one.kind),
                _end(one.source_name_zh, one.source_name_en, one.source_end),
                "→",
                _end(one.target_name_zh, one.target_name_en, one.target_end),
            ]
        ),
        Person(one.actor),
        one.reason or None,
        (
            (
                _("Document"),
                Ref("stock.movement", one.movement, Mono(document_number(one.at, one.movement))),
            ),
        ),
    )


def _end(zh: str | None, en: str | None, end: str) -> Cell:
    return Coded("goods_end", end) if zh is None else Names(zh, en or zh)
