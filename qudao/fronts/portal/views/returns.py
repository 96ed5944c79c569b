"""What the outlet sends: returns, exchanges of defective goods, transfers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import operations as stock_operations
from qudao.domain.stock import queries as goods
from qudao.domain.stock.types import (
    Goods,
    RequisitionId,
    RequisitionSearch,
    StockLevel,
    Terms,
)
from qudao.fronts import wording
from qudao.fronts.design.templatetags.design import named
from qudao.fronts.portal import storeroom
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.paging import page_request
from qudao.fronts.portal.stock_forms import PREFIX, SendForm, in_words
from qudao.fronts.portal.templatetags.stock import named_as
from qudao.fronts.web.actor import asking
from qudao.fronts.web.limits import limited
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context

Send = Callable[[Context, dict[str, Any], tuple[Goods, ...]], RequisitionId]

REASONS_BACK: Sequence[str | Promise] = (
    gettext_lazy("Too many here"),
    gettext_lazy("Expires soon"),
    gettext_lazy("Was delivered by mistake"),
    gettext_lazy("Packaging damaged"),
)
REASONS_DEFECT: Sequence[str | Promise] = (
    gettext_lazy("Does not work"),
    gettext_lazy("SIM card is not recognised"),
    gettext_lazy("Scratch panel damaged"),
    gettext_lazy("Damaged in transport"),
)
REASONS_MOVE: Sequence[str | Promise] = (
    gettext_lazy("Needed there"),
    gettext_lazy("Too many here"),
)


@require_GET
@at_desk
def returns(desk: Desk) -> HttpResponse:
    """What the outlet has sent: returns, exchanges, transfers."""
    page = goods.requisitions(
        desk.ctx, search=RequisitionSearch(source=desk.id), page=page_request(desk.request)
    )
    return desk.page("stock/returns", "stock", part="returns", page=page, may=storeroom.may(desk))


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def return_new(desk: Desk) -> HttpResponse:
    """Send goods back to the branch, with a reason."""
    desk.ctx.require("stock.return_goods")

    def send(ctx: Context, values: dict[str, Any], chosen: tuple[Goods, ...]) -> RequisitionId:
        return stock_operations.return_goods(
            ctx,
            place=desk.id,
            goods=chosen,
            reason=values["reason"],
            damaged=values["damaged"],
            terms=values.get("terms") or Terms.CONSIGNMENT,
        )

    return _send(
        desk,
        send,
        what="return",
        heading=_("Send goods back"),
        lead=_("They go to %(place)s and are out of your stock at once.")
        % {"place": named(storeroom.store(desk))},
        verb=_("Send back"),
        reasons=REASONS_BACK,
        is_return=True,
    )


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def exchange_new(desk: Desk) -> HttpResponse:
    """Send defective goods back and ask for as many good ones."""
    desk.ctx.require("stock.exchange")

    def send(ctx: Context, values: dict[str, Any], chosen: tuple[Goods, ...]) -> RequisitionId:
        return stock_operations.exchange(
            ctx,
            place=desk.id,
            goods=chosen,
            reason=values["reason"],
        ).returned

    return _send(
        desk,
        send,
        what="exchange",
        heading=_("Exchange defective goods"),
        lead=_("They go back to %(place)s, and as many good ones are asked for.")
        % {"place": named(storeroom.store(desk))},
        verb=_("Exchange"),
        reasons=REASONS_DEFECT,
    )


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def transfer_new(desk: Desk) -> HttpResponse:
    """Send goods to another store without being asked."""
    desk.ctx.require("stock.transfer")
    places = storeroom.stores(desk)

    def send(ctx: Context, values: dict[str, Any], chosen: tuple[Goods, ...]) -> RequisitionId:
        return stock_operations.transfer(
            ctx,
            source=desk.id,
            target=OrganizationId(UUID(values["target"])),
            goods=chosen,
            note=values["reason"],
        )

    return _send(
        desk,
        send,
        what="transfer",
        heading=_("Transfer goods"),
        lead=_("The other place receives them; until then they are on their way."),
        verb=_("Send"),
        reasons=REASONS_MOVE,
        targets=[(str(place.id), named(place)) for place in places],
    )


def _send(
    desk: Desk,
    send: Send,
    *,
    what: str,
    heading: str,
    lead: str,
    verb: str,
    reasons: Sequence[str | Promise],
    is_return: bool = False,
    targets: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """The page of what leaves the outlet; on a POST, the sending."""
    levels = storeroom.levels(desk)
    counted = [one for one in levels if not one.serialised and _there(one)]
    options: dict[str, Any] = {
        "items": [(level.item, _counted_label(level)) for level in counted],
        "is_return": is_return,
        "targets": targets,
    }
    status = 200
    words: dict[str, Any] = {"heading": heading, "verb": verb, "what": what}
    if desk.request.method == "POST":
        form = SendForm(desk.request.POST, **options)
        status = 422
        if form.is_valid() and not desk.request.POST.get("again"):
            answer = _try_to_send(desk, form, send, words)
            if isinstance(answer, HttpResponse):
                return answer
            status = answer
    else:
        serial = desk.request.GET.get("serial", "")[:40]
        initial = {"request_key": str(uuid4()), "serials": (serial,) if serial else ()}
        form = SendForm(initial=initial, **options)
    return desk.page(
        "stock/send",
        "stock",
        part="returns",
        form=form,
        quantities=form.quantity_fields,
        anything=any(_there(level) for level in levels),
        kept=f"{what}-{desk.outlet.node_code}",
        lead=lead,
        reasons=reasons,
        status=status,
        **words,
    )


def _try_to_send(
    desk: Desk, form: SendForm, send: Send, words: dict[str, Any]
) -> HttpResponse | int:
    """
    Show what is meant, after it was tried; once that is confirmed, send it and lead to the
    document. Or put the refusal into the form and return its status.
    """
    values = form.cleaned_data
    confirmed: tuple[Goods, ...] = values["meant"]
    if confirmed:
        chosen, ctx = confirmed, desk.keyed(values["request_key"])
    else:
        meant = storeroom.by_item(desk, values["serials"], form.pieces)
        if meant.unknown:
            form.add_error("serials", _not_here(meant.unknown))
            return 422
        if not meant.goods:
            form.add_error("serials", _("Scan at least one piece, or say how many."))
            return 422
        chosen = meant.goods
        ctx = asking(desk.request).ctx_for(request_key=values["request_key"], dry_run=True)
    try:
        document = send(ctx, values, chosen)
    except Refusal as refusal:
        says = wording.word(refusal)
        item = getattr(refusal, "item", "")
        if PREFIX + item in form.fields:
            form.beside(item, says)
        elif hasattr(refusal, "serial"):
            form.add_error("serials", says)
        else:
            form.add_error("reason" if refusal.code.endswith("reason_missing") else None, says)
        return STATUS[refusal.kind]
    if confirmed:
        messages.success(desk.request, _("The goods are on their way."))
        target = reverse("portal:requisition", args=[document])
        return HttpResponseRedirect(f"{target}?sent={words['what']}")
    names = {one.item: named_as(one, "item") for one in storeroom.levels(desk)}
    return desk.page(
        "stock/send_check",
        "stock",
        part="returns",
        lines=[
            (names.get(one.item, one.item), len(one.serials) or one.quantity, one.serials)
            for one in chosen
        ],
        pieces=sum(len(one.serials) or one.quantity for one in chosen),
        reason=values["reason"],
        damaged=values.get("damaged"),
        target=dict(form.fields["target"].choices)[values["target"]]  # type: ignore[attr-defined]
        if "target" in form.fields
        else named(storeroom.store(desk)),
        hidden=[
            *(
                (name, form[name].value())
                for name in form.fields
                if name != "meant" and form[name].value()
            ),
            ("meant", in_words(chosen)),
        ],
        **words,
    )


def _there(level: StockLevel) -> int:
    return level.in_stock + level.other


def _counted_label(level: StockLevel) -> str:
    return _("%(goods)s (%(here)d here)") % {
        "goods": named_as(level, "item"),
        "here": level.in_stock,
    }


def _not_here(serials: Sequence[str]) -> str:
    return _(
        "Not in your stock: %(serials)s. Take it off the list, or look it up under Stock first."
    ) % {"serials": storeroom.some_of(serials)}
