"""The pages: idle, a visit's screens, and what its devices are asked for meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qudao.domain.terminal.ports import DeviceFails
from qudao.domain.terminal.types import BankCard, Escrow, EscrowState, Part
from qudao.fronts.kiosk import hall, steps
from qudao.fronts.kiosk import visit as visits
from qudao.fronts.kiosk.door import at_kiosk, elsewhere, in_visit, leave
from qudao.fronts.kiosk.hall import COOKIE, Kiosk
from qudao.fronts.kiosk.looks import LETTERS, look_at
from qudao.fronts.kiosk.visit import Visit, noted
from qudao.fronts.web.limits import limited
from qudao.journeys.dialogue.types import LANGUAGES, Screen, ScreenKind
from qudao.journeys.menu.item import Kind, Pays, items
from qudao.journeys.menu.parts import plain
from qudao.journeys.proving import PASSWORD
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret

YEAR_S: Final = 400 * 24 * 3600
"""The longest that browsers keep a cookie."""
LAST_SCREEN_S: Final = 30
"""How long the end of a matter stands before somebody is asked whether they are still there."""
ASKED_AFTER_S: Final = 60


# ---- the terminal --------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@limited("kiosk_register", 20)
def register(request: HttpRequest) -> HttpResponse:
    """Admit this browser as the kiosk for which a token speaks."""
    problem = ""
    if request.method == "POST":
        token = Secret(request.POST.get("token", "").strip()[:200])
        if hall.admitted(token) is not None:
            response = redirect("kiosk:idle")
            response.set_cookie(
                COOKIE,
                str.__str__(token),
                max_age=YEAR_S,
                path=urlsplit(response.url).path,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Strict",
            )
            return response
        problem = _(
            "This token is not that of a kiosk at an active outlet of that kind. "
            "Have another one made: qudao kiosk admit."
        )
    status = 422 if problem else 200
    return render(request, "kiosk/register.html", {"problem": problem}, status=status)


@require_GET
@at_kiosk
def idle(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """What stands there while nobody is there, in both languages."""
    known = visits.read(request)
    if known is not None:
        leave(request, kiosk, known, left=True)
    talk = kiosk.talk(language=LANGUAGES[0], parts=frozenset(Part))
    menu = talk.menu
    with translation.override(LANGUAGES[0]):
        page = {
            "kiosk": kiosk,
            "greeting": menu.greeting if menu else ("", ""),
            "advertising": menu.advertising if menu else ("", ""),
            "shut": menu.shut if menu else ("", ""),
            "missing": _missing(kiosk.devices.working()),
        }
        return render(request, "kiosk/idle.html", page)


@require_POST
@at_kiosk
def begin(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """The first touch: somebody has chosen a language."""
    known = visits.read(request)
    if known is not None:
        leave(request, kiosk, known, left=True)
    wanted = request.POST.get("language", "")
    visits.keep(request, steps.begin(kiosk, wanted if wanted in LANGUAGES else LANGUAGES[0]))
    return redirect("kiosk:talk")


# ---- the visit -----------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@in_visit
def talk(request: HttpRequest, kiosk: Kiosk, visit: Visit) -> HttpResponse:
    """GET shows the screen that stands, POST answers it."""
    if request.method == "GET":
        return _page(request, kiosk, visit, steps.look(kiosk, visit))
    given = request.POST.get("step", "")
    at_step = int(given) if given.isascii() and given.isdigit() and len(given) < 9 else None
    visit, _screen = steps.step(kiosk, visit, request.POST.get("text", ""), at_step)
    visits.keep(request, visit)
    return redirect("kiosk:talk")


@require_POST
@in_visit
def notes(request: HttpRequest, kiosk: Kiosk, visit: Visit) -> HttpResponse:
    """Open the slot for notes (`do` is `open`), give them back (`back`), or use them (`use`)."""
    visit = replace(visit, touched_at=kiosk.at, notice="")
    match request.POST.get("do", ""):
        case "open":
            screen = steps.look(kiosk, visit)
            if _takes_notes(screen, visit):
                visit = steps.open_slot(kiosk, visit, _most(screen))
        case "back":
            visit = steps.close_slot(kiosk, visit)
        case "use":
            visit = _use(kiosk, visit)
    visits.keep(request, visit)
    return redirect("kiosk:talk")


def _use(kiosk: Kiosk, visit: Visit) -> Visit:
    """Answer the question for an amount with what was put in."""
    screen = steps.look(kiosk, visit)
    escrow, visit = _escrow(kiosk, visit)
    if escrow is None or not _takes_notes(screen, visit):
        return visit
    if escrow.state is not EscrowState.TAKING or not escrow.total:
        return noted(visit, _("There are no notes in the machine."))
    visit, _screen = steps.step(kiosk, visit, plain(escrow.total), screen.step)
    return visit


@require_GET
@in_visit
def escrow(request: HttpRequest, kiosk: Kiosk, visit: Visit) -> HttpResponse:
    """The part of the page that counts the notes, asked for each second."""
    return _part(request, "kiosk/notes.html", kiosk, visit, steps.look(kiosk, visit))


@require_GET
@in_visit
def card(request: HttpRequest, kiosk: Kiosk, visit: Visit) -> HttpResponse:
    """The part of the page that waits for a bank card."""
    return _part(request, "kiosk/card.html", kiosk, visit, steps.look(kiosk, visit))


@require_POST
@in_visit
def document(request: HttpRequest, kiosk: Kiosk, visit: Visit) -> HttpResponse:
    """Prove the line by the identity card on the reader; 204 while there is none."""
    screen = steps.look(kiosk, visit)
    if not _takes_document(screen, visit):
        return elsewhere(request, "kiosk:talk")
    try:
        read = kiosk.devices.document()
    except DeviceFails:
        read = None
    if read is None:
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204)
        visits.keep(request, noted(visit, _("There is no identity card on the reader.")))
        return redirect("kiosk:talk")
    visit, _screen = steps.step(kiosk, visit, "", screen.step, read.number)
    visits.keep(request, visit)
    return elsewhere(request, "kiosk:talk")


@require_POST
@in_visit
def slip(request: HttpRequest, kiosk: Kiosk, visit: Visit) -> HttpResponse:
    """Print what has come of the item."""
    screen = steps.look(kiosk, visit)
    visit = replace(visit, touched_at=kiosk.at, notice="")
    if screen.kind is ScreenKind.DONE:
        visit = steps.print_slip(kiosk, visit, screen)
    visits.keep(request, visit)
    return redirect("kiosk:talk")


@require_POST
@in_visit
def here(request: HttpRequest, kiosk: Kiosk, visit: Visit) -> HttpResponse:
    """The customer is still there, as touches of the page tell."""
    visits.keep(request, replace(visit, touched_at=kiosk.at))
    return HttpResponse(status=204)


@require_POST
@in_visit
def end(request: HttpRequest, kiosk: Kiosk, visit: Visit) -> HttpResponse:
    """The customer goes, or (`left`) has gone without a word."""
    leave(request, kiosk, visit, left=request.POST.get("left") == "1")
    return redirect("kiosk:idle")


# ---- inside --------------------------------------------------------------------------------------


def _page(request: HttpRequest, kiosk: Kiosk, visit: Visit, screen: Screen) -> HttpResponse:
    return render(request, "kiosk/talk.html", _seen(kiosk, visit, screen))


def _part(
    request: HttpRequest, template: str, kiosk: Kiosk, visit: Visit, screen: Screen
) -> HttpResponse:
    return render(request, template, _seen(kiosk, visit, screen))


def _seen(kiosk: Kiosk, visit: Visit, screen: Screen) -> dict[str, object]:
    """What the templates of a visit know."""
    held, visit = _escrow(kiosk, visit)
    confirms = screen.kind is ScreenKind.CONFIRM
    by_notes = confirms and screen.means == Pays.CASH
    by_card = confirms and screen.means == Pays.CARD
    over = screen.kind in (ScreenKind.DONE, ScreenKind.REFUSED, ScreenKind.CLOSED)
    return {
        "kiosk": kiosk,
        "visit": visit,
        "screen": screen,
        "look": look_at(screen),
        "letters": LETTERS,
        "escrow": held,
        "takes_notes": _takes_notes(screen, visit),
        "by_notes": by_notes,
        "payable": steps.payable_in_notes(screen.price),
        "enough": by_notes and held is not None and held.total == screen.price,
        "left_to_put_in": screen.price - held.total if by_notes and held and screen.price else None,
        "by_card": by_card,
        "bank_card": _bank_card(kiosk) if by_card else None,
        "takes_document": _takes_document(screen, visit),
        "prints": screen.kind is ScreenKind.DONE and Part.PRINTER in visit.parts,
        "was_printed": visit.printed == screen.step,
        "asked_after_s": LAST_SCREEN_S if over else ASKED_AFTER_S,
        "gone_after_s": int(visits.PATIENCE.total_seconds()),
    }


def _escrow(kiosk: Kiosk, visit: Visit) -> tuple[Escrow | None, Visit]:
    """What is in escrow; None if the slot was not opened, or cannot be asked."""
    if not visit.intake:
        return None, visit
    try:
        return kiosk.devices.escrow(visit.intake), visit
    except DeviceFails:
        return None, noted(
            visit, _("The cash unit does not answer. Your notes are safe: wait a moment.")
        )


def _bank_card(kiosk: Kiosk) -> BankCard | None:
    try:
        return kiosk.devices.card()
    except DeviceFails:
        return None


def _takes_notes(screen: Screen, visit: Visit) -> bool:
    """Whether an amount may be answered by putting notes in."""
    return (
        screen.kind is ScreenKind.QUESTION
        and screen.wanted is not None
        and screen.wanted.kind is Kind.MONEY
        and Part.CASH in visit.parts
        and Pays.CASH in items[screen.item].paid_by
    )


def _most(screen: Screen) -> Money | None:
    assert screen.wanted is not None
    return None if screen.wanted.most is None else Money(screen.wanted.most)


def _takes_document(screen: Screen, visit: Visit) -> bool:
    """Whether an identity card proves what is asked for."""
    wanted = screen.wanted
    return (
        wanted is not None
        and wanted.code == PASSWORD.code
        and wanted.kind is PASSWORD.kind
        and Part.DOCUMENT in visit.parts
    )


def _missing(parts: frozenset[Part]) -> list[tuple[str, str]]:
    """What does not work now, in both languages."""
    found = []
    for part in (Part.CASH, Part.CARD, Part.PRINTER):
        if part not in parts:
            with translation.override(LANGUAGES[1]):
                english = _part_words(part)
            found.append((_part_words(part), english))
    return found


def _part_words(part: Part) -> str:
    match part:
        case Part.CASH:
            return pgettext("kiosk", "No notes are taken at the moment")
        case Part.CARD:
            return pgettext("kiosk", "No bank cards are taken at the moment")
    return pgettext("kiosk", "Nothing is printed at the moment")
