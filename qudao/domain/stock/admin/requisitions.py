"""Deliveries: requisitions of outlets, transfers, returns; the branch's worklist."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.utils.translation import gettext_lazy as _

from qudao.domain.stock import operations
from qudao.domain.stock.admin import words
from qudao.domain.stock.admin.delivery_forms import (
    AcceptForm,
    AskForm,
    BackForm,
    DispatchForm,
    SendForm,
    SettleForm,
)
from qudao.domain.stock.admin.forms import item_cell, place_cell
from qudao.domain.stock.models import Movement, Requisition, RequisitionLine, Unit
from qudao.domain.stock.types import (
    RequisitionId,
    RequisitionKind,
    RequisitionState,
    document_number,
)
from qudao.kernel.money import Money
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_days, by_flag, by_place
from qudao.platform.backoffice.forms import ReasonForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    Mono,
    Names,
    Person,
    Ref,
    Section,
    Table,
)
from qudao.platform.commands.context import Context
from qudao.platform.tables.scoped import within

SHOWN = 500
"""Pieces of a delivery that its page lists."""


@screen(Requisition)
class RequisitionScreen(Screen):
    """What was asked for, sent unasked, or sent back; seen from both ends."""

    read = "stock.read"
    title = _("Deliveries")
    one = _("Delivery")
    lead = _("Requisitions of outlets, transfers and returns: what waits for you stands on top.")
    menu = Place("goods", 2, "clipboard-list")
    search_help = _("The end of a document's number, or part of a place's name")
    list_select_related = ("source", "target")
    columns = (
        Column(_("Document"), lambda row: Mono(document_number(row.asked_at, row.pk))),
        Column(_("Kind"), lambda row: Coded("requisition_kind", row.kind), "kind"),
        Column(_("State"), lambda row: Coded("requisition_state", row.state), "state"),
        Column(
            words.FROM,
            lambda row: Names(row.source.name_zh, row.source.name_en),
        ),
        Column(words.TO, lambda row: Names(row.target.name_zh, row.target.name_en)),
        Column(words.ASKED, lambda row: row.asked),
        Column(_("Accepted"), lambda row: row.accepted),
        Column(words.SENT, lambda row: row.dispatched),
        Column(words.RECEIVED, lambda row: row.received),
        Column(_("Missing"), lambda row: row.missing),
        Column(words.SINCE, lambda row: row.asked_at, "asked_at"),
    )
    list_filter = (
        by_code(
            _("State"),
            "state",
            [state.value for state in RequisitionState],
            field="requisition_state",
        ),
        by_code(
            _("Kind"), "kind", [kind.value for kind in RequisitionKind], field="requisition_kind"
        ),
        by_flag(_("With differences"), "differences", Q(missing__gt=0)),
        by_place(_("Receiving place"), "target__path", parts),
        by_days(_("Date"), "asked_at"),
    )
    list_acts = (
        Act(
            "transfer",
            _("Transfer goods"),
            "stock.transfer",
            lambda ctx, row, data: operations.transfer(
                ctx,
                source=data["source"].id,
                target=data["target"].id,
                goods=data["goods"],
                note=data["note"],
            ),
            form=SendForm,
            lead=_("Without being asked. They are on their way until the other place has them."),
            icon="arrows-exchange",
            preview=True,
            goes_to=lambda answer: answer,
        ),
        Act(
            "return",
            _("Send goods back"),
            "stock.return_goods",
            lambda ctx, row, data: operations.return_goods(
                ctx,
                place=data["place"].id,
                goods=data["goods"],
                reason=data["reason"],
                damaged=data["damaged"],
                terms=data["terms"],
            ),
            form=BackForm,
            lead=_("To the store above the place."),
            icon="truck-return",
            preview=True,
            goes_to=lambda answer: answer,
        ),
        Act(
            "ask",
            _("Ask for goods"),
            "stock.ask",
            lambda ctx, row, data: operations.ask(
                ctx,
                place=data["place"].id,
                goods=data["goods"],
                terms=data["terms"],
                note=data["note"],
            ),
            form=AskForm,
            lead=_("From the store above the place."),
            icon="clipboard-list",
            goes_to=lambda answer: answer,
        ),
    )
    acts = (
        Act(
            "accept",
            _("Accept"),
            "stock.decide",
            lambda ctx, row, data: operations.decide(
                ctx,
                requisition=RequisitionId(row.pk),
                accepted=data["accepted"],
                reason=data["reason"],
            ),
            form=AcceptForm,
            when=lambda row: row.state == "asked" and row.sends,
            lead=_("All of it, or part of it with a reason."),
            icon="thumb-up",
        ),
        Act(
            "decline",
            _("Decline"),
            "stock.decide",
            lambda ctx, row, data: operations.decide(
                ctx, requisition=RequisitionId(row.pk), accepted={}, reason=data["reason"]
            ),
            form=ReasonForm,
            when=lambda row: row.state == "asked" and row.sends,
            lead=_("The outlet gets nothing of it, and reads why."),
            icon="thumb-down",
            tone="danger",
        ),
        Act(
            "dispatch",
            _("Dispatch"),
            "stock.dispatch",
            lambda ctx, row, data: operations.dispatch(
                ctx, requisition=RequisitionId(row.pk), goods=data["goods"]
            ),
            form=DispatchForm,
            when=lambda row: row.state == "accepted" and row.sends,
            lead=_("Scan or name what goes; without serials the oldest pieces go."),
            icon="truck-delivery",
            preview=True,
            done=_("Dispatched. Print the delivery note below."),
        ),
        Act(
            "settle",
            _("Settle the difference"),
            "stock.settle_difference",
            lambda ctx, row, data: operations.settle_difference(
                ctx,
                requisition=RequisitionId(row.pk),
                outcome=data["outcome"],
                reason=data["reason"],
            ),
            form=SettleForm,
            when=lambda row: row.state == "received" and bool(row.missing) and row.sends,
            lead=_("Decide what became of everything that is still missing."),
            icon="scale",
        ),
        Act(
            "cancel",
            _("Give up"),
            "stock.cancel",
            lambda ctx, row, data: operations.cancel(
                ctx, requisition=RequisitionId(row.pk), reason=data["reason"]
            ),
            form=ReasonForm,
            when=lambda row: (
                row.state in ("asked", "accepted") or (row.state == "dispatched" and row.sends)
            ),
            lead=_("What is on its way goes back onto the sender's shelf."),
            icon="ban",
            tone="danger",
        ),
    )

    def _waits(self, source: Q, target: Q) -> Q:
        """What the actor's side has to do something about."""
        missing = RequisitionLine.objects.filter(requisition=OuterRef("pk"), missing__gt=0)
        return (
            (source & Q(state__in=["asked", "accepted"]))
            | (target & Q(state="dispatched"))
            | (source & Q(state="received") & Q(Exists(missing)))
        )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        rows = Requisition.objects.unscoped("both ends of a delivery see it")
        if not ctx.scope.paths:
            return rows.none()
        source, target = within("source__path", ctx.scope), within("target__path", ctx.scope)
        lines = RequisitionLine.objects.filter(requisition=OuterRef("pk")).order_by()
        sums = lines.values("requisition")
        return (
            rows.filter(source | target)
            .select_related("source", "target")
            .annotate(
                sends=ExpressionWrapper(source, output_field=BooleanField()),
                takes=ExpressionWrapper(target, output_field=BooleanField()),
                done=Case(When(self._waits(source, target), then=False), default=True),
                **{
                    name: Subquery(sums.annotate(n=Sum(name)).values("n"))
                    for name in ("asked", "accepted", "dispatched", "received", "missing")
                },
            )
        )

    def get_ordering(self, request: Any) -> tuple[str, ...]:
        return ("done", "-asked_at", "-id")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        wanted = (
            Q(source__name_zh__icontains=text)
            | Q(source__name_en__icontains=text)
            | Q(target__name_zh__icontains=text)
            | Q(target__name_en__icontains=text)
            | Q(target__code__startswith=text)
        )
        tail = text.rpartition("-")[2].lower()
        if tail and not set(tail) - set("0123456789abcdef"):
            wanted |= Q(id__iendswith=tail)
        return rows.filter(wanted)

    def heading(self, row: Any) -> Cell:
        return Mono(document_number(row.asked_at, row.pk))

    def state(self, row: Any) -> Cell:
        return Coded("requisition_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Kind"), Coded("requisition_kind", row.kind)),
                (words.FROM, place_cell(row, "source")),
                (words.TO, place_cell(row, "target")),
                (words.TERMS, Coded("goods_terms", row.terms)),
                (_("Defective goods"), row.damaged or None),
                (words.NOTE, row.note),
                (_("Asked for"), row.asked_at),
                (_("By"), Person(row.asked_by)),
                (words.DECIDED, row.decided_at),
                (_("Decided by"), Person(row.decided_by)),
                (words.ANSWER, row.answer),
                (_("Dispatched"), row.dispatched_at),
                (_("Dispatched by"), Person(row.dispatched_by)),
                (_("Received"), row.received_at),
                (_("Received by"), Person(row.received_by)),
            ],
        )
        lines = RequisitionLine.objects.filter(requisition=row).select_related("item")
        yield Table(
            _("Goods"),
            (
                _("Article"),
                words.ASKED,
                _("Accepted"),
                words.SENT,
                words.RECEIVED,
                _("Missing"),
                _("For an outlet"),
            ),
            [
                (
                    item_cell(line.item),
                    line.asked,
                    line.accepted,
                    line.dispatched,
                    line.received,
                    line.missing,
                    Money(line.price),
                )
                for line in lines.order_by("item")
            ],
        )
        units = Unit.objects.unscoped("pieces of a delivery in scope").filter(document=row.pk)
        listed = units.defer("pin").select_related("item").order_by("item", "serial")[:SHOWN]
        yield Table(
            _("Pieces on the way or missing"),
            (_("Serial"), _("Article"), _("State")),
            [
                (Mono(one.serial), item_cell(one.item), Coded("unit_state", one.state))
                for one in listed
            ],
        )
        moves = Movement.objects.unscoped("documents of a delivery in scope").filter(cause=row.pk)
        yield Table(
            _("Movements"),
            (_("Document"), _("Kind"), _("Time"), _("Who")),
            [
                (
                    Ref("stock.movement", one.pk, Mono(document_number(one.at, one.pk))),
                    Coded("movement_kind", one.kind),
                    one.at,
                    Person(one.actor),
                )
                for one in moves.order_by("at", "id")
            ],
        )
        yield trail(ctx, row.pk)
