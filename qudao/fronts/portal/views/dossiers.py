"""
Dossiers at the counter: begin, go on later, give up; who the customer is; pictures.

Openings and what is done to a line share these. Every step stands at an address of its own and
reads the dossier anew, so the back button, a second window and a lost connection do no harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qudao.domain.customer import operations as customer
from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import (
    DossierId,
    DossierRecord,
    DossierRow,
    DossierSearch,
    DossierState,
    Identified,
    PersonRecord,
    Role,
)
from qudao.domain.resource.types import Held
from qudao.fronts import wording
from qudao.fronts.design.templatetags.design import named, number
from qudao.fronts.portal.desk import Desk
from qudao.fronts.portal.opening_forms import (
    FIELD_OF,
    PICTURES,
    ROLES,
    PersonForm,
    PicturesForm,
    RoleForm,
)
from qudao.journeys import dossiers as journey
from qudao.kernel.page import PageRequest
from qudao.kernel.refusals import Refusal

SHOWN: Final = 20
FACES: Final = {"portrait"}
PAPERS: Final = {"authorization", "kinship"}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the dossier, as the page shows them."""

    role: str
    title: str
    record: PersonRecord
    kind: str
    seen: Mapping[str, Any]
    """What the check said: lines used and left, whether they were known."""


@dataclass(frozen=True, slots=True)
class Shot:
    field: forms.BoundField
    kept: bool
    frame: str


def dossier_of(desk: Desk, dossier: UUID, *purposes: str) -> DossierRecord:
    """
    Return a dossier of this outlet; one of another outlet does not exist here.

    :raises Http404: if there is none, or it is for something else.
    """
    record = customers.dossier(desk.ctx, dossier=DossierId(dossier))
    if record.outlet != desk.id or record.purpose not in purposes:
        raise Http404
    return record


def closed(desk: Desk, record: DossierRecord) -> HttpResponse | None:
    """Where to go from a dossier that is no draft any more; None for a draft."""
    if record.state == DossierState.DRAFT:
        return None
    if record.order is not None:
        return redirect("portal:order", record.order)
    messages.info(desk.request, _("That one was given up. Number, card and pictures are free."))
    return redirect(start_of(record.purpose))


def start_of(purpose: str) -> str:
    if purpose == "account_opening":
        return reverse("portal:opening")
    return reverse("portal:line", args=[purpose])


def step_of(record: DossierRecord, step: str) -> str:
    """Return the address of a step of a dossier."""
    way = "opening" if record.purpose == "account_opening" else "line"
    return reverse(f"portal:{way}_{step}", args=[record.id])


def drafts(desk: Desk, purpose: str) -> tuple[DossierRow, ...]:
    """What was begun here and not finished: newest first."""
    search = DossierSearch(outlet=desk.id, purpose=purpose, states=frozenset({DossierState.DRAFT}))
    return customers.dossiers(desk.ctx, search=search, page=PageRequest(limit=SHOWN)).items


def begin(desk: Desk, purpose: str, key: str, number: str = "") -> DossierId:
    return customer.open_dossier(
        desk.keyed(f"{key}/dossier"), outlet=desk.id, purpose=purpose, number=number
    )


def choose(desk: Desk, record: DossierRecord, key: str, **choices: Any) -> None:
    customer.choose(desk.keyed(f"{key}/choose"), dossier=record.id, choices=choices)


def held_by(desk: Desk, record: DossierRecord) -> Held | None:
    """The number that a dossier holds; None if it holds none, or not any more."""
    return journey.held(desk.ctx, record=record)


def take_number(desk: Desk, dossier: UUID, held: Held, key: str) -> HttpResponse:
    """Give a dossier the number that was just held; let go of the one it had."""
    record = dossier_of(desk, dossier, "account_opening", "number_change")
    gone = closed(desk, record)
    if gone is not None:
        return gone
    journey.take_number(desk.keyed(key), record=record, hold=held.hold)
    messages.success(desk.request, _("%(number)s is yours.") % {"number": number(held.number)})
    return redirect(step_of(record, "number"))


def give_up(desk: Desk, record: DossierRecord, key: str) -> HttpResponse:
    """Leave a dossier for good: its number is let go of, its pictures are deleted."""
    if record.state == DossierState.DRAFT:
        journey.leave(desk.keyed(key), record=record)
        messages.success(desk.request, _("Given up. Number, card and pictures are free again."))
    return redirect(start_of(record.purpose))


# ------------------------------------------------------------------ who the customer is


def identity(desk: Desk, record: DossierRecord) -> tuple[dict[str, Any], HttpResponse | None]:
    """
    Answer the page on which persons are identified: what it shows, and where to go instead.

    A POST says what it does by `act`: `identify`, `dismiss`, `pictures`.
    """
    form: PersonForm | None = None
    pictures: PicturesForm | None = None
    refusal = ""
    if desk.request.method == "POST":
        try:
            match desk.request.POST.get("act"):
                case "identify":
                    form = PersonForm(desk.request.POST)
                    if form.is_valid() and _identify(desk, record, form):
                        return {}, redirect(step_of(record, "customer"))
                case "dismiss":
                    _dismiss(desk, record)
                    return {}, redirect(step_of(record, "customer"))
                case "pictures":
                    pictures = _pictures_form(desk, record, bound=True)
                    if pictures.is_valid() and _keep(desk, record, pictures):
                        return {}, redirect(step_of(record, "customer"))
                    record = customers.dossier(desk.ctx, dossier=record.id)
        except Refusal as refused:
            refusal = wording.word(refused)
    return _identity_page(desk, record, form, pictures, refusal), None


def _identity_page(
    desk: Desk,
    record: DossierRecord,
    form: PersonForm | None,
    pictures: PicturesForm | None,
    refusal: str,
) -> dict[str, Any]:
    people = _people(record)
    roles = {one.role for one in people}
    asked = desk.request.GET.get("add", "")
    due = next((role for role in ("customer", "guardian") if role in record.missing), "")
    if not due and asked in set(Role) and asked not in roles:
        due = asked
    if form is None and due:
        form = PersonForm(initial={"role": due, "request_key": str(uuid4()), "kind": "resident_id"})
    if pictures is None or not pictures.errors:
        pictures = _pictures_form(desk, record, bound=False)
    at_once = [kind for kind in record.missing if kind in PICTURES]
    return {
        "dossier": record,
        "people": people,
        "person_form": form,
        "person_title": ROLES.get(form["role"].value(), "") if form is not None else "",
        "pictures_form": pictures,
        "shots": _shots(record, pictures),
        "shots_missing": len(at_once),
        "may_add_agent": Role.CUSTOMER in roles and Role.AGENT not in roles and form is None,
        "ready": not [one for one in record.missing if one != "signature"],
        "act_key": str(uuid4()),
        "refusal": refusal,
        "status": 422 if refusal or (form and form.errors) or pictures.errors else 200,
    }


def _people(record: DossierRecord) -> list[Person]:
    kinds = {kind.code: kind for kind in customers.document_kinds()}
    seen = record.choices.get("seen", {})
    return [
        Person(
            role.value,
            str(ROLES[role]),
            record.persons[role],
            named(kinds[record.persons[role].document_kind]),
            seen.get(role.value, {}),
        )
        for role in Role
        if role in record.persons
    ]


def _identify(desk: Desk, record: DossierRecord, form: PersonForm) -> bool:
    """Identify a person; False if the form says why not."""
    key = form.cleaned_data["request_key"]
    role = Role(form.cleaned_data["role"])
    try:
        found = customer.identify(
            desk.keyed(f"{key}/identify"), dossier=record.id, role=role, person=form.draft
        )
    except Refusal as refusal:
        if refusal.code not in FIELD_OF:
            raise
        form.add_error(FIELD_OF[refusal.code], wording.word(refusal))
        return False
    _note(desk, record, key, role, found)
    return True


def _note(desk: Desk, record: DossierRecord, key: str, role: Role, found: Identified) -> None:
    """Keep what the check said, to be shown whenever the page is opened again."""
    said = {
        "used": found.lines_used,
        "left": found.lines_left,
        "known": found.known_before,
        "minor": found.minor,
        "same_phone": found.same_phone,
        "similar": found.similar,
    }
    choose(desk, record, key, seen={**record.choices.get("seen", {}), role.value: said})
    messages.success(
        desk.request,
        ngettext(
            "Real-name check passed: room for %(left)d line more on this document.",
            "Real-name check passed: room for %(left)d lines more on this document.",
            found.lines_left,
        )
        % {"left": found.lines_left}
        if role == Role.CUSTOMER and record.purpose == "account_opening"
        else _("Real-name check passed."),
    )


def _dismiss(desk: Desk, record: DossierRecord) -> None:
    form = RoleForm(desk.request.POST)
    if form.is_valid():
        key = form.cleaned_data["request_key"]
        customer.dismiss(
            desk.keyed(f"{key}/dismiss"), dossier=record.id, role=Role(form.cleaned_data["role"])
        )


def _pictures_form(desk: Desk, record: DossierRecord, *, bound: bool) -> PicturesForm:
    needed = [kind for kind in record.missing if kind in PICTURES]
    kept = [kind for kind in PICTURES if kind in record.pictures and kind not in needed]
    if bound:
        return PicturesForm(desk.request.POST, desk.request.FILES, needed=needed, kept=kept)
    return PicturesForm(initial={"request_key": str(uuid4())}, needed=needed, kept=kept)


def _keep(desk: Desk, record: DossierRecord, form: PicturesForm) -> bool:
    """Store the pictures that came; False if one of them was refused, beside its field."""
    key = form.cleaned_data["request_key"]
    for kind, content in form.cleaned_data.items():
        if kind not in PICTURES or not content:
            continue
        try:
            customer.add_picture(
                desk.keyed(f"{key}/{kind}"), dossier=record.id, kind=kind, content=content
            )
        except Refusal as refusal:
            form.add_error(kind, wording.word(refusal))
    return form.is_valid() and not form.errors


def _shots(record: DossierRecord, form: PicturesForm) -> list[Shot]:
    return [
        Shot(
            form[kind],
            kept=kind in record.pictures,
            frame="face" if kind in FACES else "paper" if kind in PAPERS else "card",
        )
        for kind in PICTURES
        if kind in form.fields
    ]
