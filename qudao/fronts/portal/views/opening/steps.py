"""
Opening an account in four steps: number and SIM; plan and prepayment; customer; contract.

The dossier keeps what was chosen, so a lost connection loses nothing: the start page lists what
was begun. What is left alone goes back by itself.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qudao.domain.catalog import queries as catalog
from qudao.domain.customer import operations as customer
from qudao.domain.wallet import queries as wallets
from qudao.fronts import wording
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.forms import plain
from qudao.fronts.portal.number_forms import KeyForm
from qudao.fronts.portal.opening_forms import (
    FIELD_OF,
    ContractForm,
    ForHold,
    PlanForm,
    SimForm,
)
from qudao.fronts.portal.views import dossiers
from qudao.fronts.portal.views.numbers import picker
from qudao.fronts.portal.views.opening.draft import (
    PURPOSE,
    Draft,
    address_of,
    chips_of,
    facts_of,
    floor_of,
    grade_of,
    offers_of,
    plan_choices,
    plan_form,
    priced,
    quoted,
)
from qudao.fronts.receipts.contract import contract as paper_of
from qudao.fronts.receipts.contract import parts_of, sheet
from qudao.fronts.receipts.typed import signature_of
from qudao.fronts.web.limits import limited
from qudao.journeys import dossiers as journey
from qudao.journeys import opening
from qudao.journeys.opening import Quote
from qudao.kernel.refusals import Refusal


@require_GET
@at_desk
def start(desk: Desk) -> HttpResponse:
    """What was begun and not finished, and the way to begin."""
    desk.ctx.require("opening.open")
    if not desk.goes(PURPOSE):
        return desk.page("nothing_to_sell", "sell", status=403)
    return desk.page(
        "opening/start",
        "sell",
        business=catalog.businesses()[PURPOSE],
        drafts=dossiers.drafts(desk, PURPOSE),
        new_key=str(uuid4()),
    )


@require_POST
@limited("portal.sell", per_minute=120)
@at_desk
def new(desk: Desk) -> HttpResponse:
    """Begin an opening, perhaps with a number that is held already."""
    desk.ctx.require("opening.open")
    form = ForHold(desk.request.POST)
    if not form.is_valid() or not desk.goes(PURPOSE):
        return redirect("portal:opening")
    key = form.cleaned_data["request_key"]
    dossier = dossiers.begin(desk, PURPOSE, key)
    if form.cleaned_data["hold"]:
        record = dossiers.dossier_of(desk, dossier, PURPOSE)
        dossiers.choose(desk, record, key, hold=str(form.cleaned_data["hold"]))
    return redirect("portal:opening_number", dossier)


@require_GET
@at_desk
def resume(desk: Desk, dossier: UUID) -> HttpResponse:
    """Go on where it was left."""
    record = dossiers.dossier_of(desk, dossier, PURPOSE)
    gone = dossiers.closed(desk, record)
    return gone or redirect(address_of(record, Draft(desk, record).reached))


@require_POST
@at_desk
def leave(desk: Desk, dossier: UUID) -> HttpResponse:
    """Give it up: everything goes back."""
    record = dossiers.dossier_of(desk, dossier, PURPOSE)
    form = KeyForm(desk.request.POST)
    if not form.is_valid():
        return redirect("portal:opening")
    return dossiers.give_up(desk, record, form.cleaned_data["request_key"])


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def number(desk: Desk, dossier: UUID) -> HttpResponse:
    """Step 1: a number is picked and a SIM scanned, or a pre-opened pack, which has both."""
    draft, gone = _draft(desk, dossier, 1)
    if gone is not None:
        return gone
    record = draft.record
    lost = bool(record.choices.get("hold")) and draft.held is None
    form = SimForm(
        initial={"sim": draft.unit.serial if draft.unit else "", "request_key": str(uuid4())}
    )
    if desk.request.method == "POST":
        form = SimForm(desk.request.POST)
        if form.is_valid() and _take_sim(draft, form):
            return redirect("portal:opening_plan", record.id)
    return _page(
        draft,
        1,
        "opening/number",
        status=422 if form.errors else 200,
        form=form,
        lost=lost,
        **picker(desk, record.id),
    )


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def plan(desk: Desk, dossier: UUID) -> HttpResponse:
    """Step 2: plan, add-ons, prepayment, and what all of it costs."""
    draft, gone = _draft(desk, dossier, 2)
    if gone is not None:
        return gone
    record = draft.record
    plans, add_ons = offers_of(desk, "plan_change"), offers_of(desk, "add_on")
    floor = floor_of(draft)
    form = plan_form(draft, plans, add_ons, floor)
    if desk.request.method == "POST":
        form = PlanForm(
            desk.request.POST,
            plans=[one.code for one in plans],
            add_ons=[one.code for one in add_ons],
        )
        if form.is_valid() and _take_plan(draft, form):
            return redirect("portal:opening_customer", record.id)
    choices = plan_choices(plans, str(form["plan"].value() or ""), floor)
    return _page(
        draft,
        2,
        "opening/plan",
        status=422 if form.errors else 200,
        form=form,
        floor=floor,
        plans=[one for one in choices if not one.too_low],
        too_small=[one for one in choices if one.too_low],
        add_ons=[(one, one.code in (form["add_ons"].value() or ())) for one in add_ons],
        chips=[(plain(chip), chip) for chip in chips_of(desk)],
        **priced(draft, form),
    )


@require_POST
@limited("portal.numbers", per_minute=600)
@at_desk
def price(desk: Desk, dossier: UUID) -> HttpResponse:
    """The price alone, while plan and prepayment are being chosen."""
    draft, gone = _draft(desk, dossier, 2)
    if gone is not None:
        return gone
    plans, add_ons = offers_of(desk, "plan_change"), offers_of(desk, "add_on")
    form = PlanForm(
        desk.request.POST,
        plans=[one.code for one in plans],
        add_ons=[one.code for one in add_ons],
    )
    form.is_valid()
    return desk.page("opening/price", "sell", **priced(draft, form))


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def who(desk: Desk, dossier: UUID) -> HttpResponse:
    """Step 3: who the customer is, by their document, and pictures of it."""
    draft, gone = _draft(desk, dossier, 3)
    if gone is not None:
        return gone
    values, answer = dossiers.identity(desk, draft.record)
    return answer or _page(draft, 3, "opening/customer", **values)


@require_http_methods(["GET", "POST"])
@limited("portal.sell", per_minute=120)
@at_desk
def contract(desk: Desk, dossier: UUID) -> HttpResponse:
    """Step 4: the whole contract, the customer's hand under it, and it is opened."""
    draft, gone = _draft(desk, dossier, 4)
    if gone is not None:
        return gone
    assert isinstance(draft.quote, Quote)
    form = ContractForm(initial={"request_key": str(uuid4()), "total": draft.quote.total})
    refusal: Refusal | None = None
    if desk.request.method == "POST":
        form = ContractForm(desk.request.POST)
        if form.is_valid():
            try:
                return _open(draft, draft.quote, form)
            except Refusal as refused:
                refusal = refused
            again = dossiers.dossier_of(desk, dossier, PURPOSE)
            gone = dossiers.closed(desk, again)
            if gone is not None:
                return gone
            draft = Draft(desk, again)
            if draft.reached < 4:
                messages.error(desk.request, wording.word(refusal))
                return redirect(address_of(again, draft.reached))
            form = ContractForm(initial={"request_key": str(uuid4()), "total": quoted(draft).total})
    wallet = wallets.wallet(desk.ctx, outlet=desk.id)
    quote = quoted(draft)
    return _page(
        draft,
        4,
        "opening/contract",
        status=STATUS[refusal.kind] if refusal else 422 if form.errors else 200,
        form=form,
        refusal=wording.word(refusal) if refusal else "",
        sheet=sheet(facts_of(draft, quote)),
        parts=parts_of(quote),
        total=quote.total,
        wallet=wallet,
        short=wallet.available < quote.total,
    )


@require_GET
@limited("portal.files", per_minute=20)
@at_desk
def contract_pdf(desk: Desk, dossier: UUID) -> HttpResponse:
    """The contract as it will be signed, to be read or printed before."""
    draft, gone = _draft(desk, dossier, 4)
    if gone is not None:
        return gone
    response = HttpResponse(
        paper_of(facts_of(draft, quoted(draft))), content_type="application/pdf"
    )
    response["Content-Disposition"] = f'inline; filename="{draft.record.agreement}.pdf"'
    return response


# ------------------------------------------------------------------ pieces


def _draft(desk: Desk, dossier: UUID, step: int) -> tuple[Draft, HttpResponse | None]:
    """A dossier at a step; where to go instead if it is closed, or not so far."""
    desk.ctx.require("opening.open")
    record = dossiers.dossier_of(desk, dossier, PURPOSE)
    draft = Draft(desk, record)
    gone = dossiers.closed(desk, record)
    if gone is not None:
        return draft, gone
    if draft.reached < step:
        if record.choices.get("hold") and draft.held is None:
            messages.error(
                desk.request,
                _("The time for the number is over. Pick one again; the rest is kept."),
            )
        elif isinstance(draft.quote, Refusal):
            messages.error(desk.request, wording.word(draft.quote))
        return draft, redirect(address_of(record, draft.reached))
    return draft, None


def _page(draft: Draft, step: int, template: str, **values: Any) -> HttpResponse:
    record = draft.record
    names = (
        _("Number and SIM"),
        pgettext("tariff", "Plan"),
        pgettext("step", "Customer"),
        pgettext("dossier", "Contract"),
    )
    reached = draft.reached
    return draft.desk.page(
        template,
        "sell",
        **{
            "status": 200,
            "draft": draft,
            "dossier": record,
            "step": step,
            "steps": [
                (name, address_of(record, place) if place <= reached else "")
                for place, name in enumerate(names, start=1)
            ],
            "next_step": address_of(record, min(step + 1, 4)),
            "previous_step": address_of(record, step - 1) if step > 1 else "",
            "held": draft.held,
            "grade": grade_of(draft),
            "number": draft.number,
            "leave_key": str(uuid4()),
            **values,
        },
    )


def _take_sim(draft: Draft, form: SimForm) -> bool:
    """Note the card that was scanned; False if the form says why not."""
    desk, record = draft.desk, draft.record
    serial, key = form.cleaned_data["sim"], form.cleaned_data["request_key"]
    try:
        serial = journey.take_sim(desk.ctx, record=record, serial=serial)
        dossiers.choose(desk, record, key, sim=serial)
    except Refusal as refusal:
        form.add_error(_beside(form, refusal), wording.word(refusal))
        return False
    return True


def _beside(form: Any, refusal: Refusal) -> str | None:
    field = FIELD_OF.get(refusal.code)
    return field if field in form.fields else None


def _take_plan(draft: Draft, form: PlanForm) -> bool:
    values = form.cleaned_data
    add_ons = tuple(values["add_ons"])
    try:
        draft.price(values["plan"], add_ons, values["prepay"])
    except Refusal as refusal:
        form.add_error(_beside(form, refusal), wording.word(refusal))
        return False
    dossiers.choose(
        draft.desk,
        draft.record,
        values["request_key"],
        plan=values["plan"],
        add_ons=list(add_ons),
        prepay=values["prepay"].minor,
    )
    return True


def _open(draft: Draft, quote: Quote, form: ContractForm) -> HttpResponse:
    """Sign and open: one request key for both, so that a second press does neither again."""
    desk, record, values = draft.desk, draft.record, form.cleaned_data
    key = values["request_key"]
    if values["total"] != quote.total:
        raise opening.PriceChanged(quote.total)
    signature = values["signature"] or signature_of(values["typed"])
    customer.sign(
        desk.keyed(f"{key}/sign"),
        dossier=record.id,
        signature=signature,
        contract=paper_of(facts_of(draft, quote, signature)),
    )
    sold = journey.submit(desk.keyed(key), record=record, total=values["total"])
    return HttpResponseRedirect(reverse("portal:order", args=[sold.order]))
